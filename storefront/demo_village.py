"""What the demo shows of the village: a producer's member, an application and a change of a page that wait. One function a room.

``load`` runs once, after the outlets, producers and products are there. Accounts are as public as the others of the
demo: a shop that is no demo lets none of them in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from catalog import (
    applications,
    approvals,
    criteria,
    decisions,
    makers,
    memberships,
    pages,
    people,
    renewals,
    revisions,
)
from catalog.applications import Asked
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.decisions import Decision
from catalog.makers import Maker
from catalog.memberships import Officer
from catalog.producers import LegalForm, Producer
from catalog.products import Product

MAKER_EMAIL = "nha-lam@example.org"
MAKER_PASSWORD = "lam-hang-thu"
MAKER_EMAILS = frozenset({MAKER_EMAIL})
PRODUCER = "P48"
"""The cooperative that the demo's member writes for: five products, high in the valley."""
PROPOSED = "QN108"
"""One of its products: a change of its page waits for an officer."""
RETURNED = "QN107"
"""A product of theirs whose change has come back."""
RAISED, ASSESSED = "QN024", "QN034"
"""One product that got more stars three days ago; one whose stars ran out, assessed anew and waiting for its decision."""
DECIDED = (
    (RAISED, (Decimal(33), Decimal(19), Decimal(24)), 4),
    (ASSESSED, (Decimal(27), Decimal("16.5"), Decimal(22)), 3),
)
"""Product, points in the three parts, the stars they make."""
OFFICER_EMAIL = "can-bo@example.org"
"""The demo's officer of the whole programme."""
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
    maker = find_maker()
    producer = db.session.scalar(makers.producers_of(maker).limit(1)) if maker else None
    return MakerAccount(MAKER_EMAIL, MAKER_PASSWORD, producer.name_vi) if producer else None


def find_maker() -> Maker | None:
    """The demo's member, as long as they write for somebody."""
    user = people.find_by_email(MAKER_EMAIL)
    return makers.find_maker(user) if user else None


def find_officer(email: str = OFFICER_EMAIL) -> Officer | None:
    """The demo's officer of the whole programme, if they are there."""
    user = people.find_by_email(email)
    return memberships.find_officer(user) if user else None


def load(at: datetime) -> None:
    """Everything, into a shop that has the demo's producers; nothing of a room whose things are not there."""
    join(at)
    propose(at)
    write_pages(at)
    decide(at)


def decide(at: datetime) -> None:
    """Certificates in every part of their life: one due within 180, 90 and 30 days, one assessed, one raised to more stars.

    The last days come from the demo's table; here an officer writes down what was decided since.
    """
    officer = find_officer()
    if officer is None:
        return
    day = vietnam_day(at)
    for code, parts, stars in DECIDED:
        product = db.session.scalar(select(Product).where(Product.code == code))
        if product is None:
            continue
        level, issuer = criteria.usual_issuer(stars, day)
        name = f"{issuer} (minh họa)"
        seen = decisions.version_of(product.id)
        candidate = decisions.nominate(product, name, level, seen=seen, by=officer, at=at)
        seen = decisions.version_of(product.id)
        decisions.assess(candidate, product, parts, day - timedelta(days=20), seen=seen, by=officer, at=at)
        if code != ASSESSED:
            signed = day - timedelta(days=3)
            paper = Decision(f"{signed.year}-{code}/QĐ-MINHHOA", stars, name, level, signed)
            seen = decisions.version_of(product.id)
            decisions.certify(product, paper, candidate=candidate, seen=seen, by=officer, at=at)
    renewals.remind(at=at)


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


def propose(at: datetime) -> None:
    """A change of a page that waits for an officer, with a sentence that no page of food may say."""
    product = db.session.scalar(select(Product).where(Product.code == PROPOSED))
    maker = find_maker()
    if product is None or maker is None or product.producer_id not in maker.producers:
        return
    sent_at = at - timedelta(days=2)
    live = pages.current_values(product)
    said = "Pha một muỗng nhỏ vào nước ấm mỗi sáng, giúp chữa khỏi đau dạ dày."
    values = {
        "summary_vi": live["summary_vi"].replace("mịn như phấn", "mịn, mới nghiền trong tuần"),
        "description_vi": f"{live['description_vi']}\n\n{said}",
        "shelf_life": "9m",
    }
    revision = revisions.open_revision(product, by=maker, at=sent_at)
    revisions.save(revision, values, seen=revision.version, by=maker, at=sent_at)
    revisions.submit(revision, seen=revision.version, by=maker, at=sent_at)


def write_pages(at: datetime) -> None:
    """Of the member's producer: a change that came back with a reason, and a page just begun."""
    maker, officer = find_maker(), find_officer()
    product = db.session.scalar(select(Product).where(Product.code == RETURNED))
    if maker is None or officer is None or product is None or product.producer_id not in maker.producers:
        return
    sent_at = at - timedelta(days=6)
    claim = "Thanh quế cạo sạch, hãm nước uống mỗi sáng thì chữa tiểu đường, mỡ máu."
    revision = revisions.open_revision(product, by=maker, at=sent_at)
    revisions.save(revision, {"summary_vi": claim}, seen=revision.version, by=maker, at=sent_at)
    revisions.submit(revision, seen=revision.version, by=maker, at=sent_at)
    why = "Hàng thực phẩm không được nói chữa bệnh. Hãy tả mùi vị, cách dùng."
    approvals.give_back(revision, {"summary_vi": why}, by=officer, at=at - timedelta(days=5))
    begun_at = at - timedelta(days=1)
    producer = db.session.get_one(Producer, product.producer_id)
    begun = pages.start_product(producer, "Bột sắn dây Nóc Sương (thử)", "1.2a", by=maker, at=begun_at)
    words = {
        "summary_vi": "Sắn dây nhà trồng, lọc nước suối nhiều lần, phơi nắng.",
        "ingredients_vi": "Tinh bột sắn dây 100 %",
    }
    revision = revisions.open_revision(begun, by=maker, at=begun_at)
    revisions.save(revision, words, seen=revision.version, by=maker, at=begun_at)
