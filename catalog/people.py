"""Persons who sign in. For now customers, who need no account to buy; staff come with the counter."""

from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Text, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, BigKey, UtcDateTime, db, text_column
from catalog.errors import Conflict, Invalid

MIN_PASSWORD = 10


class EmailTaken(Conflict):
    """Somebody already signs in with this e-mail."""


class User(Base):
    """A person with a password. ``email`` is lower case and unique."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    email: Mapped[str] = mapped_column(text_column(254), unique=True)
    name: Mapped[str] = mapped_column(text_column(120))
    phone: Mapped[str | None] = mapped_column(text_column(16))
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def find_user(user_id: int) -> User | None:
    """The person with this key, or None."""
    return db.session.get(User, user_id)


def authenticate(email: str, password: str) -> User | None:
    """The person whose password this is, or None; as slow for an unknown e-mail as for a wrong password."""
    user = db.session.scalar(select(User).where(User.email == email.strip().lower()))
    try:
        _hasher().verify(user.password_hash if user else _decoy(), password)
    except (VerificationError, InvalidHashError):
        return None
    return user


def register(email: str, password: str, *, name: str, phone: str | None, at: datetime) -> User:
    """A new customer.

    Raises Invalid for a password shorter than MIN_PASSWORD characters, EmailTaken for a known e-mail.
    """
    if len(password) < MIN_PASSWORD:
        raise Invalid("password", "short", minimum=MIN_PASSWORD)
    email = email.strip().lower()
    if db.session.scalar(select(User.id).where(User.email == email)):
        raise EmailTaken(email)
    user = User(email=email, name=name, phone=phone, password_hash=_hasher().hash(password), created_at=at)
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError:  # somebody was quicker, by the time it takes to hash a password
        raise EmailTaken(email) from None
    return user


def note_sign_in(user_id: int, *, at: datetime) -> None:
    """The person has signed in."""
    db.session.execute(update(User).where(User.id == user_id).values(last_sign_in_at=at))


@lru_cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache
def _decoy() -> str:
    return _hasher().hash("nobody has this password")
