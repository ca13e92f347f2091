"""Lots: every unit on a shelf belongs to one batch of one variant. First expired is first sold."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Date, ForeignKey, ScalarSelect, Text, UniqueConstraint, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.products import Variant


class LotState(StrEnum):
    """Only sellable lots are offered; the other two stop a lot everywhere at once."""

    SELLABLE = "sellable"
    QUARANTINED = "quarantined"
    RECALLED = "recalled"


NEXT: dict[LotState, frozenset[LotState]] = {
    LotState.SELLABLE: frozenset({LotState.QUARANTINED, LotState.RECALLED}),
    LotState.QUARANTINED: frozenset({LotState.SELLABLE, LotState.RECALLED}),
    LotState.RECALLED: frozenset(),
}
UNDATED = "KHONG-HAN"
"""The code of a variant's lot of goods that name neither lot nor day."""


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


def find_lot(variant_id: int, code: str) -> Lot | None:
    """The lot of this variant with this code, in capitals or not, as it is now."""
    query = select(Lot).where(Lot.variant_id == variant_id, coded(code)).order_by(Lot.code != code, Lot.id).limit(1)
    return db.session.scalar(query.execution_options(populate_existing=True))


def coded(code: str) -> ColumnElement[bool]:
    """Lots of this code, as it is written on a label or typed in small letters."""
    return or_(Lot.code == code, func.upper(Lot.code) == code.upper())


def take_turns(variant_ids: Collection[int] | ScalarSelect[int]) -> None:
    """Until the transaction ends nobody else opens a lot of these variants, or changes its days. Call it once."""
    mine = select(Variant.id).where(Variant.id.in_(variant_ids)).order_by(Variant.id)
    db.session.execute(mine.with_for_update(key_share=True)).all()


def open_lot(variant_id: int, code: str, *, made_on: date | None, best_before: date | None) -> Lot:
    """The lot with this code, made if there is none. Two who make it in one instant get the same one."""
    lot = find_lot(variant_id, code)
    if lot is not None:
        return lot
    lot = Lot(variant_id=variant_id, code=code, made_on=made_on, best_before=best_before)
    try:
        with db.session.begin_nested():
            db.session.add(lot)
    except IntegrityError:
        query = select(Lot).where(Lot.variant_id == variant_id, Lot.code == code)
        return db.session.scalars(query).one()
    return lot


def code_for(written: str, *, made_on: date | None, best_before: date | None) -> str:
    """What a lot is called: as its label says, else after its last day, its first day, or as undated."""
    if written:
        return written
    if best_before:
        return f"HSD-{best_before:%Y%m%d}"
    return f"NSX-{made_on:%Y%m%d}" if made_on else UNDATED
