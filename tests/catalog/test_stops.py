"""A lot taken off sale everywhere at once."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import history, makers, stock, stops
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, LotStopped, NotFound, OutOfStock
from catalog.lots import Lot, LotState
from catalog.memberships import Role, Staff
from catalog.stock import StockLevel
from tests.catalog.cast import at_once
from tests.world import MONDAY_NINE, World, make_lot, make_member, make_staff, maker_of, put, staff_of, variant_of

NOW = MONDAY_NINE


@pytest.fixture
def officer(app: Flask, session: Any) -> Staff:
    with transaction():
        return staff_of(make_staff(role=Role.OFFICER))


@pytest.fixture
def lot(world: World, session: Any) -> Lot:
    """The honey of both outlets."""
    return session.scalars(select(Lot).where(Lot.variant_id == variant_of(world.honey).id)).one()


def test_a_quarantined_lot_is_offered_nowhere_until_it_is_let_go(
    session: Any, world: World, lot: Lot, officer: Staff
) -> None:
    variant = variant_of(world.honey).id
    with transaction():
        stops.quarantine(lot, " nghi lẫn  đường ", by=officer, at=NOW)
    assert (lot.state, lot.stop_reason, lot.stopped_at) == (LotState.QUARANTINED, "nghi lẫn đường", NOW)
    assert stock.shelves([variant], at=NOW) == []
    assert [found.id for found in session.scalars(stops.stopped_at(world.quay.id))] == [lot.id]
    with transaction():
        stops.let_go(lot, by=officer, at=NOW)
    assert (lot.state, lot.stop_reason, lot.stopped_at) == (LotState.SELLABLE, "", None)
    assert stock.free_by_variant([variant], at=NOW) == {variant: 8}
    assert session.scalars(stops.stopped_at(world.quay.id)).all() == []
    assert [(e.verb, e.facts["reason"]) for e in session.scalars(history.of(f"lot:{lot.id}"))] == [
        ("lot.quarantined", "nghi lẫn đường"),
        ("lot.sellable", ""),
    ]


def test_a_recalled_lot_never_comes_back(session: Any, lot: Lot, officer: Staff) -> None:
    with transaction():
        stops.quarantine(lot, "nghi ngờ", by=officer, at=NOW)
    with transaction():
        stops.recall(lot, "có vi sinh", by=officer, at=NOW)
    for again in (
        lambda: stops.let_go(lot, by=officer, at=NOW),
        lambda: stops.quarantine(lot, "lại", by=officer, at=NOW),
        lambda: stops.recall(lot, "lại", by=officer, at=NOW),
    ):
        with pytest.raises(Conflict), transaction():
            again()
    session.refresh(lot)
    assert (lot.state, lot.stop_reason) == (LotState.RECALLED, "có vi sinh")


@pytest.mark.parametrize(("reason", "code"), [("  ", "required"), ("x" * 301, "too_long")])
def test_a_stop_needs_a_reason_of_a_readable_length(
    session: Any, lot: Lot, officer: Staff, reason: str, code: str
) -> None:
    with pytest.raises(Invalid) as refusal, transaction():
        stops.quarantine(lot, reason, by=officer, at=NOW)
    assert (refusal.value.field, refusal.value.reason) == ("reason", code)
    session.refresh(lot)
    assert lot.state is LotState.SELLABLE


@pytest.mark.parametrize("role", [Role.CLERK, Role.MANAGER])
def test_only_an_officer_stops_a_lot(session: Any, world: World, lot: Lot, role: Role) -> None:
    with transaction():
        staff = staff_of(make_staff(world.centre, role))
    with pytest.raises(Forbidden), transaction():
        stops.quarantine(lot, "nghi ngờ", by=staff, at=NOW)
    session.refresh(lot)
    assert lot.state is LotState.SELLABLE


def test_an_outlet_knows_only_lots_that_stood_on_its_shelves(session: Any, world: World, lot: Lot) -> None:
    assert stops.get_lot(lot.id, outlet_id=world.quay.id).id == lot.id
    for lot_id, outlet in ((lot.id, world.hill), (lot.id + 1000, world.quay)):
        with pytest.raises(NotFound):
            stops.get_lot(lot_id, outlet_id=outlet.id)


def test_a_stop_racing_sales_and_collections_lets_nothing_go_afterwards(
    app: Flask, world: World, lot: Lot, officer: Staff
) -> None:
    """Whatever left the shelf left it before the stop; what was promised then stays."""
    with transaction():
        lot2 = make_lot(variant_of(world.honey))
        put(lot2, "D01", 20)
        shelf = db.session.scalars(select(StockLevel.id).where(StockLevel.lot_id == lot2.id)).one()
        for n in range(6):
            stock.hold(shelf, 1, order_ref=f"QN-{n}", until=None, actor="buyer", at=NOW)

    def sell(n: int) -> Callable[[], str]:
        def act() -> str:
            stock.lock(variant_ids=[lot2.variant_id], outlet_id=world.quay.id)
            found = [s for s in stock.shelves([lot2.variant_id], at=NOW) if s.level_id == shelf]
            if not found:
                raise OutOfStock("x", wanted=1, free=0)
            stock.sell(shelf, 1, cause=f"sale:{n}", actor="user:1", at=NOW)
            return "sold"

        return act

    def collect(n: int) -> Callable[[], str]:
        def act() -> str:
            stock.hand_over(f"QN-{n}", actor="user:1", at=NOW)
            return "collected"

        return act

    def stop() -> str:
        stops.recall(stops.get_lot(lot2.id, outlet_id=world.quay.id), "thu hồi", by=officer, at=NOW)
        moved = db.session.scalars(select(stock.StockMovement.on_hand).where(stock.StockMovement.level_id == shelf))
        return f"stopped at {sum(moved)}"

    answers = at_once(app, *(sell(n) for n in range(6)), stop, *(collect(n) for n in range(6)))
    sold, collected = answers.count("sold"), answers.count("collected")
    assert f"stopped at {20 - sold - collected}" in answers
    assert sold + answers.count(OutOfStock.__name__) == 6
    assert collected + answers.count(LotStopped.__name__) == 6
    row = db.session.execute(select(StockLevel.on_hand, StockLevel.held).where(StockLevel.id == shelf)).one()
    assert tuple(row) == (20 - sold - collected, 6 - collected)


def test_a_producer_takes_a_lot_of_their_own_off_sale_and_an_officer_lets_it_go(
    session: Any, world: World, lot: Lot, officer: Staff
) -> None:
    with transaction():
        member = maker_of(make_member(world.cooperative))
        stops.quarantine_own(lot, " nghi lẫn  đường ", by=member, at=NOW)
    assert (lot.state, lot.stop_reason, lot.stopped_at) == (LotState.QUARANTINED, "nghi lẫn đường", NOW)
    with pytest.raises(Conflict), transaction():
        stops.quarantine_own(lot, "lại nghi", by=member, at=NOW)
    with transaction():
        stops.let_go(lot, by=officer, at=NOW)
    events = session.scalars(history.of(f"lot:{lot.id}"))
    assert [(e.verb, e.actor, e.facts["before"], e.facts["after"]) for e in events] == [
        ("lot.quarantined", member.actor, "sellable", "quarantined"),
        ("lot.sellable", officer.actor, "quarantined", "sellable"),
    ]


def test_a_foreign_lot_does_not_exist_for_a_producer(session: Any, world: World, lot: Lot) -> None:
    with pytest.raises(NotFound), transaction():
        stops.quarantine_own(lot, "nghi ngờ", by=maker_of(make_member(world.household)), at=NOW)
    session.expire_all()
    assert session.get(Lot, lot.id).state is LotState.SELLABLE


def test_nobody_lets_a_lot_of_their_own_producer_go(session: Any, world: World, lot: Lot, officer: Staff) -> None:
    with transaction():
        user = make_staff(role=Role.OFFICER)
        makers.join(user, world.cooperative, actor="system", at=NOW)
        stops.quarantine(lot, "nghi lẫn đường", by=staff_of(user), at=NOW)
    with pytest.raises(Forbidden), transaction():
        stops.let_go(lot, by=staff_of(user), at=NOW)
    session.refresh(lot)
    assert (lot.state, lot.stop_reason) == (LotState.QUARANTINED, "nghi lẫn đường")
    with transaction():
        stops.let_go(lot, by=officer, at=NOW)
    assert lot.state is LotState.SELLABLE
