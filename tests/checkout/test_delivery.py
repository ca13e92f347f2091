from datetime import UTC, date, datetime

import pytest

from catalog.errors import Invalid
from catalog.hours import OpeningHours
from catalog.money import Money
from catalog.places import get_commune
from checkout import delivery
from checkout.delivery import CONTRACT, Promise, Zone

TAM_KY, HOI_AN, TRA_MY = "20341", "20410", "20900"
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("to", "origin", "zone"),
    [
        (TAM_KY, TAM_KY, Zone.LOCAL),
        (HOI_AN, TAM_KY, Zone.LOWLAND),
        ("20242", TAM_KY, Zone.LOWLAND),
        (TRA_MY, TAM_KY, Zone.MOUNTAIN),
        (TAM_KY, TRA_MY, Zone.MOUNTAIN),
        (TRA_MY, TRA_MY, Zone.LOCAL),
        ("20434", HOI_AN, Zone.ISLAND),
        ("19774", TAM_KY, Zone.CENTRAL),
        ("00004", TAM_KY, Zone.TRUNK),
        ("31135", TAM_KY, Zone.FAR),
    ],
)
def test_zones_follow_old_districts_mountains_islands_and_regions(to: str, origin: str, zone: Zone) -> None:
    assert delivery.zone_of(get_commune(to), get_commune(origin)) is zone


@pytest.mark.parametrize("code", delivery.NO_CARRIER)
def test_no_carrier_serves_the_far_archipelagos(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        delivery.zone_of(get_commune(code), get_commune(TAM_KY))
    assert (refused.value.field, refused.value.reason) == ("commune", "no_carrier")


def test_every_zone_has_a_tariff() -> None:
    assert [CONTRACT.of(zone, TODAY).zone for zone in Zone] == list(Zone)


def test_days_before_the_tariff_are_refused() -> None:
    with pytest.raises(LookupError):
        CONTRACT.of(Zone.LOCAL, date(2025, 12, 31))


@pytest.mark.parametrize(
    ("grams", "volume_mm3", "chargeable_g"),
    [
        (1, 0, 500),
        (500, 0, 500),
        (501, 0, 1000),
        (700, 2_000_000, 1000),
        (700, 12_000_000, 2000),
        (700, 12_000_001, 2500),
    ],
)
def test_light_bulky_parcels_are_charged_by_size_in_half_kilograms(
    grams: int, volume_mm3: int, chargeable_g: int
) -> None:
    assert delivery.Parcel(grams, volume_mm3).chargeable_g == chargeable_g


def test_pieces_are_summed_before_rounding() -> None:
    parcel = delivery.pack([(3, 100, 1000), (1, 150, 500)])
    assert (parcel, parcel.chargeable_g) == (delivery.Parcel(450, 3500), 500)


@pytest.mark.parametrize(
    ("zone", "chargeable_g", "fee"),
    [
        (Zone.LOCAL, 2000, 16_000),
        (Zone.LOCAL, 2500, 18_500),
        (Zone.LOWLAND, 500, 22_000),
        (Zone.TRUNK, 500, 32_000),
        (Zone.TRUNK, 3000, 57_000),
        (Zone.FAR, 1000, 41_500),
    ],
)
def test_the_fee_is_a_base_and_steps_of_half_a_kilogram(zone: Zone, chargeable_g: int, fee: int) -> None:
    assert delivery.fee(chargeable_g, CONTRACT.of(zone, TODAY)) == Money(fee)


@pytest.mark.parametrize(
    ("at", "zone", "days"),
    [
        # Tuesday 24 November is Vietnam Culture Day
        (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), Zone.LOCAL, (date(2026, 11, 25), date(2026, 11, 25))),
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), Zone.LOCAL, (date(2026, 11, 26), date(2026, 11, 26))),
        (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), Zone.LOWLAND, (date(2026, 11, 25), date(2026, 11, 26))),
        # an order of Saturday night leaves on Monday
        (datetime(2026, 11, 28, 15, 0, tzinfo=UTC), Zone.LOWLAND, (date(2026, 12, 1), date(2026, 12, 2))),
        (datetime(2026, 11, 26, 2, 0, tzinfo=UTC), Zone.TRUNK, (date(2026, 11, 28), date(2026, 12, 1))),
        # over Tết nothing moves from the 5th to the 11th of February
        (datetime(2027, 2, 4, 9, 0, tzinfo=UTC), Zone.LOCAL, (date(2027, 2, 13), date(2027, 2, 13))),
    ],
)
def test_promises_skip_sundays_holidays_and_what_comes_after_three(
    at: datetime, zone: Zone, days: tuple[date, date]
) -> None:
    assert delivery.promise(CONTRACT.of(zone, TODAY), at=at) == Promise(*days)


def test_goods_are_ready_after_an_hour_of_opening_time() -> None:
    opening = OpeningHours.parse("mon-sat 07:00-11:00,13:30-17:00")
    late_morning = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
    assert delivery.ready_at(opening, at=late_morning) == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_an_outlet_that_never_opens_is_never_ready() -> None:
    assert delivery.ready_at(OpeningHours.parse("mon-sun closed"), at=datetime(2026, 11, 23, tzinfo=UTC)) is None
