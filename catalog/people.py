"""Persons who sign in: customers, who need no account to buy, and the staff of the outlets, who may be customers too."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, Text, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, BigKey, UtcDateTime, db, text_column
from catalog.errors import Conflict, Invalid

MIN_PASSWORD = 10


class EmailTaken(Conflict):
    """Somebody already signs in with this e-mail."""


class User(Base):
    """A person. ``email`` is lower case and unique; ``password_hash`` is empty until an invited person sets one.

    ``sign_ins_end_at``: whoever entered the counter before this instant has to sign in again.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    email: Mapped[str] = mapped_column(text_column(254), unique=True)
    name: Mapped[str] = mapped_column(text_column(120))
    phone: Mapped[str | None] = mapped_column(text_column(16))
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sign_ins_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def find_user(user_id: int) -> User | None:
    """The person with this key, or None."""
    return db.session.get(User, user_id)


def names(user_ids: Collection[int]) -> Select[int, str]:
    """Key and name of these persons."""
    return select(User.id, User.name).where(User.id.in_(user_ids))


def find_by_email(email: str) -> User | None:
    """The person who signs in with this e-mail, or None."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def authenticate(email: str, password: str) -> User | None:
    """The person whose password this is, or None; as slow for an unknown e-mail as for a wrong password."""
    user = find_by_email(email)
    known = user.password_hash if user else ""
    try:
        _hasher().verify(known or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return None
    return user if known else None


def register(email: str, password: str, *, name: str, phone: str | None, at: datetime) -> User:
    """A new customer.

    Raises Invalid for a password shorter than MIN_PASSWORD characters, EmailTaken for a known e-mail.
    """
    _check_password(password)
    if find_by_email(email):
        raise EmailTaken(email)
    return _add(email, name=name, phone=phone, password_hash=_hasher().hash(password), at=at)


def open_account(email: str, *, name: str, at: datetime) -> User:
    """An account for somebody who is invited: nothing opens it until they set a password. Raises EmailTaken."""
    return _add(email, name=name, phone=None, password_hash="", at=at)


def set_password(user_id: int, password: str) -> None:
    """In place of the earlier one. Raises Invalid for one shorter than MIN_PASSWORD characters."""
    _check_password(password)
    mine = update(User).where(User.id == user_id)
    db.session.execute(mine.values(password_hash=_hasher().hash(password)))


def note_sign_in(user_id: int, *, at: datetime) -> None:
    """The person has signed in."""
    db.session.execute(update(User).where(User.id == user_id).values(last_sign_in_at=at))


def end_sign_ins(user_id: int, *, at: datetime) -> None:
    """Every browser in which this person has entered the counter has to sign in again."""
    db.session.execute(update(User).where(User.id == user_id).values(sign_ins_end_at=at))


def _check_password(password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise Invalid("password", "short", minimum=MIN_PASSWORD)


def _add(email: str, *, name: str, phone: str | None, password_hash: str, at: datetime) -> User:
    email = email.strip().lower()
    user = User(email=email, name=name, phone=phone, password_hash=password_hash, created_at=at)
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError:  # somebody was quicker, by the time it takes to hash a password
        raise EmailTaken(email) from None
    return user


@lru_cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache
def _decoy() -> str:
    return _hasher().hash("nobody has this password")
