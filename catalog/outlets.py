"""The 58 places where people buy, collect and ask: sales points and the centres that supply them."""

from enum import StrEnum

from sqlalchemy import Boolean, Float, ForeignKey, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, BigKey, db, enum_column, text_column
from catalog.errors import NotFound
from catalog.holidays import EXPECTED, Holidays
from catalog.hours import OpeningHours, parse_days


class OutletLevel(StrEnum):
    """Whom an outlet serves; a centre supplies the level below it."""

    SALES_POINT = "sales_point"
    DISTRICT_CENTRE = "district_centre"
    PROVINCIAL_CENTRE = "provincial_centre"
    REGIONAL_CENTRE = "regional_centre"


class Outlet(Base):
    """One place. ``lat``/``lon`` in degrees (WGS 84), ``hours`` in the written form of ``catalog.hours``.

    ``closed_days``, in the same module's form: its own, on top of the public holidays.
    """

    __tablename__ = "outlets"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    code: Mapped[str] = mapped_column(text_column(16), unique=True)
    slug: Mapped[str] = mapped_column(text_column(160), unique=True)
    name_vi: Mapped[str] = mapped_column(text_column(160))
    name_en: Mapped[str] = mapped_column(text_column(160), default="")
    level: Mapped[OutletLevel] = mapped_column(enum_column(OutletLevel))
    commune_code: Mapped[str] = mapped_column(text_column(5), index=True)
    district_code: Mapped[str] = mapped_column(text_column(3), index=True)
    address_vi: Mapped[str] = mapped_column(text_column(200))
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)
    phone: Mapped[str] = mapped_column(text_column(20))
    email: Mapped[str] = mapped_column(text_column(254))
    hours: Mapped[str] = mapped_column(text_column(200))
    closed_days: Mapped[str] = mapped_column(text_column(200), default="")
    supplied_by_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"))
    pickup: Mapped[bool] = mapped_column(Boolean)
    ships: Mapped[bool] = mapped_column(Boolean)
    note_vi: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    def opening(self, holidays: Holidays = EXPECTED) -> OpeningHours:
        """The hours, understood; shut on public holidays and on days of its own."""
        return OpeningHours.parse(self.hours, closed=frozenset(holidays) | parse_days(self.closed_days))


def active() -> Select[Outlet]:
    """Outlets that are in business, by code."""
    return select(Outlet).where(Outlet.active).order_by(Outlet.code)


def lock(outlet_id: int) -> None:
    """Queue before doing what only one may do at an outlet at a time; readers and sales are not held up."""
    query = select(Outlet.id).where(Outlet.id == outlet_id)
    db.session.execute(query.with_for_update(key_share=True)).one()


def get_outlet(slug: str) -> Outlet:
    """Raises NotFound for an unknown or closed outlet."""
    outlet = db.session.scalar(active().where(Outlet.slug == slug))
    if outlet is None:
        raise NotFound(slug)
    return outlet
