"""OCOP certificates: who vouches for a product's stars, and until when.

Stars shown anywhere come from ``current(at=)`` or ``stars_column(at=)`` and from nowhere else. A certificate is
valid on the days from its signing (included) to its expiry (not included): 36 months for an ordinary one.
"""

from datetime import date, datetime
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
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from catalog.clock import vietnam_day
from catalog.db import Base, BigKey, db, enum_column, text_column
from catalog.products import Product

VALIDITY_MONTHS = 36


class CertificateState(StrEnum):
    """A candidate has been assessed at most; only a certified one carries stars; a revoked one no longer does."""

    CANDIDATE = "candidate"
    CERTIFIED = "certified"
    REVOKED = "revoked"


class IssuerLevel(StrEnum):
    """Which level of government signed."""

    DISTRICT = "district"
    PROVINCE = "province"
    MINISTRY = "ministry"


class Certificate(Base):
    """One decision about one product. ``slug`` is the number as an address; ``score`` out of 100."""

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
        Index("uq_certificates_decision", "issuer_vi", "number", "signed_on", "product_id", unique=True),
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

    product: Mapped[Product] = relationship(lazy="raise_on_sql")

    def valid_on(self, day: date) -> bool:
        """Whether its stars were to be shown on that day of Vietnam's calendar."""
        if self.state is CertificateState.CANDIDATE or self.signed_on is None or self.expires_on is None:
            return False
        ended = min(self.expires_on, self.revoked_on or self.expires_on)
        return self.signed_on <= day < ended


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


def of_product(product_id: int) -> Select[Certificate]:
    """All decisions about one product, newest first, candidates before all."""
    query = select(Certificate).where(Certificate.product_id == product_id)
    return query.order_by(Certificate.signed_on.is_not(None), Certificate.signed_on.desc(), Certificate.id.desc())


def numbered(slug: str) -> Select[Certificate]:
    """All certificates under one decision number (as an address)."""
    return select(Certificate).where(Certificate.slug == slug).order_by(Certificate.id)
