"""Support visits: who of the programme went where, what they found, and what follows.

A visit is to a locality (a commune), and may be to one of its producers. The programme promises every locality at
least two a year; two producers of one commune seen on one day are one visit to it.

A written visit is corrected, never deleted: each correction says why and is in the history with what stood there.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, Select, Text, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history, localities
from catalog.db import Base, BigKey, UtcDateTime, db, text_column
from catalog.errors import Conflict, NotFound
from catalog.memberships import Officer
from catalog.producers import Producer

WHO_LENGTH, TEXT_LENGTH, REASON_LENGTH = 200, 2_000, 300


class Visit(Base):
    """One visit. ``who`` went, in words.    ``version`` grows with every correction."""

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_commune_code_visited_on", "commune_code", "visited_on"),
        Index("ix_visits_visited_on", "visited_on"),
        Index("ix_visits_producer_id", "producer_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    commune_code: Mapped[str] = mapped_column(text_column(5))
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producers.id"))
    visited_on: Mapped[date] = mapped_column(Date)
    who: Mapped[str] = mapped_column(text_column(WHO_LENGTH))
    found: Mapped[str] = mapped_column(Text)
    follows: Mapped[str] = mapped_column(Text, default="")
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What somebody writes down. producer_id: None where the visit was to the commune as a whole."""

    commune_code: str
    producer_id: int | None
    visited_on: date
    who: str
    found: str
    follows: str = ""


def visits(officer: Officer) -> Select[Visit, Producer]:
    """Those that an officer may see, each with its producer (None without one), newest first."""
    query = select(Visit, Producer).outerjoin(Producer, Producer.id == Visit.producer_id)
    query = query.where(officer.within(Visit.commune_code))
    return query.order_by(Visit.visited_on.desc(), Visit.id.desc())


def get_visit(visit_id: int, officer: Officer) -> Visit:
    """Raises NotFound, the same for an unknown one and one in a commune they do not serve."""
    visit = db.session.get(Visit, visit_id, populate_existing=True)
    if visit is None:
        raise NotFound(f"visit {visit_id}")
    officer.must_see(visit.commune_code)
    return visit


def count_by_commune(communes: Iterable[str], *, from_on: date, to_on: date) -> dict[str, int]:
    """Days on which each commune was visited, both ends included; a commune nobody visited is absent."""
    query = (
        select(Visit.commune_code, func.count(Visit.visited_on.distinct()))
        .where(Visit.commune_code.in_(communes), Visit.visited_on >= from_on, Visit.visited_on <= to_on)
        .group_by(Visit.commune_code)
    )
    return {commune: count for commune, count in db.session.execute(query)}


def facts_of(visit: Visit) -> VisitFacts:
    """What is written down now."""
    return VisitFacts(visit.commune_code, visit.producer_id, visit.visited_on, visit.who, visit.found, visit.follows)


def record(facts: VisitFacts, *, by: Officer, at: datetime) -> Visit:
    """Write a visit down.

    Raises Invalid("commune_code" | "producer_id" | "visited_on" | "who" | "found" | "follows", …), NotFound for a
    commune or producer they do not serve.
    """
    checked = _checked(facts, by=by, at=at)
    visit = Visit(**asdict(checked), written_at=at, version=1)
    db.session.add(visit)
    db.session.flush()
    history.record("visit.recorded", subject_of(visit), actor=by.actor, at=at, after=_told(checked))
    return visit


def correct(visit: Visit, facts: VisitFacts, *, reason: str, version: int, by: Officer, at: datetime) -> None:
    """Put right what was written. version: the one that was on the page.

    Raises Invalid as ``record`` and ("reason", …), NotFound, Conflict when somebody else has corrected it meanwhile.
    """
    by.must_see(visit.commune_code)
    checked = _checked(facts, by=by, at=at)
    words = localities.words("reason", reason, REASON_LENGTH)
    before = _told(facts_of(visit))
    changed = update(Visit).where(Visit.id == visit.id, Visit.version == version)
    changed = changed.values(asdict(checked) | {"version": version + 1}).returning(Visit.id)
    if db.session.scalar(changed.execution_options(synchronize_session=False)) is None:
        raise Conflict(f"visit {visit.id}: no longer version {version}")
    db.session.refresh(visit)
    after = _told(checked)
    history.record(
        "visit.corrected", subject_of(visit), actor=by.actor, at=at, before=before, after=after, reason=words
    )


def subject_of(visit: Visit) -> str:
    """The visit's name in the history."""
    return f"visit:{visit.id}"


def _checked(facts: VisitFacts, *, by: Officer, at: datetime) -> VisitFacts:
    """With its words tidied and its commune taken from the producer."""
    commune_code = localities.settle(facts.commune_code, facts.producer_id, by=by)
    localities.must_be_past("visited_on", facts.visited_on, at=at)
    return VisitFacts(
        commune_code=commune_code,
        producer_id=facts.producer_id,
        visited_on=facts.visited_on,
        who=localities.words("who", facts.who, WHO_LENGTH),
        found=localities.words("found", facts.found, TEXT_LENGTH),
        follows=localities.words("follows", facts.follows, TEXT_LENGTH, needed=False),
    )


def _told(facts: VisitFacts) -> dict[str, Any]:
    return asdict(facts) | {"visited_on": facts.visited_on.isoformat()}
