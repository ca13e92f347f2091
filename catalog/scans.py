"""How often the page of a trace was opened, by day, and what in that speaks for a copied code.

Counted are openings and nothing of who opened: no address, no device, no cookie. Numbers come from the worker, which
adds up what the web processes have noted; a trace is marked where they do, so that lists only read the mark.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import Date, ForeignKey, Integer, Select, Table, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from catalog import traces
from catalog.clock import vietnam_day
from catalog.db import Base, db
from catalog.lots import Lot
from catalog.stock import StockLevel, StockMovement
from catalog.traces import Suspicion, Trace, TraceState

MANY_TIMES = 5
"""A household may look a few times, and a shop's visitors, too: so often a unit, and no more."""
FEWEST = 50
"""Openings of a small lot that prove nothing yet."""
AFTER_END = timedelta(days=60)
"""Some goods are eaten late."""
AFTER_LAST = timedelta(days=180)
"""So long units may lie in kitchens after the last one has left the outlets."""
FEWEST_LATE = 10
"""Late openings that prove nothing yet."""

Counts = Mapping[tuple[str, date], int]
"""(code, day in Vietnam) → openings."""


class TraceScan(Base):
    """Openings of one trace's page on one day."""

    __tablename__ = "trace_scans"

    trace_id: Mapped[int] = mapped_column(ForeignKey("traces.id"), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


_SCANS = cast(Table, TraceScan.__table__)


@dataclass(frozen=True, slots=True)
class Day:
    """Openings of one day."""

    day: date
    count: int


def by_day(trace_id: int) -> list[Day]:
    """Days on which it was opened, the last first."""
    query = select(TraceScan.day, TraceScan.count).where(TraceScan.trace_id == trace_id)
    return [Day(day, count) for day, count in db.session.execute(query.order_by(TraceScan.day.desc()))]


def suspected() -> Select[Trace]:
    """Traces whose code may have been copied, with their goods, the most opened first."""
    return traces.every().where(Trace.suspicion.is_not(None)).order_by(None).order_by(Trace.scans.desc(), Trace.id)


def add(counts: Counts, *, at: datetime) -> None:
    """Add openings to those that are known, and mark the traces that look copied. Unknown codes are no matter."""
    wanted = sorted({code for code, _day in counts})
    query = select(Trace).where(Trace.code.in_(wanted), Trace.state == TraceState.PUBLISHED).order_by(Trace.id)
    found = {trace.code: trace for trace in db.session.scalars(_fresh(query.with_for_update(key_share=True)))}
    known = {(code, day): count for (code, day), count in sorted(counts.items()) if code in found and count > 0}
    if not known:
        return
    rows = [{"trace_id": found[code].id, "day": day, "count": count} for (code, day), count in known.items()]
    insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
    adding = insert(_SCANS)
    added = {"count": _SCANS.c.count + adding.excluded.count}
    db.session.execute(adding.on_conflict_do_update(index_elements=["trace_id", "day"], set_=added), rows)
    for (code, day), count in known.items():
        trace = found[code]
        trace.scans += count
        trace.first_scan_on = min(trace.first_scan_on or day, day)
        trace.last_scan_on = max(trace.last_scan_on or day, day)
    db.session.flush()
    for trace in found.values():
        judge(trace, at=at)


def judge(trace: Trace, *, at: datetime) -> None:
    """Mark it, or take the mark away: after openings were added, or the number of its units was corrected."""
    after = _suspicion(trace)
    before = trace.suspicion
    if after is before:
        return
    trace.suspicion = after
    db.session.flush()
    facts = {"before": {"suspicion": before}, "after": {"suspicion": after}, "scans": trace.scans}
    traces.note("suspected", trace, "system", at, **facts)


def _suspicion(trace: Trace) -> Suspicion | None:
    if trace.scans >= FEWEST and trace.scans > MANY_TIMES * trace.quantity:
        return Suspicion.MANY
    lot = db.session.get_one(Lot, trace.lot_id)
    if lot.best_before and _late(trace.id, lot.best_before + AFTER_END) >= FEWEST_LATE:
        return Suspicion.ENDED
    left_on = _last_unit_left_on(trace.lot_id)
    if left_on and _late(trace.id, left_on + AFTER_LAST) >= FEWEST_LATE:
        return Suspicion.GONE
    return None


def _late(trace_id: int, day: date) -> int:
    """Openings after a day."""
    query = select(func.sum(TraceScan.count)).where(TraceScan.trace_id == trace_id, TraceScan.day > day)
    return int(db.session.scalar(query) or 0)


def _last_unit_left_on(lot_id: int) -> date | None:
    """The day on which the outlets' shelves became empty; None while something lies there, or nothing ever did."""
    units = db.session.scalar(select(func.sum(StockLevel.on_hand)).where(StockLevel.lot_id == lot_id))
    if units != 0:
        return None
    moved = select(func.max(StockMovement.at)).join(StockLevel, StockLevel.id == StockMovement.level_id)
    last = db.session.scalar(moved.where(StockLevel.lot_id == lot_id))
    return vietnam_day(last) if last else None


def _fresh(query: Select[Trace]) -> Select[Trace]:
    return query.execution_options(populate_existing=True)
