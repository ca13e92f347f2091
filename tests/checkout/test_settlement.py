from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog import history
from catalog.db import db, transaction
from catalog.errors import Invalid
from catalog.jobs import Job
from catalog.money import Money
from checkout import orders, payments, settlement
from checkout.orders import Order, OrderState
from checkout.payments import BankTransfer, PaymentState, TransferState
from checkout.rules import PaymentMethod
from tests.checkout.factories import levels, order_for, rows
from tests.world import MONDAY_NINE, World

NOW = MONDAY_NINE
TOTAL = 272_000


def pay(text: str, amount: int, provider_id: str = "1", *, minutes: int = 5) -> BankTransfer:
    """A notice of the bank, in a transaction of its own."""
    with transaction():
        return settlement.receive_transfer(
            text,
            Money(amount),
            provider="bank",
            provider_id=provider_id,
            actor="system",
            at=NOW + timedelta(minutes=minutes),
        )


@pytest.fixture
def order(world: World) -> Order:
    """One jar of honey by transfer: 272.000 ₫."""
    with transaction():
        return order_for((world.honey, 1))


def code_of(order: Order) -> str:
    return payments.of_order(order.id).code


def state_of(order: Order) -> tuple[OrderState, PaymentState, int]:
    db.session.rollback()
    payment = payments.of_order(order.id)
    return orders.get_order(order.reference).state, payment.state, payment.paid_amount


def test_the_whole_amount_confirms_the_order(order: Order) -> None:
    transfer = pay(f"NGUYEN THI THU chuyen tien {code_of(order)}.CT", TOTAL)

    assert (transfer.state, transfer.code) == (TransferState.APPLIED, code_of(order))
    assert state_of(order) == (OrderState.CONFIRMED, PaymentState.PAID, TOTAL)
    events = [(event.verb, event.actor) for event in db.session.scalars(history.of(f"order:{order.reference}"))]
    assert events == [("order.placed", "buyer"), ("order.transfer_received", "system"), ("order.confirmed", "system")]
    assert "mail.order_confirmed" in list(db.session.scalars(select(Job.kind)))


def test_parts_add_up(order: Order) -> None:
    assert pay(code_of(order), 200_000, "1").state is TransferState.APPLIED
    assert state_of(order) == (OrderState.AWAITING_PAYMENT, PaymentState.PENDING, 200_000)
    assert payments.of_order(order.id).due == Money(72_000)
    assert pay(code_of(order), 72_000, "2").state is TransferState.APPLIED
    assert state_of(order) == (OrderState.CONFIRMED, PaymentState.PAID, TOTAL)


def test_too_much_confirms_and_is_said(order: Order) -> None:
    assert pay(code_of(order), 300_000).state is TransferState.OVER
    assert state_of(order) == (OrderState.CONFIRMED, PaymentState.PAID, 300_000)
    assert payments.of_order(order.id).due == Money(0)


def test_the_same_notice_again_changes_nothing(order: Order) -> None:
    first = pay(code_of(order), TOTAL, "1")
    before = rows(BankTransfer, history.Event, Job)
    again = pay(code_of(order), TOTAL, "1", minutes=9)

    assert again.id == first.id
    assert again.received_at == NOW + timedelta(minutes=5)
    assert rows(BankTransfer, history.Event, Job) == before
    assert state_of(order) == (OrderState.CONFIRMED, PaymentState.PAID, TOTAL)


def test_paying_twice_is_kept_as_a_duplicate(order: Order) -> None:
    pay(code_of(order), TOTAL, "1")
    assert pay(code_of(order), TOTAL, "2").state is TransferState.DUPLICATE
    assert state_of(order) == (OrderState.CONFIRMED, PaymentState.PAID, TOTAL)
    assert [transfer.provider_id for transfer in db.session.scalars(payments.exceptions())] == ["2"]


def test_money_for_an_expired_order_is_late_and_revives_nothing(order: Order, world: World) -> None:
    with transaction():
        orders.expire_overdue(at=NOW + timedelta(minutes=60))
    assert pay(code_of(order), TOTAL, minutes=61).state is TransferState.LATE
    assert state_of(order) == (OrderState.EXPIRED, PaymentState.CANCELLED, 0)
    assert levels(world.centre) == [(5, 0), (20, 0)]
    payment = payments.of_order(order.id)
    assert [transfer.amount for transfer in db.session.scalars(payments.transfers_of(payment))] == [TOTAL]


def test_money_after_the_hour_still_counts_while_nobody_took_the_goods(order: Order) -> None:
    assert pay(code_of(order), TOTAL, minutes=61).state is TransferState.APPLIED
    assert state_of(order) == (OrderState.CONFIRMED, PaymentState.PAID, TOTAL)


def test_a_part_paid_before_cancelling_is_to_be_given_back(order: Order) -> None:
    pay(code_of(order), 100_000)
    with transaction():
        orders.cancel(orders.lock(order.id), actor="buyer", at=NOW)
    assert state_of(order) == (OrderState.CANCELLED, PaymentState.CANCELLED, 100_000)
    assert [payment.paid for _, payment in db.session.execute(orders.refunds_due())] == [Money(100_000)]


@pytest.mark.parametrize("text", ["", "tien hang thang 11", "OCOP0000000"])
def test_money_without_a_known_code_is_kept_unmatched(order: Order, text: str) -> None:
    transfer = pay(text, TOTAL)
    assert (transfer.state, transfer.payment_id, transfer.text) == (TransferState.UNMATCHED, None, text)
    assert state_of(order) == (OrderState.AWAITING_PAYMENT, PaymentState.PENDING, 0)


def test_two_providers_may_use_the_same_number(order: Order) -> None:
    pay("no code", 1_000, "1")
    with transaction():
        settlement.receive_transfer("", Money(1_000), provider="other", provider_id="1", actor="system", at=NOW)
    assert rows(BankTransfer) == [2]


@pytest.mark.parametrize("amount", [0, -5])
def test_no_money_is_no_transfer(order: Order, amount: int) -> None:
    with pytest.raises(Invalid):
        pay(code_of(order), amount)
    assert rows(BankTransfer) == [0]


def test_a_transfer_for_a_cash_order_is_counted_and_leaves_its_state(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 1), payment=PaymentMethod.CASH_ON_DELIVERY)
    assert pay(code_of(order), TOTAL).state is TransferState.APPLIED
    assert state_of(order) == (OrderState.CONFIRMED, PaymentState.PAID, TOTAL)


def test_a_payment_is_found_by_what_the_bank_made_of_its_code(order: Order) -> None:
    code = code_of(order)
    found = payments.find_payment(f"mbvcb.{code[:6].lower()} {code[6:]}-ft")
    assert found is not None
    assert found.order_id == order.id
    assert payments.find_payment("nothing") is None
