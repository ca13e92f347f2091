"""Units that leave a shelf without having been sold."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import history, stock, write_offs
from catalog.db import transaction
from catalog.errors import DomainError, Forbidden, Invalid, NotFound, OutOfStock
from catalog.lots import Lot, LotState
from catalog.memberships import Role, Staff
from catalog.stock import MovementKind, StockMovement
from tests.catalog.cast import at_once
from tests.world import MONDAY, MONDAY_NINE, World, levels_at, make_staff, staff_of

NOW = MONDAY_NINE


@pytest.fixture
def clerk(app: Flask, session: Any, world: World) -> Staff:
    with transaction():
        return staff_of(make_staff(world.quay))


def off(world: World, clerk: Staff, units: int = 1, **facts: Any) -> None:
    """Take honey (three units) off the quay's shelf."""
    defaults: dict[str, Any] = {"kind": MovementKind.DAMAGED, "reason": "rơi vỡ", "key": "form-0001"}
    with transaction():
        shelf = levels_at(world.quay)[0].id
        write_offs.write_off(world.quay.id, shelf, units, by=clerk, at=NOW, **defaults | facts)


def honey(world: World) -> tuple[int, int]:
    shelf = levels_at(world.quay)[0]
    return shelf.on_hand, shelf.held


def test_damaged_units_leave_with_who_and_why(session: Any, world: World, clerk: Staff) -> None:
    off(world, clerk, 2)
    assert honey(world) == (1, 0)
    shelf = levels_at(world.quay)[0].id
    query = select(StockMovement).where(StockMovement.level_id == shelf).order_by(StockMovement.id.desc()).limit(1)
    last = session.scalars(query).one()
    assert (last.kind, last.on_hand, last.reason, last.actor, last.cause) == (
        MovementKind.DAMAGED, -2, "rơi vỡ", clerk.actor, "write-off:form-0001",
    )  # fmt: skip
    (event,) = session.scalars(history.of(f"shelf:{shelf}"))
    assert (event.verb, event.facts["kind"], event.facts["units"]) == ("stock.written_off", "damaged", 2)


def test_one_form_acts_once(session: Any, world: World, clerk: Staff) -> None:
    off(world, clerk)
    off(world, clerk)
    assert honey(world) == (2, 0)
    off(world, clerk, key="form-0002")
    assert honey(world) == (1, 0)


def test_promised_units_are_not_written_off(session: Any, world: World, clerk: Staff) -> None:
    with transaction():
        stock.hold(levels_at(world.quay)[0].id, 2, order_ref="QN-1", until=None, actor="buyer", at=NOW)
    with pytest.raises(OutOfStock) as refusal:
        off(world, clerk, 2)
    assert (refusal.value.wanted, refusal.value.free) == (2, 1)
    assert honey(world) == (3, 2)


def test_only_what_is_past_its_day_has_expired(session: Any, world: World, clerk: Staff) -> None:
    shelf = levels_at(world.quay)[0]
    for best_before in (None, MONDAY):
        with transaction():
            session.execute(update(Lot).where(Lot.id == shelf.lot_id).values(best_before=best_before))
        with pytest.raises(Invalid) as refusal:
            off(world, clerk, kind=MovementKind.EXPIRED, reason="")
        assert (refusal.value.field, refusal.value.reason) == ("kind", "not_expired")
    assert honey(world) == (3, 0)
    with transaction():
        session.execute(update(Lot).where(Lot.id == shelf.lot_id).values(best_before=MONDAY - timedelta(days=1)))
    off(world, clerk, 3, kind=MovementKind.EXPIRED, reason="")
    assert honey(world) == (0, 0)


def test_a_recalled_lot_leaves_the_shelf_this_way(session: Any, world: World, clerk: Staff) -> None:
    shelf = levels_at(world.quay)[0]
    with transaction():
        session.execute(update(Lot).where(Lot.id == shelf.lot_id).values(state=LotState.RECALLED))
    off(world, clerk, 3, reason="tiêu hủy lô thu hồi")
    assert honey(world) == (0, 0)


@pytest.mark.parametrize(("reason", "code"), [(" ", "required"), ("x" * 201, "too_long")])
def test_a_write_off_says_why(session: Any, world: World, clerk: Staff, reason: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        off(world, clerk, kind=MovementKind.SAMPLE, reason=reason)
    assert (refusal.value.field, refusal.value.reason) == ("reason", code)
    assert honey(world) == (3, 0)


def test_nobody_writes_off_what_is_not_theirs(session: Any, world: World, clerk: Staff) -> None:
    with transaction():
        above = staff_of(make_staff(world.centre, Role.MANAGER))
        foreign = levels_at(world.centre)[0].id
    cases: list[tuple[int, int, Staff, type[DomainError]]] = [
        (world.quay.id, foreign, clerk, NotFound),
        (world.centre.id, foreign, clerk, NotFound),
        (world.quay.id, levels_at(world.quay)[0].id, above, Forbidden),
    ]
    for outlet_id, shelf, by, error in cases:
        with pytest.raises(error), transaction():
            write_offs.write_off(
                outlet_id, shelf, 1, kind=MovementKind.DAMAGED, reason="vỡ", key="form-0001", by=by, at=NOW
            )
    assert honey(world) == (3, 0)
    assert levels_at(world.centre)[0].on_hand == 5


def test_write_offs_racing_for_the_last_units_take_no_more_than_there_are(
    app: Flask, session: Any, world: World, clerk: Staff
) -> None:
    shelf = levels_at(world.quay)[0].id

    def act(key: str) -> str:
        write_offs.write_off(world.quay.id, shelf, 1, kind=MovementKind.DAMAGED, reason="vỡ", key=key, by=clerk, at=NOW)
        return "off"

    answers = at_once(app, *(lambda n=n: act(f"form-{n:04d}") for n in range(8)))  # type: ignore[misc]
    assert (answers.count("off"), answers.count(OutOfStock.__name__)) == (3, 5)
    assert honey(world) == (0, 0)
