"""What one outlet has, as its staff look at it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from catalog import replenishment, shelves, stock
from catalog.clock import start_of
from catalog.db import transaction
from catalog.errors import NotFound
from catalog.lots import Lot, LotState
from catalog.memberships import Role
from catalog.products import ProductState, Variant
from catalog.shelves import Mark, Period
from catalog.stock import MovementKind
from tests.world import (
    MONDAY,
    MONDAY_NINE,
    World,
    levels_at,
    make_lot,
    make_product,
    make_staff,
    put,
    staff_of,
    variant_of,
)

NOW = MONDAY_NINE


def sell(world: World, shelf: int, units: int, *, days_ago: int, cause: str) -> None:
    with transaction():
        level = levels_at(world.quay)[shelf].id
        stock.sell(level, units, cause=cause, actor="user:1", at=NOW - timedelta(days=days_ago))


def test_each_product_says_what_is_here_held_free_and_unfit(session: Any, world: World) -> None:
    with transaction():
        old = make_lot(variant_of(world.honey), best_before=MONDAY - timedelta(days=1))
        stopped = make_lot(variant_of(world.honey), state=LotState.QUARANTINED)
        for lot in (old, stopped):
            put(lot, "D01", 4)
        stock.hold(levels_at(world.quay)[0].id, 1, order_ref="QN-1", until=None, actor="buyer", at=NOW)
        stock.hold(levels_at(world.quay)[0].id, 1, order_ref="QN-2", until=NOW, actor="buyer", at=NOW)
    lantern, honey = shelves.listing(world.quay.id, at=NOW)
    assert (honey.sku, honey.name, honey.unit, honey.price) == (
        variant_of(world.honey).sku,
        "Mật ong rừng",
        "chai",
        250_000,
    )
    assert (honey.on_hand, honey.held, honey.free, honey.unfit) == (11, 2, 2, 8)
    assert honey.ends_on == MONDAY - timedelta(days=1)
    assert honey.marks == {Mark.ENDING, Mark.STOPPED}
    assert (lantern.on_hand, lantern.held, lantern.free, lantern.unfit, lantern.ends_on) == (2, 0, 2, 0, None)
    assert lantern.marks == frozenset()
    assert shelves.get_row(world.quay.id, honey.sku, at=NOW) == honey


def test_an_outlet_sees_only_its_own_shelves(session: Any, world: World) -> None:
    assert [row.on_hand for row in shelves.listing(world.centre.id, at=NOW)] == [20, 5]
    assert shelves.listing(world.hill.id, at=NOW) == []
    for outlet, sku in ((world.quay, variant_of(world.tea).sku), (world.hill, variant_of(world.honey).sku)):
        with pytest.raises(NotFound):
            shelves.get_row(outlet.id, sku, at=NOW)
    assert shelves.lots_of(world.hill.id, variant_of(world.honey).id, at=NOW) == []
    assert shelves.count(shelves.movements(world.hill.id)) == 0


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({}, ["Đèn lồng lụa", "Mật ong rừng"]),
        ({"words": "den lua"}, ["Đèn lồng lụa"]),
        ({"words": "MẬT ONG"}, ["Mật ong rừng"]),
        ({"words": "không có"}, []),
        ({"groups": ("4.1",)}, ["Đèn lồng lụa"]),
        ({"words": "ong", "groups": ("4.1",)}, []),
        ({"mark": Mark.ENDING}, []),
    ],
)
def test_the_list_is_narrowed_by_words_group_and_mark(
    session: Any, world: World, choice: dict[str, Any], names: list[str]
) -> None:
    assert [row.name for row in shelves.listing(world.quay.id, at=NOW, **choice)] == names


def test_less_than_a_week_s_sales_is_low(session: Any, world: World) -> None:
    with transaction():
        put(make_lot(variant_of(world.honey), best_before=MONDAY + timedelta(days=90)), "D01", 12)
    sell(world, 2, 9, days_ago=20, cause="sale:1")
    honey = shelves.get_row(world.quay.id, variant_of(world.honey).sku, at=NOW)
    assert (honey.free, honey.sold, honey.marks) == (6, 9, frozenset())
    sell(world, 2, 3, days_ago=3, cause="sale:2")
    sell(world, 0, 1, days_ago=3, cause="sale:3")
    honey = shelves.get_row(world.quay.id, variant_of(world.honey).sku, at=NOW)
    assert (honey.free, honey.sold, honey.marks) == (2, 13, {Mark.LOW})
    assert shelves.listing(world.quay.id, at=NOW, mark=Mark.LOW) == [honey]


def test_a_minimum_that_the_manager_set_decides_what_is_low(session: Any, world: World) -> None:
    honey = variant_of(world.honey)
    with transaction():
        manager = staff_of(make_staff(world.quay, Role.MANAGER))
        replenishment.set_minimum(world.quay, honey.id, 4, by=manager, at=NOW)
        replenishment.set_minimum(
            world.centre, variant_of(world.tea).id, 4, by=staff_of(make_staff(world.centre, Role.MANAGER)), at=NOW
        )
    row = shelves.get_row(world.quay.id, honey.sku, at=NOW)
    assert (row.free, row.minimum, row.marks) == (3, 4, {Mark.LOW})
    assert [row.marks for row in shelves.listing(world.centre.id, at=NOW)] == [frozenset(), frozenset()]


def test_what_shoppers_do_not_see_is_not_offered(session: Any, world: World) -> None:
    with transaction():
        drink = make_product("Rượu", state=ProductState.RETIRED, free={"D02": 1})
        gone = make_product("Bánh", free={"D02": 1})
        session.execute(update(Variant).where(Variant.product_id == gone.id).values(active=False))
        make_product("Gạo", free={"D02": 1})
    assert drink.id
    rows = shelves.listing(world.hill.id, at=NOW)
    assert [(row.name, row.offered) for row in rows] == [("Bánh", False), ("Gạo", True), ("Rượu", False)]


def test_lots_stand_in_the_order_in_which_they_are_sold(session: Any, world: World) -> None:
    variant = variant_of(world.honey)
    with transaction():
        late = make_lot(variant, code="LATE", best_before=MONDAY + timedelta(days=90))
        early = make_lot(variant, code="EARLY", best_before=MONDAY - timedelta(days=2), made_on=date(2026, 1, 1))
        for lot in (late, early):
            put(lot, "D01", 4)
        session.execute(update(Lot).where(Lot.id == late.id).values(state=LotState.RECALLED))
    found = shelves.lots_of(world.quay.id, variant.id, at=NOW)
    assert [(row.code, row.on_hand, row.free, row.fit, row.state) for row in found] == [
        ("EARLY", 4, 4, False, LotState.SELLABLE),
        ("LATE", 4, 4, False, LotState.RECALLED),
        (found[2].code, 3, 3, True, LotState.SELLABLE),
    ]
    assert found[0].made_on == date(2026, 1, 1)
    assert found[2].best_before is None


def test_movements_are_told_newest_first_and_chosen_by_kind_day_and_goods(session: Any, world: World) -> None:
    sell(world, 0, 1, days_ago=-1, cause="sale:1")
    honey = variant_of(world.honey).id
    every = shelves.read(shelves.movements(world.quay.id))
    assert [(m.kind, m.on_hand, m.name) for m in every] == [
        (MovementKind.SOLD_AT_COUNTER, -1, "Mật ong rừng"),
        (MovementKind.RECEIVED, 2, "Đèn lồng lụa"),
        (MovementKind.RECEIVED, 3, "Mật ong rừng"),
    ]
    assert (every[0].cause, every[0].actor, every[0].held) == ("sale:1", "user:1", 0)
    chosen = {
        "kind": shelves.movements(world.quay.id, kinds=[MovementKind.SOLD_AT_COUNTER]),
        "goods": shelves.movements(world.quay.id, variant_id=honey),
        "lot": shelves.movements(world.quay.id, lot_id=every[1].lot_id),
        "today": shelves.movements(world.quay.id, period=Period(MONDAY, MONDAY)),
        "after": shelves.movements(world.quay.id, period=Period(from_on=MONDAY + timedelta(days=2))),
        "one": shelves.movements(world.quay.id).limit(1).offset(1),
    }
    assert {name: [m.id for m in shelves.read(keys)] for name, keys in chosen.items()} == {
        "kind": [every[0].id],
        "goods": [every[0].id, every[2].id],
        "lot": [every[1].id],
        "today": [every[1].id, every[2].id],
        "after": [],
        "one": [every[1].id],
    }
    assert shelves.count(chosen["goods"]) == 2


def test_a_day_begins_and_ends_in_vietnam(session: Any, world: World) -> None:
    day = date(2026, 11, 24)
    for n, at in enumerate((start_of(day) - timedelta(seconds=1), start_of(day), start_of(day + timedelta(days=1)))):
        with transaction():
            stock.sell(levels_at(world.quay)[0].id, 1, cause=f"sale:{n}", actor="user:1", at=at)
    assert [m.cause for m in shelves.read(shelves.movements(world.quay.id, period=Period(day, day)))] == ["sale:1"]
