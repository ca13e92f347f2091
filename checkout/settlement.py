"""Money meets orders: the one verb that every notice of a bank transfer ends in, by hand or by machine."""

from datetime import datetime

from catalog import history
from catalog.money import Money
from checkout import orders, payments
from checkout.orders import OrderState
from checkout.payments import BankTransfer


def receive_transfer(
    text: str, amount: Money, *, provider: str, provider_id: str, actor: str, at: datetime
) -> BankTransfer:
    """Money has arrived. The same notice again changes nothing and returns what was stored the first time.

    text: the transfer's message, as the bank passed it on.    provider, provider_id: who told us, and their own id
    of the transfer.

    Counts parts until the total is there, then confirms the order. What fits no open payment is stored all the same,
    and the returned transfer's state says why. Raises Invalid("amount", "positive").
    """
    arrival = payments.record_transfer(text, amount, provider=provider, provider_id=provider_id, at=at)
    transfer = arrival.transfer
    payment = payments.find_payment(text)
    if not arrival.new or payment is None:
        return transfer
    order = orders.lock(payment.order_id)
    payment = payments.of_order(order.id)
    paid = payments.apply(transfer, payment)
    history.record(
        "order.transfer_received",
        orders.subject_of(order),
        actor=actor,
        at=at,
        amount=amount.minor,
        state=transfer.state,
        provider=provider,
        provider_id=provider_id,
    )
    if paid and order.state is OrderState.AWAITING_PAYMENT:
        orders.confirm(order, actor=actor, at=at)
    return transfer
