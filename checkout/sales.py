"""Counter sales: goods that are bought and carried off at once.

A sale copies what it was made of (names, prices, tax, stars, lots), so that no later edit changes it. Cash: the units
leave in the transaction that takes the money. A transfer: they are held while the buyer scans, for ``WAIT``; the hold
ends by the clock like an order's. The state moves only along ``NEXT``.

Locks are taken in one sequence: the ticket or the sale (several by reference), orders whose time ran out, the shelves,
the till.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Select,
    Table,
    UniqueConstraint,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from catalog import codes, history, jobs, stock
from catalog.clock import start_of, vietnam_day
from catalog.db import Base, BigKey, UtcDateTime, count_rows, db, enum_column, text_column
from catalog.errors import Conflict, Invalid, NotFound
from catalog.lots import Lot, LotState
from catalog.memberships import Staff, Task
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.stock import MovementKind, StockLevel
from catalog.text import nfc
from checkout import allocation, orders, pricing, tickets, tills
from checkout.allocation import Pick
from checkout.gateways import bank_transfer
from checkout.lines import SoldVariant
from checkout.pricing import PriceChanged
from checkout.rules import Rules
from checkout.tickets import TicketView, Unsellable
from checkout.tills import EntryKind, NoShift, Sheet, Shift, Tender

PREFIX = "BL"
WAIT = timedelta(minutes=15)
"""So long goods are held for a buyer who is scanning the QR."""
REASON_LENGTH = 200


_UNDONE, _NOT_COUNTED = text("undone_at IS NOT NULL"), text("NOT counted")


class SaleState(StrEnum):
    """Paid at once, or after money was on its way; undone within the shift."""

    AWAITING_MONEY = "awaiting_money"
    PAID = "paid"
    ABANDONED = "abandoned"
    EXPIRED = "expired"
    UNDONE = "undone"


NEXT: dict[SaleState, frozenset[SaleState]] = {
    SaleState.AWAITING_MONEY: frozenset({SaleState.PAID, SaleState.ABANDONED, SaleState.EXPIRED}),
    SaleState.PAID: frozenset({SaleState.UNDONE}),
    SaleState.ABANDONED: frozenset(),
    SaleState.EXPIRED: frozenset(),
    SaleState.UNDONE: frozenset(),
}


class ShiftOver(Conflict):
    """The sale belongs to a shift that has been closed: its money has been counted."""


class GoodsStopped(Conflict):
    """Some of what is held was quarantined, recalled or ran out of date meanwhile. ``names``: which goods."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


class Sale(Base):
    """One purchase at one counter. Amounts in đồng, tax included; ``given`` is the cash the buyer handed over.

    ``code`` is what a transfer's message names; ``hold_until`` ends the wait for it. ``shift_id`` is the shift that took
    the money. ``counted``: whether ``sales_figures`` knows of its present state.
    """

    __tablename__ = "sales"
    __table_args__ = (
        CheckConstraint("total > 0", name="total_positive"),
        CheckConstraint("given IS NULL OR given >= total", name="given_covers_total"),
        CheckConstraint("(state IN ('paid', 'undone')) = (paid_at IS NOT NULL)", name="paid_has_instant"),
        CheckConstraint("(paid_at IS NULL) = (shift_id IS NULL)", name="paid_in_a_shift"),
        CheckConstraint("(method = 'transfer') = (code IS NOT NULL)", name="transfer_has_code"),
        Index("ix_sales_outlet_id_begun_at", "outlet_id", "begun_at"),
        Index("ix_sales_shift_id", "shift_id"),
        Index("ix_sales_paid_at", "paid_at"),
        Index("ix_sales_undone_at", "undone_at", sqlite_where=_UNDONE, postgresql_where=_UNDONE),
        Index("ix_sales_not_counted", "state", "id", sqlite_where=_NOT_COUNTED, postgresql_where=_NOT_COUNTED),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    reference: Mapped[str] = mapped_column(text_column(16), unique=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    clerk_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    clerk_name: Mapped[str] = mapped_column(text_column(120))
    state: Mapped[SaleState] = mapped_column(enum_column(SaleState))
    method: Mapped[Tender] = mapped_column(enum_column(Tender))
    code: Mapped[str | None] = mapped_column(text_column(16), unique=True)
    total: Mapped[int] = mapped_column(BigInteger)
    given: Mapped[int | None] = mapped_column(BigInteger)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    hold_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(text_column(REASON_LENGTH), default="")
    counted: Mapped[bool] = mapped_column(Boolean, default=False)

    lines: Mapped[list["SaleLine"]] = relationship(lazy="raise_on_sql", order_by="SaleLine.position")

    @property
    def money(self) -> Money:
        """What it cost."""
        return Money(self.total)

    @property
    def change(self) -> Money | None:
        """What the buyer got back; None where nobody noted what was given."""
        return None if self.given is None else Money(self.given - self.total)

    @property
    def vat(self) -> tuple[tuple[Decimal, Money], ...]:
        """Tax inside per rate; needs the lines loaded."""
        return pricing.vat_by_rate([(line.vat_percent, Money(line.vat)) for line in self.lines])


class SaleLine(SoldVariant, Base):
    """One line of a sale."""

    __tablename__ = "sale_lines"
    __table_args__ = (
        UniqueConstraint("sale_id", "position"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("amount = price * quantity", name="amount_adds_up"),
        Index("ix_sale_lines_variant_id", "variant_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))


class SalePick(Base):
    """Units of one lot, from one shelf, for one line: what a recall asks for."""

    __tablename__ = "sale_picks"
    __table_args__ = (
        UniqueConstraint("line_id", "level_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_sale_picks_lot_id", "lot_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("sale_lines.id"))
    level_id: Mapped[int] = mapped_column(ForeignKey("stock_levels.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    quantity: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True, slots=True)
class ClosingSheet:
    """A shift in figures. taxed: (rate, turnover, tax inside) of the sales that stand; undone: those that do not."""

    till: Sheet
    taxed: tuple[tuple[Decimal, Money, Money], ...]
    undone: tuple[Sale, ...]
    waiting: int


# built once: every sale runs them
_sales = cast(Table, Sale.__table__)
_NEW = {
    "sqlite": sqlite_insert(_sales).on_conflict_do_nothing().returning(_sales.c.id),
    "postgresql": postgresql_insert(_sales).on_conflict_do_nothing().returning(_sales.c.id),
}
_LINES = SaleLine.__table__.insert().returning(  # type: ignore[attr-defined]
    SaleLine.__table__.c.id, sort_by_parameter_order=True
)
_PICKS = SalePick.__table__.insert()  # type: ignore[attr-defined]


def get_sale(outlet_id: int, reference: str) -> Sale:
    """A sale of this outlet with its lines, as it is now. Raises NotFound for an unknown one and for another outlet's.

    reference: as somebody types it, in any case, with or without the dash.
    """
    mine = select(Sale).where(Sale.outlet_id == outlet_id, Sale.reference == read_reference(reference))
    sale = db.session.scalar(mine.options(selectinload(Sale.lines)).execution_options(populate_existing=True))
    if sale is None:
        raise NotFound(reference)
    return sale


def on_day(outlet_id: int, day: date) -> Select[Sale]:
    """An outlet's sales of one day of Vietnam's calendar, newest first."""
    begun = (Sale.begun_at >= start_of(day), Sale.begun_at < start_of(day + timedelta(days=1)))
    return select(Sale).where(Sale.outlet_id == outlet_id, *begun).order_by(Sale.id.desc())


def waiting(outlet_id: int) -> Select[Sale]:
    """An outlet's sales whose money is on its way, oldest first."""
    return select(Sale).where(Sale.outlet_id == outlet_id, Sale.state == SaleState.AWAITING_MONEY).order_by(Sale.id)


def closing_sheet(shift: Shift) -> ClosingSheet:
    """What a shift took, for the sheet that is signed at its end. Four queries at most."""
    taxed = (
        select(SaleLine.vat_percent, func.sum(SaleLine.amount), func.sum(SaleLine.vat))
        .join(Sale, Sale.id == SaleLine.sale_id)
        .where(Sale.shift_id == shift.id, Sale.state == SaleState.PAID)
        .group_by(SaleLine.vat_percent)
        .order_by(SaleLine.vat_percent)
    )
    undone = select(Sale).where(Sale.shift_id == shift.id, Sale.state == SaleState.UNDONE).order_by(Sale.id)
    return ClosingSheet(
        till=tills.sheet(shift),
        taxed=tuple((percent, Money(int(gross)), Money(int(vat))) for percent, gross, vat in db.session.execute(taxed)),
        undone=tuple(db.session.scalars(undone)),
        waiting=count_rows(waiting(shift.outlet_id)) if shift.closed_at is None else 0,
    )


def pay_cash(
    outlet_id: int, *, shown_total: Money, given: Money | None = None, by: Staff, at: datetime, rules: Rules
) -> str:
    """The buyer pays the clerk's ticket in cash and carries the goods off. Returns the sale's reference.

    shown_total: what stood on the button.    given: what the buyer handed over, if somebody noted it.

    Raises Forbidden, NoShift, Invalid("ticket", "empty"), Unsellable with every line that is in the way, PriceChanged,
    Invalid("given", …).
    """
    ticket_id, view, picks = _checked(outlet_id, shown_total, by=by, at=at, rules=rules)
    if given is not None and given < view.total:
        raise Invalid("given", "too_little", total=view.total.minor)
    if given is not None and given > tills.MOST:
        raise Invalid("given", "too_much", most=tills.MOST.minor)
    shift_id = _open_shift(outlet_id)
    values: dict[str, object] = {"state": SaleState.PAID, "method": Tender.CASH, "paid_at": at, "shift_id": shift_id}
    values["given"] = given.minor if given else None
    reference = _write(outlet_id, view, picks, values, by=by, at=at, rules=rules)
    cause = subject_of(reference)
    for pick in sorted(picks, key=lambda pick: pick.level_id):
        stock.sell(pick.level_id, pick.quantity, cause=cause, actor=by.actor, at=at)
    kind, method = EntryKind.SALE, Tender.CASH
    tills.enter(shift_id, view.total, kind=kind, method=method, cause=cause, actor=by.actor, at=at)
    history.record("sale.paid", cause, actor=by.actor, at=at, total=view.total.minor, method=Tender.CASH.value)
    tickets.empty(ticket_id)
    return reference


def await_transfer(outlet_id: int, *, shown_total: Money, by: Staff, at: datetime, rules: Rules) -> str:
    """The buyer will transfer: hold the goods of the clerk's ticket for ``WAIT``. Returns the sale's reference.

    Raises as ``pay_cash``, and Invalid("method", "no_account") where the shop takes no transfers.
    """
    if not rules.transfers:
        raise Invalid("method", "no_account")
    ticket_id, view, picks = _checked(outlet_id, shown_total, by=by, at=at, rules=rules)
    _open_shift(outlet_id)
    until = at + WAIT
    values: dict[str, object] = {"state": SaleState.AWAITING_MONEY, "method": Tender.TRANSFER, "hold_until": until}
    reference = _write(outlet_id, view, picks, values, by=by, at=at, rules=rules)
    for pick in sorted(picks, key=lambda pick: pick.level_id):
        stock.hold(
            pick.level_id,
            pick.quantity,
            order_ref=reference,
            until=until,
            document="sale",
            actor=by.actor,
            at=at,
        )
    history.record("sale.awaiting_money", subject_of(reference), actor=by.actor, at=at, total=view.total.minor)
    tickets.empty(ticket_id)
    return reference


def confirm(sale: Sale, *, by: Staff, at: datetime) -> None:
    """The clerk has seen the money arrive: the held goods leave.

    Raises Forbidden, Conflict when it does not wait any more, GoodsStopped, NoShift; nothing has changed then.
    """
    by.must(Task.SELL, sale.outlet_id)
    _lock(sale)
    stock.lock(order_refs=[sale.reference])
    if stopped := _stopped(sale, at=at):
        raise GoodsStopped(stopped)
    shift_id = _open_shift(sale.outlet_id)
    _move(sale, SaleState.PAID, {"paid_at": at, "shift_id": shift_id})
    sold = MovementKind.SOLD_AT_COUNTER
    stock.hand_over(sale.reference, kind=sold, document="sale", actor=by.actor, at=at)
    cause, kind = subject_of(sale.reference), EntryKind.SALE
    tills.enter(shift_id, sale.money, kind=kind, method=sale.method, cause=cause, actor=by.actor, at=at)
    history.record("sale.paid", cause, actor=by.actor, at=at, total=sale.total, method=Tender.TRANSFER.value)
    db.session.flush()


def abandon(sale: Sale, *, by: Staff, at: datetime) -> bool:
    """No money will come: the goods go back on the shelf and, if it is empty, on the clerk's ticket. Returns the latter.

    Raises Forbidden, Conflict when it does not wait any more.
    """
    by.must(Task.SELL, sale.outlet_id)
    _lock(sale)
    _give_up(sale, SaleState.ABANDONED, actor=by.actor, at=at)
    wants = [(line.variant_id, line.quantity, line.price) for line in sale.lines]
    return tickets.restore(sale.outlet_id, wants, by=by, at=at)


def undo(sale: Sale, reason: str, *, by: Staff, at: datetime) -> None:
    """The buyer is still there and gives the goods back: they stand on their shelf again, the till pays out.

    Raises Forbidden, Invalid("reason", …), ShiftOver once the shift that took the money is closed, Conflict when it is
    not paid or undone already; nothing has changed then.
    """
    by.must(Task.SELL, sale.outlet_id)
    words = nfc(reason)
    if not words:
        raise Invalid("reason", "required")
    if len(words) > REASON_LENGTH:
        raise Invalid("reason", "too_long", most=REASON_LENGTH)
    _lock(sale)
    _move(sale, SaleState.UNDONE, {"undone_at": at, "reason": words, "counted": False})
    outlet = db.session.get_one(Outlet, sale.outlet_id)
    cause = subject_of(sale.reference)
    rows = db.session.execute(_picked(sale).order_by(SalePick.level_id)).all()
    stock.lock(variant_ids=[line.variant_id for line in sale.lines], outlet_id=sale.outlet_id)
    for quantity, lot, consigned, _name in rows:
        stock.put_back(lot, outlet, quantity, consigned=consigned, cause=cause, reason=words, actor=by.actor, at=at)
    shift_id = tills.current_shift_id(sale.outlet_id)
    if shift_id is None or shift_id != sale.shift_id:
        raise ShiftOver(cause)
    back, kind = Money(-sale.total), EntryKind.UNDONE
    tills.enter(shift_id, back, kind=kind, method=sale.method, cause=cause, actor=by.actor, at=at)
    history.record("sale.undone", cause, actor=by.actor, at=at, reason=words)
    db.session.flush()


def expire_overdue(
    *, at: datetime, variant_ids: Sequence[int] | None = None, outlet_id: int | None = None
) -> list[str]:
    """Give up every sale and order whose time has run out. Returns their references.

    variant_ids: only what holds some of these; their shelves (outlet_id: those there) are then locked for the caller,
    too.
    """
    overdue = stock.overdue_orders(at=at, variant_ids=variant_ids)
    if not overdue:
        if variant_ids:
            stock.lock(variant_ids=variant_ids, outlet_id=outlet_id)
        return []
    rows = select(Sale).where(Sale.reference.in_(overdue)).order_by(Sale.reference).with_for_update()
    found = list(db.session.scalars(rows.execution_options(populate_existing=True)))
    expired = orders.expire_overdue(at=at, variant_ids=variant_ids)
    for sale in found:
        if sale.state is SaleState.AWAITING_MONEY and sale.hold_until is not None and sale.hold_until <= at:
            _give_up(sale, SaleState.EXPIRED, actor=orders.SYSTEM, at=at)
            expired.append(sale.reference)
    return sorted(expired)


def mail_receipt(sale: Sale, email: str, *, by: Staff, at: datetime) -> None:
    """Send the receipt of a paid sale to somebody, once per address. Raises Forbidden, Conflict when it is not paid."""
    by.must(Task.SELL, sale.outlet_id)
    if sale.paid_at is None:
        raise Conflict(f"{sale.reference}: not paid")
    payload = {"outlet": sale.outlet_id, "sale": sale.reference, "to": email}
    jobs.enqueue("mail.receipt", payload, at=at, key=f"mail.receipt:{sale.reference}:{email}"[:128])


def subject_of(reference: str) -> str:
    """The sale's name in the history, and the cause of its movements and till entries."""
    return f"sale:{reference}"


def read_reference(text: str) -> str:
    """What somebody types for ``BL-7K3M9Q``: any case, with or without the dash or the two letters."""
    signs = "".join(c for c in text.upper() if c.isascii() and c.isalnum()).removeprefix(PREFIX)
    return f"{PREFIX}-{codes.mend(signs)}"


def _checked(
    outlet_id: int, shown_total: Money, *, by: Staff, at: datetime, rules: Rules
) -> tuple[int, TicketView, tuple[Pick, ...]]:
    """The clerk's ticket, locked, and where its units are taken from; the shelves are locked too."""
    by.must(Task.SELL, outlet_id)
    ticket_id = tickets.lock(outlet_id, by.user_id, at=at)
    rows = tickets.lines(ticket_id)
    if ticket_id is None or not rows:
        raise Invalid("ticket", "empty")
    wants = {row.variant_id: row.quantity for row in rows}
    expire_overdue(at=at, variant_ids=list(wants), outlet_id=outlet_id)
    shelves = stock.shelves(list(wants), outlet_id=outlet_id, at=at)
    view = tickets.items(rows, shelves, outlet_id, at=at, rules=rules)
    if view.troubles:
        raise Unsellable(view.troubles)
    if view.total != shown_total:
        raise PriceChanged(was=shown_total, now=view.total)
    return ticket_id, view, allocation.allocate(wants, view.shelves, distances={outlet_id: 0.0})


def _open_shift(outlet_id: int) -> int:
    shift = tills.current_shift_id(outlet_id)
    if shift is None:
        raise NoShift(f"outlet {outlet_id}")
    return shift


def _write(
    outlet_id: int,
    view: TicketView,
    picks: Sequence[Pick],
    values: dict[str, object],
    *,
    by: Staff,
    at: datetime,
    rules: Rules,
) -> str:
    """The sale with its lines, first scanned first, and its picks: three statements, whatever is in it."""
    row = {"outlet_id": outlet_id, "clerk_id": by.user_id, "clerk_name": by.name, "total": view.total.minor}
    sale_id, reference = _insert(row | {"begun_at": at, "reason": ""} | values)
    day = vietnam_day(at)
    lines = []
    for position, item in enumerate(reversed(view.items), start=1):
        percent = rules.vat.rate(item.vat_class, day)
        lines.append(
            {
                "sale_id": sale_id,
                "position": position,
                "variant_id": item.variant_id,
                "product_id": item.product_id,
                "sku": item.sku,
                "name_vi": item.name_vi,
                "name_en": item.name_en,
                "unit_vi": item.unit_vi,
                "unit_en": item.unit_en,
                "quantity": item.quantity,
                "price": item.price.minor,
                "amount": item.amount.minor,
                "vat_percent": percent,
                "vat": item.amount.tax_inside(percent).minor,
                "certificate_number": item.certificate_number,
                "stars": item.stars,
            }
        )
    written = db.session.execute(_LINES, lines)
    line_of = dict(zip((line["variant_id"] for line in lines), written.scalars(), strict=True))
    db.session.execute(
        _PICKS,
        [
            {
                "line_id": line_of[pick.variant_id],
                "level_id": pick.level_id,
                "lot_id": pick.lot_id,
                "quantity": pick.quantity,
            }
            for pick in picks
        ],
    )
    return reference


def _insert(row: dict[str, object]) -> tuple[int, str]:
    """Key and reference; a reference or payment code that somebody has already is drawn again."""
    new = _NEW[db.engine.dialect.name]
    while True:
        reference = f"{PREFIX}-{codes.random_code(6)}"
        code = bank_transfer.make_code() if row["method"] is Tender.TRANSFER else None
        sale_id = db.session.scalar(new, row | {"reference": reference, "code": code})
        if sale_id is not None:
            return sale_id, reference


def _lock(sale: Sale) -> None:
    """Take a sale for the rest of the transaction, as it is now, with its lines."""
    mine = select(Sale).where(Sale.id == sale.id).options(selectinload(Sale.lines)).with_for_update()
    db.session.scalars(mine.execution_options(populate_existing=True)).one()


def _move(sale: Sale, to: SaleState, values: dict[str, object]) -> None:
    was = sale.state
    if to not in NEXT[was]:
        raise Conflict(f"{sale.reference}: {was} -> {to}")
    moved = update(Sale).where(Sale.id == sale.id, Sale.state == was).values(values | {"state": to})
    if db.session.scalar(moved.returning(Sale.id).execution_options(synchronize_session=False)) is None:
        raise Conflict(f"{sale.reference}: no longer {was}")
    db.session.refresh(sale, ["state", *values])


def _give_up(sale: Sale, to: SaleState, *, actor: str, at: datetime) -> None:
    _move(sale, to, {})
    stock.release(sale.reference, document="sale", actor=actor, at=at)
    history.record(f"sale.{to}", subject_of(sale.reference), actor=actor, at=at)
    db.session.flush()


def _picked(sale: Sale) -> Select[int, Lot, bool, str]:
    """(units, lot, consigned, name) of each pick of a sale."""
    return (
        select(SalePick.quantity, Lot, StockLevel.consigned, SaleLine.name_vi)
        .join(SaleLine, SaleLine.id == SalePick.line_id)
        .join(Lot, Lot.id == SalePick.lot_id)
        .join(StockLevel, StockLevel.id == SalePick.level_id)
        .where(SaleLine.sale_id == sale.id)
    )


def _stopped(sale: Sale, *, at: datetime) -> list[str]:
    """Names of what is held but may not be sold any more."""
    late = or_(Lot.state != LotState.SELLABLE, Lot.best_before < vietnam_day(at))
    rows = db.session.execute(_picked(sale).where(late).order_by(SaleLine.position))
    return list(dict.fromkeys(name for _quantity, _lot, _consigned, name in rows))
