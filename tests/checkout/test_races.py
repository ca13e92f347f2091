"""Many people at once, each in a thread with a session of its own, on both engines."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import Select, select

from catalog import history, stock
from catalog.db import db, transaction
from catalog.errors import Conflict
from catalog.jobs import Job
from catalog.money import Money
from catalog.stock import StockHold
from checkout import orders, payments, settlement
from checkout.allocation import Shortage
from checkout.carts import CartLine, find_cart
from checkout.delivery import Collect
from checkout.orders import Fulfilment, Order, OrderLine, OrderState
from checkout.payments import BankTransfer, Payment, PaymentState, TransferState
from checkout.placing import PlaceRequest
from tests.catalog.cast import at_once
from tests.checkout.factories import buyer, levels, make_cart, make_request, order_for, place, rows, total_of
from tests.world import MONDAY_NINE, World, make_outlet, make_product, variant_of

NOW = MONDAY_NINE
LATER = NOW + timedelta(minutes=60)
CROWD = 32


def press(token: str, submit_token: str, request: PlaceRequest, shown: Money, at: datetime = NOW) -> Callable[[], str]:
    """The button of the cart with this secret."""

    def act() -> str:
        cart = find_cart(token)
        assert cart is not None
        return place(cart, request, submit_token=submit_token, shown_total=shown, at=at).reference

    return act


def placed_at(at: datetime) -> Select[str]:
    """References of the orders of one instant."""
    return select(Order.reference).where(Order.placed_at == at)


def test_the_last_unit_is_sold_once(app: Flask, world: World) -> None:
    to_quay = make_request(Collect(world.quay.id))
    with transaction():
        order_for((world.lantern, 1), destination=to_quay.destination)
        carts = [make_cart((world.lantern, 1)).token for _ in range(CROWD)]
    before = rows(Order, OrderLine, Fulfilment, Payment, StockHold, Job, history.Event)
    answers = at_once(app, *(press(token, token, to_quay, Money(420_000)) for token in carts))

    assert Counter(answers)[Shortage.__name__] == CROWD - 1
    assert rows(Order, OrderLine, Fulfilment, Payment, StockHold, Job, history.Event) == [n + 1 for n in before]
    assert rows(CartLine) == [CROWD - 1]
    assert levels(world.quay) == [(3, 0), (2, 2)]
    assert stock.drift() == []


def test_a_button_pressed_many_times_makes_one_order(app: Flask, world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 1))
    shown = total_of(cart)
    answers = at_once(app, *[press(cart.token, "press", make_request(), shown)] * CROWD)

    assert len(set(answers)) == 1
    assert rows(Order, OrderLine, Payment, StockHold, Job) == [1, 1, 1, 1, 1]
    assert levels(world.centre) == [(5, 1), (20, 0)]


def test_one_press_from_two_carts_makes_one_order(app: Flask, world: World) -> None:
    with transaction():
        carts = [make_cart((world.honey, 1)) for _ in range(8)]
    shown = total_of(carts[0])
    answers = at_once(app, *(press(cart.token, "press", make_request(), shown) for cart in carts))

    assert len(set(answers)) == 1
    assert rows(Order, OrderLine, Payment, StockHold, Job) == [1, 1, 1, 1, 1]


def test_crossing_orders_do_not_wait_for_each_other_in_a_circle(app: Flask, world: World) -> None:
    """Mixed goods from mixed shelves, in both orders, on top of orders whose time ran out."""
    with transaction():
        make_outlet("T02", ships=True)
        goods = [make_product(f"Hàng {n}", free={"T01": 6, "T02": 6}) for n in range(4)]
        for n in range(4):
            order_for((goods[n], 2), (goods[(n + 1) % 4], 2))
        wants = [((goods[n % 4], 1), (goods[(n + 1 + n // 4 % 3) % 4], 1)) for n in range(CROWD)]
        carts = [make_cart(*(pair if n % 2 else pair[::-1])) for n, pair in enumerate(wants)]
    shown = total_of(carts[0], at=LATER)
    acts = [press(cart.token, cart.token, make_request(contact=buyer(n)), shown, LATER) for n, cart in enumerate(carts)]
    answers = at_once(app, *acts, lambda: ",".join(orders.expire_overdue(at=LATER)))

    assert not [answer for answer in answers if answer.startswith("failed")]
    assert set(answers[:-1]) - {Shortage.__name__} == set(db.session.scalars(placed_at(LATER)))
    refused = [pair for pair, answer in zip(wants, answers, strict=False) if answer == Shortage.__name__]
    assert rows(CartLine) == [2 * len(refused)]
    free = stock.free_by_variant([variant_of(product).id for product in goods], at=LATER)
    assert sum(free.values()) == 48 - 2 * (CROWD - len(refused))
    for pair in refused:
        assert not all(variant_of(product).id in free for product, _ in pair)
    assert stock.drift() == []


def test_a_payment_racing_the_expiry_ends_in_one_of_two_ways(app: Flask, world: World) -> None:
    with transaction():
        placed = [order_for((world.tea, 1), contact=buyer(n)) for n in range(8)]
        codes = {order.reference: payments.of_order(order.id).code for order in placed}

    def pay(reference: str) -> Callable[[], str]:
        return lambda: (
            settlement.receive_transfer(
                codes[reference], Money(112_000), provider="bank", provider_id=reference, actor="system", at=LATER
            ).state
        )

    sweeps: list[Callable[[], str]] = [lambda: ",".join(orders.expire_overdue(at=LATER))] * 4
    answers = at_once(app, *(pay(order.reference) for order in placed), *sweeps)
    assert not [answer for answer in answers if answer.startswith("failed")]

    outcomes: Counter[tuple[OrderState, PaymentState, TransferState]] = Counter()
    for order in placed:
        payment = payments.of_order(order.id)
        transfer = db.session.scalars(payments.transfers_of(payment)).one()
        outcomes[orders.get_order(order.reference).state, payment.state, transfer.state] += 1
    won = (OrderState.CONFIRMED, PaymentState.PAID, TransferState.APPLIED)
    lost = (OrderState.EXPIRED, PaymentState.CANCELLED, TransferState.LATE)
    assert set(outcomes) <= {won, lost}
    assert levels(world.centre)[1] == (20, outcomes[won])
    assert rows(BankTransfer) == [8]


def test_one_notice_told_many_times_at_once_counts_once(app: Flask, world: World) -> None:
    with transaction():
        order = order_for((world.tea, 1))
        code = payments.of_order(order.id).code

    def notice() -> str:
        return settlement.receive_transfer(
            code, Money(100_000), provider="bank", provider_id="1", actor="system", at=NOW
        ).state

    assert at_once(app, *[notice] * 16) == [TransferState.APPLIED] * 16
    assert payments.of_order(order.id).paid_amount == 100_000
    assert rows(BankTransfer) == [1]


def test_two_parts_at_once_pay_the_whole(app: Flask, world: World) -> None:
    with transaction():
        order = order_for((world.tea, 1))
        code = payments.of_order(order.id).code

    def part(provider_id: str) -> Callable[[], str]:
        return lambda: (
            settlement.receive_transfer(
                code, Money(56_000), provider="bank", provider_id=provider_id, actor="system", at=NOW
            ).state
        )

    assert at_once(app, part("1"), part("2")) == [TransferState.APPLIED] * 2
    assert orders.get_order(order.reference).state is OrderState.CONFIRMED
    assert payments.of_order(order.id).paid_amount == 112_000


def test_cancelling_many_times_at_once_releases_once(app: Flask, world: World) -> None:
    with transaction():
        reference = order_for((world.honey, 2)).reference

    def cancel() -> str:
        orders.cancel(orders.get_order(reference), actor="buyer", at=NOW)
        return "cancelled"

    assert Counter(at_once(app, *[cancel] * 16)) == {"cancelled": 1, Conflict.__name__: 15}
    assert levels(world.centre) == [(5, 0), (20, 0)]
    assert list(db.session.scalars(select(Job.kind).order_by(Job.id))) == ["mail.order_placed", "mail.order_cancelled"]
