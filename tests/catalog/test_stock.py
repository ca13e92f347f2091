"""Units on shelves and promises made against them. Every test ends with ``drift() == []`` (the ``app`` fixture)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from catalog import history, stock
from catalog.clock import start_of
from catalog.db import transaction
from catalog.errors import LotStopped, OutOfStock
from catalog.lots import Lot, LotState
from catalog.outlets import Outlet
from catalog.products import Variant
from catalog.stock import Drift, HoldState, MovementKind, StockHold, StockLevel, StockMovement
from tests.world import MONDAY, MONDAY_NINE, make_lot, make_outlet, make_product, make_variant, variant_of

NINE = MONDAY_NINE
TEN = NINE + timedelta(hours=1)


@dataclass(frozen=True)
class Scene:
    """One variant with five units of one lot at one outlet, and an empty outlet."""

    variant: Variant
    lot: Lot
    outlet: Outlet
    empty: Outlet


@pytest.fixture
def scene(session: Any) -> Scene:
    with transaction():
        outlet, empty = make_outlet("A"), make_outlet("B")
        variant = variant_of(make_product())
        lot = make_lot(variant)
        stock.receive(lot, outlet, 5, cause="delivery-note:1", actor="user:1", at=NINE)
    return Scene(variant, lot, outlet, empty)


def level(lot: Lot, outlet: Outlet) -> tuple[int, int]:
    """(on hand, held) of one shelf."""
    with transaction():
        row = stock.db.session.execute(
            select(StockLevel.on_hand, StockLevel.held).where(
                StockLevel.lot_id == lot.id, StockLevel.outlet_id == outlet.id
            )
        ).one()
    return row.on_hand, row.held


def level_id(lot: Lot, outlet: Outlet) -> int:
    query = select(StockLevel.id).where(StockLevel.lot_id == lot.id, StockLevel.outlet_id == outlet.id)
    return stock.db.session.scalars(query).one()


def hold(scene: Scene, units: int, *, order: str = "QN-1", until: datetime | None = TEN, at: datetime = NINE) -> None:
    with transaction():
        shelf = level_id(scene.lot, scene.outlet)
        stock.hold(shelf, units, order_ref=order, until=until, actor="buyer", at=at)


def free(scene: Scene, at: datetime = NINE) -> int:
    return stock.free_by_variant([scene.variant.id], at=at).get(scene.variant.id, 0)


def movements(session: Any) -> list[tuple[str, int, int, str]]:
    query = select(StockMovement.kind, StockMovement.on_hand, StockMovement.held, StockMovement.cause).order_by(
        StockMovement.id
    )
    return [
        (kind.value, on_hand, held, cause)
        for kind, on_hand, held, cause in session.execute(query.order_by(StockMovement.id))
    ]


def test_goods_that_arrive_are_free(session: Any, scene: Scene) -> None:
    assert level(scene.lot, scene.outlet) == (5, 0)
    assert free(scene) == 5
    assert movements(session) == [("received", 5, 0, "delivery-note:1")]


def test_the_same_delivery_note_again_changes_nothing(session: Any, scene: Scene) -> None:
    with transaction():
        stock.receive(scene.lot, scene.outlet, 5, cause="delivery-note:1", actor="user:1", at=TEN)
    assert level(scene.lot, scene.outlet) == (5, 0)
    assert len(movements(session)) == 1


def test_one_delivery_note_can_fill_two_shelves(session: Any, scene: Scene) -> None:
    with transaction():
        stock.receive(scene.lot, scene.empty, 2, cause="delivery-note:1", actor="user:1", at=NINE)
    assert level(scene.lot, scene.empty) == (2, 0)
    assert free(scene) == 7


def test_held_units_are_promised_and_still_there(session: Any, scene: Scene) -> None:
    hold(scene, 3)
    assert level(scene.lot, scene.outlet) == (5, 3)
    assert free(scene) == 2
    assert movements(session)[1:] == [("held", 0, 3, "order:QN-1")]


def test_a_shelf_promises_no_more_than_it_has(session: Any, scene: Scene) -> None:
    hold(scene, 3)
    with pytest.raises(OutOfStock) as refusal:
        hold(scene, 3, order="QN-2")
    assert (refusal.value.sku, refusal.value.wanted, refusal.value.free) == (scene.variant.sku, 3, 2)
    assert level(scene.lot, scene.outlet) == (5, 3)
    assert len(movements(session)) == 2
    assert [h.order_ref for h in session.scalars(select(StockHold))] == ["QN-1"]


def test_the_last_unit_can_be_promised(session: Any, scene: Scene) -> None:
    hold(scene, 4)
    hold(scene, 1, order="QN-2")
    assert free(scene) == 0
    with pytest.raises(OutOfStock):
        hold(scene, 1, order="QN-3")


def test_an_order_holds_a_shelf_once(session: Any, scene: Scene) -> None:
    hold(scene, 1)
    with pytest.raises(IntegrityError):
        hold(scene, 1)
    assert level(scene.lot, scene.outlet) == (5, 1)


@pytest.mark.parametrize("units", [0, -1])
def test_fewer_than_one_unit_is_nonsense(session: Any, scene: Scene, units: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        hold(scene, units)
    with pytest.raises(ValueError, match="at least 1"), transaction():
        stock.receive(scene.lot, scene.outlet, units, cause="delivery-note:2", actor="user:1", at=NINE)
    assert level(scene.lot, scene.outlet) == (5, 0)


def test_released_units_are_free_again(session: Any, scene: Scene) -> None:
    hold(scene, 3)
    with transaction():
        assert stock.release("QN-1", actor="buyer", at=NINE) == 3
    assert level(scene.lot, scene.outlet) == (5, 0)
    assert movements(session)[2:] == [("released", 0, -3, "order:QN-1")]
    assert [h.state for h in session.scalars(select(StockHold))] == [HoldState.RELEASED]


def test_releasing_twice_releases_once(session: Any, scene: Scene) -> None:
    hold(scene, 3)
    for expected in (3, 0):
        with transaction():
            assert stock.release("QN-1", actor="buyer", at=NINE) == expected
    assert level(scene.lot, scene.outlet) == (5, 0)


def test_goods_handed_over_leave_the_shelf(session: Any, scene: Scene) -> None:
    hold(scene, 3)
    for expected in (3, 0):
        with transaction():
            assert stock.hand_over("QN-1", actor="user:1", at=TEN) == expected
    assert level(scene.lot, scene.outlet) == (2, 0)
    assert movements(session)[2:] == [("sold_online", -3, -3, "order:QN-1")]


def test_what_was_handed_over_is_not_given_back(session: Any, scene: Scene) -> None:
    hold(scene, 3)
    with transaction():
        stock.hand_over("QN-1", actor="user:1", at=TEN)
        assert stock.release("QN-1", actor="buyer", at=TEN) == 0
    assert level(scene.lot, scene.outlet) == (2, 0)


def test_an_order_of_two_shelves_is_released_whole(session: Any, scene: Scene) -> None:
    with transaction():
        stock.receive(scene.lot, scene.empty, 2, cause="delivery-note:2", actor="user:1", at=NINE)
    with transaction():
        for outlet in (scene.outlet, scene.empty):
            stock.hold(level_id(scene.lot, outlet), 2, order_ref="QN-1", until=TEN, actor="buyer", at=NINE)
    assert free(scene) == 3
    with transaction():
        assert stock.release("QN-1", actor="buyer", at=NINE) == 4
    assert free(scene) == 7


def test_a_hold_ends_by_the_clock_before_anybody_tidies(session: Any, scene: Scene) -> None:
    hold(scene, 3, until=TEN)
    assert free(scene, TEN - timedelta(microseconds=1)) == 2
    assert free(scene, TEN) == 5
    assert level(scene.lot, scene.outlet) == (5, 3)
    assert [(s.outlet_id, s.free) for s in stock.shelves([scene.variant.id], at=TEN)] == [(scene.outlet.id, 5)]
    assert [tuple(row) for row in stock.free_by_outlet(TEN)] == [(scene.variant.id, scene.outlet.id, 5)]


def test_a_kept_hold_no_longer_ends(session: Any, scene: Scene) -> None:
    hold(scene, 3, until=TEN)
    with transaction():
        stock.keep("QN-1")
    assert free(scene, TEN + timedelta(days=365)) == 2
    assert stock.overdue_orders(at=TEN + timedelta(days=365)) == []


def test_overdue_orders_are_named_once_in_order(session: Any, scene: Scene) -> None:
    with transaction():
        other = variant_of(make_product())
        lot = make_lot(other)
        stock.receive(lot, scene.outlet, 5, cause="delivery-note:2", actor="user:1", at=NINE)
    hold(scene, 1, order="QN-2")
    hold(scene, 1, order="QN-1")
    hold(scene, 1, order="QN-3", until=TEN + timedelta(seconds=1))
    hold(replace(scene, lot=lot), 1, order="QN-1")
    assert stock.overdue_orders(at=TEN) == ["QN-1", "QN-2"]
    assert stock.overdue_orders(at=TEN, variant_ids=[other.id]) == ["QN-1"]
    assert stock.overdue_orders(at=TEN - timedelta(microseconds=1)) == []


def test_first_expired_is_first_sold_and_what_does_not_age_is_last(session: Any, scene: Scene) -> None:
    days = [MONDAY + timedelta(days=30), MONDAY + timedelta(days=3)]
    with transaction():
        for number, best_before in enumerate(days):
            lot = make_lot(scene.variant, best_before=best_before)
            stock.receive(lot, scene.empty, 1, cause=f"delivery-note:d{number}", actor="user:1", at=NINE)
    found = stock.shelves([scene.variant.id], at=NINE)
    assert [shelf.best_before for shelf in found] == [days[1], days[0], None]


def test_a_lot_can_be_sold_on_its_last_day_and_not_after(session: Any, scene: Scene) -> None:
    with transaction():
        session.execute(update(Lot).values(best_before=date(2026, 11, 25)))
    assert free(scene, start_of(date(2026, 11, 26)) - timedelta(seconds=1)) == 5
    assert free(scene, start_of(date(2026, 11, 26))) == 0
    assert stock.shelves([scene.variant.id], at=start_of(date(2026, 11, 26))) == []


@pytest.mark.parametrize("state", [LotState.QUARANTINED, LotState.RECALLED])
def test_a_stopped_lot_is_offered_nowhere(session: Any, scene: Scene, state: LotState) -> None:
    with transaction():
        session.execute(update(Lot).values(state=state))
    assert free(scene) == 0
    assert stock.shelves([scene.variant.id], at=NINE) == []
    assert stock.free_by_outlet(NINE) == []


def test_a_closed_outlet_offers_nothing(session: Any, scene: Scene) -> None:
    with transaction():
        session.execute(update(Outlet).values(active=False))
    assert free(scene) == 0
    assert stock.shelves([scene.variant.id], at=NINE) == []
    assert stock.free_by_outlet(NINE) == []


def test_sums_do_not_mix_variants(session: Any, scene: Scene) -> None:
    with transaction():
        other = make_variant(make_product())
        stock.receive(make_lot(other), scene.outlet, 7, cause="delivery-note:2", actor="user:1", at=NINE)
    assert stock.free_by_variant([scene.variant.id, other.id], at=NINE) == {scene.variant.id: 5, other.id: 7}
    assert {tuple(row) for row in stock.free_by_outlet(NINE)} == {
        (scene.variant.id, scene.outlet.id, 5),
        (other.id, scene.outlet.id, 7),
    }


def test_a_count_corrects_the_level_once(session: Any, scene: Scene) -> None:
    for _ in range(2):
        with transaction():
            stock.correct(level_id(scene.lot, scene.outlet), -2, cause="count:1", actor="user:1", at=NINE)
    assert level(scene.lot, scene.outlet) == (3, 0)
    with transaction():
        stock.correct(level_id(scene.lot, scene.outlet), 4, cause="count:2", actor="user:1", at=NINE)
    assert level(scene.lot, scene.outlet) == (7, 0)


def test_a_count_cannot_take_what_is_promised(session: Any, scene: Scene) -> None:
    hold(scene, 4)
    with pytest.raises(OutOfStock) as refusal, transaction():
        stock.correct(level_id(scene.lot, scene.outlet), -2, cause="count:1", actor="user:1", at=NINE)
    assert (refusal.value.wanted, refusal.value.free) == (2, 1)
    assert level(scene.lot, scene.outlet) == (5, 4)
    assert len(movements(session)) == 2


@pytest.mark.parametrize("wrong", ["on_hand = -1", "held = -1", "held = 6"])
def test_the_database_itself_refuses_an_impossible_level(session: Any, scene: Scene, wrong: str) -> None:
    with pytest.raises(IntegrityError, match="held_within_on_hand"), transaction():
        session.execute(text(f"UPDATE stock_levels SET {wrong}"))
    assert level(scene.lot, scene.outlet) == (5, 0)


def test_a_drifted_shelf_is_found(session: Any, scene: Scene) -> None:
    hold(scene, 2)
    shelf = level_id(scene.lot, scene.outlet)
    try:
        with transaction():
            session.execute(update(StockLevel).values(on_hand=6, held=1))
        assert stock.drift() == [
            Drift(shelf, on_hand=6, on_hand_moved=5, held=1, held_moved=2, held_open=2),
        ]
    finally:
        with transaction():
            session.execute(update(StockLevel).values(on_hand=5, held=2))


def test_every_kind_of_change_leaves_a_movement(session: Any, scene: Scene) -> None:
    hold(scene, 1)
    hold(scene, 2, order="QN-2")
    with transaction():
        stock.release("QN-1", actor="buyer", at=NINE)
        stock.hand_over("QN-2", actor="user:1", at=NINE)
        shelf = level_id(scene.lot, scene.outlet)
        stock.correct(shelf, 1, cause="count:1", actor="user:1", at=NINE)
        stock.sell(shelf, 1, cause="sale:1", actor="user:1", at=NINE)
        stock.put_back(scene.lot, scene.outlet, 1, consigned=False, cause="sale:1", actor="user:1", at=NINE)
        stock.send_out(shelf, 1, cause="transfer:1", actor="user:1", at=NINE)
        stock.take_in(scene.lot, scene.outlet, 1, consigned=False, cause="transfer:1", actor="user:1", at=NINE)
        for kind in stock.WRITE_OFFS:
            stock.write_off(shelf, 1, kind=kind, reason="rơi", cause="write-off:1", actor="user:1", at=NINE)
    moved = session.execute(select(StockMovement.kind)).scalars().all()
    assert sorted(moved) == sorted([*MovementKind, MovementKind.HELD])
    assert level(scene.lot, scene.outlet) == (1, 0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": LotState.QUARANTINED}, "quarantined"),
        ({"state": LotState.RECALLED}, "recalled"),
        ({"best_before": MONDAY - timedelta(days=1)}, "expired"),
    ],
)
def test_nothing_of_a_stopped_or_ended_lot_is_handed_over(
    session: Any, scene: Scene, change: dict[str, Any], why: str
) -> None:
    hold(scene, 3)
    with transaction():
        session.execute(update(Lot).values(**change))
    with pytest.raises(LotStopped) as refusal, transaction():
        stock.hand_over("QN-1", actor="user:1", at=NINE)
    assert (refusal.value.code, refusal.value.why) == (scene.lot.code, why)
    assert level(scene.lot, scene.outlet) == (5, 3)
    assert len(movements(session)) == 2
    with transaction():
        assert stock.release("QN-1", actor="buyer", at=NINE) == 3


def test_a_lot_can_be_handed_over_on_its_last_day(session: Any, scene: Scene) -> None:
    hold(scene, 3)
    with transaction():
        session.execute(update(Lot).values(best_before=MONDAY))
        assert stock.hand_over("QN-1", actor="user:1", at=NINE) == 3


def test_one_outlet_hands_over_its_share_while_another_s_is_stopped(session: Any, scene: Scene) -> None:
    with transaction():
        other = make_lot(scene.variant)
        stock.receive(other, scene.empty, 2, cause="delivery-note:2", actor="user:1", at=NINE)
    hold(scene, 3)
    hold(replace(scene, lot=other, outlet=scene.empty), 1)
    with transaction():
        session.execute(update(Lot).where(Lot.id == other.id).values(state=LotState.RECALLED))
    with transaction():
        assert stock.hand_over("QN-1", outlet_id=scene.outlet.id, actor="user:1", at=NINE) == 3
    with pytest.raises(LotStopped), transaction():
        stock.hand_over("QN-1", outlet_id=scene.empty.id, actor="user:1", at=NINE)
    assert level(other, scene.empty) == (2, 1)


def test_a_drifted_shelf_is_put_back_to_its_sums(session: Any, scene: Scene) -> None:
    hold(scene, 2)
    shelf = level_id(scene.lot, scene.outlet)
    with transaction():
        session.execute(update(StockLevel).values(on_hand=6, held=1))
    with transaction():
        repaired, left = stock.repair(actor="officer", at=TEN)
    assert repaired == [Drift(shelf, on_hand=6, on_hand_moved=5, held=1, held_moved=2, held_open=2)]
    assert left == []
    assert level(scene.lot, scene.outlet) == (5, 2)
    assert len(movements(session)) == 2
    (event,) = session.scalars(history.of(f"shelf:{shelf}"))
    assert (event.verb, event.actor, event.at) == ("stock.repaired", "officer", TEN)
    assert event.facts == {
        "level_id": shelf, "on_hand": 6, "on_hand_moved": 5, "held": 1, "held_moved": 2, "held_open": 2,
        "before": {"on_hand": 6, "held": 1}, "after": {"on_hand": 5, "held": 2},
    }  # fmt: skip


@pytest.mark.parametrize(("units", "kind"), [(1, "released"), (3, "held")])
def test_where_movements_and_promises_disagree_a_movement_says_so(
    session: Any, scene: Scene, units: int, kind: str
) -> None:
    hold(scene, 2)
    with transaction():
        session.execute(update(StockHold).values(quantity=units))
    with transaction():
        stock.repair(actor="officer", at=TEN)
    assert level(scene.lot, scene.outlet) == (5, units)
    assert movements(session)[2:] == [(kind, 0, units - 2, f"repair:{TEN.isoformat()}")]


def test_what_no_sum_explains_is_left_for_somebody_to_count(session: Any, scene: Scene) -> None:
    hold(scene, 2)
    shelf = level_id(scene.lot, scene.outlet)
    with transaction():
        session.execute(update(StockHold).values(quantity=7))
    try:
        with transaction():
            repaired, left = stock.repair(actor="officer", at=TEN)
        assert (repaired, left) == ([], [Drift(shelf, 5, 5, 2, 2, 7)])
        assert level(scene.lot, scene.outlet) == (5, 2)
        assert session.scalars(history.of(f"shelf:{shelf}")).all() == []
    finally:
        with transaction():
            session.execute(update(StockHold).values(quantity=2))


def test_repairing_what_is_right_does_nothing(session: Any, scene: Scene) -> None:
    hold(scene, 2)
    with transaction():
        assert stock.repair(actor="officer", at=TEN) == ([], [])
    assert len(movements(session)) == 2
