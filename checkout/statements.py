"""Consignment statements: what became of a producer's goods at one outlet in one month, and what they sold for.

A shelf has one owner, so a lot of which some units are consigned and some were bought stands on two shelves, and an
outlet sells its own first. A statement is about the consigned shelves; every unit that left one for a buyer counts with
the price of the sold line that it served, so a line that both shelves served counts in part. What was bought outright
is listed apart and belongs to no sum.

Units: ``opening`` and ``closing`` are the running sums of the shelf's movements at the month's ends. A unit is sold when
it leaves the shelf, by hand or by carrier; what comes back to the shelf, sound or broken, is taken off again in the
month in which it comes. What a carrier loses stays sold: the shop answers for it. Amounts are đồng, tax included,
without any commission. Months are Vietnam's; one that is over never changes, for the ledger is only added to.

Two checks go with every row. ``closing`` must be what the shelf holds now less what moved since; and each sale in the
ledger must be covered by a line of its order or counter sale, with as many units.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, literal, or_, select, union_all
from sqlalchemy.sql.selectable import CTE

from catalog.clock import add_months, start_of, vietnam_day
from catalog.db import db
from catalog.errors import NotFound
from catalog.lots import Lot
from catalog.outlets import Outlet
from catalog.products import Product, Variant
from catalog.receipts import PREFIX as RECEIPT
from catalog.receipts import Receipt
from catalog.stock import MovementKind, StockLevel, StockMovement
from catalog.transfers import DifferenceCause, Transfer, TransferDifference, TransferLine
from checkout.orders import Fulfilment, FulfilmentPick, Order, OrderLine
from checkout.sales import Sale, SaleLine, SalePick

CURRENCY = "VND"
_SOLD = (MovementKind.SOLD_ONLINE, MovementKind.SOLD_AT_COUNTER)
_TRADE = (*_SOLD, MovementKind.RETURNED)
_SIGNS = {
    "received": (1, (MovementKind.RECEIVED,)),
    "moved_in": (1, (MovementKind.TRANSFERRED_IN,)),
    "moved_out": (-1, (MovementKind.TRANSFERRED_OUT,)),
    "sold": (-1, _SOLD),
    "returned": (1, (MovementKind.RETURNED,)),
    "damaged": (-1, (MovementKind.DAMAGED,)),
    "expired": (-1, (MovementKind.EXPIRED,)),
    "sample": (-1, (MovementKind.SAMPLE,)),
    "corrected": (1, (MovementKind.COUNT_CORRECTION,)),
}
"""Column → how the ledger writes it, and the kinds of movement it sums."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Units, but for ``amount``: đồng of what was sold less what came back. corrected: found (> 0) or missing (< 0).

    untied: sales in the ledger that no line covers.    drifted: units between the ledger and the shelf.
    """

    opening: int = 0
    received: int = 0
    moved_in: int = 0
    moved_out: int = 0
    sold: int = 0
    returned: int = 0
    damaged: int = 0
    expired: int = 0
    sample: int = 0
    corrected: int = 0
    closing: int = 0
    amount: int = 0
    untied: int = 0
    drifted: int = 0

    @property
    def went(self) -> int:
        """Sold for good."""
        return self.sold - self.returned

    @property
    def written_off(self) -> int:
        """Damaged, past their day, or given away."""
        return self.damaged + self.expired + self.sample

    @property
    def came(self) -> int:
        """Brought by the producer, or sent by another outlet."""
        return self.received + self.moved_in

    @property
    def left(self) -> int:
        """Gone otherwise than by a sale: sent on, written off, missing in a count."""
        return self.moved_out + self.written_off - self.corrected

    @property
    def adds_up(self) -> bool:
        """Whether opening, and what came and went, make closing."""
        return self.opening + self.came - self.went - self.left == self.closing

    @property
    def ties(self) -> bool:
        """Whether the figures are those of the ledger, the shelf and the sold lines alike."""
        return self.adds_up and not self.untied and not self.drifted

    @property
    def empty(self) -> bool:
        """Whether nothing was there and nothing happened."""
        return self == Figures()

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Figures)))


@dataclass(frozen=True, slots=True)
class Row:
    """One lot of one variant on its consigned shelf."""

    sku: str
    name: str
    unit: str
    lot: str
    best_before: date | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Bought:
    """Units that the outlet bought, by the receipt that booked them."""

    on: date
    reference: str
    note_number: str
    sku: str
    name: str
    unit: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Consigned units that were sent here and did not arrive whole."""

    on: date
    reference: str
    sku: str
    name: str
    unit: str
    lot: str
    cause: DifferenceCause
    units: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One outlet in one month (its first day). until: the instant up to which it counts.    over: the month has ended."""

    outlet: Outlet
    month: date
    until: datetime
    over: bool
    rows: tuple[Row, ...]
    bought: tuple[Bought, ...]
    lost: tuple[OnTheWay, ...]

    @property
    def total(self) -> Figures:
        """All rows together."""
        return total(row.figures for row in self.rows)

    @property
    def ties(self) -> bool:
        """Whether every row does."""
        return all(row.figures.ties for row in self.rows)


@dataclass(frozen=True, slots=True)
class OutletMonth:
    """One outlet's figures in the overview. ties: of every shelf."""

    outlet: Outlet
    figures: Figures
    ties: bool


def months(producer_id: int, *, at: datetime) -> list[date]:
    """The first days of the months since the producer's goods were first consigned anywhere, the present one first."""
    first = db.session.scalar(
        select(func.min(StockMovement.at))
        .join(StockLevel, StockLevel.id == StockMovement.level_id)
        .where(StockLevel.id.in_(_shelves(producer_id)))
    )
    if first is None:
        return []
    now, start = vietnam_day(at).replace(day=1), vietnam_day(first).replace(day=1)
    count = (now.year - start.year) * 12 + now.month - start.month + 1
    return [add_months(now, -back) for back in range(count)]


def overview(producer_id: int, month: date, *, at: datetime) -> list[OutletMonth]:
    """Every outlet where the producer's consigned goods lay or moved in this month, by code. Constant queries."""
    found = _figures(producer_id, month, at=at)
    shelves = select(StockLevel.id, StockLevel.outlet_id).where(StockLevel.id.in_(_shelves(producer_id)))
    places = {level: outlet for level, outlet in db.session.execute(shelves)}
    of_outlet: dict[int, list[Figures]] = defaultdict(list)
    for level, figures in found.items():
        if not figures.empty:
            of_outlet[places[level]].append(figures)
    outlets = db.session.scalars(select(Outlet).where(Outlet.id.in_(of_outlet)).order_by(Outlet.code))
    return [
        OutletMonth(outlet, total(of_outlet[outlet.id]), all(figures.ties for figures in of_outlet[outlet.id]))
        for outlet in outlets
    ]


def get_statement(producer_id: int, outlet_code: str, month: date, *, at: datetime) -> Statement:
    """One outlet's month. month: its first day.

    Raises NotFound where the producer never had anything: no consigned shelf and no bought one; and for a month that
    has not begun.
    """
    outlet = db.session.scalar(select(Outlet).where(Outlet.code == outlet_code))
    if outlet is None or month.day != 1 or start_of(month) > at:
        raise NotFound(f"{outlet_code} {month}")
    shelves = select(StockLevel, Lot, Variant, Product.name_vi).select_from(StockLevel)
    shelves = shelves.join(Lot, Lot.id == StockLevel.lot_id).join(Variant, Variant.id == StockLevel.variant_id)
    shelves = shelves.join(Product, Product.id == Variant.product_id)
    mine = shelves.where(Product.producer_id == producer_id, StockLevel.outlet_id == outlet.id)
    found = list(db.session.execute(mine.order_by(Product.name_vi, Variant.position, Lot.best_before, Lot.id)))
    if not found:
        raise NotFound(f"{outlet_code}: nothing of producer {producer_id}")
    figures = _figures(producer_id, month, at=at, outlet_id=outlet.id)
    rows = [
        Row(variant.sku, name, variant.unit_vi, lot.code, lot.best_before, figures[level.id])
        for level, lot, variant, name in found
        if level.id in figures and not figures[level.id].empty
    ]
    end = start_of(add_months(month, 1))
    return Statement(
        outlet=outlet,
        month=month,
        until=min(end, at),
        over=end <= at,
        rows=tuple(rows),
        bought=tuple(_bought(producer_id, outlet.id, month)),
        lost=tuple(_lost(producer_id, outlet.id, month)),
    )


def total(figures: Iterable[Figures]) -> Figures:
    """The sum, column by column."""
    whole = Figures()
    for each in figures:
        whole = whole + each
    return whole


def _figures(producer_id: int, month: date, *, at: datetime, outlet_id: int | None = None) -> dict[int, Figures]:
    """Consigned shelf → its month."""
    start, end = start_of(month), start_of(add_months(month, 1))
    before = func.sum(case((StockMovement.at < start, StockMovement.on_hand), else_=0))
    since = func.sum(case((StockMovement.at >= end, StockMovement.on_hand), else_=0))
    within = func.sum(case((and_(StockMovement.at >= start, StockMovement.at < end), StockMovement.on_hand), else_=0))
    ledger = (
        select(StockMovement.level_id, StockMovement.kind, before, within, since, StockLevel.on_hand)
        .join(StockLevel, StockLevel.id == StockMovement.level_id)
        .where(StockLevel.id.in_(_shelves(producer_id, outlet_id)))
        .group_by(StockMovement.level_id, StockMovement.kind, StockLevel.on_hand)
    )
    moved: dict[int, dict[MovementKind, int]] = defaultdict(dict)
    opening: dict[int, int] = defaultdict(int)
    later: dict[int, int] = defaultdict(int)
    held: dict[int, int] = {}
    for level, kind, was, now, after, on_hand in db.session.execute(ledger):
        moved[level][kind] = int(now)
        opening[level] += int(was)
        later[level] += int(after)
        held[level] = on_hand
    amounts = _amounts(producer_id, start, end, outlet_id)
    found = {}
    for level, kinds in moved.items():
        columns = {name: sign * sum(kinds.get(kind, 0) for kind in summed) for name, (sign, summed) in _SIGNS.items()}
        closing = opening[level] + sum(kinds.values())
        amount, untied = amounts.get(level, (0, 0))
        drifted = abs(held[level] - later[level] - closing)
        found[level] = Figures(
            opening=opening[level], closing=closing, amount=amount, untied=untied, drifted=drifted, **columns
        )
    return found


def _amounts(producer_id: int, start: datetime, end: datetime, outlet_id: int | None) -> dict[int, tuple[int, int]]:
    """Consigned shelf → đồng of what was sold less what came back, and the movements that no line covers."""
    mine = and_(
        StockMovement.level_id.in_(_shelves(producer_id, outlet_id)),
        StockMovement.at >= start,
        StockMovement.at < end,
        StockMovement.kind.in_(_TRADE),
    )
    trade = (
        select(
            StockMovement.level_id,
            StockMovement.kind,
            StockMovement.on_hand,
            _reference().label("reference"),
        )
        .where(mine)
        .cte("trade")
    )
    every = select(trade.c.level_id, trade.c.on_hand, literal(0).label("price"), literal(0).label("covered"))
    rows = union_all(
        every.add_columns(literal(1).label("moved")),
        _by_order(trade).add_columns(literal(0)),
        _by_sale(trade).add_columns(literal(0)),
    ).subquery()
    value = cast(-rows.c.on_hand, BigInteger) * rows.c.price
    query = select(
        rows.c.level_id,
        func.sum(case((rows.c.covered == 1, value), else_=0)),
        func.sum(rows.c.moved) - func.sum(rows.c.covered),
    ).group_by(rows.c.level_id)
    return {level: (int(amount), abs(int(untied))) for level, amount, untied in db.session.execute(query)}


def _reference() -> ColumnElement[str]:
    """The paper that a movement's cause names, so that an index finds it."""
    cause = StockMovement.cause
    return case(
        (cause.like("order:%"), func.substr(cause, len("order:") + 1)),
        (cause.like("return:%"), func.substr(cause, len("return:") + 1)),
        (cause.like("sale:%"), func.substr(cause, len("sale:") + 1)),
        else_="",
    )


def _by_order(trade: CTE) -> Select[Any]:
    """Movements with the pick of an order's share that they carried out, and the price of its line."""
    covered = case((and_(_same(trade, FulfilmentPick.quantity), Order.currency == CURRENCY), 1), else_=0)
    return (
        select(trade.c.level_id, trade.c.on_hand, OrderLine.price, covered)
        .select_from(trade)
        .join(Order, Order.reference == trade.c.reference)
        .join(Fulfilment, Fulfilment.order_id == Order.id)
        .join(
            FulfilmentPick,
            and_(FulfilmentPick.fulfilment_id == Fulfilment.id, FulfilmentPick.level_id == trade.c.level_id),
        )
        .join(OrderLine, OrderLine.id == FulfilmentPick.line_id)
    )


def _by_sale(trade: CTE) -> Select[Any]:
    """Movements with the pick of a counter sale that they carried out, and the price of its line."""
    return (
        select(trade.c.level_id, trade.c.on_hand, SaleLine.price, case((_same(trade, SalePick.quantity), 1), else_=0))
        .select_from(trade)
        .join(Sale, Sale.reference == trade.c.reference)
        .join(SaleLine, SaleLine.sale_id == Sale.id)
        .join(SalePick, and_(SalePick.line_id == SaleLine.id, SalePick.level_id == trade.c.level_id))
    )


def _same(trade: CTE, units: Any) -> ColumnElement[bool]:
    """Whether the pick has the units that left, or at least those that came back."""
    left = and_(trade.c.kind.in_(_SOLD), -trade.c.on_hand == units)
    came = and_(trade.c.kind == MovementKind.RETURNED, trade.c.on_hand <= units)
    return or_(left, came)


def _shelves(producer_id: int, outlet_id: int | None = None) -> Select[int]:
    """Keys of the shelves with the producer's consigned goods."""
    query = (
        select(StockLevel.id)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Product.producer_id == producer_id, StockLevel.consigned)
    )
    return query if outlet_id is None else query.where(StockLevel.outlet_id == outlet_id)


def _bought(producer_id: int, outlet_id: int, month: date) -> list[Bought]:
    reference = func.substr(StockMovement.cause, len("receipt:") + 1)
    query = (
        select(
            StockMovement.at, Receipt.reference, Receipt.note_number, Variant.sku, Product.name_vi, Variant.unit_vi,
            Lot.code, StockMovement.on_hand,
        )
        .select_from(StockMovement)
        .join(StockLevel, StockLevel.id == StockMovement.level_id)
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Receipt, and_(Receipt.reference == reference, StockMovement.cause.like(f"receipt:{RECEIPT}-%")))
        .where(Product.producer_id == producer_id, StockLevel.outlet_id == outlet_id, ~StockLevel.consigned)
        .where(StockMovement.kind == MovementKind.RECEIVED, *_in_month(StockMovement.at, month))
        .order_by(StockMovement.at, StockMovement.id)
    )  # fmt: skip
    rows: Iterable[Sequence[Any]] = db.session.execute(query)
    return [Bought(vietnam_day(row[0]), *row[1:]) for row in rows]


def _lost(producer_id: int, outlet_id: int, month: date) -> list[OnTheWay]:
    query = (
        select(
            TransferDifference.at, Transfer.reference, Variant.sku, Product.name_vi, Variant.unit_vi, Lot.code,
            TransferDifference.cause, TransferDifference.quantity,
        )
        .select_from(TransferDifference)
        .join(TransferLine, TransferLine.id == TransferDifference.line_id)
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .join(Lot, Lot.id == TransferLine.lot_id)
        .join(Variant, Variant.id == TransferLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Product.producer_id == producer_id, Transfer.target_id == outlet_id, TransferLine.consigned)
        .where(*_in_month(TransferDifference.at, month))
        .order_by(TransferDifference.at, TransferDifference.id)
    )  # fmt: skip
    rows: Iterable[Sequence[Any]] = db.session.execute(query)
    return [OnTheWay(vietnam_day(row[0]), *row[1:]) for row in rows]


def _in_month(column: Any, month: date) -> tuple[Any, Any]:
    return column >= start_of(month), column < start_of(add_months(month, 1))
