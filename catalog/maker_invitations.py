"""Invitations to write for a producer: a link that works once, within a week, sent to one e-mail.

The link carries a random token, of which only the hash is kept. Who has an account accepts signed in as themselves;
somebody new sets a password. An invitation is for its e-mail alone: a link that was passed on opens nothing for others.
A new invitation of the same e-mail takes the place of an earlier one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ForeignKey, Select, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history, jobs, makers, people
from catalog.db import Base, UtcDateTime, db, text_column
from catalog.errors import Conflict, NotFound
from catalog.makers import AlreadyMember, ProducerMember
from catalog.people import User
from catalog.producers import Producer

LIFE = timedelta(days=7)


class MakerInvitation(Base):
    """The one that is open for an e-mail at a producer. ``token_hash``: of the link that works, made when it is sent."""

    __tablename__ = "maker_invitations"

    producer_id: Mapped[int] = mapped_column(ForeignKey("producers.id"), primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(text_column(254), primary_key=True)
    name: Mapped[str] = mapped_column(text_column(120), default="")
    token_hash: Mapped[str] = mapped_column(text_column(64), unique=True)
    invited_by: Mapped[str] = mapped_column(text_column(64))
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """Whom it is for. user: who signs in with this e-mail and has a password; None for somebody new."""

    producer: Producer
    email: str
    name: str
    user: User | None
    expires_at: datetime


def open_of(producer_id: int, *, at: datetime) -> Select[MakerInvitation]:
    """Those of a producer that can still be accepted, the oldest first."""
    query = select(MakerInvitation).where(MakerInvitation.producer_id == producer_id, MakerInvitation.expires_at > at)
    return query.order_by(MakerInvitation.invited_at, MakerInvitation.email)


def get_open(token: str, *, at: datetime) -> OpenInvitation:
    """Raises NotFound for one that is used, expired, replaced, withdrawn or unknown."""
    query = select(MakerInvitation, Producer).join(Producer, Producer.id == MakerInvitation.producer_id)
    row = db.session.execute(
        query.where(MakerInvitation.token_hash == _hash(token), MakerInvitation.expires_at > at)
    ).first()
    if row is None:
        raise NotFound("invitation")
    invitation, producer = row
    user = people.find_by_email(invitation.email)
    known = user if user and user.password_hash else None
    return OpenInvitation(producer, invitation.email, invitation.name, known, invitation.expires_at)


def invite(producer: Producer, email: str, *, name: str = "", about: str = "", actor: str, at: datetime) -> None:
    """Ask somebody to write for this producer; a letter brings the link.

    name: what to call somebody new.    about: reference of the application that the letter answers, if it does.

    Raises AlreadyMember for who writes for it already.
    """
    email = email.strip().lower()
    user = people.find_by_email(email)
    if user and makers.is_member(user.id, producer.id):
        raise AlreadyMember(email)
    mine = (MakerInvitation.producer_id == producer.id, MakerInvitation.email == email)
    db.session.execute(delete(MakerInvitation).where(*mine).execution_options(synchronize_session="fetch"))
    db.session.add(
        MakerInvitation(
            producer_id=producer.id,
            email=email,
            name=name,
            token_hash=_hash(secrets.token_urlsafe(32)),  # nobody's, until the link is made
            invited_by=actor,
            invited_at=at,
            expires_at=at + LIFE,
        )
    )
    db.session.flush()
    history.record("member.invited", f"producer:{producer.code}", actor=actor, at=at)
    jobs.enqueue("mail.maker_invitation", {"producer": producer.id, "email": email, "about": about}, at=at)


def new_link(producer_id: int, email: str, *, at: datetime) -> str | None:
    """The token of an open invitation, seen only now; an earlier one works no more. None when it is not open any more."""
    token = secrets.token_urlsafe(32)
    mine = update(MakerInvitation).where(
        MakerInvitation.producer_id == producer_id, MakerInvitation.email == email, MakerInvitation.expires_at > at
    )
    made = mine.values(token_hash=_hash(token)).returning(MakerInvitation.email)
    found = db.session.scalar(made.execution_options(synchronize_session="fetch"))
    return token if found is not None else None


def withdraw(producer: Producer, email: str, *, actor: str, at: datetime) -> None:
    """Its link works no more. Withdrawing what is not open changes nothing."""
    mine = delete(MakerInvitation).where(MakerInvitation.producer_id == producer.id, MakerInvitation.email == email)
    gone = mine.returning(MakerInvitation.email).execution_options(synchronize_session="fetch")
    if db.session.scalar(gone) is not None:
        history.record("member.uninvited", f"producer:{producer.code}", actor=actor, at=at)


def accept(token: str, user: User, *, at: datetime) -> ProducerMember:
    """The signed-in person whose e-mail it is for becomes a member. The link works once, also for two at once.

    Raises NotFound as ``get_open`` does, and for anybody else; AlreadyMember when they have become one meanwhile.
    """
    if get_open(token, at=at).email != user.email:
        raise NotFound("invitation")
    return _join(token, user, at=at)


def accept_new(token: str, password: str, *, name: str, at: datetime) -> User:
    """Somebody new sets a password and becomes a member.

    Raises NotFound as ``get_open`` does, Invalid for a short password, Conflict when there is an account by now: its
    owner signs in.
    """
    invitation = get_open(token, at=at)
    if invitation.user:
        raise Conflict("there is an account")
    waiting = people.find_by_email(invitation.email)
    if waiting is None:
        user = people.register(invitation.email, password, name=name, phone=None, at=at)
    else:  # invited elsewhere, too, and not in yet
        people.set_password(waiting.id, password)
        user = waiting
    _join(token, user, at=at)
    return user


def _join(token: str, user: User, *, at: datetime) -> ProducerMember:
    mine = delete(MakerInvitation).where(MakerInvitation.token_hash == _hash(token), MakerInvitation.expires_at > at)
    used = mine.returning(MakerInvitation.producer_id).execution_options(synchronize_session="fetch")
    producer_id = db.session.scalar(used)
    if producer_id is None:
        raise NotFound("invitation")
    producer = db.session.get_one(Producer, producer_id)
    return makers.join(user, producer, actor=f"user:{user.id}", at=at)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
