"""Attempts to sign in at the counter, counted per account so that nobody can try codes for hours.

An attempt is charged before anything is compared, in a transaction of its own: a hundred guesses at once are a hundred
attempts. ``MOST`` wrong ones within ``WINDOW`` lock the account for ``LOCK``, however right the next one is. An e-mail
that nobody has is locked in the same way, and kept only as a hash, for people mistype.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Integer, case, delete, literal
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, UtcDateTime, db, text_column

MOST = 10
WINDOW = LOCK = timedelta(minutes=15)
KEEP = timedelta(days=1)


class SignInAttempts(Base):
    """Those of one account since ``since``: the first one, or the one that locked it."""

    __tablename__ = "sign_in_attempts"

    account: Mapped[str] = mapped_column(text_column(64), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def charge(email: str, *, at: datetime) -> bool:
    """Count one attempt. False when the account is locked: then nothing that follows may succeed."""
    insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = insert(SignInAttempts).values(account=_account(email), count=1, since=at)
    now = literal(at, UtcDateTime)
    over = SignInAttempts.since <= at - WINDOW
    locks = SignInAttempts.count == MOST - 1
    counted = row.on_conflict_do_update(
        index_elements=["account"],
        set_={
            "count": case(
                (over, 1),
                (SignInAttempts.count > MOST, SignInAttempts.count),
                else_=SignInAttempts.count + 1,
            ),
            "since": case((over, now), (locks, now), else_=SignInAttempts.since),
        },
    )
    return db.session.scalars(counted.returning(SignInAttempts.count)).one() <= MOST


def forgive(email: str) -> None:
    """The person was who they said: start counting anew."""
    db.session.execute(delete(SignInAttempts).where(SignInAttempts.account == _account(email)))


def forget_old(*, at: datetime) -> None:
    """Delete what locks nobody any more."""
    db.session.execute(delete(SignInAttempts).where(SignInAttempts.since < at - KEEP))


def _account(email: str) -> str:
    return sha256(email.strip().lower().encode()).hexdigest()
