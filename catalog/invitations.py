"""Invitations to the staff: a link that works once, within a week, with which a person sets up their way in.

The link carries a random token, of which only the hash is kept. Behind it the person sets a password and takes the
second factor's secret into their app. A new invitation takes the place of an earlier one, and closes the way in that
the person had: a lost phone opens nothing any more.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history, memberships, people, second_factor
from catalog.db import Base, UtcDateTime, db, text_column
from catalog.errors import NotFound
from catalog.memberships import Role
from catalog.outlets import Outlet
from catalog.people import User

LIFE = timedelta(days=7)


class Invitation(Base):
    """The one that is open for a person."""

    __tablename__ = "invitations"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(text_column(64), unique=True)
    secret: Mapped[str] = mapped_column(text_column(64))
    invited_by: Mapped[str] = mapped_column(text_column(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """Whom it is for, and the secret of their second factor to be."""

    user: User
    secret: str


def get_open(token: str, *, at: datetime) -> OpenInvitation:
    """Raises NotFound for one that is used, expired, replaced or unknown, and for somebody who works nowhere now."""
    query = select(Invitation, User).join(User, User.id == Invitation.user_id)
    row = db.session.execute(query.where(Invitation.token_hash == _hash(token), Invitation.expires_at > at)).first()
    if row is None or memberships.find_staff(row[1]) is None:
        raise NotFound("invitation")
    return OpenInvitation(row[1], row[0].secret)


def hire(email: str, role: Role, outlet: Outlet | None, *, name: str, actor: str, at: datetime) -> User:
    """Grant a role to whoever has this e-mail; an account is opened where there is none. name: of a new account.

    Raises Conflict when they have this role already.
    """
    user = people.find_by_email(email) or people.open_account(email, name=name, at=at)
    memberships.grant(user, role, outlet, actor=actor, at=at)
    return user


def invite(user: User, *, actor: str, at: datetime) -> str:
    """Make a new invitation and give its token, which is seen only now. What opened the counter before does not now."""
    lock_out(user, at=at)
    token = secrets.token_urlsafe(32)
    db.session.execute(delete(Invitation).where(Invitation.user_id == user.id))
    db.session.add(
        Invitation(
            user_id=user.id,
            token_hash=_hash(token),
            secret=second_factor.new_secret(),
            invited_by=actor,
            expires_at=at + LIFE,
        )
    )
    db.session.flush()
    history.record("invitation.made", f"user:{user.id}", actor=actor, at=at)
    return token


def lock_out(user: User, *, at: datetime) -> None:
    """Nothing they have opens the counter any more, in no browser: until an invitation is made and accepted."""
    second_factor.remove(user.id)
    people.end_sign_ins(user.id, at=at)


def accept(token: str, password: str, code: str, *, at: datetime) -> tuple[User, list[str]]:
    """The person sets a password and proves that their app has the secret; gives them and their recovery codes.

    Raises NotFound as ``get_open`` does, Invalid for a short password or a wrong code. The link works once, also for
    two who press at the same moment.
    """
    user = get_open(token, at=at).user
    mine = delete(Invitation).where(Invitation.token_hash == _hash(token), Invitation.expires_at > at)
    secret = db.session.scalar(mine.returning(Invitation.secret).execution_options(synchronize_session="fetch"))
    if secret is None:
        raise NotFound("invitation")
    codes = second_factor.enrol(user.id, secret, code, at=at)
    people.set_password(user.id, password)
    history.record("invitation.accepted", f"user:{user.id}", actor=f"user:{user.id}", at=at)
    return user, codes


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
