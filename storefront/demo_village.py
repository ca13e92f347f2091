"""What the demo shows of the village: a producer's member, an application that waits. One function a room.

``load`` runs once, after the outlets, producers and products are there. Accounts are as public as the others of the
demo: a shop that is no demo lets none of them in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from catalog import applications, makers, people
from catalog.applications import Asked
from catalog.db import db
from catalog.producers import LegalForm, Producer

MAKER_EMAIL = "nha-lam@example.org"
MAKER_PASSWORD = "lam-hang-thu"
MAKER_EMAILS = frozenset({MAKER_EMAIL})
PRODUCER = "P48"
"""The cooperative that the demo's member writes for: five products, high in the valley."""
OFFICER_COMMUNES = ("20854", "20900", "20944")
"""Tiên Phước, Trà My, Nam Trà My: what the demo's officer of some communes serves; the cooperative is in one of them."""


@dataclass(frozen=True, slots=True)
class MakerAccount:
    """The demo's, as the sign-in page shows it. producer: name."""

    email: str
    password: str
    producer: str


def account() -> MakerAccount | None:
    """The one of this shop, as long as it is there and writes for somebody."""
    user = people.find_by_email(MAKER_EMAIL)
    maker = makers.find_maker(user) if user else None
    producer = db.session.scalar(makers.producers_of(maker).limit(1)) if maker else None
    return MakerAccount(MAKER_EMAIL, MAKER_PASSWORD, producer.name_vi) if producer else None


def load(at: datetime) -> None:
    """Everything, into a shop that has the demo's producers; nothing of a room whose things are not there."""
    join(at)


def join(at: datetime) -> None:
    """Somebody who writes for a producer, and another producer who asks to join."""
    producer = db.session.scalar(select(Producer).where(Producer.code == PRODUCER))
    if producer is None or people.find_by_email(MAKER_EMAIL):
        return
    user = people.register(MAKER_EMAIL, MAKER_PASSWORD, name="Hồ Thị Nhàn (thử)", phone=None, at=at)
    makers.join(user, producer, actor="system", at=at)
    asked = Asked(
        name_vi="Tổ hợp tác Mật ong Nóc Sương (thử)",
        legal_form=LegalForm.COOPERATIVE_GROUP,
        registration="9900000016",
        commune_code=producer.commune_code,
        address_vi="Thôn 3",
        contact_name="Nguyễn Văn Thử",
        phone="0905000000",
        email="nop-ho-so@example.org",
        makes="Mật ong rừng, sáp ong; mỗi năm chừng 300 lít. Muốn đăng ký sản phẩm đầu tiên trong vụ này.",
        consent="2026-11",
    )
    applications.apply(asked, at=at - timedelta(days=3))
