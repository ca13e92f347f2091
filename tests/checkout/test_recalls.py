"""A lot that stands in three outlets, travels, and has gone to buyers, stopped by one act."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from catalog import history, stock, stops, transfers
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid
from catalog.jobs import Job
from catalog.lots import Lot, LotState
from catalog.memberships import Role, Staff
from checkout import carts, fulfilment, orders, recalls, sales
from checkout.allocation import Shortage
from checkout.delivery import Collect
from checkout.fulfilment import Unfit
from checkout.orders import Fulfilment, Order, OrderState
from checkout.recalls import Affected, Recall, Report, Sold, Standing
from checkout.rules import PaymentMethod
from tests.catalog.cast import at_once
from tests.checkout.factories import RULES, buyer, make_cart, make_request, order_for, place, total_of
from tests.checkout.selling import open_till, sell
from tests.checkout.test_races import press
from tests.world import MONDAY_NINE, World, make_staff, put, staff_of, variant_of

NOW = MONDAY_NINE


@pytest.fixture
def officer(session: Any, world: World) -> Staff:
    with transaction():
        return staff_of(make_staff(role=Role.OFFICER))


@pytest.fixture
def lot(session: Any, world: World) -> Lot:
    """The honey: five at the centre, three at the quay."""
    return session.scalars(select(Lot).where(Lot.variant_id == variant_of(world.honey).id)).one()


def call(lot: Lot, officer: Staff, **facts: Any) -> Recall:
    with transaction():
        defaults: dict[str, Any] = {"reason": "có vi sinh", "advice": "Đừng dùng, mang lại điểm bán."}
        return recalls.recall(lot, **defaults | facts, by=officer, at=NOW)


def collected(world: World, units: int, n: int, **facts: Any) -> Order:
    """An order of honey to be collected at the quay, paid there."""
    return order_for((world.honey, units), destination=Collect(world.quay.id), contact=buyer(n),
                     payment=PaymentMethod.CASH_ON_COLLECTION, **facts)  # fmt: skip


def ready(order: Order, clerk: Staff) -> Fulfilment:
    """The quay's share of it, packed."""
    share = fulfilment.get_fulfilment(order.outlet_id or 0, order.reference)
    assert fulfilment.make_ready(share, by=clerk, at=NOW, rules=RULES)
    return share


def test_one_act_stops_the_lot_for_good_and_keeps_who_when_why(
    session: Any, world: World, lot: Lot, officer: Staff
) -> None:
    made = call(lot, officer)
    assert (made.reason, made.advice, made.called_at, made.called_by, made.told_at) == (
        "có vi sinh", "Đừng dùng, mang lại điểm bán.", NOW, officer.actor, None,
    )  # fmt: skip
    assert lot.state is LotState.RECALLED
    assert stock.free_by_variant([variant_of(world.honey).id], at=NOW) == {}
    found = recalls.find_recall(lot.id)
    assert found is not None
    assert found.id == made.id
    with pytest.raises(Conflict):
        call(lot, officer)
    assert session.scalar(select(func.count()).select_from(Recall)) == 1


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"reason": ""}, ("reason", "required")),
        ({"advice": " "}, ("advice", "required")),
        ({"advice": "x" * 501}, ("advice", "too_long")),
    ],
)
def test_a_recall_says_why_and_what_to_do(
    session: Any, lot: Lot, officer: Staff, facts: dict[str, str], wrong: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        call(lot, officer, **facts)
    assert (refusal.value.field, refusal.value.reason) == wrong
    session.refresh(lot)
    assert (lot.state, recalls.find_recall(lot.id)) == (LotState.SELLABLE, None)


def test_only_an_officer_recalls_and_tells(session: Any, world: World, lot: Lot, officer: Staff) -> None:
    with transaction():
        manager = staff_of(make_staff(world.centre, Role.MANAGER))
    with pytest.raises(Forbidden):
        call(lot, manager)
    made = call(lot, officer)
    with pytest.raises(Forbidden), transaction():
        recalls.tell(made, by=manager, at=NOW)
    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_the_report_names_every_shelf_every_way_and_every_order(
    session: Any, world: World, lot: Lot, officer: Staff
) -> None:
    with transaction():
        put(lot, "D02", 2)
        centre_clerk = staff_of(make_staff(world.centre))
        paper = transfers.draft(world.centre, world.hill, by=centre_clerk, at=NOW)
        transfers.add(paper, variant_of(world.honey), 2, by=centre_clerk, at=NOW)
        transfers.send(paper, by=centre_clerk, at=NOW)
    with transaction():
        waiting = collected(world, 1, 1)
        gone = collected(world, 2, 2)
        clerk = open_till(world.quay)
        share = ready(gone, clerk)
        fulfilment.hand_over(share, code=gone.collect_code or "", by=clerk, at=NOW)
        given_up = order_for((world.honey, 1), contact=buyer(3))
        orders.cancel(given_up, actor="buyer", at=NOW)
        order_for((world.tea, 1), contact=buyer(4))
    call(lot, officer)
    report = recalls.report(lot.id)
    assert [(s.outlet.code, s.on_hand, s.held) for s in report.standings] == [
        ("D01", 1, 1),
        ("D02", 2, 0),
        ("T01", 3, 0),
    ]
    assert [(t.reference, t.source, t.target, t.units) for t in report.travelling] == [
        (paper.reference, world.centre.name_vi, world.hill.name_vi, 2)
    ]
    assert report.orders == (
        Affected(
            gone.reference, gone.token, OrderState.HANDED_OVER, NOW, "vi", "Khách 2", "0912000002", None, 2, ("D01",)
        ),
        Affected(
            waiting.reference,
            waiting.token,
            OrderState.CONFIRMED,
            NOW,
            "vi",
            "Khách 1",
            "0912000001",
            None,
            1,
            ("D01",),
        ),
    )
    assert (report.on_hand, report.on_the_way, report.with_buyers) == (6, 2, 2)


def test_counter_sales_are_named_and_undone_ones_are_not(session: Any, world: World, lot: Lot) -> None:
    with transaction():
        clerk = open_till(world.quay)
    with transaction():
        kept = sell(world.quay, clerk, (world.honey, 1))
    with transaction():
        undone = sell(world.quay, clerk, (world.honey, 1))
    with transaction():
        sales.undo(undone, "khách đổi ý", by=clerk, at=NOW)
    report = recalls.report(lot.id)
    assert report.sales == (Sold(kept.reference, "D01", NOW, 1),)
    assert report.with_buyers == 1


def test_a_lot_that_concerns_nobody_has_an_empty_report(session: Any, lot: Lot) -> None:
    assert recalls.report(lot.id + 1000) == Report((), (), (), ())


def test_an_order_from_two_outlets_is_named_once(session: Any, world: World, lot: Lot) -> None:
    with transaction():
        world.quay.ships = True
        session.merge(world.quay)
    with transaction():
        order = order_for((world.honey, 7))
    (affected,) = recalls.report(lot.id).orders
    assert (affected.reference, affected.units, sorted(affected.outlets)) == (order.reference, 7, ["D01", "T01"])


def test_carts_find_it_sold_out_and_what_was_promised_stays_where_it_is(
    session: Any, world: World, lot: Lot, officer: Staff
) -> None:
    with transaction():
        cart = make_cart((world.honey, 1))
        waiting = collected(world, 1, 1)
        clerk = open_till(world.quay)
        share = ready(waiting, clerk)
    shown = total_of(cart)
    call(lot, officer)
    with pytest.raises(Shortage), transaction():
        place(cart, shown_total=shown)
    (item,) = carts.view(cart, at=NOW, rules=RULES).items
    assert item.free == 0
    with pytest.raises(Unfit), transaction():
        fulfilment.hand_over(share, code=waiting.collect_code or "", by=clerk, at=NOW)
    assert orders.get_order(waiting.reference).state is OrderState.READY


def test_messages_go_out_once_to_whoever_can_be_written_to(
    session: Any, world: World, lot: Lot, officer: Staff
) -> None:
    with transaction():
        order = order_for((world.honey, 1))
        collected(world, 1, 1)  # left no e-mail: somebody must ring
        session.execute(Job.__table__.delete())  # type: ignore[attr-defined]
    made = call(lot, officer)
    with transaction():
        assert recalls.tell(made, by=officer, at=NOW + timedelta(minutes=1)) == 3
    with transaction():
        assert recalls.tell(made, by=officer, at=NOW + timedelta(minutes=2)) == 0
    assert made.told_at == NOW + timedelta(minutes=1)
    jobs = session.execute(select(Job.kind, Job.payload, Job.key).order_by(Job.id)).all()
    assert [tuple(job) for job in jobs] == [
        (
            "mail.recall_order",
            {"lot": lot.id, "order": order.reference},
            f"mail.recall_order:{lot.id}:{order.reference}",
        ),
        ("mail.recall_outlet", {"lot": lot.id, "outlet": "D01"}, f"mail.recall_outlet:{lot.id}:D01"),
        ("mail.recall_outlet", {"lot": lot.id, "outlet": "T01"}, f"mail.recall_outlet:{lot.id}:T01"),
    ]
    verbs = [event.verb for event in session.scalars(history.of(f"lot:{lot.id}"))]
    assert verbs == ["lot.recalled", "recall.told"]


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """The statements sent meanwhile, with their values."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_the_report_asks_as_often_for_many_orders_as_for_few(session: Any, world: World, lot: Lot) -> None:
    key = lot.id
    with transaction():
        put(lot, "T01", 60)
        order_for((world.honey, 1), contact=buyer(1))
    with asked() as few:
        recalls.report(key)
    with transaction():
        for n in range(2, 42):
            order_for((world.honey, 1), contact=buyer(n))
    with asked() as many:
        assert len(recalls.report(key).orders) == 41
    assert len(many) == len(few) == 4


def test_the_report_reads_no_table_from_end_to_end(session: Any, world: World, lot: Lot) -> None:
    """Said by SQLite, which plans alike for small and large tables."""
    if db.engine.dialect.name != "sqlite":
        return
    with asked() as sent:
        recalls.report(lot.id)
    plans = [
        session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values).all() for words, values in sent
    ]
    steps = [step.detail for plan in plans for step in plan]
    assert [step for step in steps if step.startswith("SCAN")] == []
    used = {step.split("INDEX ")[1].split(" ")[0] for step in steps if "USING INDEX ix_" in step}
    assert used == {
        "ix_stock_levels_lot_id",
        "ix_transfer_lines_lot_id",
        "ix_fulfilment_picks_lot_id",
        "ix_sale_picks_lot_id",
    }


def test_a_recall_racing_buyers_leaves_nothing_promised_after_it(
    app: Flask, session: Any, world: World, lot: Lot, officer: Staff
) -> None:
    """Every order that got units is in the report; nobody gets any later."""
    with transaction():
        put(lot, "T01", 15)
        made = [make_cart((world.honey, 1)).token for _ in range(12)]
    cart = carts.find_cart(made[0])
    assert cart is not None
    shown = total_of(cart)

    def stop() -> str:
        recalls.recall(stops.get_lot(lot.id, outlet_id=world.centre.id), "vi sinh", "Đừng dùng.", by=officer, at=NOW)
        return "recalled"

    acts = [press(token, token, make_request(contact=buyer(n)), shown) for n, token in enumerate(made)]
    answers = at_once(app, *acts[:6], stop, *acts[6:])
    assert answers.count("recalled") == 1
    placed = [answer for answer in answers if answer.startswith("QN-")]
    assert len(placed) + answers.count(Shortage.__name__) == 12
    assert sorted(order.reference for order in recalls.report(lot.id).orders) == sorted(placed)
    with pytest.raises(Invalid), transaction():  # it does not even go into a cart any more
        place(make_cart((world.honey, 1)), shown_total=shown)


def test_a_standing_is_read_with_its_outlet(session: Any, world: World, lot: Lot) -> None:
    first = recalls.report(lot.id).standings[0]
    assert isinstance(first, Standing)
    assert (first.outlet.name_vi, first.outlet.email) == (world.quay.name_vi, world.quay.email)
