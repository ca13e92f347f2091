from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from catalog import history, stock
from catalog.db import db, transaction
from catalog.errors import Conflict, NotFound
from catalog.jobs import Job
from catalog.money import Money
from catalog.stock import MovementKind, StockMovement
from checkout import orders, payments, settlement
from checkout.delivery import Collect
from checkout.orders import CANCELLABLE, NEXT, Fulfilment, FulfilmentState, Order, OrderState
from checkout.payments import PaymentState
from checkout.rules import PaymentMethod
from tests.checkout.factories import levels, order_for, rows
from tests.world import MONDAY_NINE, World, make_outlet, make_product

NOW = MONDAY_NINE
HOUR_LATER = NOW + timedelta(hours=1)
UNTOUCHED = [(5, 0), (20, 0)]


def set_shares(order: Order, *states: FulfilmentState) -> None:
    """Its fulfilments have come so far, in their order."""
    for position, state in enumerate(states, start=1):
        mine = update(Fulfilment).where(Fulfilment.order_id == order.id, Fulfilment.position == position)
        db.session.execute(mine.values(state=state))


def test_every_state_has_a_row_and_only_what_nobody_packed_can_be_called_off() -> None:
    assert set(NEXT) == set(OrderState)
    assert CANCELLABLE == (OrderState.AWAITING_PAYMENT, OrderState.CONFIRMED)


def test_every_state_is_reached_and_leads_to_an_end() -> None:
    ends = {state for state, following in NEXT.items() if not following}
    assert ends == {OrderState.CANCELLED, OrderState.EXPIRED, OrderState.CLOSED}
    reached = set().union(*NEXT.values())
    assert set(OrderState) - reached == {OrderState.AWAITING_PAYMENT}


def test_a_confirmed_order_keeps_its_units_without_end(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 2))
        orders.confirm(order, actor="user:1", at=NOW)

    assert (order.state, order.hold_until) == (OrderState.CONFIRMED, None)
    assert stock.overdue_orders(at=NOW + timedelta(days=365)) == []
    assert levels(world.centre) == [(5, 2), (20, 0)]


def test_a_cancelled_order_gives_everything_back_and_is_owed_nothing(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 2), (world.tea, 1))
        orders.cancel(order, actor="buyer", at=HOUR_LATER)

    assert order.state is OrderState.CANCELLED
    assert levels(world.centre) == UNTOUCHED
    payment = payments.of_order(order.id)
    assert (payment.state, payment.due) == (PaymentState.CANCELLED, Money(0))
    events = [
        (event.verb, event.actor, event.at) for event in db.session.scalars(history.of(f"order:{order.reference}"))
    ]
    assert events == [("order.placed", "buyer", NOW), ("order.cancelled", "buyer", HOUR_LATER)]
    assert [job.kind for job in db.session.scalars(select(Job).order_by(Job.id))] == [
        "mail.order_placed",
        "mail.order_cancelled",
    ]


def test_cancelling_twice_releases_once(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 2))
    with transaction():
        orders.cancel(order, actor="buyer", at=NOW)
    before = rows(StockMovement, history.Event, Job)
    with pytest.raises(Conflict), transaction():
        orders.cancel(order, actor="buyer", at=NOW)

    assert rows(StockMovement, history.Event, Job) == before
    released = select(StockMovement.held).where(StockMovement.kind == MovementKind.RELEASED)
    assert list(db.session.scalars(released)) == [-2]
    assert levels(world.centre) == UNTOUCHED


def test_a_packed_order_can_no_longer_be_called_off(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 2), payment=PaymentMethod.CASH_ON_DELIVERY)
        set_shares(order, FulfilmentState.READY)
        orders.follow(order, actor="user:1", at=NOW)
    with pytest.raises(Conflict), transaction():
        orders.cancel(order, actor="buyer", at=NOW)
    assert orders.get_order(order.reference).state is OrderState.READY
    assert levels(world.centre) == [(5, 2), (20, 0)]


def test_somebody_who_looked_earlier_is_too_late(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 2))
    with transaction():
        stale = orders.get_order(order.reference)
        db.session.connection().exec_driver_sql("UPDATE orders SET state = 'cancelled'")
        assert stale.state is OrderState.AWAITING_PAYMENT
        with pytest.raises(Conflict):
            orders.confirm(stale, actor="user:1", at=NOW)
    assert rows(history.Event, Job) == [1, 1]


@pytest.mark.parametrize(
    ("shares", "state"),
    [
        ((FulfilmentState.TO_PICK, FulfilmentState.READY), OrderState.CONFIRMED),
        ((FulfilmentState.TO_PICK, FulfilmentState.SHIPPED), OrderState.CONFIRMED),
        ((FulfilmentState.READY, FulfilmentState.READY), OrderState.READY),
        ((FulfilmentState.READY, FulfilmentState.SHIPPED), OrderState.READY),
        ((FulfilmentState.READY, FulfilmentState.RETURNED), OrderState.READY),
        ((FulfilmentState.HANDED_OVER, FulfilmentState.HANDED_OVER), OrderState.HANDED_OVER),
        ((FulfilmentState.SHIPPED, FulfilmentState.SHIPPED), OrderState.SHIPPED),
        ((FulfilmentState.SHIPPED, FulfilmentState.DELIVERED), OrderState.SHIPPED),
        ((FulfilmentState.SHIPPED, FulfilmentState.RETURNED), OrderState.SHIPPED),
        ((FulfilmentState.DELIVERED, FulfilmentState.DELIVERED), OrderState.DELIVERED),
        ((FulfilmentState.DELIVERED, FulfilmentState.RETURNED), OrderState.DELIVERED),
        ((FulfilmentState.RETURNED, FulfilmentState.RETURNED), OrderState.RETURNED),
    ],
)
def test_an_order_is_as_far_as_all_its_shares_are(
    world: World, shares: tuple[FulfilmentState, FulfilmentState], state: OrderState
) -> None:
    with transaction():
        make_outlet("T02", ships=True)
        here, there = make_product("Hàng một", free={"T01": 1}), make_product("Hàng hai", free={"T02": 1})
        order = order_for((here, 1), (there, 1), payment=PaymentMethod.CASH_ON_DELIVERY)
        set_shares(order, *shares)
        orders.follow(order, actor="user:1", at=NOW)
    assert orders.get_order(order.reference).state is state


def test_a_step_is_told_once_and_closing_is_silent(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 2), payment=PaymentMethod.CASH_ON_DELIVERY)
        for share in (FulfilmentState.READY, FulfilmentState.SHIPPED, FulfilmentState.DELIVERED):
            set_shares(order, share)
            orders.follow(order, actor="user:1", at=NOW)
            orders.follow(order, actor="user:1", at=NOW)
        orders.close(order, actor="system", at=NOW)

    assert orders.get_order(order.reference).state is OrderState.CLOSED
    assert [job.kind for job in db.session.scalars(select(Job).order_by(Job.id))] == [
        "mail.order_placed",
        "mail.order_ready",
        "mail.order_shipped",
        "mail.order_delivered",
    ]


def test_an_order_that_one_outlet_has_packed_is_not_called_off(world: World) -> None:
    with transaction():
        make_outlet("T02", ships=True)
        here, there = make_product("Hàng một", free={"T01": 1}), make_product("Hàng hai", free={"T02": 1})
        order = order_for((here, 1), (there, 1), payment=PaymentMethod.CASH_ON_DELIVERY)
        set_shares(order, FulfilmentState.TO_PICK, FulfilmentState.READY)
        orders.follow(order, actor="user:1", at=NOW)
    with pytest.raises(Conflict), transaction():
        orders.cancel(order, actor="buyer", at=NOW)
    found = orders.get_order(order.reference)
    assert (found.state, orders.may_cancel(found)) == (OrderState.CONFIRMED, False)


def test_time_runs_out_at_the_minute_and_not_before(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 2))
    with transaction():
        assert orders.expire_overdue(at=HOUR_LATER - timedelta(seconds=1)) == []
        with pytest.raises(Conflict):
            orders.expire(order, at=HOUR_LATER - timedelta(seconds=1))
    assert levels(world.centre) == [(5, 2), (20, 0)]

    with transaction():
        assert orders.expire_overdue(at=HOUR_LATER) == [order.reference]
        assert orders.expire_overdue(at=HOUR_LATER) == []
    assert orders.get_order(order.reference).state is OrderState.EXPIRED
    assert payments.of_order(order.id).state is PaymentState.CANCELLED
    assert levels(world.centre) == UNTOUCHED


def test_goods_nobody_collected_go_back_even_when_packed(world: World) -> None:
    with transaction():
        order = order_for(
            (world.honey, 2), destination=Collect(world.quay.id), payment=PaymentMethod.CASH_ON_COLLECTION
        )
        set_shares(order, FulfilmentState.READY)
        orders.follow(order, actor="user:1", at=NOW)
    with transaction():
        assert orders.expire_overdue(at=NOW + timedelta(days=4)) == [order.reference]
    assert levels(world.quay) == [(3, 0), (2, 0)]


def test_a_sweep_of_chosen_variants_leaves_other_orders_alone(world: World) -> None:
    with transaction():
        honey = order_for((world.honey, 1))
        tea = order_for((world.tea, 1))
        line = orders.get_order(tea.reference).lines[0]
        assert orders.expire_overdue(at=HOUR_LATER, variant_ids=[line.variant_id]) == [tea.reference]
    assert orders.get_order(honey.reference).state is OrderState.AWAITING_PAYMENT


def test_an_order_is_found_by_its_secret_with_all_that_a_page_shows(world: World, count_queries: Any) -> None:
    with transaction():
        placed = order_for((world.honey, 1), (world.tea, 1))
    db.session.expunge_all()
    with count_queries() as sent:
        order = orders.find_by_token(placed.token)
        assert order is not None
        assert [line.product.slug for line in order.lines] == ["mat-ong-rung", "che-day"]
        assert [share.outlet.code for share in order.fulfilments] == ["T01"]
        assert order.outlet is None
    assert len(sent) == 3
    assert orders.find_by_token("no such token") is None


def test_an_unknown_reference_is_not_found(session: Any) -> None:
    with pytest.raises(NotFound):
        orders.get_order("QN-000000")


@pytest.mark.parametrize("phone", ["0912345678", "+84 912 345 678"])
@pytest.mark.parametrize("spelling", ["{}", " {} ", "lower", "bare"])
def test_a_buyer_finds_an_order_by_phone_and_reference(world: World, phone: str, spelling: str) -> None:
    with transaction():
        order = order_for((world.honey, 1))
    typed = {"lower": order.reference.lower(), "bare": order.reference[3:]}.get(spelling) or spelling.format(
        order.reference
    )
    assert orders.find_by_phone_and_reference(phone, typed) is order


@pytest.mark.parametrize(
    ("phone", "reference"), [("0912345679", None), ("nonsense", None), ("0912345678", "QN-000000")]
)
def test_a_miss_costs_the_same_one_query_as_a_hit(
    world: World, count_queries: Any, phone: str, reference: str | None
) -> None:
    with transaction():
        order = order_for((world.honey, 1))
    with count_queries() as missed:
        assert orders.find_by_phone_and_reference(phone, reference or order.reference) is None
    with count_queries() as hit:
        assert orders.find_by_phone_and_reference("0912345678", order.reference) is order
    assert missed == hit
    assert len(hit) == 1


def test_money_for_an_order_that_was_called_off_is_to_be_given_back(world: World) -> None:
    with transaction():
        paid = order_for((world.honey, 1))
        order_for((world.tea, 1))
        code = payments.of_order(paid.id).code
        settlement.receive_transfer(code, Money(272_000), provider="hand", provider_id="1", actor="user:1", at=NOW)
        orders.cancel(paid, actor="buyer", at=NOW)
    assert [(order.reference, payment.paid) for order, payment in db.session.execute(orders.refunds_due())] == [
        (paid.reference, Money(272_000))
    ]
    assert payments.of_order(paid.id).state is PaymentState.PAID


def test_the_database_refuses_totals_that_do_not_add_up(world: World) -> None:
    with transaction():
        order_for((world.honey, 1))
    for values in ({"total": Order.total + 1}, {"outlet_id": world.quay.id}):
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(update(Order).values(values))
