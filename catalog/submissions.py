"""A form that was sent: its key acts once, however often a weak network sends it again.

The first press writes its key in the transaction of its deed; a second one waits for that transaction and then finds
what came of it. A deed that failed leaves no key: the same form may be mended and sent again.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, UtcDateTime, db, text_column

KEEP = timedelta(days=30)
LONGEST = 300
"""Signs of an address."""


class Submission(Base):
    """One sent form. ``key`` is made by the page, ``actor`` sent it, ``outcome`` is the address it led to."""

    __tablename__ = "submissions"

    key: Mapped[str] = mapped_column(text_column(64), primary_key=True)
    actor: Mapped[str] = mapped_column(text_column(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    outcome: Mapped[str] = mapped_column(text_column(LONGEST), default="")


def first(key: str, *, actor: str, at: datetime) -> bool:
    """Whether this is the first time that this person sends this form. key: 8 to 64 signs."""
    insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = insert(Submission).values(key=key, actor=actor, at=at, outcome="")
    new = row.on_conflict_do_nothing(index_elements=["key", "actor"]).returning(Submission.key)
    return db.session.scalar(new) is not None


def note(key: str, outcome: str, *, actor: str) -> None:
    """Remember where the form led, for when it comes again; of a very long address only its path."""
    if len(outcome) > LONGEST:
        outcome = outcome.partition("?")[0][:LONGEST]
    mine = update(Submission).where(Submission.key == key, Submission.actor == actor)
    db.session.execute(mine.values(outcome=outcome).execution_options(synchronize_session=False))


def outcome(key: str, *, actor: str) -> str:
    """Where the form led the first time."""
    same = select(Submission.outcome).where(Submission.key == key, Submission.actor == actor)
    return db.session.scalar(same) or ""


def forget_old(*, at: datetime) -> None:
    """Delete what nobody will send again."""
    db.session.execute(delete(Submission).where(Submission.at < at - KEEP))
