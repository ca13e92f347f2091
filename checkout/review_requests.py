"""Asking for reviews: one letter to a buyer, some days after the goods arrived, about what nobody has said anything of."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, exists, func, select

from catalog import jobs
from catalog.clock import start_of, vietnam_day
from catalog.db import db
from catalog.lots import Lot, LotState
from checkout import reviews
from checkout.orders import Fulfilment, FulfilmentPick, Order, OrderLine, OrderState
from checkout.reviews import Review

ASK_AFTER = timedelta(days=5)
ASK_FOR = timedelta(days=7)
"""Buyers are asked once, in these days after ``ASK_AFTER``: shorter than done jobs are kept, whose key says "asked"."""
SENT_FROM = timedelta(hours=9)
"""Of a day in Vietnam: nobody is woken for their opinion."""
PLACED_WITHIN = timedelta(days=60)
_FULFILLED = (OrderState.HANDED_OVER, OrderState.DELIVERED, OrderState.CLOSED)


def ask(*, at: datetime) -> list[str]:
    """Ask for a letter to everybody whose goods arrived some days ago and who has not said what they think.

    Once an order, only where there is an e-mail, and never about goods that were recalled. Returns the references.
    """
    last = func.max(Fulfilment.changed_at)
    recalled = (
        exists()
        .where(FulfilmentPick.fulfilment_id == Fulfilment.id, FulfilmentPick.lot_id == Lot.id)
        .where(Fulfilment.order_id == Order.id, Lot.state == LotState.RECALLED)
    )
    query = (
        select(Order.reference)
        .join(Fulfilment, Fulfilment.order_id == Order.id)
        .where(Order.state.in_(_FULFILLED), Order.placed_at > at - PLACED_WITHIN, Order.email.is_not(None))
        .where(Order.id.in_(_unsaid()), ~recalled.correlate(Order))
        .group_by(Order.id, Order.reference)
        .having(and_(last <= at - ASK_AFTER, last > at - ASK_AFTER - ASK_FOR))
        .order_by(Order.reference)
    )
    found = list(db.session.scalars(query))
    morning = max(at, start_of(vietnam_day(at)) + SENT_FROM)
    for reference in found:
        jobs.enqueue("mail.review", {"order": reference}, at=morning, key=f"mail.review:{reference}")
    return found


def unsaid(order: Order) -> Sequence[OrderLine]:
    """Lines that arrived and of which nobody has said anything; needs the lines loaded."""
    got, said = reviews.received(order.id), reviews.of_order(order.id)
    return [line for line in order.lines if line.id in got and line.id not in said]


def _unsaid() -> Select[int]:
    """Keys of orders with a line that arrived and has no review."""
    said = exists().where(Review.line_id == OrderLine.id)
    return select(OrderLine.order_id).where(OrderLine.id.in_(reviews.arrived()), ~said)
