"""Lots: every unit on a shelf belongs to one batch of one variant. First expired is first sold."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base, BigKey, UtcDateTime, enum_column, text_column
from catalog.products import Variant


class LotState(StrEnum):
    """Only sellable lots are offered; the other two stop a lot everywhere at once."""

    SELLABLE = "sellable"
    QUARANTINED = "quarantined"
    RECALLED = "recalled"


class Lot(Base):
    """One batch. ``best_before`` is the last day it may be sold; None for goods that do not age.

    ``tests``: what was tested, by whom, when.    ``stop_reason``, ``stopped_at``: why and since when it is not
    sellable, else empty.
    """

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("variant_id", "code"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    code: Mapped[str] = mapped_column(text_column(40))
    made_on: Mapped[date | None] = mapped_column(Date)
    best_before: Mapped[date | None] = mapped_column(Date)
    tests: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[LotState] = mapped_column(enum_column(LotState), default=LotState.SELLABLE)
    stop_reason: Mapped[str] = mapped_column(text_column(300), default="")
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    variant: Mapped[Variant] = relationship(lazy="raise_on_sql")
