"""Those who make the products ("chủ thể"): cooperatives, companies, households and cooperative groups."""

from datetime import date
from enum import StrEnum

from sqlalchemy import JSON, Date, Integer, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, BigKey, db, enum_column, text_column
from catalog.errors import NotFound


class LegalForm(StrEnum):
    """The four kinds of subject the programme knows."""

    COOPERATIVE = "cooperative"
    COMPANY = "company"
    HOUSEHOLD = "household"
    COOPERATIVE_GROUP = "cooperative_group"


class Producer(Base):
    """One maker. Content fields are bilingual; an empty English field falls back to Vietnamese, marked as such.

    ``registration``: its tax or registration number, empty where nobody has said it.    ``joined_on``: the day it
    joined the programme.    ``version`` of its page: grows with every approved change and with every import.
    ``translated``: of what Vietnamese each English field is a translation, as ``catalog.translations`` marks it.
    """

    __tablename__ = "producers"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    code: Mapped[str] = mapped_column(text_column(16), unique=True)
    slug: Mapped[str] = mapped_column(text_column(160), unique=True)
    name_vi: Mapped[str] = mapped_column(text_column(160))
    name_en: Mapped[str] = mapped_column(text_column(160), default="")
    legal_form: Mapped[LegalForm] = mapped_column(enum_column(LegalForm))
    commune_code: Mapped[str] = mapped_column(text_column(5), index=True)
    district_code: Mapped[str] = mapped_column(text_column(3))
    address_vi: Mapped[str] = mapped_column(text_column(200))
    founded: Mapped[int | None] = mapped_column(Integer)
    members: Mapped[int | None] = mapped_column(Integer)
    phone: Mapped[str] = mapped_column(text_column(20))
    email: Mapped[str] = mapped_column(text_column(254))
    summary_vi: Mapped[str] = mapped_column(text_column(200))
    summary_en: Mapped[str] = mapped_column(text_column(200), default="")
    quote_vi: Mapped[str] = mapped_column(text_column(300), default="")
    quote_en: Mapped[str] = mapped_column(text_column(300), default="")
    story_title_vi: Mapped[str] = mapped_column(text_column(160), default="")
    story_title_en: Mapped[str] = mapped_column(text_column(160), default="")
    story_vi: Mapped[str] = mapped_column(Text, default="")
    story_en: Mapped[str] = mapped_column(Text, default="")
    registration: Mapped[str] = mapped_column(text_column(20), default="")
    joined_on: Mapped[date | None] = mapped_column(Date)
    translated: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(Integer, default=1)


def get_producer(slug: str) -> Producer:
    """Raises NotFound."""
    producer = db.session.scalar(select(Producer).where(Producer.slug == slug))
    if producer is None:
        raise NotFound(slug)
    return producer
