"""Support that the programme gave: to whom, what, how much, and out of which fund.

Support is to a producer, or to a commune as a whole. It is corrected, never deleted, like a visit.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, Select, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history, localities
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, Invalid, NotFound
from catalog.memberships import Officer
from catalog.producers import Producer

FUND_LENGTH, TEXT_LENGTH, REASON_LENGTH = 200, 1_000, 300
MOST = 10_000_000_000
"""Đồng; more is a slip of the finger."""


class SupportKind(StrEnum):
    """What was given."""

    TRAINING = "training"
    EQUIPMENT = "equipment"
    LABEL = "label"
    """Labels, packing, brand, trace codes."""
    TESTING = "testing"
    PROMOTION = "promotion"
    LOAN = "loan"
    """Interest on a loan."""
    OTHER = "other"


class Support(Base):
    """One act of support. ``amount``: đồng; None where it was given in kind and nobody put a price on it."""

    __tablename__ = "supports"
    __table_args__ = (
        CheckConstraint("amount IS NULL OR amount > 0", name="amount_positive"),
        Index("ix_supports_commune_code", "commune_code"),
        Index("ix_supports_given_on", "given_on"),
        Index("ix_supports_producer_id", "producer_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    kind: Mapped[SupportKind] = mapped_column(enum_column(SupportKind))
    commune_code: Mapped[str] = mapped_column(text_column(5))
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producers.id"))
    given_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    fund: Mapped[str] = mapped_column(text_column(FUND_LENGTH))
    what: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)


@dataclass(frozen=True, slots=True)
class SupportFacts:
    """What somebody writes down. producer_id: None for a commune as a whole.    amount: đồng, None for unpriced."""

    kind: SupportKind
    commune_code: str
    producer_id: int | None
    given_on: date
    amount: int | None
    fund: str
    what: str


def supports(officer: Officer) -> Select[Support, Producer]:
    """What an officer may see, each with its producer (None without one), newest first."""
    query = select(Support, Producer).outerjoin(Producer, Producer.id == Support.producer_id)
    query = query.where(officer.within(Support.commune_code))
    return query.order_by(Support.given_on.desc(), Support.id.desc())


def get_support(support_id: int, officer: Officer) -> Support:
    """Raises NotFound, the same for an unknown one and one in a commune they do not serve."""
    support = db.session.get(Support, support_id, populate_existing=True)
    if support is None:
        raise NotFound(f"support {support_id}")
    officer.must_see(support.commune_code)
    return support


def facts_of(support: Support) -> SupportFacts:
    """What is written down now."""
    return SupportFacts(
        support.kind, support.commune_code, support.producer_id, support.given_on, support.amount, support.fund,
        support.what,
    )  # fmt: skip


def record(facts: SupportFacts, *, by: Officer, at: datetime) -> Support:
    """Write support down.

    Raises Invalid("commune_code" | "producer_id" | "given_on" | "amount" | "fund" | "what", …).
    """
    checked = _checked(facts, by=by, at=at)
    support = Support(**asdict(checked), written_at=at, version=1)
    db.session.add(support)
    db.session.flush()
    history.record("support.recorded", subject_of(support), actor=by.actor, at=at, after=_told(checked))
    return support


def correct(support: Support, facts: SupportFacts, *, reason: str, version: int, by: Officer, at: datetime) -> None:
    """Put right what was written. version: the one that was on the page.

    Raises Invalid as ``record`` and ("reason", …), NotFound, Conflict when somebody else has corrected it meanwhile.
    """
    by.must_see(support.commune_code)
    checked = _checked(facts, by=by, at=at)
    words = localities.words("reason", reason, REASON_LENGTH)
    before = _told(facts_of(support))
    changed = update(Support).where(Support.id == support.id, Support.version == version)
    changed = changed.values(asdict(checked) | {"version": version + 1}).returning(Support.id)
    if db.session.scalar(changed.execution_options(synchronize_session=False)) is None:
        raise Conflict(f"support {support.id}: no longer version {version}")
    db.session.refresh(support)
    after = _told(checked)
    history.record(
        "support.corrected", subject_of(support), actor=by.actor, at=at, before=before, after=after, reason=words
    )


def subject_of(support: Support) -> str:
    """Its name in the history."""
    return f"support:{support.id}"


def _checked(facts: SupportFacts, *, by: Officer, at: datetime) -> SupportFacts:
    """With its words tidied and its commune taken from the producer."""
    commune_code = localities.settle(facts.commune_code, facts.producer_id, by=by)
    localities.must_be_past("given_on", facts.given_on, at=at)
    if facts.amount is not None and not 0 < facts.amount <= MOST:
        raise Invalid("amount", "range", most=MOST)
    return SupportFacts(
        kind=facts.kind,
        commune_code=commune_code,
        producer_id=facts.producer_id,
        given_on=facts.given_on,
        amount=facts.amount,
        fund=localities.words("fund", facts.fund, FUND_LENGTH),
        what=localities.words("what", facts.what, TEXT_LENGTH),
    )


def _told(facts: SupportFacts) -> dict[str, Any]:
    return asdict(facts) | {"given_on": facts.given_on.isoformat(), "kind": facts.kind.value}
