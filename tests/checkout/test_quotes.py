from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from catalog.db import db, transaction
from catalog.errors import Invalid
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.products import Product, VatClass
from catalog.stock import StockLevel
from checkout import carts, quotes
from checkout.allocation import Short
from checkout.carts import Cart
from checkout.delivery import Address, Collect, Deliver, Destination, Promise
from checkout.quotes import CollectOption, Offer
from checkout.rules import PaymentMethod, Problem, Refusal, Rules
from tests.checkout.factories import RULES, TO_HOI_AN, make_cart, rows
from tests.world import MONDAY_NINE, TRA_MY, World, make_lot, make_product, put, variant_of

NOW = MONDAY_NINE
HANOI = "00004"


def test_a_delivery_is_priced_with_tax_inside_and_promised_by_the_day(world: World) -> None:
    offer = offer_for((world.honey, 2), (world.tea, 1))

    # 2 × 700 g + 700 g = 2.1 kg, but 3 × 2 litres of room are volumetric 1 kg
    assert offer.price.goods == Money(590_000)
    assert offer.price.delivery == Money(22_000 + 3_000)
    assert offer.price.total == Money(615_000)
    assert offer.price.vat == ((Decimal(8), Money(37_037 + 6_667 + 1_852)),)
    assert offer.promise == Promise(date(2026, 11, 25), date(2026, 11, 26))
    assert offer.ready_at is None
    assert (offer.parcels, offer.chargeable_g) == (1, {world.centre.id: 2_500})
    assert offer.orderable


def test_a_collection_costs_no_delivery_and_is_ready_in_an_hour(world: World) -> None:
    offer = offer_for((world.honey, 2), to=Collect(world.quay.id))

    assert offer.price.total == offer.price.goods == Money(500_000)
    assert offer.ready_at == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert (offer.promise, offer.parcels) == (None, 1)
    assert {pick.outlet_id for pick in offer.picks} == {world.quay.id}


def test_only_outlets_that_ship_serve_a_delivery(world: World) -> None:
    offer = offer_for((world.lantern, 2))
    assert offer.short == (Short(variant_of(world.lantern).id, 2, 0),)
    assert not offer.orderable


def test_only_its_own_shelves_serve_a_collection(world: World) -> None:
    offer = offer_for((world.honey, 4), (world.tea, 1), to=Collect(world.quay.id))
    assert offer.short == (Short(variant_of(world.honey).id, 4, 3), Short(variant_of(world.tea).id, 1, 0))
    assert (offer.picks, offer.orderable) == ((), False)


def test_goods_that_lie_apart_go_in_two_parcels_for_one_fee(world: World) -> None:
    ship_from(world.quay)
    offer = offer_for((world.tea, 1), (world.lantern, 1))

    assert offer.parcels == 2
    assert offer.chargeable_g == {world.quay.id: 1_000, world.centre.id: 1_000}
    # 1.4 kg in the dearer of the two zones: Hội An itself and the lowland
    assert offer.price.delivery == Money(22_000)
    assert offer.promise == Promise(date(2026, 11, 25), date(2026, 11, 26))


def test_fresh_goods_go_no_further_than_a_day(world: World) -> None:
    with transaction():
        fresh = make_product("Rau thử", export_class="N", vat_class=VatClass.FARM, free={"T01": 5})
    near = offer_for((fresh, 1))
    far = offer_for((fresh, 1), (world.honey, 1), to=Deliver(Address(HANOI, "1 phố Thử")))
    uphill = offer_for((fresh, 1), to=Deliver(Address(TRA_MY, "thôn 1")))

    assert (near.orderable, near.problems) == (True, {})
    assert far.problems == uphill.problems == {variant_of(fresh).id: Problem.NOT_DELIVERABLE}
    assert not far.orderable
    assert far.price.goods == Money(500_000)


def test_fresh_goods_can_be_collected_anywhere(world: World) -> None:
    with transaction():
        fresh = make_product("Rau thử", export_class="N", free={"D02": 5})
    assert offer_for((fresh, 1), to=Collect(world.hill.id)).orderable


def test_a_line_that_is_not_for_sale_is_named(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 1), (world.tea, 1))
        db.session.execute(update(Product).where(Product.id == world.tea.id).values(group_code="2.1a"))
    offer = offer_of(cart)
    assert offer.problems == {variant_of(world.tea).id: Problem.WITHDRAWN}


def test_ways_of_paying_that_are_closed_say_why(world: World) -> None:
    assert offer_for((world.honey, 1)).refusals == {PaymentMethod.CASH_ON_COLLECTION: Refusal.WRONG_METHOD}
    assert offer_for((world.honey, 1), rules=Rules(cod_limit=Money(271_999))).refusals == {
        PaymentMethod.CASH_ON_COLLECTION: Refusal.WRONG_METHOD,
        PaymentMethod.CASH_ON_DELIVERY: Refusal.COD_LIMIT,
    }
    assert offer_for((world.honey, 1), to=Collect(world.quay.id)).refusals == {
        PaymentMethod.CASH_ON_DELIVERY: Refusal.WRONG_METHOD
    }


@pytest.mark.parametrize(
    ("to", "field", "reason"),
    [
        (Deliver(Address("99999")), "commune", "unknown"),
        (Deliver(Address("20333")), "commune", "no_carrier"),
        (Collect(999_999_999), "outlet", "no_pickup"),
    ],
)
def test_places_nobody_can_get_to_are_refused(world: World, to: Destination, field: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        offer_for((world.honey, 1), to=to)
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_nothing_is_collected_where_there_is_no_pick_up(world: World) -> None:
    with transaction():
        db.session.execute(update(Outlet).where(Outlet.id == world.quay.id).values(pickup=False))
    with pytest.raises(Invalid):
        offer_for((world.honey, 1), to=Collect(world.quay.id))


def test_an_empty_cart_has_no_offer_to_place(world: World) -> None:
    offer = offer_for()
    assert (offer.price.total, offer.orderable) == (Money(0), False)


def test_outlets_that_have_everything_come_first_then_the_nearest(world: World) -> None:
    near_hoi_an = (world.quay.lat, world.quay.lon)
    options = options_for((world.honey, 4), near=near_hoi_an)

    honey = variant_of(world.honey).id
    assert [(option.outlet.code, option.complete, option.short) for option in options] == [
        ("T01", True, ()),
        ("D01", False, (Short(honey, 4, 3),)),
        ("D02", False, (Short(honey, 4, 0),)),
    ]
    assert options[1].distance_km == 0.0
    assert [option.outlet.code for option in options_for((world.honey, 1), near=near_hoi_an)] == ["D01", "T01", "D02"]


def test_without_a_place_outlets_come_by_code(world: World) -> None:
    options = options_for((world.honey, 1), near=None)
    assert [(option.outlet.code, option.distance_km) for option in options] == [
        ("D01", None),
        ("T01", None),
        ("D02", None),
    ]


def test_a_quote_writes_nothing(world: World) -> None:
    before = list(db.session.execute(select(StockLevel.id, StockLevel.on_hand, StockLevel.held)))
    offer_for((world.honey, 2))
    assert list(db.session.execute(select(StockLevel.id, StockLevel.on_hand, StockLevel.held))) == before
    assert rows(Cart) == [1]


def test_a_checkout_page_takes_five_queries_whatever_is_in_the_cart(world: World, count_queries: Any) -> None:
    with transaction():
        products = [make_product(f"Hàng {n}", free={"T01": 3, "D01": 2}) for n in range(12)]
        small, large = make_cart((world.honey, 1)), make_cart(*((product, 1) for product in products))
    for cart in (small, large):
        with count_queries() as sent:
            view = carts.view(cart, at=NOW, rules=RULES)
            from_outlets = quotes.active_outlets()
            quotes.quote(view, TO_HOI_AN, from_outlets=from_outlets, at=NOW, rules=RULES)
            quotes.collect_options(view, from_outlets=from_outlets, near=(15.9, 108.3), at=NOW, rules=RULES)
        assert len(sent) == 5


@pytest.mark.parametrize(
    ("days", "collected", "sent"), [(0, False, False), (1, True, False), (4, True, False), (5, True, True)]
)
def test_a_lot_near_its_day_is_collected_while_it_is_too_late_to_send(
    world: World, days: int, collected: bool, sent: bool
) -> None:
    with transaction():
        jam = make_product("Mứt", shelf_life="6m")
        put(make_lot(variant_of(jam), best_before=date(2026, 11, 23) + timedelta(days=days)), "T01", 2)
    assert offer_for((jam, 1), to=Collect(world.centre.id)).orderable is collected
    assert offer_for((jam, 1)).orderable is sent
    with transaction():
        cart = make_cart((jam, 1))
    view = carts.view(cart, at=NOW, rules=RULES)
    options = quotes.collect_options(view, from_outlets=quotes.active_outlets(), near=None, at=NOW, rules=RULES)
    assert [o.outlet.code for o in options if o.complete] == (["T01"] if collected else [])


def test_goods_that_live_for_days_only_are_sold_until_the_last(world: World) -> None:
    with transaction():
        rice = make_product("Bún tươi", shelf_life="2d")
        put(make_lot(variant_of(rice), best_before=date(2026, 11, 23)), "T01", 2)
    assert offer_for((rice, 1)).short == ()
    assert offer_for((rice, 1), to=Collect(world.centre.id)).orderable is False


def offer_for(*wants: tuple[Product, int], to: Destination = TO_HOI_AN, rules: Rules = RULES) -> Offer:
    with transaction():
        cart = make_cart(*wants)
    return offer_of(cart, to, rules)


def offer_of(cart: Cart, to: Destination = TO_HOI_AN, rules: Rules = RULES) -> Offer:
    view = carts.view(cart, at=NOW, rules=rules)
    return quotes.quote(view, to, from_outlets=quotes.active_outlets(), at=NOW, rules=rules)


def options_for(*wants: tuple[Product, int], near: tuple[float, float] | None) -> list[CollectOption]:
    with transaction():
        cart = make_cart(*wants)
    view = carts.view(cart, at=NOW, rules=RULES)
    return quotes.collect_options(view, from_outlets=quotes.active_outlets(), near=near, at=NOW, rules=RULES)


def ship_from(outlet: Outlet) -> None:
    with transaction():
        db.session.execute(update(Outlet).where(Outlet.id == outlet.id).values(ships=True))
