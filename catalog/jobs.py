"""The transactional outbox: work that must happen after a commit is a row written inside it.

Jobs run at least once, so a handler must bear being run twice. A worker leases a job; if the worker dies the lease
runs out and another takes the job. After ``MAX_ATTEMPTS`` failures a job is dead and waits for a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, Integer, Select, Text, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 8
KEEP_DONE = timedelta(days=14)


class JobState(StrEnum):
    """Where a job is in its life."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class Job(Base):
    """One piece of work. ``key``, where given, can exist once: a periodic job's due time, say."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state_run_at", "state", "run_at"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    kind: Mapped[str] = mapped_column(text_column(64))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(text_column(128), unique=True)
    state: Mapped[JobState] = mapped_column(enum_column(JobState), default=JobState.WAITING)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job this worker holds the lease of. attempt: 1 for the first."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempt: int


def dead() -> Select[Job]:
    """Jobs that gave up, newest first."""
    return select(Job).where(Job.state == JobState.DEAD).order_by(Job.id.desc())


def waiting_count(at: datetime) -> int:
    """How many jobs are due and not done."""
    due = select(func.count()).where(Job.state == JobState.WAITING, Job.run_at <= at)
    return db.session.scalar(due) or 0


def last_done_at(kind: str) -> datetime | None:
    """When a job of this kind last succeeded."""
    query = select(Job.done_at).where(Job.kind == kind, Job.state == JobState.DONE)
    return db.session.scalar(query.order_by(Job.id.desc()).limit(1))


def enqueue(kind: str, payload: Mapping[str, Any], *, at: datetime, key: str | None = None) -> None:
    """Ask for work to be done at or after ``at``. The same key again changes nothing."""
    insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = {
        "kind": kind,
        "payload": dict(payload),
        "key": key,
        "run_at": at,
        "state": JobState.WAITING,
        "attempts": 0,
    }
    statement = insert(Job).values(row)
    db.session.execute(statement.on_conflict_do_nothing(index_elements=["key"]) if key else statement)


def claim(*, at: datetime) -> Claimed | None:
    """Lease the job that has been due longest, or None. One UPDATE decides, on both engines."""
    due = (
        select(Job.id)
        .where(Job.state == JobState.WAITING, Job.run_at <= at)
        .where(or_(Job.leased_until.is_(None), Job.leased_until < at))
        .order_by(Job.run_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = (
        update(Job)
        .where(Job.id == due)
        .values(leased_until=at + LEASE, attempts=Job.attempts + 1)
        .returning(Job.id, Job.kind, Job.payload, Job.attempts)
        .execution_options(synchronize_session=False)
    )
    row = db.session.execute(taken).first()
    return Claimed(*row) if row else None


def done(job: Claimed, *, at: datetime) -> None:
    """The work has been done; call it in the transaction of the work's own effects where it has any."""
    values = {"state": JobState.DONE, "done_at": at, "error": None}
    db.session.execute(update(Job).where(Job.id == job.id, Job.state == JobState.WAITING).values(values))


def failed(job: Claimed, error: str, *, at: datetime) -> None:
    """Try again later (10 s, 20 s, … doubling), or give up after MAX_ATTEMPTS."""
    values: dict[str, Any] = {"error": error[:4000], "leased_until": None}
    if job.attempt >= MAX_ATTEMPTS:
        values["state"] = JobState.DEAD
    else:
        values["run_at"] = at + timedelta(seconds=5 * 2**job.attempt)
    db.session.execute(update(Job).where(Job.id == job.id, Job.state == JobState.WAITING).values(values))


def forget_done(*, at: datetime) -> None:
    """Delete what was done long ago."""
    db.session.execute(delete(Job).where(Job.state == JobState.DONE, Job.done_at < at - KEEP_DONE))
