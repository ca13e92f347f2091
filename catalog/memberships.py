"""Who works where: clerks and managers of outlets, officers of the programme; and what each may do.

A membership is granted by an officer, counts from the next request and ends at once: it is read afresh for every
request. A manager of a centre also sees the outlets that the centre supplies; an officer serves the whole programme, or
the communes that are named. What is not somebody's to see does not exist for them: ``get_outlet`` answers NotFound,
``Staff.must`` Forbidden for what they see but may not do.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, delete, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from catalog import history
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, Forbidden, NotFound
from catalog.outlets import Outlet
from catalog.people import User
from catalog.text import collation_key


class Role(StrEnum):
    """What somebody is. Clerks and managers are so at one outlet, officers for the programme."""

    CLERK = "clerk"
    MANAGER = "manager"
    OFFICER = "officer"


class Task(StrEnum):
    """What can be done at an outlet."""

    LOOK = "look"
    SELL = "sell"
    RECEIVE = "receive"
    HAND_OVER = "hand_over"
    SEND = "send"
    COUNT = "count"
    WRITE_OFF = "write_off"
    MANAGE = "manage"
    """Close another's shift, unlock a collection code, set minimum levels, import an opening stock."""
    APPROVE = "approve"
    """Approve a count within the outlet's own limit."""
    APPROVE_ANY = "approve_any"
    """Approve a count of any size."""
    STOP_LOT = "stop_lot"
    """Quarantine or recall a lot, which stops it at every outlet."""


class Standing(StrEnum):
    """What somebody is to one outlet."""

    CLERK = "clerk"
    MANAGER = "manager"
    SUPPLIER = "supplier"
    """Manager of the centre that supplies it."""
    OFFICER = "officer"


_DAILY = frozenset({Task.LOOK, Task.SELL, Task.RECEIVE, Task.HAND_OVER, Task.SEND, Task.COUNT, Task.WRITE_OFF})
GRANTS: dict[Standing, frozenset[Task]] = {
    Standing.CLERK: _DAILY,
    Standing.MANAGER: _DAILY | {Task.MANAGE, Task.APPROVE},
    Standing.SUPPLIER: frozenset({Task.LOOK, Task.APPROVE, Task.APPROVE_ANY}),
    Standing.OFFICER: frozenset({Task.LOOK, Task.APPROVE, Task.APPROVE_ANY, Task.STOP_LOT}),
}


class Membership(Base):
    """One role of one person, from ``granted_at`` until ``ended_at``. ``outlet_id`` is None for officers only."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("(role = 'officer') = (outlet_id IS NULL)", name="officers_have_no_outlet"),
        Index("ix_memberships_user_id", "user_id"),
        Index("ix_memberships_outlet_id", "outlet_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OfficerCommune(Base):
    """A commune that an officer serves; an officer without any serves the whole programme."""

    __tablename__ = "officer_communes"

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), primary_key=True, autoincrement=False)
    commune_code: Mapped[str] = mapped_column(text_column(5), primary_key=True)


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody with at least one live membership. Outlets by key: own, managed, supplied by a centre they manage.

    officer: of the whole programme.    overseen: the outlets in the communes of an officer who serves only some.
    in_office: an officer of any kind.
    """

    user_id: int
    name: str
    officer: bool
    own: frozenset[int]
    managed: frozenset[int]
    supplied: frozenset[int]
    overseen: frozenset[int] = frozenset()
    in_office: bool = False

    @property
    def actor(self) -> str:
        """The person's name in histories and movements."""
        return f"user:{self.user_id}"

    def standings(self, outlet_id: int) -> frozenset[Standing]:
        """What they are to this outlet; empty for a foreign one."""
        held = {
            Standing.MANAGER: outlet_id in self.managed,
            Standing.CLERK: outlet_id in self.own,
            Standing.SUPPLIER: outlet_id in self.supplied,
            Standing.OFFICER: self.officer or outlet_id in self.overseen,
        }
        return frozenset(standing for standing, holds in held.items() if holds)

    def may(self, task: Task, outlet_id: int) -> bool:
        """Whether any of their standings grants it."""
        return any(task in GRANTS[standing] for standing in self.standings(outlet_id))

    def must(self, task: Task, outlet_id: int) -> None:
        """Raises NotFound at an outlet they do not see, Forbidden for what they may not do there."""
        if not self.standings(outlet_id):
            raise NotFound(f"outlet {outlet_id}")
        if not self.may(task, outlet_id):
            raise Forbidden(f"{self.actor}: {task} at outlet {outlet_id}")


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who works in the programme's office. communes: codes they serve; None for all."""

    user_id: int
    name: str
    communes: frozenset[str] | None = None

    @property
    def actor(self) -> str:
        """The person's name in histories."""
        return f"user:{self.user_id}"

    @property
    def province(self) -> bool:
        """Whether they serve the whole programme: its settings, its people, decisions about many at once."""
        return self.communes is None

    def sees(self, commune_code: str) -> bool:
        """Whether what is in this commune is theirs to see."""
        return self.communes is None or commune_code in self.communes

    def within(self, commune_code: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """SQL twin of ``sees``."""
        return true() if self.communes is None else commune_code.in_(self.communes)

    def must_see(self, commune_code: str) -> None:
        """Raises NotFound for what is in a commune they do not serve."""
        if not self.sees(commune_code):
            raise NotFound(f"commune {commune_code}")

    def must_serve_all(self) -> None:
        """Raises Forbidden when they serve only some communes."""
        if not self.province:
            raise Forbidden(f"{self.actor}: the whole programme")


def find_officer(user: User) -> Officer | None:
    """What this person is in the office now, in one query; None for who is no officer."""
    query = (
        select(Membership.id, OfficerCommune.commune_code)
        .outerjoin(OfficerCommune, OfficerCommune.membership_id == Membership.id)
        .where(Membership.user_id == user.id, Membership.role == Role.OFFICER, Membership.ended_at.is_(None))
    )
    rows = db.session.execute(query).all()
    if not rows:
        return None
    everywhere = any(commune is None for _, commune in rows)
    return Officer(user.id, user.name, None if everywhere else frozenset(commune for _, commune in rows))


def find_staff(user: User) -> Staff | None:
    """What this person is now, in one query, two for an officer; None for somebody who works nowhere."""
    query = (
        select(Membership.role, Membership.outlet_id, Outlet.id)
        .outerjoin(Outlet, (Outlet.supplied_by_id == Membership.outlet_id) & (Membership.role == Role.MANAGER))
        .where(Membership.user_id == user.id, Membership.ended_at.is_(None))
    )
    rows = db.session.execute(query).all()
    if not rows:
        return None
    officer = find_officer(user) if any(role is Role.OFFICER for role, _, _ in rows) else None
    return Staff(
        user_id=user.id,
        name=user.name,
        officer=officer is not None and officer.province,
        own=frozenset(outlet for _, outlet, _ in rows if outlet is not None),
        managed=frozenset(outlet for role, outlet, _ in rows if role is Role.MANAGER and outlet is not None),
        supplied=frozenset(below for _, _, below in rows if below is not None),
        overseen=_outlets_in(officer.communes) if officer and officer.communes else frozenset(),
        in_office=officer is not None,
    )


def outlets_of(staff: Staff) -> Select[Outlet]:
    """The outlets they see, closed ones too, by code."""
    query = select(Outlet).order_by(Outlet.code)
    return query if staff.officer else query.where(Outlet.id.in_(staff.own | staff.supplied | staff.overseen))


def get_outlet(staff: Staff, code: str) -> Outlet:
    """The outlet with this code, if they see it. Raises NotFound, the same for a foreign and an unknown one."""
    outlet = db.session.scalar(outlets_of(staff).where(Outlet.code == code))
    if outlet is None:
        raise NotFound(code)
    return outlet


def live() -> Select[Membership, User, Outlet]:
    """All that count now, with the person and (officers: None) the outlet; officers first, then by outlet and name."""
    query = select(Membership, User, Outlet).join(User, User.id == Membership.user_id)
    query = query.outerjoin(Outlet, Outlet.id == Membership.outlet_id).where(Membership.ended_at.is_(None))
    return query.order_by(Outlet.code.is_not(None), Outlet.code, User.name, Membership.id)


def get_officer_role(user_id: int) -> Membership:
    """The membership that makes somebody an officer now. Raises NotFound."""
    live_one = (Membership.user_id == user_id, Membership.role == Role.OFFICER, Membership.ended_at.is_(None))
    membership = db.session.scalar(select(Membership).where(*live_one))
    if membership is None:
        raise NotFound(f"officer {user_id}")
    return membership


def assign(membership: Membership, communes: frozenset[str], *, actor: str, at: datetime) -> None:
    """The communes that this officer serves from now on; none for the whole programme."""
    before = frozenset(db.session.scalars(_assigned(membership.id)))
    if before == communes:
        return
    db.session.execute(delete(OfficerCommune).where(OfficerCommune.membership_id == membership.id))
    db.session.add_all(OfficerCommune(membership_id=membership.id, commune_code=code) for code in sorted(communes))
    db.session.flush()
    subject = f"user:{membership.user_id}"
    facts = {"before": sorted(before), "after": sorted(communes)}
    history.record("membership.assigned", subject, actor=actor, at=at, **facts)


def officers() -> list[tuple[User, Officer]]:
    """Everybody who is an officer now, by name; two queries."""
    rows = db.session.execute(live().where(Membership.role == Role.OFFICER)).all()
    served: dict[int, set[str]] = {membership.id: set() for membership, _, _ in rows}
    query = select(OfficerCommune.membership_id, OfficerCommune.commune_code)
    for key, commune in db.session.execute(query.where(OfficerCommune.membership_id.in_(served))):
        served[key].add(commune)
    found = [(user, Officer(user.id, user.name, frozenset(served[m.id]) or None)) for m, user, _ in rows]
    return sorted(found, key=lambda pair: (collation_key(pair[0].name), pair[0].id))


def reassign(user_id: int, communes: frozenset[str], *, by: Officer, at: datetime) -> None:
    """Another officer of the whole programme says which communes somebody serves; none for the whole programme.

    Raises Forbidden for one's own, and for who serves only some communes by now: two who narrow each other at the same
    moment take turns, so that there is always one left who serves all. Raises NotFound for who is no officer.
    """
    live_officers = (Membership.role == Role.OFFICER, Membership.ended_at.is_(None))
    query = select(Membership).where(*live_officers).order_by(Membership.id).with_for_update()
    mine = {membership.user_id: membership for membership in db.session.scalars(query)}
    if user_id not in mine:
        raise NotFound(f"officer {user_id}")
    me = mine.get(by.user_id)
    if user_id == by.user_id or me is None or db.session.scalars(_assigned(me.id)).first() is not None:
        raise Forbidden(f"{by.actor}: communes of user {user_id}")
    assign(mine[user_id], communes, actor=by.actor, at=at)


def _assigned(membership_id: int) -> Select[str]:
    return select(OfficerCommune.commune_code).where(OfficerCommune.membership_id == membership_id)


def _outlets_in(communes: frozenset[str]) -> frozenset[int]:
    return frozenset(db.session.scalars(select(Outlet.id).where(Outlet.commune_code.in_(communes))))


def grant(user: User, role: Role, outlet: Outlet | None, *, actor: str, at: datetime) -> Membership:
    """Make somebody a clerk or manager of an outlet, or an officer (outlet None). Raises Conflict when they are already."""
    outlet_id = outlet.id if outlet else None
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())  # two officers at once take turns
    same = select(Membership.id).where(
        Membership.user_id == user.id,
        Membership.role == role,
        Membership.outlet_id.is_(None) if outlet_id is None else Membership.outlet_id == outlet_id,
        Membership.ended_at.is_(None),
    )
    if db.session.scalar(same) is not None:
        raise Conflict(f"user {user.id} is {role} already")
    membership = Membership(user_id=user.id, role=role, outlet_id=outlet_id, granted_at=at)
    db.session.add(membership)
    db.session.flush()
    facts = {"role": role.value, "outlet": outlet.code if outlet else None, "before": None, "after": role.value}
    lies = outlet.commune_code if outlet else None
    history.record_in(lies, "membership.granted", f"user:{user.id}", actor=actor, at=at, **facts)
    return membership


def end(membership_id: int, *, actor: str, at: datetime) -> None:
    """From now on it does not count. Ending it again changes nothing. Raises NotFound."""
    membership = db.session.get(Membership, membership_id)
    if membership is None:
        raise NotFound(f"membership {membership_id}")
    ended = update(Membership).where(Membership.id == membership_id, Membership.ended_at.is_(None)).values(ended_at=at)
    if db.session.scalar(ended.returning(Membership.id).execution_options(synchronize_session="fetch")) is not None:
        subject, role = f"user:{membership.user_id}", membership.role.value
        outlet = db.session.get(Outlet, membership.outlet_id) if membership.outlet_id else None
        facts = {"role": role, "outlet": outlet.code if outlet else None, "before": role, "after": None}
        lies = outlet.commune_code if outlet else None
        history.record_in(lies, "membership.ended", subject, actor=actor, at=at, **facts)
