"""OCOP certificates: who vouches for a product's stars, and until when.

Stars shown anywhere come from ``current(at=)`` or ``valid(day)`` and from nowhere else. A certificate is valid on the
days from its signing (included) to its expiry (not included): 36 months for an ordinary one.

Where a certificate is in its life is never stored: ``stage`` derives it from its days, its points and the decisions
that came after it. What officers write down is in ``decisions``.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Select,
    Text,
    and_,
    case,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from catalog.clock import vietnam_day
from catalog.criteria import IssuerLevel, stars_of
from catalog.db import Base, BigKey, db, enum_column, text_column
from catalog.products import Product

VALIDITY_MONTHS = 36
RENEWAL_DAYS = (180, 90, 30)
"""Days before the end at which renewing becomes due, more and more."""


class CertificateState(StrEnum):
    """A candidate has been assessed at most; only a certified one carries stars; a revoked one no longer does."""

    CANDIDATE = "candidate"
    CERTIFIED = "certified"
    REVOKED = "revoked"


NEXT: dict[CertificateState, frozenset[CertificateState]] = {
    CertificateState.CANDIDATE: frozenset({CertificateState.CERTIFIED}),
    CertificateState.CERTIFIED: frozenset({CertificateState.REVOKED}),
    CertificateState.REVOKED: frozenset(),
}


class Stage(StrEnum):
    """Where in its life a certificate is on a day."""

    CANDIDATE = "candidate"
    """Put forward, without points so far."""
    ASSESSED = "assessed"
    """Has the points for stars; nobody has decided."""
    BELOW = "below"
    """Has fewer points than three stars begin at."""
    WITHDRAWN = "withdrawn"
    UPCOMING = "upcoming"
    """Signed after that day."""
    CERTIFIED = "certified"
    RENEWAL_DUE = "renewal_due"
    """Valid, and near its end."""
    RENEWED = "renewed"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    LAPSED = "lapsed"
    REVOKED = "revoked"


_OPEN = text("state = 'candidate' AND withdrawn_on IS NULL")


class Certificate(Base):
    """One decision about one product. ``slug`` is the number as an address; ``score`` out of 100.

    ``score_a`` … ``score_c``: the three parts of the score, in the order of ``criteria``.    ``scan``: the name of the
    kept picture or PDF of the decision.    ``revocation_*``: of the decision that took it back, from ``revoked_on`` on.
    ``version`` grows with every change.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        CheckConstraint(
            "state = 'candidate' OR (stars IS NOT NULL AND stars BETWEEN 3 AND 5 AND number <> '')",
            name="certified_has_stars",
        ),
        CheckConstraint(
            "state = 'candidate' OR (signed_on IS NOT NULL AND expires_on IS NOT NULL)", name="certified_has_days"
        ),
        CheckConstraint("state <> 'revoked' OR revoked_on IS NOT NULL", name="revoked_has_day"),
        Index("ix_certificates_product_id_signed_on", "product_id", "signed_on"),
        Index("ix_certificates_slug", "slug"),
        Index("ix_certificates_expires_on", "expires_on"),
        Index("uq_certificates_decision", "issuer_vi", "number", "signed_on", "product_id", unique=True),
        Index("uq_certificates_candidacy", "product_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    number: Mapped[str] = mapped_column(text_column(64), default="")
    slug: Mapped[str] = mapped_column(text_column(64), default="")
    state: Mapped[CertificateState] = mapped_column(enum_column(CertificateState))
    stars: Mapped[int | None] = mapped_column(Integer)
    score: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    issuer_vi: Mapped[str] = mapped_column(text_column(160))
    issuer_level: Mapped[IssuerLevel] = mapped_column(enum_column(IssuerLevel))
    signed_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    revoked_on: Mapped[date | None] = mapped_column(Date)
    note_vi: Mapped[str] = mapped_column(Text, default="")
    score_a: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    score_b: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    score_c: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    assessed_on: Mapped[date | None] = mapped_column(Date)
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    scan: Mapped[str] = mapped_column(text_column(64), default="")
    revocation_number: Mapped[str] = mapped_column(text_column(64), default="")
    revocation_issuer_vi: Mapped[str] = mapped_column(text_column(160), default="")
    revocation_reason: Mapped[str] = mapped_column(text_column(500), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)

    product: Mapped[Product] = relationship(lazy="raise_on_sql")

    def valid_on(self, day: date) -> bool:
        """Whether its stars were to be shown on that day of Vietnam's calendar."""
        if self.state is CertificateState.CANDIDATE or self.signed_on is None or self.expires_on is None:
            return False
        ended = min(self.expires_on, self.revoked_on or self.expires_on)
        return self.signed_on <= day < ended

    @property
    def pending(self) -> bool:
        """Whether it is a candidate that may still become something."""
        below = self.score is not None and stars_of(self.score) is None
        return self.state is CertificateState.CANDIDATE and self.withdrawn_on is None and not below

    def stands_on(self, day: date) -> bool:
        """Whether it had been decided and not been taken back by that day; it may have run out."""
        decided = self.state is not CertificateState.CANDIDATE and self.signed_on is not None and self.signed_on <= day
        return decided and (self.revoked_on is None or self.revoked_on > day)


def valid(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """SQL twin of ``Certificate.valid_on``."""
    return and_(
        Certificate.state != CertificateState.CANDIDATE,
        Certificate.signed_on <= day,
        Certificate.expires_on > day,
        or_(Certificate.revoked_on.is_(None), Certificate.revoked_on > day),
    )


def current(product_ids: list[int], *, at: datetime) -> dict[int, Certificate]:
    """The certificate that counts now for each of these products; a product without one is absent.

    Where two are valid (three stars, then raised to four) the later decision counts.
    """
    query = select(Certificate).where(Certificate.product_id.in_(product_ids), valid(vietnam_day(at)))
    rows = db.session.scalars(query.order_by(Certificate.signed_on, Certificate.id))
    return {row.product_id: row for row in rows}


def successor(certificate: Certificate, others: Iterable[Certificate], *, at: datetime) -> Certificate | None:
    """The decision about the same product that came next and stands; None for a candidate and for the newest.

    others: at least all decisions about the product; what is about other products is passed over.
    """
    day, here = vietnam_day(at), _order(certificate)
    if certificate.signed_on is None:
        return None
    mine = (other for other in others if other.product_id == certificate.product_id and other.stands_on(day))
    return min((other for other in mine if _order(other) > here), key=_order, default=None)


def stage(certificate: Certificate, others: Iterable[Certificate], *, at: datetime) -> Stage:
    """Where it is in its life at this instant. others: as for ``successor``."""
    day = vietnam_day(at)
    if certificate.signed_on is None or certificate.expires_on is None:
        if certificate.withdrawn_on is not None:
            return Stage.WITHDRAWN
        if certificate.score is None:
            return Stage.CANDIDATE
        return Stage.ASSESSED if stars_of(certificate.score) else Stage.BELOW
    if certificate.signed_on > day:
        return Stage.UPCOMING
    if certificate.revoked_on is not None and certificate.revoked_on <= day:
        return Stage.REVOKED
    if (following := successor(certificate, others, at=at)) is not None:
        mine, theirs = certificate.stars or 0, following.stars or 0
        if mine == theirs:
            return Stage.RENEWED
        return Stage.UPGRADED if theirs > mine else Stage.DOWNGRADED
    if certificate.expires_on <= day:
        return Stage.LAPSED
    return Stage.RENEWAL_DUE if certificate.expires_on <= _due_from(day) else Stage.CERTIFIED


def stage_column(at: datetime) -> ColumnElement[str]:
    """SQL twin of ``stage``."""
    day, later = vietnam_day(at), aliased(Certificate)
    after = or_(
        later.signed_on > Certificate.signed_on,
        and_(later.signed_on == Certificate.signed_on, later.id > Certificate.id),
    )
    following = (
        select(later.stars)
        .where(later.product_id == Certificate.product_id, later.state != CertificateState.CANDIDATE, after)
        .where(later.signed_on <= day, or_(later.revoked_on.is_(None), later.revoked_on > day))
        .order_by(later.signed_on, later.id)
        .limit(1)
        .correlate(Certificate)
        .scalar_subquery()
    )
    candidate = Certificate.signed_on.is_(None)
    order: list[tuple[ColumnElement[bool], Stage]] = [
        (and_(candidate, Certificate.withdrawn_on.is_not(None)), Stage.WITHDRAWN),
        (and_(candidate, Certificate.score.is_(None)), Stage.CANDIDATE),
        (and_(candidate, Certificate.score >= 50), Stage.ASSESSED),
        (candidate, Stage.BELOW),
        (Certificate.signed_on > day, Stage.UPCOMING),
        (Certificate.revoked_on <= day, Stage.REVOKED),
        (following == Certificate.stars, Stage.RENEWED),
        (following > Certificate.stars, Stage.UPGRADED),
        (following < Certificate.stars, Stage.DOWNGRADED),
        (Certificate.expires_on <= day, Stage.LAPSED),
        (Certificate.expires_on <= _due_from(day), Stage.RENEWAL_DUE),
    ]
    return case(*((when, literal(then.value)) for when, then in order), else_=literal(Stage.CERTIFIED.value))


def lapsed_on(product_ids: Iterable[int], *, at: datetime) -> dict[int, date]:
    """The day from which each of these products has no stars because its last certificate ran out.

    Absent: who has a valid one, who never had one, and whose last one was revoked.
    """
    day = vietnam_day(at)
    query = select(Certificate).where(
        Certificate.product_id.in_(list(product_ids)),
        Certificate.state != CertificateState.CANDIDATE,
        Certificate.signed_on <= day,
    )
    last: dict[int, tuple[date, bool]] = {}
    for row in db.session.scalars(query):
        if row.expires_on is not None:
            revoked = row.revoked_on is not None and row.revoked_on < row.expires_on
            end = row.revoked_on if revoked and row.revoked_on else row.expires_on
            last[row.product_id] = max(last.get(row.product_id, (end, revoked)), (end, revoked))
    return {product: end for product, (end, revoked) in last.items() if end <= day and not revoked}


def of_product(product_id: int) -> Select[Certificate]:
    """All decisions about one product, newest first, candidates before all."""
    query = select(Certificate).where(Certificate.product_id == product_id)
    return query.order_by(Certificate.signed_on.is_not(None), Certificate.signed_on.desc(), Certificate.id.desc())


def numbered(slug: str) -> Select[Certificate]:
    """All certificates under one decision number (as an address); a candidate has none."""
    decided = Certificate.state != CertificateState.CANDIDATE
    return select(Certificate).where(Certificate.slug == slug, decided).order_by(Certificate.id)


def _order(certificate: Certificate) -> tuple[date, int]:
    return certificate.signed_on or date.min, certificate.id


def _due_from(day: date) -> date:
    return day + timedelta(days=RENEWAL_DAYS[0])
