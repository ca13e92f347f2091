"""What shoppers see, composed from the catalogue."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from catalog import cards, showcase, stock
from catalog.certificates import Certificate, CertificateState
from catalog.clock import VIETNAM, start_of
from catalog.columns import ColumnKeeper, Columns
from catalog.db import transaction
from catalog.errors import NotFound
from catalog.lapses import LapsedPolicy
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.places import get_commune
from catalog.products import ProductKind, ProductState, Variant
from tests.world import (
    HOI_AN,
    MONDAY_NINE,
    World,
    certificate_of,
    make_certificate,
    make_lot,
    make_product,
    make_variant,
    put,
    variant_of,
)

AT_HOI_AN = (get_commune(HOI_AN).lat, get_commune(HOI_AN).lon)


@pytest.fixture
def columns(world: World, session: Any) -> Columns:
    return ColumnKeeper(alcohol=False).current(at=MONDAY_NINE)


def columns_now() -> Columns:
    return ColumnKeeper(alcohol=False).current(at=MONDAY_NINE)


def page(slug: str, columns: Columns, **options: Any) -> showcase.ProductPage:
    given: dict[str, Any] = {"near": AT_HOI_AN, "alcohol": False, "at": MONDAY_NINE}
    return showcase.product_page(slug, columns, **given | options)


def test_a_card_tells_what_a_shopper_needs(world: World, session: Any) -> None:
    (card,) = cards.product_cards([world.honey.id], at=MONDAY_NINE)
    assert (card.slug, card.name, card.producer) == ("mat-ong-rung", "Mật ong rừng", "Hợp tác xã Nông sản Nà Thử")
    assert card.place == "Xã Trà My"
    assert (card.price, card.price_from, card.unit) == (Money(250_000), False, "chai")
    assert (card.per_price, card.per_unit) == (Money(500_000), "l")
    assert (card.stars, card.free, card.orderable) == (4, 8, True)
    assert card.variant_id == variant_of(world.honey).id
    assert card.picture is not None
    assert card.picture.alt == "Mật ong rừng"


def test_cards_come_in_the_order_asked_and_each_once(world: World, session: Any) -> None:
    ids = [world.tour.id, world.honey.id, 999_999, world.tour.id, world.tea.id]
    assert [c.slug for c in cards.product_cards(ids, at=MONDAY_NINE)] == [
        "mot-ngay-o-lang-rau",
        "mat-ong-rung",
        "che-day",
    ]
    assert cards.product_cards([], at=MONDAY_NINE) == ()


def test_a_withdrawn_product_has_no_card(world: World, session: Any) -> None:
    with transaction():
        hidden = make_product(state=ProductState.RETIRED)
        unsized = make_product()
        session.execute(update(Variant).where(Variant.product_id == unsized.id).values(active=False))
    assert cards.product_cards([hidden.id, unsized.id], at=MONDAY_NINE) == ()


def test_with_two_sizes_the_cheapest_is_the_price_and_one_must_choose(world: World, session: Any) -> None:
    with transaction():
        make_variant(world.honey, price=90_000, net_amount=150, unit_vi="hũ nhỏ")
    (card,) = cards.product_cards([world.honey.id], at=MONDAY_NINE)
    assert (card.price, card.price_from, card.unit) == (Money(90_000), True, "hũ nhỏ")
    assert card.per_price == Money(600_000)
    assert card.variant_id is None


def test_a_tour_is_asked_for_and_not_put_in_a_cart(world: World, session: Any) -> None:
    (card,) = cards.product_cards([world.tour.id], at=MONDAY_NINE)
    assert (card.kind, card.orderable, card.variant_id, card.per_price) == (ProductKind.TOUR, False, None, None)


def test_stars_of_a_card_end_at_midnight(world: World, session: Any) -> None:
    with transaction():
        session.execute(update(Certificate).values(expires_on=date(2026, 11, 24)))
    midnight = start_of(date(2026, 11, 24))
    ids = [world.honey.id]
    assert [c.stars for c in cards.product_cards(ids, at=midnight - timedelta(seconds=1))] == [4]
    assert [c.stars for c in cards.product_cards(ids, at=midnight)] == [None]


def test_where_stars_are_needed_a_lapsed_product_is_not_orderable(world: World, session: Any) -> None:
    with transaction():
        session.execute(update(Certificate).values(expires_on=date(2026, 11, 23)))
    ids = [world.honey.id]
    assert [c.orderable for c in cards.product_cards(ids, at=MONDAY_NINE)] == [True]
    assert [c.orderable for c in cards.product_cards(ids, at=MONDAY_NINE, lapsed=LapsedPolicy.NOT_ORDERABLE)] == [False]


@pytest.mark.parametrize(("age", "new"), [(0, True), (89, True), (90, False)])
def test_a_decision_is_new_for_ninety_days(world: World, session: Any, age: int, new: bool) -> None:
    with transaction():
        session.execute(update(Certificate).values(signed_on=date(2026, 11, 23) - timedelta(days=age)))
    assert [c.new for c in cards.product_cards([world.honey.id], at=MONDAY_NINE)] == [new]


def test_in_english_a_missing_word_is_vietnamese(world: World, session: Any) -> None:
    with transaction():
        world.honey.name_en = "Forest honey"
        session.merge(world.honey)
    (card,) = cards.product_cards([world.honey.id], at=MONDAY_NINE, lang="en")
    assert (card.name, card.summary, card.unit) == ("Forest honey", "Mật ong rừng làm theo mẻ nhỏ.", "bottle")


def test_the_front_page_counts_the_shop(world: World, session: Any, columns: Columns) -> None:
    front = showcase.front_page(columns, near=AT_HOI_AN, at=MONDAY_NINE)
    assert (front.products, front.producers, front.outlet_count, front.communes) == (4, 2, 3, 2)
    assert [card.slug for card in front.five_star] == ["den-long-lua"]
    assert [outlet.slug for outlet in front.outlets] == ["diem-ban-d01", "diem-ban-t01", "diem-ban-d02"]
    assert [(tile.slug, tile.count) for tile in front.groups] == [
        ("thuc-pham", 2),
        ("thu-cong-my-nghe", 1),
        ("du-lich-cong-dong", 1),
    ]
    assert [child.slug for child in front.groups[0].children] == ["mat-ong-va-nong-san-kho", "tra-thao-moc"]
    assert [(story.title, story.excerpt) for story in front.stories] == [
        ("Mùa ong trên nương", "Tháng ba, cả nóc theo ong lên rừng.")
    ]
    assert front.month == 11


def test_the_front_page_of_an_empty_shop_is_empty(session: Any) -> None:
    front = showcase.front_page(columns_now(), near=AT_HOI_AN, at=MONDAY_NINE)
    assert (front.products, front.groups, front.newly, front.stories, front.outlets) == (0, (), (), (), ())


def test_a_product_page_has_its_shelves_nearest_first(world: World, session: Any, columns: Columns) -> None:
    honey = page("mat-ong-rung", columns)
    assert [(s.outlet.slug, s.free) for s in honey.shelves] == [("diem-ban-d01", 3), ("diem-ban-t01", 5)]
    assert (honey.free, honey.stock_outlets) == (8, 2)
    assert [v.free for v in honey.variants] == [8]
    assert honey.certificate is not None
    assert (honey.certificate.stars, honey.certificate.state, honey.certificate.score) == (4, "certified", "75,5")
    assert honey.lapsed is None
    assert honey.place == "Xã Trà My · Huyện Bắc Trà My cũ"
    assert [card.slug for card in honey.related] == ["che-day"]


def test_units_promised_to_others_are_not_on_the_page(world: World, session: Any, columns: Columns) -> None:
    with transaction():
        for shelf in stock.shelves([variant_of(world.honey).id], at=MONDAY_NINE):
            stock.hold(shelf.level_id, 2, order_ref="QN-1", until=None, actor="buyer", at=MONDAY_NINE)
    honey = page("mat-ong-rung", columns)
    assert [(s.outlet.slug, s.free) for s in honey.shelves] == [("diem-ban-d01", 1), ("diem-ban-t01", 3)]


def test_sizes_stand_in_their_order_and_a_withdrawn_one_does_not(world: World, session: Any, columns: Columns) -> None:
    with transaction():
        make_variant(world.honey, position=0, unit_vi="hũ nhỏ")
        put(make_lot(make_variant(world.honey, position=10**6, unit_vi="can")), "T01", 1)
        make_variant(world.honey, position=50, unit_vi="bỏ", active=False)
    honey = page("mat-ong-rung", columns)
    assert [(v.unit, v.free) for v in honey.variants] == [("hũ nhỏ", 0), ("chai", 8), ("can", 1)]


def test_a_lapsed_certificate_is_told_as_lapsed(world: World, session: Any, columns: Columns) -> None:
    with transaction():
        session.execute(update(Certificate).values(expires_on=date(2026, 11, 24)))
    before = page("mat-ong-rung", columns, at=start_of(date(2026, 11, 24)) - timedelta(seconds=1))
    after = page("mat-ong-rung", columns, at=start_of(date(2026, 11, 24)))
    assert before.certificate is not None
    assert (before.certificate.days_left, before.lapsed) == (1, None)
    assert after.certificate is None
    assert after.lapsed is not None
    assert (after.lapsed.state, after.lapsed.days_left) == ("lapsed", 0)


def test_a_revoked_certificate_is_told_as_revoked(world: World, session: Any, columns: Columns) -> None:
    with transaction():
        values = {"state": CertificateState.REVOKED, "revoked_on": date(2026, 11, 23)}
        session.execute(update(Certificate).values(values))
    honey = page("mat-ong-rung", columns)
    assert honey.certificate is None
    assert honey.lapsed is not None
    assert honey.lapsed.state == "revoked"


def test_a_raised_certificate_replaces_the_one_before(world: World, session: Any, columns: Columns) -> None:
    with transaction():
        make_certificate(world.honey, stars=5, signed_on=date(2026, 11, 1))
    honey = page("mat-ong-rung", columns)
    assert honey.certificate is not None
    assert (honey.certificate.stars, honey.lapsed) == (5, None)


def test_a_candidate_is_told_as_one(world: World, session: Any, columns: Columns) -> None:
    with transaction():
        candidate = make_certificate(world.tour, stars=None, state=CertificateState.CANDIDATE, number="", slug="")
        candidate.signed_on = candidate.expires_on = None
    tour = page("mot-ngay-o-lang-rau", columns)
    assert (tour.certificate, tour.lapsed, tour.candidate) == (None, None, True)
    assert not page("mat-ong-rung", columns).candidate


@pytest.mark.parametrize("facts", [{"state": ProductState.DRAFT}, {"state": ProductState.RETIRED}, {"group": "2.1a"}])
def test_what_shoppers_may_not_see_is_not_found(session: Any, facts: dict[str, Any]) -> None:
    with transaction():
        make_product(slug="an", **facts)
    with pytest.raises(NotFound):
        page("an", columns_now())


def test_alcohol_has_a_page_where_the_shop_shows_it(session: Any) -> None:
    with transaction():
        make_product("Rượu gạo", slug="ruou-gao", group="2.1a")
    shown = ColumnKeeper(alcohol=True).current(at=MONDAY_NINE)
    assert page("ruou-gao", shown, alcohol=True).name == "Rượu gạo"


def test_a_producer_has_all_they_sell(world: World, session: Any, columns: Columns) -> None:
    found = showcase.producer_page(world.household, columns, at=MONDAY_NINE)
    assert [card.slug for card in found.cards] == ["den-long-lua", "mot-ngay-o-lang-rau"]
    assert found.producer.count == 2
    assert found.address == "Thôn 1, Phường Hội An, Đà Nẵng"


def test_producers_can_be_asked_for_by_form_and_commune(world: World, session: Any, columns: Columns) -> None:
    every = cards.producer_cards(columns)
    assert [(p.slug, p.count) for p in every] == [(world.household.slug, 2), (world.cooperative.slug, 2)]
    assert [p.slug for p in cards.producer_cards(columns, legal_form="household")] == [world.household.slug]
    assert [p.slug for p in cards.producer_cards(columns, commune="20900")] == [world.cooperative.slug]
    assert cards.producer_cards(columns, commune="20341") == ()


def test_a_commune_shows_its_goods_makers_and_nearest_outlets(world: World, session: Any, columns: Columns) -> None:
    found = showcase.commune_page("tra-my", columns, at=MONDAY_NINE)
    assert (found.name, found.old_district) == ("Xã Trà My", "Huyện Bắc Trà My")
    assert [card.slug for card in found.cards] == ["mat-ong-rung", "che-day"]
    assert [p.slug for p in found.producers] == [world.cooperative.slug]
    assert [o.slug for o in found.outlets] == ["diem-ban-d02", "diem-ban-t01", "diem-ban-d01"]
    with pytest.raises(NotFound):
        showcase.commune_page("ben-nghe", columns, at=MONDAY_NINE)


def test_an_outlet_shows_its_week_and_what_stands_there(world: World, session: Any, columns: Columns) -> None:
    found = showcase.outlet_page("diem-ban-d02", columns, near=None, at=MONDAY_NINE)
    assert found.week[0] == (0, "07:00–11:00, 13:30–17:00")
    assert found.week[6] == (6, "")
    assert (found.today, found.supplied_by) == (0, "Trung tâm OCOP Tam Kỳ")
    assert (found.cards, found.total, found.outlet.distance_km) == ((), 0, None)
    quay = showcase.outlet_page("diem-ban-d01", columns, near=AT_HOI_AN, at=MONDAY_NINE)
    assert [card.slug for card in quay.cards] == ["den-long-lua", "mat-ong-rung"]
    assert (quay.total, quay.outlet.distance_km) == (2, 0.0)


def test_an_outlet_knows_whether_it_is_open(world: World, session: Any) -> None:
    (hill,) = cards.outlet_cards(near=None, at=MONDAY_NINE + timedelta(hours=3), only=[world.hill.id])
    assert (hill.open_now, hill.hours_today) == (False, "07:00–11:00, 13:30–17:00")
    assert hill.opens_next is not None
    assert f"{hill.opens_next.astimezone(VIETNAM):%H:%M}" == "13:30"


def test_a_closed_outlet_is_not_found(world: World, session: Any, columns: Columns) -> None:
    with transaction():
        session.execute(update(Outlet).where(Outlet.id == world.quay.id).values(active=False))
    with pytest.raises(NotFound):
        showcase.outlet_page("diem-ban-d01", columns, near=None, at=MONDAY_NINE)
    assert [o.slug for o in cards.outlet_cards(near=None, at=MONDAY_NINE)] == ["diem-ban-d02", "diem-ban-t01"]


def test_a_decision_number_answers_for_any_day(world: World, session: Any) -> None:
    slug = certificate_of(world.honey).slug

    def state(day: date) -> str:
        at = start_of(day)
        (entry,) = showcase.certificate_entries(slug, alcohol=False, on=at)
        return entry.certificate.state

    signed = certificate_of(world.honey).signed_on
    assert signed == date(2025, 11, 23)
    assert [state(date(2025, 11, 22)), state(date(2025, 11, 23)), state(date(2028, 11, 23))] == [
        "lapsed",
        "certified",
        "lapsed",
    ]


def test_a_decision_answers_for_a_retired_product_and_for_no_hidden_one(session: Any) -> None:
    with transaction():
        spirit = certificate_of(make_product(group="2.1a"))
        retired = certificate_of(make_product(state=ProductState.RETIRED))
    for slug in (spirit.slug, "khong-co", ""):
        assert showcase.certificate_entries(slug, alcohol=False, on=MONDAY_NINE) == ()
    (entry,) = showcase.certificate_entries(retired.slug, alcohol=False, on=MONDAY_NINE)
    assert (entry.slug, entry.picture) == (None, None)
