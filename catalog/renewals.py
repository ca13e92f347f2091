"""Certificates near their end: who is told 180, 90 and 30 days before, and what the officers have to do about it.

A notice exists once for each certificate and step, so however often the daily job runs, nobody is told twice. A notice
is open until an officer has seen to it, the product has a newer decision, or the certificate counts no longer.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, Index, Integer, Select, UniqueConstraint, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from catalog import history, jobs
from catalog.certificates import RENEWAL_DAYS, Certificate, CertificateState, Stage, stage_column
from catalog.clock import vietnam_day
from catalog.db import Base, BigKey, UtcDateTime, db, text_column
from catalog.errors import Conflict, Invalid
from catalog.memberships import Officer
from catalog.producers import Producer
from catalog.products import Product
from catalog.text import nfc

LONGEST_NOTE = 300
WAITING = (Stage.CANDIDATE, Stage.ASSESSED)


class RenewalNotice(Base):
    """Told that a certificate ends in ``days`` days (180, 90 or 30), or fewer. Open until ``seen_to_at``."""

    __tablename__ = "renewal_notices"
    __table_args__ = (
        UniqueConstraint("certificate_id", "days"),
        Index("ix_renewal_notices_seen_to_at", "seen_to_at"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"))
    days: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_to_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_to_by: Mapped[str] = mapped_column(text_column(64), default="")
    note_vi: Mapped[str] = mapped_column(text_column(LONGEST_NOTE), default="")


@dataclass(frozen=True, slots=True)
class Task:
    """One certificate that an officer has to see to. days: the nearest step it has reached."""

    certificate: Certificate
    product: Product
    producer: Producer
    days: int
    told_at: datetime

    def days_left(self, day: date) -> int:
        """Until it ends; 0 on its last."""
        return max(0, (self.certificate.expires_on - day).days) if self.certificate.expires_on else 0


def step_of(expires_on: date, day: date) -> int | None:
    """The nearest step that has been reached: 180, 90 or 30; None before the first and after the end."""
    left = (expires_on - day).days
    return min((step for step in RENEWAL_DAYS if left <= step), default=None) if left > 0 else None


def due(*, at: datetime) -> Select[Certificate]:
    """Certificates for which renewing is due, those that end first before the others."""
    return _near_end(at).order_by(Certificate.expires_on, Certificate.id)


def remind(*, at: datetime) -> int:
    """Tell of every certificate that has reached a step; enqueues a letter for each, once. Returns how many are new."""
    day, told = vietnam_day(at), 0
    for certificate in db.session.scalars(due(at=at)).all():
        step = step_of(certificate.expires_on, day) if certificate.expires_on else None
        if step is not None and _first(certificate.id, step, at):
            payload = {"certificate": certificate.id, "days": step}
            jobs.enqueue("mail.certificate_due", payload, at=at, key=f"mail.certificate_due:{certificate.id}:{step}")
            told += 1
    return told


def tasks(officer: Officer, *, at: datetime) -> list[Task]:
    """What waits for this officer, the certificate that ends first before the others; each once."""
    query = (
        select(RenewalNotice, Certificate, Product, Producer)
        .join(Certificate, Certificate.id == RenewalNotice.certificate_id)
        .join(Product, Product.id == Certificate.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .where(RenewalNotice.seen_to_at.is_(None), _still_due(at), officer.within(Product.commune_code))
        .order_by(Certificate.expires_on, Certificate.id, RenewalNotice.days.desc())
    )
    nearest = {row[1].id: row for row in db.session.execute(query)}
    return [Task(row[1], row[2], row[3], row[0].days, row[0].at) for row in nearest.values()]


def count_waiting(officer: Officer, *, at: datetime) -> int:
    """Certificates to see to and candidates that wait for points or for a decision, within the officer's communes."""
    waiting = or_(
        stage_column(at).in_([stage.value for stage in WAITING]),
        Certificate.id.in_(select(RenewalNotice.certificate_id).where(RenewalNotice.seen_to_at.is_(None)))
        & _still_due(at),
    )
    query = select(func.count(Certificate.id)).join(Product, Product.id == Certificate.product_id)
    return db.session.scalar(query.where(waiting, officer.within(Product.commune_code))) or 0


def see_to(certificate: Certificate, product: Product, note_vi: str, *, by: Officer, at: datetime) -> None:
    """The officer has spoken to the producer; the task is done until the next step.

    note_vi: what came of it. Raises NotFound, Invalid, Conflict when there is no such task any more.
    """
    by.must_see(product.commune_code)
    note = nfc(note_vi)
    if not note:
        raise Invalid("note_vi", "required")
    if len(note) > LONGEST_NOTE:
        raise Invalid("note_vi", "too_long", most=LONGEST_NOTE)
    closed = (
        update(RenewalNotice)
        .where(RenewalNotice.certificate_id == certificate.id, RenewalNotice.seen_to_at.is_(None))
        .values(seen_to_at=at, seen_to_by=by.actor, note_vi=note)
        .returning(RenewalNotice.days)
        .execution_options(synchronize_session="fetch")
    )
    days = list(db.session.scalars(closed))
    if not days:
        raise Conflict(f"certificate {certificate.id}: nothing to see to")
    facts = {"certificate": certificate.id, "number": certificate.number, "days": min(days), "note": note}
    history.record("certificate.seen_to", f"product:{product.code}", actor=by.actor, at=at, **facts)


def still_due(certificate_id: int, *, at: datetime) -> bool:
    """Whether its end still is anybody's concern: it may have been renewed or revoked since."""
    return db.session.scalar(_near_end(at).where(Certificate.id == certificate_id)) is not None


def _near_end(at: datetime) -> Select[Certificate]:
    day = vietnam_day(at)
    soon = Certificate.expires_on <= day + timedelta(days=RENEWAL_DAYS[0])
    return select(Certificate).where(
        Certificate.state == CertificateState.CERTIFIED, Certificate.expires_on > day, soon, _still_due(at)
    )


def _still_due(at: datetime) -> ColumnElement[bool]:
    return stage_column(at) == Stage.RENEWAL_DUE.value


def _first(certificate_id: int, days: int, at: datetime) -> bool:
    """Whether nobody has been told of this step before."""
    insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = insert(RenewalNotice).values(certificate_id=certificate_id, days=days, at=at, seen_to_by="", note_vi="")
    new = row.on_conflict_do_nothing(index_elements=["certificate_id", "days"]).returning(RenewalNotice.id)
    return db.session.scalar(new) is not None
