"""An outlet's figures as rows, on both engines."""

from datetime import date, timedelta
from typing import Any

import pytest

from catalog import reports, stock
from catalog.clock import start_of
from catalog.db import transaction
from catalog.lots import Lot, LotState
from catalog.reports import ShelfRow
from catalog.stock import MovementKind
from tests.world import MONDAY, MONDAY_NINE, World, levels_at, make_lot, make_staff, put, variant_of

DAY = timedelta(days=1)


@pytest.fixture
def goods(session: Any, world: World) -> tuple[Lot, Lot]:
    """Two more lots of honey at the quay: one that ends soon, one that never does and is the producer's."""
    with transaction():
        variant = variant_of(world.honey)
        soon = make_lot(variant, code="SOON", made_on=MONDAY - DAY, best_before=MONDAY + 3 * DAY)
        undated = make_lot(variant, code="EVER", state=LotState.QUARANTINED)
        put(soon, "D01", 4)
        stock.receive(undated, world.quay, 6, consigned=True, cause="receipt:PN-1", actor="user:1", at=MONDAY_NINE)
    return soon, undated


def test_the_shelves_of_an_outlet_are_told_first_expired_first(
    world: World, goods: tuple[Lot, Lot], session: Any
) -> None:
    sku = variant_of(world.honey).sku
    rows = [row for row in reports.shelves(world.quay.id) if row.sku == sku]
    assert sorted((row.on_hand, row.consigned, row.state) for row in rows[1:]) == [
        (3, False, LotState.SELLABLE), (6, True, LotState.QUARANTINED),
    ]  # fmt: skip
    assert rows[0] == ShelfRow(
        sku,
        None,
        "Mật ong rừng",
        "chai",
        "SOON",
        MONDAY - DAY,
        MONDAY + 3 * DAY,
        LotState.SELLABLE,
        False,
        4,
        0,
        250_000,
    )


def test_an_empty_shelf_is_not_told(world: World, session: Any) -> None:
    with transaction():
        level = levels_at(world.quay)[0]
        stock.sell(level.id, level.on_hand, cause="sale:BL-1", actor="user:1", at=MONDAY_NINE)
    assert len(list(reports.shelves(world.quay.id))) == len(levels_at(world.quay)) - 1


def test_nothing_of_another_outlet_is_told(world: World, goods: tuple[Lot, Lot], session: Any) -> None:
    lots = {row.lot for row in reports.shelves(world.centre.id)}
    assert not lots & {"SOON", "EVER"}
    moved = {row.lot for row in reports.movements(world.centre.id, from_on=MONDAY, to_on=MONDAY)}
    assert moved == lots
    assert list(reports.shelves(world.hill.id)) == []
    assert list(reports.movements(world.hill.id, from_on=MONDAY, to_on=MONDAY)) == []


def test_movements_name_the_person_and_the_document(world: World, session: Any) -> None:
    with transaction():
        clerk = make_staff(world.quay, name="Chị Lan")
        level = levels_at(world.quay)[0]
        kind = MovementKind.DAMAGED
        stock.write_off(
            level.id, 1, kind=kind, reason="vỡ nắp", cause="write-off:1", actor=f"user:{clerk.id}", at=MONDAY_NINE
        )
        stock.hold(level.id, 1, order_ref="QN-1", until=None, actor="buyer", at=MONDAY_NINE)
    rows = list(reports.movements(world.quay.id, from_on=MONDAY, to_on=MONDAY))
    assert [(r.kind, r.on_hand, r.held, r.document, r.reason, r.who) for r in rows[-2:]] == [
        (MovementKind.DAMAGED, -1, 0, "write-off:1", "vỡ nắp", "Chị Lan"),
        (MovementKind.HELD, 0, 1, "order:QN-1", "", "buyer"),
    ]


def moved_on(world: World, first: date, last: date) -> list[str]:
    return [r.document for r in reports.movements(world.quay.id, from_on=first, to_on=last) if "edge" in r.document]


def test_a_day_begins_and_ends_at_vietnams_midnight(world: World, session: Any) -> None:
    level = levels_at(world.quay)[0]
    midnight = start_of(MONDAY)
    second = timedelta(seconds=1)
    instants = {"last-of-sunday": midnight - second, "first": midnight, "last": midnight + DAY - second,
                "tuesday": midnight + DAY}  # fmt: skip
    with transaction():
        for name, at in instants.items():
            stock.correct(level.id, 1, cause=f"edge:{name}", actor="user:1", at=at)
    assert moved_on(world, MONDAY, MONDAY) == ["edge:first", "edge:last"]
    assert moved_on(world, MONDAY - DAY, MONDAY - DAY) == ["edge:last-of-sunday"]
    assert moved_on(world, MONDAY - DAY, MONDAY + DAY) == [f"edge:{name}" for name in instants]
    assert moved_on(world, MONDAY + DAY, MONDAY) == []
