"""Who did what to which thing, and when. Append-only: written in the transaction of the deed itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, BigKey, UtcDateTime, db, text_column


class Event(Base):
    """One deed. ``subject`` is ``kind:key`` (``order:QN-7K3M9Q``), ``actor`` is ``user:5``, ``buyer`` or ``system``."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_subject_id", "subject", "id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(text_column(64))
    verb: Mapped[str] = mapped_column(text_column(64))
    subject: Mapped[str] = mapped_column(text_column(96))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


_EVENT = Event.__table__.insert()  # type: ignore[attr-defined]


def of(subject: str) -> Select[Event]:
    """All that happened to one thing, oldest first."""
    return select(Event).where(Event.subject == subject).order_by(Event.id)


def record(verb: str, subject: str, *, actor: str, at: datetime, **facts: Any) -> None:
    """Note a deed. facts: values JSON can hold."""
    db.session.execute(_EVENT, {"at": at, "actor": actor, "verb": verb, "subject": subject, "facts": facts})
