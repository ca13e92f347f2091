"""An outlet's counter sales as rows for a spreadsheet. Reads only; rows come one after the other from one query."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from catalog.clock import start_of
from catalog.db import db
from catalog.reports import AT_ONCE
from checkout.sales import Sale, SaleLine, SaleState
from checkout.tills import Tender

LONGEST_WAIT = timedelta(days=1)
"""No money is waited for so long between a sale's beginning and its payment."""


@dataclass(frozen=True, slots=True)
class SaleRow:
    """One line of one sale whose money was taken. Amounts in đồng, tax inside. undone_at: None for one that stands."""

    paid_at: datetime
    reference: str
    clerk: str
    method: Tender
    sku: str
    name: str
    unit: str
    quantity: int
    price: int
    amount: int
    vat_percent: Decimal
    vat: int
    undone_at: datetime | None
    reason: str


def sales(outlet_id: int, *, from_on: date, to_on: date) -> Iterator[SaleRow]:
    """What was paid here on these days of Vietnam's calendar, both included, also what was undone later; oldest first."""
    begun, end = start_of(from_on), start_of(to_on + timedelta(days=1))
    query = (
        select(
            Sale.paid_at, Sale.reference, Sale.clerk_name, Sale.method, SaleLine.sku, SaleLine.name_vi, SaleLine.unit_vi,
            SaleLine.quantity, SaleLine.price, SaleLine.amount, SaleLine.vat_percent, SaleLine.vat, Sale.undone_at,
            Sale.reason,
        )
        .join(SaleLine, SaleLine.sale_id == Sale.id)
        .where(
            Sale.outlet_id == outlet_id,
            Sale.state.in_((SaleState.PAID, SaleState.UNDONE)),
            Sale.begun_at >= begun - LONGEST_WAIT,  # so that the index of the outlet's sales is used
            Sale.begun_at < end,
            Sale.paid_at >= begun,
            Sale.paid_at < end,
        )
        .order_by(Sale.paid_at, Sale.id, SaleLine.position)
    )  # fmt: skip
    rows: Any = db.session.execute(query.execution_options(yield_per=AT_ONCE))
    return (SaleRow(*row) for row in rows)
