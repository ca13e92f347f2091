"""How goods reach the buyer: collected at an outlet, or carried to an address in Vietnam. Pure; tables in ``data``.

Carriers still think in the districts and provinces of before July 2025, so zones come from a commune's old district,
its mountain and island marks, and its region, never from the new province alone. Figures are those of a plausible
2026 contract, tax included.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from catalog.clock import VIETNAM, vietnam_day
from catalog.errors import Invalid
from catalog.holidays import EXPECTED, Holidays
from catalog.hours import OpeningHours
from catalog.money import Money
from catalog.places import Commune

CUT_OFF = time(15)
"""Orders before this time of a working day in Vietnam leave the same day."""
PACKING = timedelta(minutes=60)
"""Opening time an outlet needs to put an order together."""
STEP_G = 500
VOLUMETRIC = 6000
"""mm³ per chargeable gram, which is cm³ / 6000 per kilogram: road freight."""

TRUNK_PROVINCES = ("01", "79")
CENTRAL_PROVINCES = ("44", "46", "51", "52", "56", "66", "68")
NO_CARRIER = ("20333", "22736")
"""Hoàng Sa and Trường Sa."""

_DATA = Path(__file__).parent / "data"


class Method(StrEnum):
    """Chosen first; availability, tax, fee and message follow from it."""

    COLLECT = "collect"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to deliver. street: house, street, hamlet.    old_address: in the words of before 2025, for drivers."""

    commune_code: str
    street: str = ""
    old_address: str = ""


@dataclass(frozen=True, slots=True)
class Collect:
    """The buyer comes to this outlet."""

    outlet_id: int


@dataclass(frozen=True, slots=True)
class Deliver:
    """A carrier brings it here."""

    address: Address


Destination = Collect | Deliver


class Zone(StrEnum):
    """Distance classes of the tariff, the cheapest first."""

    LOCAL = "local"
    LOWLAND = "lowland"
    MOUNTAIN = "mountain"
    ISLAND = "island"
    CENTRAL = "central"
    TRUNK = "trunk"
    FAR = "far"


@dataclass(frozen=True, slots=True)
class Tariff:
    """One zone's row: ``base_fee`` đồng up to ``base_g`` grams, then ``step_fee`` per started half kilogram.

    days_from, days_to: working days on the road.    fresh: whether cooled goods may go there.
    """

    zone: Zone
    valid_from: date
    base_g: int
    base_fee: Money
    step_fee: Money
    days_from: int
    days_to: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class Tariffs:
    """A row holds until the next one of its zone; of two with the same first day the later one counts."""

    rows: tuple[Tariff, ...]

    def of(self, zone: Zone, on: date) -> Tariff:
        """The zone's row valid on that day. Raises LookupError for a day before the table begins."""
        rows = [row for row in self.rows if row.zone is zone and row.valid_from <= on]
        if not rows:
            raise LookupError(f"no tariff for {zone} on {on}")
        return sorted(rows, key=lambda row: row.valid_from)[-1]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes into one box. ``grams`` packed weight, ``volume_mm3`` packed size."""

    grams: int
    volume_mm3: int

    @property
    def chargeable_g(self) -> int:
        """The larger of weight and volumetric weight, rounded up to the half kilogram."""
        return _steps(max(self.grams, -(-self.volume_mm3 // VOLUMETRIC))) * STEP_G


@dataclass(frozen=True, slots=True)
class Promise:
    """The days of Vietnam's calendar on which the goods arrive, first to last."""

    from_on: date
    to_on: date


def zone_of(to: Commune, origin: Commune) -> Zone:
    """The zone between an outlet's commune and the buyer's.

    Raises Invalid("commune", "no_carrier") for a place no carrier serves.
    """
    if to.code in NO_CARRIER:
        raise Invalid("commune", "no_carrier")
    if to.island:
        return Zone.ISLAND
    if to.province_code == origin.province_code:
        if to.old_district is not None and to.old_district == origin.old_district:
            return Zone.LOCAL
        return Zone.MOUNTAIN if to.mountain or origin.mountain else Zone.LOWLAND
    if to.province_code in CENTRAL_PROVINCES:
        return Zone.CENTRAL
    return Zone.TRUNK if to.province_code in TRUNK_PROVINCES else Zone.FAR


def pack(pieces: Iterable[tuple[int, int, int]]) -> Parcel:
    """One box of many pieces. pieces: (units, grams a unit, mm³ a unit)."""
    grams = volume = 0
    for units, unit_grams, unit_volume in pieces:
        grams += units * unit_grams
        volume += units * unit_volume
    return Parcel(grams, volume)


def fee(chargeable_g: int, row: Tariff) -> Money:
    """What the carrier asks, tax included."""
    return row.base_fee + row.step_fee * _steps(max(0, chargeable_g - row.base_g))


def promise(row: Tariff, *, at: datetime, holidays: Holidays = EXPECTED) -> Promise:
    """The days of arrival of an order placed now; neither Sundays nor holidays count."""
    leaves = vietnam_day(at)
    if not is_working(leaves, holidays) or at.astimezone(VIETNAM).time() >= CUT_OFF:
        leaves = _working_after(leaves, 1, holidays)
    return Promise(_working_after(leaves, row.days_from, holidays), _working_after(leaves, row.days_to, holidays))


def ready_at(opening: OpeningHours, *, at: datetime) -> datetime | None:
    """When an order placed now can be collected; None at an outlet that never opens."""
    return opening.open_after(at, PACKING)


def is_working(day: date, holidays: Holidays = EXPECTED) -> bool:
    """Whether carriers carry on that day."""
    return day.isoweekday() != 7 and day not in holidays


def _working_after(day: date, count: int, holidays: Holidays) -> date:
    while count:
        day += timedelta(days=1)
        count -= is_working(day, holidays)
    return day


def _steps(grams: int) -> int:
    return -(-grams // STEP_G)


def _contract() -> Tariffs:
    with (_DATA / "tariff.csv").open(encoding="utf-8", newline="") as file:
        return Tariffs(
            tuple(
                Tariff(
                    zone=Zone(row["zone"]),
                    valid_from=date.fromisoformat(row["valid_from"]),
                    base_g=int(row["base_g"]),
                    base_fee=Money(int(row["base_fee"])),
                    step_fee=Money(int(row["step_fee"])),
                    days_from=int(row["days_from"]),
                    days_to=int(row["days_to"]),
                    fresh=row["fresh"] == "yes",
                )
                for row in csv.DictReader(file)
            )
        )


CONTRACT = _contract()
"""The table in ``data``."""
