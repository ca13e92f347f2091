"""The second factor of a staff member: six digits of an app (TOTP), or one of ten recovery codes.

The app and the shop share a secret; every 30 seconds both make six digits of it. A code is taken in its own time step
and the one before or after, and never twice: the step is noted in the same statement that accepts it. A recovery code
works once, without the app. The secret is kept as it is, for digits are made of it; of recovery codes only hashes are.
"""

import secrets
from base64 import b32encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import pyotp
from sqlalchemy import BigInteger, ForeignKey, Select, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history
from catalog.db import Base, BigKey, UtcDateTime, db, text_column
from catalog.errors import Conflict, Invalid

STEP = timedelta(seconds=30)
CODES = 10
"""Recovery codes a person is given at once."""
_MENDED = str.maketrans("018", "OIB")
"""Digits that RFC 4648's alphabet leaves out, read as the letters they look like."""


class Means(StrEnum):
    """What opened the counter."""

    APP = "app"
    RECOVERY_CODE = "recovery_code"


class SecondFactor(Base):
    """The secret a person shares with the shop. ``last_step`` is the time step of the last code that was taken."""

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(text_column(64))
    last_step: Mapped[int] = mapped_column(BigInteger)
    enrolled_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """One code of 128 random bits, as its SHA-256."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(text_column(64), unique=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def enrolled() -> Select[int]:
    """The keys of all persons who have one."""
    return select(SecondFactor.user_id)


def is_enrolled(user_id: int) -> bool:
    """Whether this person has one."""
    return db.session.scalar(enrolled().where(SecondFactor.user_id == user_id)) is not None


def codes_left(user_id: int) -> int:
    """How many recovery codes still work."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(unused) or 0


def new_secret() -> str:
    """160 random bits, as the apps want them."""
    return pyotp.random_base32()


def address(secret: str, *, email: str, issuer: str) -> str:
    """The ``otpauth:`` address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def code_at(secret: str, at: datetime) -> str:
    """The six digits an app with this secret shows at this instant."""
    return pyotp.TOTP(secret).generate_otp(_step(at))


def unused_code(user_id: int, *, at: datetime) -> str | None:
    """Digits that would be taken now: the app's, or its next ones where somebody has used those; None after both."""
    factor = db.session.get(SecondFactor, user_id, populate_existing=True)
    if factor is None:
        return None
    return next((code_at(factor.secret, then) for then in (at, at + STEP) if _step(then) > factor.last_step), None)


def enrol(user_id: int, secret: str, code: str, *, at: datetime) -> list[str]:
    """From now on this secret counts, in place of an earlier one; gives the recovery codes, which are seen only now.

    Raises Invalid when the code is not one of the secret's: the app has not understood it.
    """
    step = _matching_step(secret, code, at)
    if step is None:
        raise Invalid("code", "wrong")
    remove(user_id)
    db.session.add(SecondFactor(user_id=user_id, secret=secret, last_step=step, enrolled_at=at))
    db.session.flush()
    history.record("second_factor.enrolled", f"user:{user_id}", actor=f"user:{user_id}", at=at)
    return _give_codes(user_id)


def verify(user_id: int, code: str, *, at: datetime) -> Means | None:
    """What this code is, if it opens the counter for this person; it will not do so again."""
    if (step := _taken_step(user_id, code, at)) is not None:
        newer = update(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        newer = newer.values(last_step=step).execution_options(synchronize_session=False)
        return Means.APP if db.session.scalar(newer.returning(SecondFactor.user_id)) is not None else None
    unused = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _hash(code), RecoveryCode.used_at.is_(None)
    )
    unused = unused.values(used_at=at).execution_options(synchronize_session=False)
    if db.session.scalar(unused.returning(RecoveryCode.id)) is None:
        return None
    history.record("recovery_code.used", f"user:{user_id}", actor=f"user:{user_id}", at=at)
    return Means.RECOVERY_CODE


def renew_codes(user_id: int, code: str, *, at: datetime) -> list[str]:
    """Ten new recovery codes in place of all earlier ones, against a code of the app.

    Raises Invalid for any other code, Conflict for a person who has no second factor.
    """
    if not is_enrolled(user_id):
        raise Conflict(f"user {user_id} has no second factor")
    if verify(user_id, code, at=at) is not Means.APP:
        raise Invalid("code", "wrong")
    history.record("recovery_codes.renewed", f"user:{user_id}", actor=f"user:{user_id}", at=at)
    return _give_codes(user_id)


def remove(user_id: int) -> None:
    """The person has none any more: a phone was lost, say. Nothing to remove changes nothing."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


def _give_codes(user_id: int) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [_grouped(b32encode(secrets.token_bytes(16)).decode().rstrip("=")) for _ in range(CODES)]
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash(code)) for code in codes)
    db.session.flush()
    return codes


def _grouped(signs: str) -> str:
    """``ABCDE-FGHIJ-KLMNO-PQRST-UVWXYZ``: 26 signs, as one reads them aloud."""
    return "-".join((signs[:5], signs[5:10], signs[10:15], signs[15:20], signs[20:]))


def _hash(code: str) -> str:
    plain = "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum()).translate(_MENDED)
    return sha256(plain.encode()).hexdigest()


def _taken_step(user_id: int, code: str, at: datetime) -> int | None:
    secret = db.session.scalar(select(SecondFactor.secret).where(SecondFactor.user_id == user_id))
    return _matching_step(secret, code, at) if secret else None


def _matching_step(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose digits these are, if it is now, the last one or the next one."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii():
        return None
    totp = pyotp.TOTP(secret)
    return next((step for step in _near(at) if secrets.compare_digest(totp.generate_otp(step), digits)), None)


def _near(at: datetime) -> Iterator[int]:
    here = _step(at)
    yield from (here, here - 1, here + 1)


def _step(at: datetime) -> int:
    return int(at.timestamp()) // int(STEP.total_seconds())
