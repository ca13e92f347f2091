"""What was sold, summed up by day: units and đồng of a product, through an outlet, by a channel.

A sale counts on the day of Vietnam's calendar on which the goods are the buyer's:

- at the counter, on the day its money was taken (``Sale.paid_at``); one that is undone subtracts the same on the day
  of its undoing (``undone_at``);
- of an order, each outlet's share on the day it was handed over or delivered (``Fulfilment.changed_at`` in these
  states), with the units of its picks at the prices of their lines. A parcel on the road counts nowhere yet, one that
  came back never did; delivery fees are no sales of a product.

Amounts are đồng, tax included. ``export`` is for orders that leave the country; the shop takes none so far, so there
are no such rows.

Which days changed is said by the papers themselves: a sale or a share is marked as not counted in the statement that
changes it (``counted``), and ``catch_up`` counts whole days anew in the transaction that takes the marks away. A change
that commits later brings its own mark, however old its day, so none is missed. Months are sums of days, by the commune
in which the product is at home now.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    Index,
    Integer,
    Select,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from catalog.clock import add_months, start_of, vietnam_day
from catalog.db import Base, db, enum_column, text_column
from catalog.products import Product
from checkout.orders import Fulfilment, FulfilmentPick, FulfilmentState, OrderLine
from checkout.sales import Sale, SaleLine, SaleState

AT_ONCE = 2_000
"""So many papers are counted in one transaction, so that nobody waits long for it."""
_DONE = (FulfilmentState.HANDED_OVER, FulfilmentState.DELIVERED)
_TAKEN = (SaleState.PAID, SaleState.UNDONE)
_TURN = 0x5A1E5
"""Of the advisory lock that lets one count at a time."""


class SalesChannel(StrEnum):
    """How something was sold: by an order at home, over the counter, or by an order from abroad."""

    ONLINE = "online"
    COUNTER = "counter"
    EXPORT = "export"


class SalesDay(Base):
    """One product's sales on one day through one outlet and channel: less what was undone, so either may be below 0."""

    __tablename__ = "sales_days"
    __table_args__ = (Index("ix_sales_days_product_id_day", "product_id", "day"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"), primary_key=True)
    channel: Mapped[SalesChannel] = mapped_column(enum_column(SalesChannel), primary_key=True)
    units: Mapped[int] = mapped_column(Integer)
    amount: Mapped[int] = mapped_column(BigInteger)


class SalesMonth(Base):
    """The sales of one commune's products in one month (its first day) by one channel."""

    __tablename__ = "sales_months"

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    commune_code: Mapped[str] = mapped_column(text_column(5), primary_key=True)
    channel: Mapped[SalesChannel] = mapped_column(enum_column(SalesChannel), primary_key=True)
    units: Mapped[int] = mapped_column(Integer)
    amount: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True)
class MonthSales:
    """What was sold in one month (its first day) by one channel. amount: đồng, tax included."""

    month: date
    channel: SalesChannel
    units: int
    amount: int


@dataclass(frozen=True, slots=True)
class ProductMonth:
    """What one product sold in one month (its first day) by one channel. amount: đồng, tax included."""

    month: date
    product_id: int
    name_vi: str
    channel: SalesChannel
    units: int
    amount: int


def products_of(producer_id: int, *, from_on: date, to_on: date) -> list[ProductMonth]:
    """A producer's sales on these days, both included, by month, product (by name) and channel; one query."""
    year, month = func.extract("year", SalesDay.day), func.extract("month", SalesDay.day)
    query = (
        select(
            year, month, Product.id, Product.name_vi, SalesDay.channel,
            func.sum(SalesDay.units), func.sum(SalesDay.amount),
        )
        .join(Product, Product.id == SalesDay.product_id)
        .where(Product.producer_id == producer_id, SalesDay.day >= from_on, SalesDay.day <= to_on)
        .group_by(year, month, Product.id, Product.name_vi, SalesDay.channel)
    )  # fmt: skip
    found = [
        ProductMonth(date(int(y), int(m), 1), product, name, channel, int(units), int(amount))
        for y, m, product, name, channel, units, amount in db.session.execute(query)
    ]
    return sorted(found, key=lambda row: (row.month, row.name_vi, row.product_id, row.channel))


def of_producer(producer_id: int, *, from_on: date, to_on: date) -> list[MonthSales]:
    """A producer's sales on these days, both included, by month and channel; a month without sales is absent."""
    year, month = func.extract("year", SalesDay.day), func.extract("month", SalesDay.day)
    query = (
        select(year, month, SalesDay.channel, func.sum(SalesDay.units), func.sum(SalesDay.amount))
        .join(Product, Product.id == SalesDay.product_id)
        .where(Product.producer_id == producer_id, SalesDay.day >= from_on, SalesDay.day <= to_on)
        .group_by(year, month, SalesDay.channel)
    )
    rows = db.session.execute(query)
    found = [MonthSales(date(int(y), int(m), 1), channel, int(n), int(a)) for y, m, channel, n, a in rows]
    return sorted(found, key=lambda row: (row.month, row.channel))


def of_communes(communes: Iterable[str], *, from_on: date, to_on: date) -> list[MonthSales]:
    """What the products of these communes sold, by month and channel; a month without sales is absent.

    from_on, to_on: any days of the first and of the last month.
    """
    query = (
        select(SalesMonth.month, SalesMonth.channel, func.sum(SalesMonth.units), func.sum(SalesMonth.amount))
        .where(SalesMonth.month >= from_on.replace(day=1), SalesMonth.month <= to_on)
        .where(SalesMonth.commune_code.in_(communes))
        .group_by(SalesMonth.month, SalesMonth.channel)
        .order_by(SalesMonth.month, SalesMonth.channel)
    )
    return [MonthSales(month, channel, int(n), int(a)) for month, channel, n, a in db.session.execute(query)]


def by_product(*, from_on: date, to_on: date, channel: SalesChannel | None = None) -> Select[int, int, int]:
    """(product, units, đồng) of these days, both included, for the caller to join, narrow and order."""
    query = select(
        SalesDay.product_id,
        func.sum(SalesDay.units).label("units"),
        func.sum(SalesDay.amount).label("amount"),
    ).where(SalesDay.day >= from_on, SalesDay.day <= to_on)
    if channel is not None:
        query = query.where(SalesDay.channel == channel)
    return query.group_by(SalesDay.product_id)


def catch_up(*, at_once: int = AT_ONCE) -> frozenset[date]:
    """Count what changed since the last time. Returns the days that were counted anew; empty when nothing is left.

    at_once: so many sales and so many shares of orders at most; call again, each time in a new transaction, until it
    returns nothing.
    """
    _take_turn()
    days = _changed_days(at_once)
    _count(days)
    return days


def rebuild() -> int:
    """Count every day anew, and forget days that had no sales. Returns how many days there are from first to last."""
    _take_turn()
    db.session.execute(update(Sale).where(Sale.state.in_(_TAKEN), ~Sale.counted).values(counted=True))
    shares = update(Fulfilment).where(Fulfilment.state.in_(_DONE), ~Fulfilment.counted).values(counted=True)
    db.session.execute(shares)
    for table in (SalesDay, SalesMonth):
        db.session.execute(delete(table))
    days = list(_all_days())
    _count(days)
    return len(days)


def recount_months() -> None:
    """Add the months up anew from their days: a product may have moved to another commune."""
    _take_turn()
    ends = db.session.execute(select(func.min(SalesDay.day), func.max(SalesDay.day))).one()
    db.session.execute(delete(SalesMonth))
    if ends[0] is not None:
        first, last = ends[0].replace(day=1), ends[1]
        count = (last.year - first.year) * 12 + last.month - first.month + 1
        _count_months(add_months(first, n) for n in range(count))


def _take_turn() -> None:
    """Two workers follow each other: SQLite has one writer anyway."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(_TURN)))


def _changed_days(at_once: int) -> frozenset[date]:
    """Take marks away, oldest papers first, and say whose days they were."""
    some_sales = select(Sale.id).where(Sale.state.in_(_TAKEN), ~Sale.counted).order_by(Sale.id).limit(at_once)
    sales = update(Sale).where(Sale.id.in_(some_sales), ~Sale.counted).values(counted=True)
    moments: list[datetime | None] = []
    for pair in db.session.execute(
        sales.returning(Sale.paid_at, Sale.undone_at).execution_options(synchronize_session=False)
    ):
        moments += pair
    some_shares = select(Fulfilment.id).where(Fulfilment.state.in_(_DONE), ~Fulfilment.counted)
    some_shares = some_shares.order_by(Fulfilment.id).limit(at_once)
    shares = update(Fulfilment).where(Fulfilment.id.in_(some_shares), ~Fulfilment.counted).values(counted=True)
    moments += db.session.scalars(shares.returning(Fulfilment.changed_at).execution_options(synchronize_session=False))
    return frozenset(vietnam_day(moment) for moment in moments if moment is not None)


def _all_days() -> Iterator[date]:
    ends = [
        db.session.execute(select(func.min(column), func.max(column)).where(condition)).one()
        for column, condition in (
            (Sale.paid_at, Sale.state.in_(_TAKEN)),
            (Sale.undone_at, Sale.state == SaleState.UNDONE),
            (Fulfilment.changed_at, Fulfilment.state.in_(_DONE)),
        )
    ]
    known = [moment for pair in ends for moment in pair if moment is not None]
    if known:
        first, last = vietnam_day(min(known)), vietnam_day(max(known))
        yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


def _count(days: Iterable[date]) -> None:
    """Each of these days anew from its papers, then the months they lie in."""
    chosen = sorted(days)
    for day in chosen:
        db.session.execute(delete(SalesDay).where(SalesDay.day == day))
        db.session.execute(insert(SalesDay).from_select(_DAY_COLUMNS, _papers_of(day)))
    _count_months(sorted({day.replace(day=1) for day in chosen}))


def _count_months(months: Iterable[date]) -> None:
    for month in months:
        db.session.execute(delete(SalesMonth).where(SalesMonth.month == month))
        db.session.execute(insert(SalesMonth).from_select(_MONTH_COLUMNS, _days_of(month)))


_DAY_COLUMNS: Sequence[str] = ("day", "product_id", "outlet_id", "channel", "units", "amount")
_MONTH_COLUMNS: Sequence[str] = ("month", "commune_code", "channel", "units", "amount")


def _papers_of(day: date) -> Any:
    """One day's rows, out of its sales, undone sales, and shares of orders."""
    begun, end = start_of(day), start_of(day + timedelta(days=1))

    def on_it(column: InstrumentedAttribute[datetime | None]) -> tuple[Any, Any]:
        return column >= begun, column < end

    def at_counter(sign: int) -> Any:
        return select(
            SaleLine.product_id.label("product_id"),
            Sale.outlet_id.label("outlet_id"),
            literal(SalesChannel.COUNTER.value).label("channel"),
            (SaleLine.quantity * sign).label("units"),
            (SaleLine.amount * sign).label("amount"),
        ).join(Sale, Sale.id == SaleLine.sale_id)

    ordered = (
        select(
            OrderLine.product_id,
            Fulfilment.outlet_id,
            literal(SalesChannel.ONLINE.value),
            FulfilmentPick.quantity,
            OrderLine.price * FulfilmentPick.quantity,
        )
        .select_from(Fulfilment)
        .join(FulfilmentPick, FulfilmentPick.fulfilment_id == Fulfilment.id)
        .join(OrderLine, OrderLine.id == FulfilmentPick.line_id)
        .where(Fulfilment.state.in_(_DONE), *on_it(Fulfilment.changed_at))
    )
    papers = union_all(
        at_counter(1).where(Sale.state.in_(_TAKEN), *on_it(Sale.paid_at)),
        at_counter(-1).where(Sale.state == SaleState.UNDONE, *on_it(Sale.undone_at)),
        ordered,
    ).subquery()
    key = papers.c.product_id, papers.c.outlet_id, papers.c.channel
    sums = func.sum(papers.c.units), func.sum(papers.c.amount)
    return select(literal(day, Date), *key, *sums).group_by(*key)


def _days_of(month: date) -> Any:
    """One month's rows, out of its days."""
    key = Product.commune_code, SalesDay.channel
    return (
        select(literal(month, Date), *key, func.sum(SalesDay.units), func.sum(SalesDay.amount))
        .join(Product, Product.id == SalesDay.product_id)
        .where(SalesDay.day >= month, SalesDay.day < add_months(month, 1))
        .group_by(*key)
    )
