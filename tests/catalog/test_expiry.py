"""Lots that end soon, and what to do about each."""

from datetime import timedelta
from typing import Any

import pytest

from catalog import expiry, stock
from catalog.db import transaction
from catalog.expiry import Action, Neighbour
from catalog.outlets import Outlet
from tests.world import MONDAY, MONDAY_NINE, World, levels_at, make_lot, make_outlet, make_product, put, variant_of

NOW = MONDAY_NINE
THERE = Outlet(code="T01")


def propose(days: int, *, free: int = 10, ahead: int = 0, sold: int = 28, there: tuple[Neighbour, ...] = ()) -> Any:
    """28 sold in four weeks is one a day."""
    ends_on = MONDAY + timedelta(days=days)
    return expiry.propose(ends_on, free=free, ahead=ahead, sold=sold, today=MONDAY, neighbours=there)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"days": -1}, (10, Action.WRITE_OFF, None, 10)),
        ({"days": 9}, (0, Action.SELL_FIRST, None, 10)),
        ({"days": 8}, (1, Action.SELL_FIRST, None, 10)),
        ({"days": 9, "ahead": 4}, (4, Action.SELL_FIRST, None, 10)),
        ({"days": 9, "ahead": 40}, (10, Action.SELL_FIRST, None, 10)),
        ({"days": 0, "sold": 0}, (10, Action.SELL_FIRST, None, 10)),
        ({"days": 9, "sold": 0, "there": (Neighbour(THERE, 28, 0),)}, (10, Action.MOVE, THERE, 7)),
        ({"days": 9, "sold": 0, "there": (Neighbour(THERE, 280, 0),)}, (10, Action.MOVE, THERE, 10)),
        ({"days": 9, "sold": 0, "there": (Neighbour(THERE, 28, 7),)}, (10, Action.SELL_FIRST, None, 10)),
        ({"days": 2, "sold": 0, "there": (Neighbour(THERE, 280, 0),)}, (10, Action.SELL_FIRST, None, 10)),
        ({"days": 8, "there": (Neighbour(THERE, 28, 0),)}, (1, Action.SELL_FIRST, None, 10)),
        ({"days": 9, "there": (Neighbour(THERE, 280, 0),)}, (0, Action.SELL_FIRST, None, 10)),
    ],
)
def test_what_to_do_follows_from_days_left_and_sales(facts: dict[str, Any], expected: Any) -> None:
    assert propose(**facts) == expected


def test_the_neighbour_with_most_room_is_proposed() -> None:
    other = Outlet(code="D09")
    there = (Neighbour(THERE, 56, 10), Neighbour(other, 56, 0))
    assert propose(9, sold=0, free=30, there=there) == (30, Action.MOVE, other, 14)


def test_lots_that_end_within_thirty_days_stand_in_order_with_their_action(session: Any, world: World) -> None:
    variant = variant_of(world.honey)
    with transaction():
        ends = {"PAST": -1, "SOON": 10, "EDGE": 30, "LATE": 31}
        for code, days in ends.items():
            put(make_lot(variant, code=code, best_before=MONDAY + timedelta(days=days)), "D01", 4)
        put(make_lot(variant, code="ELSEWHERE", best_before=MONDAY), "D02", 4)
        gone = make_lot(variant, code="GONE", best_before=MONDAY)
        put(gone, "D01", 1)
        stock.write_off(
            levels_at(world.quay)[-1].id, 1, kind=stock.MovementKind.SAMPLE, reason="", cause="x:1", actor="a", at=NOW
        )
    found = expiry.ending(world.quay.id, at=NOW)
    assert [(e.code, e.days_left, e.on_hand, e.free, e.action, e.to) for e in found] == [
        ("PAST", -1, 4, 4, Action.WRITE_OFF, None),
        ("SOON", 10, 4, 4, Action.SELL_FIRST, None),
        ("EDGE", 30, 4, 4, Action.SELL_FIRST, None),
    ]
    assert (found[0].sku, found[0].name, found[0].unit) == (variant.sku, "Mật ong rừng", "chai")
    assert expiry.ending(world.hill.id, at=NOW)[0].code == "ELSEWHERE"
    assert expiry.ending(world.centre.id, at=NOW) == []


def test_what_will_not_sell_here_goes_to_a_neighbour_that_sells_it_never_to_a_stranger(
    session: Any, world: World
) -> None:
    variant = variant_of(world.honey)
    with transaction():
        make_outlet("Z99")  # sells most, but nobody sends there
        put(make_lot(variant, code="SOON", best_before=MONDAY + timedelta(days=13)), "D01", 9)
        for code, units in (("T01", 28), ("D02", 14), ("Z99", 280)):
            put(make_lot(variant, code=f"SOLD-{code}"), code, units)
        for n, level in enumerate(session.scalars(stock.select(stock.StockLevel).join(stock.Lot).where(
            stock.Lot.code.like("SOLD-%")))):  # fmt: skip
            stock.sell(level.id, level.on_hand, cause=f"sale:{n}", actor="user:1", at=NOW - timedelta(days=3))
    (soon,) = expiry.ending(world.quay.id, at=NOW)
    assert (soon.action, soon.to and soon.to.code, soon.surplus, soon.units) == (Action.MOVE, "T01", 9, 6)


def test_two_lots_of_one_product_share_what_sells(session: Any, world: World) -> None:
    """One a day: the first lot's ten days are the first lot's."""
    with transaction():
        product = make_product(free={"D01": 28})
        for code, days in (("FIRST", 9), ("SECOND", 14)):
            put(make_lot(variant_of(product), code=code, best_before=MONDAY + timedelta(days=days)), "D01", 10)
        shelf = levels_at(world.quay)[2]
        stock.sell(shelf.id, 28, cause="sale:1", actor="user:1", at=NOW - timedelta(days=3))
    assert [(e.code, e.surplus) for e in expiry.ending(world.quay.id, at=NOW)] == [("FIRST", 0), ("SECOND", 5)]
