"""The till of an outlet: shifts, and every đồng that came or went during one.

A shift is opened with the cash that lies in the drawer and closed by counting it. An outlet has at most one open shift.
Entries are only ever added, each once (``cause`` and kind). What the drawer should hold is their sum on top of the
opening float; what it was found to hold is recorded beside it, and the difference is told, never adjusted.

Locks: whoever takes money shares the shift's row, whoever closes it has it alone, so no entry slips past a closing.
A shift comes after documents and shelves.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Select,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, Invalid, NotFound
from catalog.memberships import Staff, Task
from catalog.money import Money
from catalog.text import nfc

MOST = Money(10_000_000_000)
"""No drawer holds more; a larger number is a slip of the finger."""
NOTE_LENGTH = 300


class EntryKind(StrEnum):
    """Why money moved: a counter sale, its undoing, or an order that was paid when it was collected."""

    SALE = "sale"
    UNDONE = "undone"
    ORDER = "order"


class Tender(StrEnum):
    """What somebody paid with. Only cash lies in the drawer."""

    CASH = "cash"
    TRANSFER = "transfer"


class NoShift(Conflict):
    """The outlet has no open shift: nobody could say whose money it is."""


class ShiftOpen(Conflict):
    """The outlet has an open shift already."""


class Shift(Base):
    """One stretch of work at one outlet's till; open while ``closed_at`` is None. Amounts in đồng.

    ``expected`` and ``counted`` are those of the closing; ``opened_by`` and ``closed_by`` name actors, ``opener`` and
    ``closer`` are their names as they were then.
    """

    __tablename__ = "shifts"
    __table_args__ = (
        CheckConstraint("float_amount >= 0", name="float_not_negative"),
        CheckConstraint("counted IS NULL OR counted >= 0", name="counted_not_negative"),
        CheckConstraint(
            "(closed_at IS NULL) = (counted IS NULL) AND (closed_at IS NULL) = (expected IS NULL)"
            " AND (closed_at IS NULL) = (closed_by IS NULL)",
            name="closed_as_a_whole",
        ),
        Index(
            "uq_shifts_open_outlet_id",
            "outlet_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_shifts_outlet_id", "outlet_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(text_column(64))
    opener: Mapped[str] = mapped_column(text_column(120))
    float_amount: Mapped[int] = mapped_column(BigInteger)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str | None] = mapped_column(text_column(64))
    closer: Mapped[str] = mapped_column(text_column(120), default="")
    expected: Mapped[int | None] = mapped_column(BigInteger)
    counted: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(text_column(NOTE_LENGTH), default="")


class TillEntry(Base):
    """Money that came (> 0) or went (< 0) during a shift. ``cause`` is the document: ``sale:BL-…``, ``order:QN-…``."""

    __tablename__ = "till_entries"
    __table_args__ = (UniqueConstraint("cause", "kind"), Index("ix_till_entries_shift_id", "shift_id"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"))
    kind: Mapped[EntryKind] = mapped_column(enum_column(EntryKind))
    method: Mapped[Tender] = mapped_column(enum_column(Tender))
    amount: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[str] = mapped_column(text_column(96))
    actor: Mapped[str] = mapped_column(text_column(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


# built once: every counter sale runs them
_shifts = Shift.__table__.c
_OPEN = (
    select(_shifts.id)
    .where(_shifts.outlet_id == bindparam("outlet"), _shifts.closed_at.is_(None))
    .with_for_update(read=True)
)
_entries = cast(Table, TillEntry.__table__)
_ENTRY = {
    "sqlite": sqlite_insert(_entries).on_conflict_do_nothing(index_elements=["cause", "kind"]),
    "postgresql": postgresql_insert(_entries).on_conflict_do_nothing(index_elements=["cause", "kind"]),
}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """All entries of one kind paid one way: how many, and their sum."""

    kind: EntryKind
    method: Tender
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a shift's entries add up to. counted, difference: None while it is open; difference < 0: cash is missing."""

    rows: tuple[SheetRow, ...]
    float_amount: Money
    expected: Money
    counted: Money | None
    difference: Money | None

    def amount(self, kind: EntryKind, method: Tender) -> Money:
        """The sum of one kind and way of paying."""
        return sum((row.amount for row in self.rows if (row.kind, row.method) == (kind, method)), Money(0))

    def count(self, kind: EntryKind) -> int:
        """How many entries of a kind there are, however they were paid."""
        return sum(row.count for row in self.rows if row.kind is kind)


def current_shift(outlet_id: int) -> Shift | None:
    """The open shift of an outlet, or None."""
    return db.session.scalar(select(Shift).where(Shift.outlet_id == outlet_id, Shift.closed_at.is_(None)))


def current_shift_id(outlet_id: int) -> int | None:
    """The key of the open shift, shared for the rest of the transaction: nobody closes it meanwhile."""
    return db.session.scalar(_OPEN, {"outlet": outlet_id})


def get_shift(outlet_id: int, shift_id: int) -> Shift:
    """A shift of this outlet, as it is now. Raises NotFound for an unknown one and for another outlet's."""
    mine = select(Shift).where(Shift.outlet_id == outlet_id, Shift.id == shift_id)
    shift = db.session.scalar(mine.execution_options(populate_existing=True))
    if shift is None:
        raise NotFound(f"shift {shift_id}")
    return shift


def shifts(outlet_id: int) -> Select[Shift]:
    """All shifts of an outlet, newest first."""
    return select(Shift).where(Shift.outlet_id == outlet_id).order_by(Shift.id.desc())


def sheet(shift: Shift) -> Sheet:
    """What the shift's entries add up to now. Two queries at most."""
    query = (
        select(TillEntry.kind, TillEntry.method, func.count(), func.sum(TillEntry.amount))
        .where(TillEntry.shift_id == shift.id)
        .group_by(TillEntry.kind, TillEntry.method)
        .order_by(TillEntry.kind, TillEntry.method)
    )
    rows = tuple(SheetRow(kind, method, n, Money(int(total))) for kind, method, n, total in db.session.execute(query))
    cash = sum((row.amount for row in rows if row.method is Tender.CASH), Money(shift.float_amount))
    counted = None if shift.counted is None else Money(shift.counted)
    expected = cash if shift.expected is None else Money(shift.expected)
    return Sheet(
        rows, Money(shift.float_amount), expected, counted, counted - expected if counted is not None else None
    )


def open_shift(outlet_id: int, float_amount: Money, *, by: Staff, at: datetime) -> Shift:
    """Begin to sell, with this much cash in the drawer.

    Raises Forbidden, Invalid("float_amount", …), ShiftOpen when somebody has begun already.
    """
    by.must(Task.SELL, outlet_id)
    _check("float_amount", float_amount)
    shift = Shift(
        outlet_id=outlet_id, opened_at=at, opened_by=by.actor, opener=by.name, float_amount=float_amount.minor
    )
    try:
        with db.session.begin_nested():
            db.session.add(shift)
    except IntegrityError:
        raise ShiftOpen(f"outlet {outlet_id}") from None
    history.record("shift.opened", subject_of(shift), actor=by.actor, at=at, float=float_amount.minor)
    db.session.flush()
    return shift


def take(
    outlet_id: int, amount: Money, *, kind: EntryKind, method: Tender, cause: str, actor: str, at: datetime
) -> int:
    """Note money that came (> 0) or went (< 0) during the open shift. The same cause and kind again changes nothing.

    Returns the key of the shift. Raises NoShift when none is open.
    """
    shift_id = current_shift_id(outlet_id)
    if shift_id is None:
        raise NoShift(f"outlet {outlet_id}")
    enter(shift_id, amount, kind=kind, method=method, cause=cause, actor=actor, at=at)
    return shift_id


def enter(
    shift_id: int, amount: Money, *, kind: EntryKind, method: Tender, cause: str, actor: str, at: datetime
) -> None:
    """The same for a shift that ``current_shift_id`` gave in this transaction."""
    row = {"shift_id": shift_id, "kind": kind, "method": method, "amount": amount.minor}
    entry = _ENTRY[db.engine.dialect.name]
    db.session.execute(entry, row | {"cause": cause, "actor": actor, "at": at})


def close_shift(shift: Shift, counted: Money, note: str, *, by: Staff, at: datetime) -> Shift:
    """Count the drawer and end the shift. What was expected and what was found are kept side by side.

    Who opened it may close it; another's takes a manager. Raises Forbidden, Invalid("counted" or "note", …), Conflict
    when it is closed already.
    """
    by.must(Task.SELL, shift.outlet_id)
    if not may_close(shift, by):
        by.must(Task.MANAGE, shift.outlet_id)
    _check("counted", counted)
    words = nfc(note)
    if len(words) > NOTE_LENGTH:
        raise Invalid("note", "too_long", most=NOTE_LENGTH)
    mine = select(Shift).where(Shift.id == shift.id).with_for_update().execution_options(populate_existing=True)
    locked = db.session.scalars(mine).one()
    if locked.closed_at is not None:
        raise Conflict(f"{subject_of(shift)} is closed")
    expected = sheet(locked).expected
    closed = update(Shift).where(Shift.id == shift.id, Shift.closed_at.is_(None))
    values = {"closed_at": at, "closed_by": by.actor, "expected": expected.minor, "counted": counted.minor}
    db.session.execute(
        closed.values(values | {"closer": by.name, "note": words}).execution_options(synchronize_session=False)
    )
    db.session.refresh(locked)
    facts = {"expected": expected.minor, "counted": counted.minor, "note": words}
    history.record("shift.closed", subject_of(shift), actor=by.actor, at=at, **facts)
    db.session.flush()
    return locked


def may_close(shift: Shift, by: Staff) -> bool:
    """Whether this person may count this drawer: their own, or any as a manager."""
    return shift.opened_by == by.actor or by.may(Task.MANAGE, shift.outlet_id)


def subject_of(shift: Shift) -> str:
    """The shift's name in the history."""
    return f"shift:{shift.id}"


def _check(field: str, amount: Money) -> None:
    if amount < Money(0):
        raise Invalid(field, "negative")
    if amount > MOST:
        raise Invalid(field, "too_much", most=MOST.minor)
