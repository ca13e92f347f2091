"""Who writes for a producer: members of a cooperative, people of a company, a household.

A member counts from the next request and no longer once they have left. What is not their producer's does not exist
for them.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Select, select, update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from catalog import history
from catalog.db import Base, BigKey, UtcDateTime, db
from catalog.errors import Conflict, Forbidden, NotFound
from catalog.people import User
from catalog.producers import Producer


class AlreadyMember(Conflict):
    """This person writes for this producer already."""


class ProducerMember(Base):
    """One person of one producer, from ``joined_at`` until ``left_at``."""

    __tablename__ = "producer_members"
    __table_args__ = (
        Index("ix_producer_members_user_id", "user_id"),
        Index("ix_producer_members_producer_id", "producer_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producers.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class Maker:
    """Somebody who is a member of at least one producer. producers: keys."""

    user_id: int
    name: str
    producers: frozenset[int]

    @property
    def actor(self) -> str:
        """The person's name in histories."""
        return f"user:{self.user_id}"


def find_maker(user: User) -> Maker | None:
    """What this person is now, in one query; None for a member of no producer."""
    found = frozenset(db.session.scalars(of(user.id)))
    return Maker(user.id, user.name, found) if found else None


def producers_of(maker: Maker) -> Select[Producer]:
    """Their producers, by name."""
    return select(Producer).where(Producer.id.in_(maker.producers)).order_by(Producer.name_vi, Producer.id)


def get_producer(maker: Maker, code: str) -> Producer:
    """The producer with this code, if they are of it. Raises NotFound, the same for a foreign and an unknown one."""
    producer = db.session.scalar(producers_of(maker).where(Producer.code == code))
    if producer is None:
        raise NotFound(code)
    return producer


def is_member(user_id: int, producer_id: int) -> bool:
    """Whether this person writes for this producer now."""
    query = select(ProducerMember.id).where(
        ProducerMember.user_id == user_id, ProducerMember.producer_id == producer_id, _live()
    )
    return db.session.scalar(query) is not None


def of(user_id: int) -> Select[int]:
    """Keys of the producers that this person writes for now."""
    return select(ProducerMember.producer_id).where(ProducerMember.user_id == user_id, _live())


def members_of(producer_id: int) -> Select[ProducerMember, User]:
    """Who is of it now, by name."""
    query = select(ProducerMember, User).join(User, User.id == ProducerMember.user_id)
    return query.where(ProducerMember.producer_id == producer_id, _live()).order_by(User.name, ProducerMember.id)


def get_member(member_id: int, producer: Producer) -> ProducerMember:
    """One who is of it, or was. Raises NotFound, the same for another producer's and an unknown one."""
    member = db.session.get(ProducerMember, member_id)
    if member is None or member.producer_id != producer.id:
        raise NotFound(f"member {member_id}")
    return member


def ever_of(producer_id: int) -> Select[int]:
    """Keys of all who are or were of it."""
    return select(ProducerMember.user_id).where(ProducerMember.producer_id == producer_id)


def join(user: User, producer: Producer, *, actor: str, at: datetime) -> ProducerMember:
    """From now on they write for this producer. Raises AlreadyMember for who does already."""
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())  # two at once take turns
    if is_member(user.id, producer.id):
        raise AlreadyMember(f"user {user.id}: producer {producer.id}")
    member = ProducerMember(producer_id=producer.id, user_id=user.id, joined_at=at)
    db.session.add(member)
    db.session.flush()
    history.record("member.joined", f"producer:{producer.code}", actor=actor, at=at, user=user.id)
    return member


def leave(member: ProducerMember, producer: Producer, *, actor: str, at: datetime) -> None:
    """They write for it no longer. Leaving twice changes nothing."""
    left = update(ProducerMember).where(ProducerMember.id == member.id, _live()).values(left_at=at)
    if db.session.scalar(left.returning(ProducerMember.id).execution_options(synchronize_session="fetch")) is not None:
        history.record("member.left", f"producer:{producer.code}", actor=actor, at=at, user=member.user_id)


def dismiss(member: ProducerMember, producer: Producer, *, by: Maker, at: datetime) -> None:
    """A member ends another's membership; who has left already is no matter.

    Raises Forbidden for one's own. There is always a member left: two who end each other's at the same moment take
    turns, and the second one is a member no more.
    """
    db.session.execute(select(Producer.id).where(Producer.id == producer.id).with_for_update())
    if member.user_id == by.user_id or not is_member(by.user_id, producer.id):
        raise Forbidden(f"{by.actor}: member {member.id}")
    leave(member, producer, actor=by.actor, at=at)


def _live() -> ColumnElement[bool]:
    return ProducerMember.left_at.is_(None)
