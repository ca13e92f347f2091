"""What stands behind a trace: where its materials are from, what was tested, what was added, which own lots went in.

While the trace is a draft a row can be taken out again; afterwards rows are only added. ``publish`` is here because a
trace without a source is none.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Select, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from catalog import gs1, traces
from catalog.db import Base, BigKey, UtcDateTime, db, text_column
from catalog.errors import Conflict, Invalid
from catalog.lots import Lot, LotState
from catalog.products import Variant
from catalog.traces import LONGEST_RESULT, LONGEST_WORDS, NEXT, Trace, TraceState

MOST_ROWS = 40
"""Of each kind, a trace."""


class TraceTest(Base):
    """One test: what, by whom, on which day, with which outcome, on which paper."""

    __tablename__ = "trace_tests"
    __table_args__ = (Index("ix_trace_tests_trace_id", "trace_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    trace_id: Mapped[int] = mapped_column(ForeignKey("traces.id"))
    what: Mapped[str] = mapped_column(text_column(LONGEST_WORDS))
    tested_by: Mapped[str] = mapped_column(text_column(LONGEST_WORDS))
    tested_on: Mapped[date] = mapped_column(Date)
    result: Mapped[str] = mapped_column(text_column(LONGEST_RESULT))
    paper: Mapped[str] = mapped_column(text_column(LONGEST_WORDS), default="")
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TraceSource(Base):
    """One step back: a material, who gave it, where, when it was harvested or bought, and what they call their lot."""

    __tablename__ = "trace_sources"
    __table_args__ = (Index("ix_trace_sources_trace_id", "trace_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    trace_id: Mapped[int] = mapped_column(ForeignKey("traces.id"))
    material: Mapped[str] = mapped_column(text_column(LONGEST_WORDS))
    supplier: Mapped[str] = mapped_column(text_column(LONGEST_WORDS))
    place: Mapped[str] = mapped_column(text_column(LONGEST_WORDS))
    got_on: Mapped[date | None] = mapped_column(Date)
    their_lot: Mapped[str] = mapped_column(text_column(LONGEST_WORDS), default="")
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TraceNote(Base):
    """What was added in words after the story of the lot had been published."""

    __tablename__ = "trace_notes"
    __table_args__ = (Index("ix_trace_notes_trace_id", "trace_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    trace_id: Mapped[int] = mapped_column(ForeignKey("traces.id"))
    words: Mapped[str] = mapped_column(text_column(LONGEST_RESULT))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TraceParent(Base):
    """An earlier lot of the same producer that went into this one; a lot comes of many, and many come of one."""

    __tablename__ = "trace_parents"
    __table_args__ = (
        UniqueConstraint("trace_id", "parent_id"),
        CheckConstraint("parent_id < trace_id", name="parents_are_older"),  # so no lot is made of itself
        Index("ix_trace_parents_parent_id", "parent_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    trace_id: Mapped[int] = mapped_column(ForeignKey("traces.id"))
    parent_id: Mapped[int] = mapped_column(ForeignKey("traces.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    parent: Mapped[Trace] = relationship(foreign_keys=parent_id, lazy="raise_on_sql")


@dataclass(frozen=True, slots=True)
class Tested:
    """A test, as its paper says."""

    what: str
    tested_by: str
    tested_on: date
    result: str
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A material and where it is from."""

    material: str
    supplier: str
    place: str
    got_on: date | None = None
    their_lot: str = ""


Row = TypeVar("Row", TraceTest, TraceSource, TraceNote, TraceParent)
Kind = type[TraceTest] | type[TraceSource] | type[TraceNote] | type[TraceParent]


def tests_of(trace_id: int) -> Select[TraceTest]:
    """In the order of their days."""
    return select(TraceTest).where(TraceTest.trace_id == trace_id).order_by(TraceTest.tested_on, TraceTest.id)


def sources_of(trace_id: int) -> Select[TraceSource]:
    """As they were written."""
    return select(TraceSource).where(TraceSource.trace_id == trace_id).order_by(TraceSource.id)


def notes_of(trace_id: int) -> Select[TraceNote]:
    """As they were written."""
    return select(TraceNote).where(TraceNote.trace_id == trace_id).order_by(TraceNote.id)


def parents_of(trace_id: int) -> Select[TraceParent]:
    """The own lots that went into it, each with its product."""
    way = joinedload(TraceParent.parent).joinedload(Trace.lot).joinedload(Lot.variant).joinedload(Variant.product)
    return select(TraceParent).where(TraceParent.trace_id == trace_id).options(way).order_by(TraceParent.id)


def children_of(trace_id: int) -> Select[Trace]:
    """The lots of the same producer that this one went into, newest first."""
    return traces.every().join(TraceParent, TraceParent.trace_id == Trace.id).where(TraceParent.parent_id == trace_id)


def add_test(trace: Trace, tested: Tested, *, actor: str, at: datetime) -> TraceTest:
    """Raises Invalid with the field."""
    traces.take(trace)
    values = traces.clean(asdict(tested), optional=("paper",), long={"result": LONGEST_RESULT})
    traces.past("tested_on", tested.tested_on, at)
    row = _added(TraceTest(trace_id=trace.id, added_at=at, **values))
    traces.note("tested", trace, actor, at, after=traces.plain(values))
    return row


def add_source(trace: Trace, sourced: Sourced, *, actor: str, at: datetime) -> TraceSource:
    """Raises Invalid with the field."""
    lot = traces.take(trace)
    values = traces.clean(asdict(sourced), optional=("their_lot",))
    traces.past("got_on", sourced.got_on, at)
    if sourced.got_on and lot.made_on and sourced.got_on > lot.made_on:
        raise Invalid("got_on", "after_made_on", made_on=lot.made_on)
    row = _added(TraceSource(trace_id=trace.id, added_at=at, **values))
    traces.note("sourced", trace, actor, at, after=traces.plain(values))
    return row


def add_parent(trace: Trace, parent: Trace, *, actor: str, at: datetime) -> TraceParent:
    """An own lot, registered before this one, went into it. Raises Invalid("parent", …).

    parent: of the same producer; the caller found it among theirs.
    """
    traces.take(trace)
    if parent.id >= trace.id:
        raise Invalid("parent", "younger")
    if db.session.scalar(select(TraceParent.id).filter_by(trace_id=trace.id, parent_id=parent.id)):
        raise Invalid("parent", "twice")
    row = _added(TraceParent(trace_id=trace.id, parent_id=parent.id, added_at=at))
    traces.note("joined", trace, actor, at, after={"parent": parent.code})
    return row


def add_note(trace: Trace, words: str, *, actor: str, at: datetime) -> TraceNote:
    """Something everybody should know of this lot. Raises Invalid("words", …)."""
    traces.take(trace)
    values = traces.clean({"words": words}, long={"words": LONGEST_RESULT})
    row = _added(TraceNote(trace_id=trace.id, added_at=at, **values))
    traces.note("noted", trace, actor, at, after=values)
    return row


def remove(trace: Trace, kind: Kind, row_id: int, *, actor: str, at: datetime) -> None:
    """Take a row out of a draft; one that is gone already is no matter. Raises Conflict once it is published."""
    traces.take(trace, draft=True)
    row = db.session.scalar(select(kind).where(kind.id == row_id, kind.trace_id == trace.id))
    if row is None:
        return
    traces.note("removed", trace, actor, at, before=_shown(row))
    db.session.delete(row)
    db.session.flush()


def publish(trace: Trace, *, actor: str, at: datetime) -> None:
    """From now on everybody who has the code reads it, and nothing is taken back.

    Raises Conflict when it is published already, Invalid("sources", "required") when nobody knows what it is made of.
    """
    lot = traces.take(trace, draft=True)
    sources = select(TraceSource.id).where(TraceSource.trace_id == trace.id).limit(1)
    own = select(TraceParent.id).where(TraceParent.trace_id == trace.id).limit(1)
    if db.session.scalar(sources) is None and db.session.scalar(own) is None:
        raise Invalid("sources", "required")
    number = db.session.scalar(select(Variant.gtin).where(Variant.id == lot.variant_id))
    values = {"state": TraceState.PUBLISHED, "published_at": at, "gtin": gs1.read_gtin(number or "")}
    from_states = [state for state, following in NEXT.items() if TraceState.PUBLISHED in following]
    moved = update(Trace).where(Trace.id == trace.id, Trace.state.in_(from_states)).values(values)
    if db.session.scalar(moved.returning(Trace.id).execution_options(synchronize_session=False)) is None:
        raise Conflict(f"{trace.code} is published")
    db.session.refresh(trace, ["state", "published_at", "gtin"])
    traces.note("published", trace, actor, at, code=lot.code, before={"state": "draft"}, after={"state": "published"})


def discard(trace: Trace, *, actor: str, at: datetime) -> None:
    """Throw a draft away, with its lot if no outlet has any. Raises Conflict when it is published, or went into another."""
    lot = traces.take(trace, draft=True)
    if db.session.scalar(select(TraceParent.id).where(TraceParent.parent_id == trace.id).limit(1)):
        raise Conflict(f"{trace.code} is a parent")
    traces.note("discarded", trace, actor, at, code=lot.code, before=traces.told(trace, lot))
    for rows in (TraceTest, TraceSource, TraceNote, TraceParent):
        db.session.execute(delete(rows).where(rows.trace_id == trace.id))
    db.session.delete(trace)
    db.session.flush()
    if not traces.delivered(lot.id) and lot.state is LotState.SELLABLE:
        db.session.delete(lot)
        db.session.flush()


def _added(row: Row) -> Row:
    kind = type(row)
    here = select(func.count()).select_from(kind).where(kind.trace_id == row.trace_id)
    if (db.session.scalar(here) or 0) >= MOST_ROWS:
        raise Invalid("rows", "too_many", most=MOST_ROWS)
    db.session.add(row)
    db.session.flush()
    return row


def _shown(row: Base) -> dict[str, Any]:
    hidden = {"id", "trace_id", "added_at"}
    return traces.plain({c.name: getattr(row, c.name) for c in row.__table__.columns if c.name not in hidden})
