"""Applications to join the programme ("hồ sơ đăng ký"): a producer asks, an officer of its commune verifies and answers.

An accepted one makes the producer, or finds it among those that somebody entered before and nobody writes for yet; the
person who applied is invited to be its first member. A refused one has its reason. Each is answered once. The same
number is in one open application at a time. What was refused is forgotten after a year.
"""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, Text, delete, exists, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history, jobs, maker_invitations, people, places, references, registrations
from catalog.clock import vietnam_day
from catalog.db import Base, BigKey, UtcDateTime, count_rows, db, enum_column, text_column
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.importing import cells
from catalog.importing.announce import announce
from catalog.importing.slugs import Slugs
from catalog.makers import ProducerMember
from catalog.memberships import Officer
from catalog.producers import LegalForm, Producer
from catalog.text import collation_key

PREFIX = "HS"
CODE_PREFIX = "NS"
"""Of the codes of producers that joined by an application."""
LONGEST_MAKES = 1000
LONGEST_REASON = 500
KEEP_REFUSED = timedelta(days=365)


class ApplicationState(StrEnum):
    """Where it is in its life."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"


NEXT: Mapping[ApplicationState, frozenset[ApplicationState]] = {
    ApplicationState.RECEIVED: frozenset({ApplicationState.ACCEPTED, ApplicationState.REFUSED}),
    ApplicationState.ACCEPTED: frozenset(),
    ApplicationState.REFUSED: frozenset(),
}

_OPEN = text("state = 'received'")


class Application(Base):
    """One application. ``consent``: the version of the text agreed to, at ``received_at``; ``reason``: of a refusal."""

    __tablename__ = "applications"
    __table_args__ = (
        CheckConstraint("(state = 'received') = (decided_at IS NULL)", name="decided_at_a_time"),
        CheckConstraint("(state = 'accepted') = (producer_id IS NOT NULL)", name="accepted_has_producer"),
        Index("ix_applications_state_received_at", "state", "received_at"),
        Index(
            "uq_applications_open_registration", "registration", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    reference: Mapped[str] = mapped_column(text_column(16), unique=True)
    name_vi: Mapped[str] = mapped_column(text_column(160))
    legal_form: Mapped[LegalForm] = mapped_column(enum_column(LegalForm))
    registration: Mapped[str] = mapped_column(text_column(20))
    commune_code: Mapped[str] = mapped_column(text_column(5))
    address_vi: Mapped[str] = mapped_column(text_column(200))
    contact_name: Mapped[str] = mapped_column(text_column(120))
    phone: Mapped[str] = mapped_column(text_column(16))
    email: Mapped[str] = mapped_column(text_column(254))
    makes: Mapped[str] = mapped_column(Text)
    consent: Mapped[str] = mapped_column(text_column(16))
    state: Mapped[ApplicationState] = mapped_column(enum_column(ApplicationState), default=ApplicationState.RECEIVED)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(text_column(64), default="")
    reason: Mapped[str] = mapped_column(text_column(LONGEST_REASON), default="")
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producers.id"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a producer says of itself. phone: in national form; registration: as written; consent: version of the text."""

    name_vi: str
    legal_form: LegalForm
    registration: str
    commune_code: str
    address_vi: str
    contact_name: str
    phone: str
    email: str
    makes: str
    consent: str


@dataclass(frozen=True, slots=True)
class Namesake:
    """A producer that this may be. members: how many write for it; same_number: it has the application's number."""

    producer: Producer
    members: int
    same_number: bool


class AlreadyOpen(Conflict):
    """An application with this number waits for its answer."""


class AlreadyDecided(Conflict):
    """Another officer was quicker. state, by (an actor), at: of the answer."""

    def __init__(self, application: Application) -> None:
        super().__init__(f"{application.reference} is {application.state}")
        self.state = application.state
        self.by = application.decided_by
        self.at = application.decided_at


class HasMembers(Conflict):
    """Somebody writes for this producer already: they invite others themselves. code: of the producer."""

    def __init__(self, code: str) -> None:
        super().__init__(f"producer {code} has members")
        self.code = code


def waiting(officer: Officer) -> Select[Application]:
    """Those that an officer may answer, the oldest first."""
    query = select(Application).where(
        Application.state == ApplicationState.RECEIVED, officer.within(Application.commune_code)
    )
    return query.order_by(Application.received_at, Application.id)


def decided(officer: Officer) -> Select[Application]:
    """Those answered in an officer's communes, the latest answer first."""
    query = select(Application).where(
        Application.state != ApplicationState.RECEIVED, officer.within(Application.commune_code)
    )
    return query.order_by(Application.decided_at.desc(), Application.id.desc())


def count_waiting(officer: Officer) -> int:
    """How many wait for an answer that this officer may give."""
    return count_rows(waiting(officer))


def get_application(reference: str) -> Application:
    """As it is now, whatever was read before. Raises NotFound."""
    query = select(Application).where(Application.reference == references.read_reference(PREFIX, reference))
    application = db.session.scalar(query.execution_options(populate_existing=True))
    if application is None:
        raise NotFound(reference)
    return application


def namesakes(application: Application) -> list[Namesake]:
    """Producers with the same number; and those of the same commune for which nobody writes and no number is known."""
    live = (
        select(func.count(ProducerMember.id))
        .where(ProducerMember.producer_id == Producer.id, ProducerMember.left_at.is_(None))
        .correlate(Producer)
        .scalar_subquery()
    )
    free = (Producer.commune_code == application.commune_code) & (Producer.registration == "") & (live == 0)
    query = select(Producer, live).where(or_(Producer.registration == application.registration, free))
    found = [
        Namesake(producer, members, producer.registration == application.registration)
        for producer, members in db.session.execute(query)
    ]
    return sorted(found, key=lambda each: (not each.same_number, collation_key(each.producer.name_vi)))


def apply(asked: Asked, *, at: datetime) -> Application:
    """Hand an application in; a letter says that it has come.

    Raises Invalid("registration", …) as ``registrations.read`` does, Invalid("commune", "unknown") for a commune that is
    not of our province, AlreadyOpen for a number that is in an open application.
    """
    number = registrations.read(asked.registration, asked.legal_form)
    commune = places.find_commune(asked.commune_code)
    if commune is None or commune.province_code != places.HOME:
        raise Invalid("commune", "unknown")
    application = Application(
        reference=references.new_reference(PREFIX, Application.reference),
        name_vi=asked.name_vi,
        legal_form=asked.legal_form,
        registration=number,
        commune_code=commune.code,
        address_vi=asked.address_vi,
        contact_name=asked.contact_name,
        phone=asked.phone,
        email=asked.email.strip().lower(),
        makes=asked.makes,
        consent=asked.consent,
        received_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(application)
    except IntegrityError:
        raise AlreadyOpen(number) from None
    _note("received", application, actor="applicant", at=at, consent=asked.consent)
    jobs.enqueue("mail.application_received", {"application": application.reference}, at=at)
    return application


def accept(application: Application, *, existing: str | None, by: Officer, at: datetime) -> Producer:
    """Take the producer into the programme and invite who applied; the letter brings them the link.

    existing: code of the producer that this is; None makes a new one. Raises NotFound for a foreign commune,
    AlreadyDecided, Invalid("existing", "unknown") for one that it cannot be, Invalid("existing", "taken", code=…) when
    the number belongs to another, HasMembers.
    """
    _take(application, by)
    producer = _existing(application, existing) if existing else _new(application, at=at)
    _decide(application, ApplicationState.ACCEPTED, producer_id=producer.id, by=by, at=at)
    _note("accepted", application, actor=by.actor, at=at, producer=producer.code, new=existing is None)
    before = {"registration": registrations.covered(producer.registration), "joined_on": _iso(producer)}
    producer.registration = application.registration
    producer.joined_on = producer.joined_on or vietnam_day(at)
    db.session.flush()
    after = {"registration": registrations.covered(producer.registration), "joined_on": _iso(producer)}
    subject = f"producer:{producer.code}"
    history.record("producer.joined", subject, actor=by.actor, at=at, before=before, after=after)
    maker_invitations.invite(
        producer, application.email, name=application.contact_name, about=application.reference, actor=by.actor, at=at
    )
    announce((), at=at)
    return producer


def refuse(application: Application, reason: str, *, by: Officer, at: datetime) -> None:
    """Send it back with a reason, which the letter repeats.

    Raises NotFound for a foreign commune, Invalid("reason", …) with ``required`` or ``too_long``, AlreadyDecided.
    """
    _take(application, by)
    if not reason:
        raise Invalid("reason", "required")
    if len(reason) > LONGEST_REASON:
        raise Invalid("reason", "too_long", most=LONGEST_REASON)
    _decide(application, ApplicationState.REFUSED, reason=reason, by=by, at=at)
    _note("refused", application, actor=by.actor, at=at, reason=reason)
    jobs.enqueue("mail.application_refused", {"application": application.reference}, at=at)


def forget_refused(*, at: datetime) -> None:
    """Delete what was refused long ago: nobody needs these persons' data any more."""
    old = (Application.state == ApplicationState.REFUSED, Application.decided_at < at - KEEP_REFUSED)
    db.session.execute(delete(Application).where(*old).execution_options(synchronize_session=False))


def _take(application: Application, by: Officer) -> None:
    """Lock an open one for the rest of the transaction. Raises Forbidden for who asked to join with it themselves."""
    by.must_see(application.commune_code)
    applicant = people.find_by_email(application.email)
    if applicant is not None and applicant.id == by.user_id:
        raise Forbidden(f"{by.actor}: {application.reference} is their own")
    db.session.refresh(application, with_for_update=True)
    if application.state is not ApplicationState.RECEIVED:
        raise AlreadyDecided(application)


def _existing(application: Application, code: str) -> Producer:
    found = {each.producer.code: each for each in namesakes(application)}
    if code not in found:
        raise Invalid("existing", "unknown", code=code)
    producer = found[code].producer
    db.session.execute(select(Producer.id).where(Producer.id == producer.id).with_for_update())
    of_it = (ProducerMember.producer_id == producer.id, ProducerMember.left_at.is_(None))
    if db.session.scalar(select(exists().where(*of_it))):
        raise HasMembers(code)
    _must_be_free(application, but=producer.id)
    return producer


def _new(application: Application, *, at: datetime) -> Producer:
    _must_be_free(application)
    commune = places.get_commune(application.commune_code)
    code = references.new_reference(CODE_PREFIX, Producer.code)
    slugs = Slugs((slug, owner) for slug, owner in db.session.execute(select(Producer.slug, Producer.code)))
    producer = Producer(
        code=code,
        slug=slugs.take(code, application.name_vi, commune.name),
        name_vi=application.name_vi,
        legal_form=application.legal_form,
        commune_code=commune.code,
        district_code=commune.old_district_code or "",
        address_vi=application.address_vi,
        phone=cells.phone(application.phone),
        email=application.email,
        summary_vi=textwrap.shorten(application.makes, 200, placeholder="…"),
        registration="",
    )
    db.session.add(producer)
    db.session.flush()
    return producer


def _must_be_free(application: Application, *, but: int = 0) -> None:
    other = select(Producer.code).where(Producer.registration == application.registration, Producer.id != but)
    code = db.session.scalar(other.limit(1))
    if code is not None:
        raise Invalid("existing", "taken", code=code)


def _decide(application: Application, to: ApplicationState, *, by: Officer, at: datetime, **values: object) -> None:
    allowed = [state for state, following in NEXT.items() if to in following]
    mine = update(Application).where(Application.id == application.id, Application.state.in_(allowed))
    moved = mine.values(state=to, decided_at=at, decided_by=by.actor, **values).returning(Application.id)
    found = db.session.scalar(moved.execution_options(synchronize_session=False))
    db.session.refresh(application)
    if found is None:  # not while its row is locked
        raise AlreadyDecided(application)


def _iso(producer: Producer) -> str | None:
    return producer.joined_on.isoformat() if producer.joined_on else None


def _note(verb: str, application: Application, *, actor: str, at: datetime, **facts: object) -> None:
    history.record(f"application.{verb}", f"application:{application.reference}", actor=actor, at=at, **facts)
