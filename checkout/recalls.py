"""Recalls: a lot stopped everywhere by one act, everybody it concerns, and what they were told.

The report asks a fixed number of questions, each by an index on the lot, however many orders a year has brought.
Orders that were given up never got the goods, so they are not in it.

Writes, never commits: the caller owns the transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, func, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from catalog import history, jobs, stops
from catalog.db import Base, BigKey, UtcDateTime, db, text_column
from catalog.errors import Forbidden, Invalid
from catalog.lots import Lot
from catalog.memberships import Staff
from catalog.outlets import Outlet
from catalog.stock import StockLevel
from catalog.text import nfc
from catalog.transfers import ON_THE_WAY, Transfer, TransferLine
from checkout.orders import GIVEN_UP, Fulfilment, FulfilmentPick, Order, OrderState
from checkout.sales import Sale, SaleLine, SalePick, SaleState

LONGEST_ADVICE = 500


class Recall(Base):
    """One recalled lot. ``advice``: what whoever has units of it should do.    ``told_at``: when messages went out."""

    __tablename__ = "recalls"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), unique=True)
    reason: Mapped[str] = mapped_column(text_column(stops.LONGEST_REASON))
    advice: Mapped[str] = mapped_column(text_column(LONGEST_ADVICE))
    called_at: Mapped[datetime] = mapped_column(UtcDateTime)
    called_by: Mapped[str] = mapped_column(text_column(64))
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    lot: Mapped[Lot] = relationship(lazy="raise_on_sql")


@dataclass(frozen=True, slots=True)
class Standing:
    """Units at one outlet. held: of them promised to orders that wait there."""

    outlet: Outlet
    on_hand: int
    held: int


@dataclass(frozen=True, slots=True)
class Travelling:
    """Units on the way on one transfer."""

    reference: str
    source: str
    target: str
    units: int


@dataclass(frozen=True, slots=True)
class Affected:
    """An order with units of the lot. outlets: codes they come or came from."""

    reference: str
    token: str
    state: OrderState
    placed_at: datetime
    language: str
    name: str
    phone: str
    email: str | None
    units: int
    outlets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sold:
    """A counter sale with units of the lot: who bought it nobody knows. outlet: its code."""

    reference: str
    outlet: str
    paid_at: datetime
    units: int


@dataclass(frozen=True, slots=True)
class Report:
    """Whom a lot concerns. All newest first, but outlets by code."""

    standings: tuple[Standing, ...]
    travelling: tuple[Travelling, ...]
    orders: tuple[Affected, ...]
    sales: tuple[Sold, ...]

    @property
    def on_hand(self) -> int:
        """Units still on shelves."""
        return sum(standing.on_hand for standing in self.standings)

    @property
    def on_the_way(self) -> int:
        """Units between two outlets."""
        return sum(travelling.units for travelling in self.travelling)

    @property
    def with_buyers(self) -> int:
        """Units that have left: in orders, and over the counter."""
        ordered = sum(order.units for order in self.orders if order.state in WITH_THE_BUYER)
        return ordered + sum(sale.units for sale in self.sales)


WITH_THE_BUYER = (OrderState.HANDED_OVER, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.CLOSED)


def find_recall(lot_id: int) -> Recall | None:
    """The recall of this lot, or None."""
    return db.session.scalar(select(Recall).where(Recall.lot_id == lot_id).execution_options(populate_existing=True))


def recall(lot: Lot, reason: str, advice: str, *, by: Staff, at: datetime) -> Recall:
    """Stop a lot everywhere, for good, at once.

    advice: what whoever has units of it should do.

    Raises Forbidden, Invalid, Conflict when it is recalled already; nothing has changed then.
    """
    words = nfc(advice)
    if not words:
        raise Invalid("advice", "required")
    if len(words) > LONGEST_ADVICE:
        raise Invalid("advice", "too_long", most=LONGEST_ADVICE)
    stops.recall(lot, reason, by=by, at=at)
    made = Recall(lot_id=lot.id, reason=lot.stop_reason, advice=words, called_at=at, called_by=by.actor)
    db.session.add(made)
    db.session.flush()
    return made


def report(lot_id: int) -> Report:
    """Whom this lot concerns now."""
    return Report(_standings(lot_id), _travelling(lot_id), _orders(lot_id), _sales(lot_id))


def find_affected(lot_id: int, reference: str) -> Affected | None:
    """One order's share of the lot, or None when it has none, or was given up since."""
    return next(iter(_orders(lot_id, reference=reference)), None)


def find_standing(lot_id: int, outlet_code: str) -> Standing | None:
    """What one outlet has of the lot, or None."""
    return next((standing for standing in _standings(lot_id) if standing.outlet.code == outlet_code), None)


def tell(recalled: Recall, *, by: Staff, at: datetime) -> int:
    """Send the messages: to every buyer with an e-mail and every outlet with units. Told again, nothing is sent.

    Returns how many letters wait in the outbox now.
    """
    if not by.officer:
        raise Forbidden(f"{by.actor}: tell of recall {recalled.id}")
    mine = update(Recall).where(Recall.id == recalled.id, Recall.told_at.is_(None)).values(told_at=at)
    if db.session.scalar(mine.returning(Recall.id).execution_options(synchronize_session=False)) is None:
        return 0
    db.session.refresh(recalled, ["told_at"])
    found = report(recalled.lot_id)
    lot = recalled.lot_id
    letters = [("mail.recall_order", {"lot": lot, "order": o.reference}, o.reference) for o in found.orders if o.email]
    letters += [("mail.recall_outlet", {"lot": lot, "outlet": s.outlet.code}, s.outlet.code) for s in found.standings]
    for kind, payload, whom in letters:
        jobs.enqueue(kind, payload, at=at, key=f"{kind}:{lot}:{whom}")
    history.record("recall.told", f"lot:{lot}", actor=by.actor, at=at, letters=len(letters))
    db.session.flush()
    return len(letters)


def _standings(lot_id: int) -> tuple[Standing, ...]:
    query = (
        select(Outlet, func.sum(StockLevel.on_hand), func.sum(StockLevel.held))
        .join(StockLevel, StockLevel.outlet_id == Outlet.id)
        .where(StockLevel.lot_id == lot_id, StockLevel.on_hand > 0)
        .group_by(Outlet.id)
        .order_by(Outlet.code)
    )
    return tuple(Standing(outlet, int(on_hand), int(held)) for outlet, on_hand, held in db.session.execute(query))


def _travelling(lot_id: int) -> tuple[Travelling, ...]:
    units = TransferLine.quantity - TransferLine.arrived - TransferLine.differing
    source, target = aliased(Outlet), aliased(Outlet)
    query = (
        select(Transfer.reference, source.name_vi, target.name_vi, func.sum(units))
        .join(TransferLine, TransferLine.transfer_id == Transfer.id)
        .join(source, source.id == Transfer.source_id)
        .join(target, target.id == Transfer.target_id)
        .where(TransferLine.lot_id == lot_id, Transfer.state.in_(ON_THE_WAY), units > 0)
        .group_by(Transfer.id, source.id, target.id)
        .order_by(Transfer.id.desc())
    )
    return tuple(Travelling(ref, a, b, int(n)) for ref, a, b, n in db.session.execute(query))


def _orders(lot_id: int, *, reference: str | None = None) -> tuple[Affected, ...]:
    query = (
        select(
            Order.reference, Order.token, Order.state, Order.placed_at, Order.language, Order.name, Order.phone,
            Order.email, FulfilmentPick.quantity, Outlet.code,
        )
        .join(Fulfilment, Fulfilment.id == FulfilmentPick.fulfilment_id)
        .join(Order, Order.id == Fulfilment.order_id)
        .join(Outlet, Outlet.id == Fulfilment.outlet_id)
        .where(FulfilmentPick.lot_id == lot_id, Order.state.not_in(GIVEN_UP))
        .order_by(Order.id.desc(), Fulfilment.position, FulfilmentPick.id)
    )  # fmt: skip
    if reference is not None:
        query = query.where(Order.reference == reference)
    found: dict[str, list[Any]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.reference, []).append(row)
    return tuple(_affected(rows) for rows in found.values())


def _affected(rows: list[Any]) -> Affected:
    """One order, from its picks."""
    first = rows[0]
    return Affected(
        reference=first.reference,
        token=first.token,
        state=first.state,
        placed_at=first.placed_at,
        language=first.language,
        name=first.name,
        phone=first.phone,
        email=first.email,
        units=sum(row.quantity for row in rows),
        outlets=tuple(dict.fromkeys(row.code for row in rows)),
    )


def _sales(lot_id: int) -> tuple[Sold, ...]:
    query = (
        select(Sale.reference, Outlet.code, Sale.paid_at, func.sum(SalePick.quantity))
        .join(SaleLine, SaleLine.id == SalePick.line_id)
        .join(Sale, Sale.id == SaleLine.sale_id)
        .join(Outlet, Outlet.id == Sale.outlet_id)
        .where(SalePick.lot_id == lot_id, Sale.state == SaleState.PAID, Sale.paid_at.is_not(None))
        .group_by(Sale.id, Outlet.id)
        .order_by(Sale.id.desc())
    )
    return tuple(
        Sold(ref, outlet, paid_at, int(units)) for ref, outlet, paid_at, units in db.session.execute(query) if paid_at
    )
