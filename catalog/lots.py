"""Lots: every unit on a shelf belongs to one batch of one variant. First expired is first sold."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base, BigKey, enum_column, text_column
from catalog.products import Variant


class LotState(StrEnum):
    """Only sellable lots are offered; the other two stop a lot everywhere at once."""

    SELLABLE = "sellable"
    QUARANTINED = "quarantined"
    RECALLED = "recalled"


class Lot(Base):
    """One batch. ``best_before`` is the last day it may be sold; None for goods that do not age."""

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("variant_id", "code"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    code: Mapped[str] = mapped_column(text_column(40))
    made_on: Mapped[date | None] = mapped_column(Date)
    best_before: Mapped[date | None] = mapped_column(Date)
    state: Mapped[LotState] = mapped_column(enum_column(LotState), default=LotState.SELLABLE)

    variant: Mapped[Variant] = relationship(lazy="raise_on_sql")
