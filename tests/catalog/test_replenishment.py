"""What outlets have, sell and lack."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select, update

from catalog import replenishment, stock, transfers
from catalog.db import db, transaction
from catalog.errors import Forbidden, Invalid, NotFound
from catalog.lots import Lot
from catalog.memberships import Role, Staff
from catalog.outlets import Outlet
from catalog.products import Product, ProductState, Variant
from catalog.replenishment import MinimumLevel, Need
from catalog.transfers import Arrival, TransferState
from tests.catalog.cast import hire, level_id
from tests.world import MONDAY_NINE, make_lot, make_outlet, make_product, put, variant_of

NOW = MONDAY_NINE


@dataclass(frozen=True)
class Scene:
    """A centre with a hundred jars and thirty boxes, a point with ten jars, their managers, and the point's clerk."""

    centre: Outlet
    quay: Outlet
    jar: Variant
    box: Variant
    jars: Lot
    boxes: Lot
    supplier: Staff
    manager: Staff
    clerk: Staff


@pytest.fixture
def scene(session: Any) -> Scene:
    with transaction():
        centre = make_outlet("T01")
        quay = make_outlet("D01", supplied_by_id=centre.id)
        jar, box = variant_of(make_product("Mật ong")), variant_of(make_product("Chè dây"))
        jars, boxes = make_lot(jar), make_lot(box)
        put(jars, "T01", 100)
        put(boxes, "T01", 30)
        put(jars, "D01", 10)
        people = hire(centre, Role.MANAGER), hire(quay, Role.MANAGER), hire(quay)
        return Scene(centre, quay, jar, box, jars, boxes, *people)


def sell(scene: Scene, units: int, *, days_ago: float = 1) -> None:
    """At the point; the jars are put there first."""
    with transaction():
        put(scene.jars, "D01", units)
        at = NOW - timedelta(days=days_ago)
        cause = f"sale:{days_ago}"
        stock.sell(level_id(scene.jars, scene.quay), units, cause=cause, actor="user:1", at=at)


def minimum(scene: Scene, variant: Variant, units: int) -> None:
    with transaction():
        replenishment.set_minimum(scene.quay, variant.id, units, by=scene.manager, at=NOW)


def need(scene: Scene, variant: Variant) -> Need | None:
    found = replenishment.needs([scene.quay.id], at=NOW)
    return next((need for need in found if need.variant_id == variant.id), None)


def test_it_wants_the_sales_of_two_weeks(scene: Scene) -> None:
    sell(scene, 25)
    found = need(scene, scene.jar)
    assert found == Need(scene.quay.id, scene.jar.id, free=10, sold=25, minimum=0, coming=0, drafted=0)
    assert (found.weekly, found.want, found.lack, found.low) == (Decimal("6.3"), 13, 3, False)


def test_sales_older_than_four_weeks_do_not_count_and_returns_take_away(scene: Scene) -> None:
    sell(scene, 9, days_ago=28)
    sell(scene, 5, days_ago=27.99)
    with transaction():
        stock.put_back(
            scene.jars, scene.quay, 2, consigned=False, cause="sale:27.99", actor="user:1", at=NOW - timedelta(days=1)
        )
    found = need(scene, scene.jar)
    assert found is not None
    assert found.sold == 3


def test_orders_collected_count_as_sold_and_promises_do_not(scene: Scene) -> None:
    with transaction():
        shelf = level_id(scene.jars, scene.quay)
        for reference in ("QN-1", "QN-2"):
            stock.hold(shelf, 2, order_ref=reference, until=None, actor="buyer", at=NOW)
        stock.hand_over("QN-1", actor="user:1", at=NOW)
    found = need(scene, scene.jar)
    assert found is not None
    assert (found.free, found.sold) == (6, 2)


def test_a_minimum_is_wanted_even_where_nothing_is_sold(scene: Scene) -> None:
    assert need(scene, scene.box) is None
    minimum(scene, scene.box, 6)
    found = need(scene, scene.box)
    assert found == Need(scene.quay.id, scene.box.id, free=0, sold=0, minimum=6, coming=0, drafted=0)
    assert (found.lack, found.low) == (6, True)
    minimum(scene, scene.box, 4)
    minimum(scene, scene.jar, 11)
    assert [(n.variant_id, n.free, n.want) for n in replenishment.low(scene.quay.id, at=NOW)] == [
        (scene.box.id, 0, 4),
        (scene.jar.id, 10, 11),
    ]


def test_nought_takes_a_minimum_away(session: Any, scene: Scene) -> None:
    minimum(scene, scene.box, 6)
    minimum(scene, scene.box, 0)
    assert session.scalars(select(MinimumLevel)).all() == []
    assert need(scene, scene.box) is None


def test_only_the_outlet_s_manager_sets_minimums(session: Any, scene: Scene) -> None:
    for by, error in ((scene.clerk, Forbidden), (scene.supplier, Forbidden)):
        with pytest.raises(error), transaction():
            replenishment.set_minimum(scene.quay, scene.box.id, 5, by=by, at=NOW)
    with pytest.raises(NotFound), transaction():
        replenishment.set_minimum(scene.centre, scene.box.id, 5, by=scene.manager, at=NOW)
    with pytest.raises(NotFound), transaction():
        replenishment.set_minimum(scene.quay, 999_999, 5, by=scene.manager, at=NOW)
    with pytest.raises(ValueError, match="units between"), transaction():
        replenishment.set_minimum(scene.quay, scene.box.id, -1, by=scene.manager, at=NOW)
    assert session.scalars(select(MinimumLevel)).all() == []


def test_without_a_minimum_a_shelf_is_low_below_the_sales_of_a_week(scene: Scene) -> None:
    sell(scene, 40)
    assert replenishment.low(scene.quay.id, at=NOW) == []
    sell(scene, 1, days_ago=2)
    assert [n.variant_id for n in replenishment.low(scene.quay.id, at=NOW)] == [scene.jar.id]
    assert replenishment.low(scene.centre.id, at=NOW) == []


def test_a_withdrawn_product_is_needed_nowhere(session: Any, scene: Scene) -> None:
    minimum(scene, scene.box, 6)
    with transaction():
        session.execute(update(Product).where(Product.id == scene.box.product_id).values(state=ProductState.RETIRED))
    assert need(scene, scene.box) is None


def test_suggestions_keep_the_source_s_own_minimum(scene: Scene) -> None:
    minimum(scene, scene.jar, 60)
    minimum(scene, scene.box, 50)
    with transaction():
        replenishment.set_minimum(scene.centre, scene.jar.id, 70, by=scene.supplier, at=NOW)
    found = replenishment.suggest(scene.centre, scene.quay, by=scene.supplier, at=NOW)
    assert [(s.need.variant_id, s.need.lack, s.spare, s.units) for s in found] == [
        (scene.jar.id, 50, 30, 30),
        (scene.box.id, 50, 30, 30),
    ]


def test_one_click_drafts_what_is_lacking_and_the_next_finds_it_drafted(scene: Scene) -> None:
    minimum(scene, scene.jar, 25)
    minimum(scene, scene.box, 6)
    with transaction():
        transfer = replenishment.draft_for(scene.centre, scene.quay, by=scene.supplier, at=NOW)
    transfer = transfers.get_transfer(scene.centre.id, transfer.reference)
    assert transfer.state is TransferState.DRAFT
    assert {line.variant_id: line.quantity for line in transfer.lines} == {scene.jar.id: 15, scene.box.id: 6}
    found = need(scene, scene.jar)
    assert found is not None
    assert (found.drafted, found.lack) == (15, 0)
    with pytest.raises(Invalid, match="empty"), transaction():
        replenishment.draft_for(scene.centre, scene.quay, by=scene.supplier, at=NOW)


def test_what_is_on_the_way_is_not_lacking_and_what_came_is_there(scene: Scene) -> None:
    minimum(scene, scene.box, 6)
    with transaction():
        transfer = replenishment.draft_for(scene.centre, scene.quay, by=scene.supplier, at=NOW)
        transfers.send(transfer, by=scene.supplier, at=NOW)
    found = need(scene, scene.box)
    assert found is not None
    assert (found.free, found.coming, found.drafted, found.lack) == (0, 6, 0, 0)
    with transaction():
        (line,) = transfers.get_transfer(scene.quay.id, transfer.reference).lines
        transfers.receive(transfer, {line.id: Arrival(6)}, seen=0, by=scene.clerk, at=NOW)
    found = need(scene, scene.box)
    assert found is not None
    assert (found.free, found.coming, found.low) == (6, 0, False)


def test_a_draft_is_filled_up_with_what_is_lacking(scene: Scene) -> None:
    minimum(scene, scene.box, 6)
    minimum(scene, scene.jar, 12)
    with transaction():
        transfer = transfers.draft(scene.centre, scene.quay, by=scene.supplier, at=NOW)
        transfers.add(transfer, scene.box, 2, by=scene.supplier, at=NOW)
        added = replenishment.fill(transfer, scene.centre, scene.quay, by=scene.supplier, at=NOW)
    transfer = transfers.get_transfer(scene.centre.id, transfer.reference)
    assert added == 2
    assert {line.variant_id: line.quantity for line in transfer.lines} == {scene.jar.id: 2, scene.box.id: 6}


def test_what_a_sister_lacks_is_not_told(scene: Scene) -> None:
    with transaction():
        sister = make_outlet("D02", supplied_by_id=scene.centre.id)
    with pytest.raises(NotFound):
        replenishment.suggest(scene.quay, sister, by=scene.manager, at=NOW)


def test_a_centre_supplies_the_outlets_that_say_so(session: Any, scene: Scene) -> None:
    with transaction():
        make_outlet("D00", supplied_by_id=scene.centre.id)
        make_outlet("D09", supplied_by_id=scene.centre.id, active=False)
    codes = [outlet.code for outlet in session.scalars(replenishment.supplied_by(scene.centre.id))]
    assert codes == ["D00", "D01"]


def test_the_view_takes_the_same_few_queries_however_many_outlets(session: Any, scene: Scene) -> None:
    with transaction():
        more = [make_outlet(f"E{n}", supplied_by_id=scene.centre.id) for n in range(5)]
        for outlet in more:
            put(scene.jars, outlet.code, 3)
    sent: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    keys = [outlet.id for outlet in more]
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert len(replenishment.needs(keys, at=NOW)) == 5
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len([statement for statement in sent if statement.startswith("SELECT")]) == 6


def test_a_maker_is_told_where_their_own_are_short(session: Any, scene: Scene) -> None:
    def short(*variants: Variant) -> list[tuple[int, int, int, int]]:
        found = replenishment.low_for([variant.id for variant in variants], at=NOW)
        return [(need.outlet_id, need.variant_id, need.free, need.want) for need in found]

    assert short(scene.jar) == []
    minimum(scene, scene.jar, 12)
    minimum(scene, scene.box, 3)
    assert short(scene.jar) == [(scene.quay.id, scene.jar.id, 10, 12)]
    assert short(scene.jar, scene.box) == [(scene.quay.id, scene.box.id, 0, 3), (scene.quay.id, scene.jar.id, 10, 12)]
    assert short() == []
    with transaction():
        session.execute(update(Outlet).where(Outlet.id == scene.quay.id).values(active=False))
    assert short(scene.jar, scene.box) == []
