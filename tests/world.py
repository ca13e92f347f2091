"""A small shop to test in: keyword factories with sensible defaults, and a fixed cast.

Factories write and flush, never commit, and tell the catalogue's sequence like the importers do; use them inside
``changing(app)``. Each call makes something new: codes, SKUs and addresses count up.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import select
from stdnum.vn import mst

from catalog import applications, clock, makers, memberships, revisions, sequence, stock
from catalog.applications import Application, Asked
from catalog.certificates import VALIDITY_MONTHS, Certificate, CertificateState
from catalog.criteria import IssuerLevel
from catalog.db import db, transaction
from catalog.lots import Lot
from catalog.makers import Maker
from catalog.memberships import Membership, Officer, Role, Staff
from catalog.outlets import Outlet, OutletLevel
from catalog.people import User
from catalog.places import get_commune
from catalog.producers import LegalForm, Producer
from catalog.products import Photo, Product, ProductKind, ProductState, Variant, VatClass
from catalog.revisions import Revision
from catalog.stock import StockLevel
from catalog.text import slugify

MONDAY_NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 23 November 2026, nine o'clock in Vietnam: now, unless a test moves its clock."""

MONDAY = clock.vietnam_day(MONDAY_NINE)
TAM_KY, HOI_AN, TRA_MY = "20341", "20410", "20900"
"""Communes: the old seat of the province, the coast, the far mountains."""

_numbers = count(1)
Row = TypeVar("Row")


@dataclass(frozen=True)
class World:
    """The cast. Rows are detached: read them, and use the factories to change the shop.

    centre: Tam Kỳ, ships and hands out.    quay: Hội An, hands out only.    hill: Trà My, hands out, shut on Sundays.
    honey: ★★★★ 250.000 ₫, five at the centre and three at the quay.    tea: ★★★ 90.000 ₫, twenty at the centre.
    lantern: ★★★★★ 420.000 ₫, two at the quay.    tour: 350.000 ₫, nothing to stock.
    """

    centre: Outlet
    quay: Outlet
    hill: Outlet
    cooperative: Producer
    household: Producer
    honey: Product
    tea: Product
    lantern: Product
    tour: Product


def make_world() -> World:
    """Everybody, on Monday at nine."""
    centre = make_outlet("T01", name_vi="Trung tâm OCOP Tam Kỳ", level=OutletLevel.PROVINCIAL_CENTRE, commune=TAM_KY,
                         ships=True, hours="mon-sat 07:30-19:00; sun 07:30-17:00")  # fmt: skip
    quay = make_outlet("D01", name_vi="Điểm bán OCOP Bến Hội An", commune=HOI_AN, hours="mon-sun 08:00-21:00",
                       supplied_by_id=centre.id)  # fmt: skip
    hill = make_outlet("D02", name_vi="Điểm bán OCOP Trà My", commune=TRA_MY, supplied_by_id=centre.id,
                       hours="mon-sat 07:00-11:00,13:30-17:00; sun closed")  # fmt: skip
    cooperative = make_producer("Hợp tác xã Nông sản Nà Thử", commune=TRA_MY, story_title_vi="Mùa ong trên nương",
                                story_vi="Tháng ba, cả nóc theo ong lên rừng.\n\nMật chia đều cho từng bếp.")  # fmt: skip
    household = make_producer("Hộ sản xuất Bến Thử", commune=HOI_AN, legal_form=LegalForm.HOUSEHOLD)
    honey = make_product("Mật ong rừng", slug="mat-ong-rung", producer=cooperative, stars=4,
                         free={"T01": 5, "D01": 3})  # fmt: skip
    tea = make_product("Chè dây", slug="che-day", producer=cooperative, group="1.5b", price=90_000, stars=3,
                       free={"T01": 20})  # fmt: skip
    lantern = make_product("Đèn lồng lụa", slug="den-long-lua", producer=household, group="4.1", price=420_000,
                           stars=5, free={"D01": 2}, net=(1, "piece"))  # fmt: skip
    tour = make_product("Một ngày ở làng rau", slug="mot-ngay-o-lang-rau", producer=household, group="6.1",
                        price=350_000, stars=None, net=(1, "person"), kind=ProductKind.TOUR)  # fmt: skip
    return World(centre, quay, hill, cooperative, household, honey, tea, lantern, tour)


@contextmanager
def changing(app: Flask) -> Iterator[None]:
    """A context of the application with a transaction that commits at the end."""
    with app.app_context(), transaction():
        yield


def make_outlet(code: str | None = None, *, commune: str = TAM_KY, **facts: Any) -> Outlet:
    """A sales point that hands out but does not ship, open every day from half past seven to seven."""
    number = next(_numbers)
    code = code or f"X{number}"
    place = get_commune(commune)
    defaults = {
        "code": code, "slug": slugify(f"diem-ban-{code}"), "name_vi": f"Điểm bán {code}", "level": OutletLevel.SALES_POINT,
        "commune_code": commune, "district_code": place.old_district_code or "", "address_vi": "Đường thử số 1",
        "lat": place.lat, "lon": place.lon, "phone": "02350000000", "email": f"outlet-{code.lower()}@example.org",
        "hours": "mon-sun 07:30-19:00", "pickup": True, "ships": False, "active": True,
    }  # fmt: skip
    return _added(Outlet(**defaults | facts))


def make_producer(name: str = "Hợp tác xã Thử", *, commune: str = TAM_KY, **facts: Any) -> Producer:
    """A cooperative without a story."""
    number = next(_numbers)
    place = get_commune(commune)
    defaults = {
        "code": f"P{number}", "slug": f"{slugify(name)}-{number}", "name_vi": name, "legal_form": LegalForm.COOPERATIVE,
        "commune_code": commune, "district_code": place.old_district_code or "", "address_vi": "Thôn 1",
        "phone": "0905000000", "email": f"producer-{number}@example.org", "summary_vi": f"{name} làm hàng thủ công.",
    }  # fmt: skip
    return _added(Producer(**defaults | facts))


def make_product(
    name: str = "Mật ong",
    *,
    producer: Producer | None = None,
    price: int = 250_000,
    stars: int | None = 4,
    free: Mapping[str, int] | None = None,
    group: str = "1.2b",
    net: tuple[int, str] = (500, "ml"),
    **facts: Any,
) -> Product:
    """A published product with one size, a picture, a valid certificate, and units on shelves.

    price: đồng.    stars: of a certificate signed a year ago; None for no certificate.    free: outlet code → units.
    """
    number = next(_numbers)
    producer = producer or make_producer()
    defaults = {
        "code": f"S{number}", "slug": f"{slugify(name)}-{number}", "slug_en": f"product-{number}", "name_vi": name,
        "name_en": f"Product {number}", "kind": ProductKind.GOODS, "state": ProductState.PUBLISHED, "group_code": group,
        "producer_id": producer.id, "commune_code": producer.commune_code, "district_code": producer.district_code,
        "summary_vi": f"{name} làm theo mẻ nhỏ.", "description_vi": f"{name} của làng.", "vat_class": VatClass.STANDARD,
        "export_class": "A", "published_at": MONDAY_NINE - timedelta(days=365),
    }  # fmt: skip
    product = _added(Product(**defaults | facts))
    variant = make_variant(product, position=1, price=price, net_amount=net[0], net_unit=net[1])
    _added(Photo(product_id=product.id, position=1, stem=f"photo-{number}", alt_vi=name))
    if stars is not None:
        make_certificate(product, stars=stars)
    if free:
        lot = make_lot(variant)
        for code, units in free.items():
            put(lot, code, units)
    return product


def make_variant(product: Product, *, price: int = 250_000, **facts: Any) -> Variant:
    """One more size, sold. Weighs 700 g packed, 10 × 10 × 20 cm."""
    number = next(_numbers)
    defaults = {
        "product_id": product.id, "sku": f"SKU-{number}", "position": number, "unit_vi": "chai", "unit_en": "bottle",
        "net_amount": 500, "net_unit": "ml", "gross_g": 700, "length_mm": 100, "width_mm": 100, "height_mm": 200,
        "price": price, "active": True,
    }  # fmt: skip
    return _added(Variant(**defaults | facts))


def make_certificate(
    product: Product, *, stars: int | None = 4, signed_on: date | None = None, **facts: Any
) -> Certificate:
    """A decision of the province, signed a year ago unless said otherwise, for 36 months."""
    number = next(_numbers)
    signed = signed_on or clock.add_months(MONDAY, -12)
    defaults = {
        "product_id": product.id, "number": f"{number}/QĐ-THU", "slug": f"{number}-qd-thu",
        "state": CertificateState.CERTIFIED, "stars": stars, "score": Decimal("75.5"), "issuer_vi": "UBND tỉnh (thử)",
        "issuer_level": IssuerLevel.PROVINCE, "signed_on": signed, "expires_on": clock.add_months(signed, VALIDITY_MONTHS),
    }  # fmt: skip
    return _added(Certificate(**defaults | facts))


def make_lot(variant: Variant, **facts: Any) -> Lot:
    """A sellable batch that does not age."""
    return _added(Lot(**{"variant_id": variant.id, "code": f"L{next(_numbers)}"} | facts))


def put(lot: Lot, outlet_code: str, units: int) -> None:
    """Units of a lot arrive on an outlet's shelf."""
    outlet = db.session.scalars(select(Outlet).where(Outlet.code == outlet_code)).one()
    cause = f"delivery-note:{next(_numbers)}"
    stock.receive(lot, outlet, units, cause=cause, actor="user:1", at=MONDAY_NINE)


def variant_of(product: Product) -> Variant:
    """The first size of a product."""
    query = select(Variant).where(Variant.product_id == product.id).order_by(Variant.position).limit(1)
    return db.session.scalars(query).one()


def certificate_of(product: Product) -> Certificate:
    """The only certificate of a product."""
    return db.session.scalars(select(Certificate).where(Certificate.product_id == product.id)).one()


def _added(row: Row) -> Row:
    db.session.add(row)
    db.session.flush()
    sequence.advance()
    return row


def make_staff(outlet: Outlet | None = None, role: Role = Role.CLERK, *, name: str = "Người thử") -> User:
    """Somebody who works: a clerk of this outlet, or as said. Their password is nobody's."""
    number = next(_numbers)
    user = _added(User(email=f"staff{number}@example.org", name=name, password_hash="-", created_at=MONDAY_NINE))
    memberships.grant(user, role, outlet, actor="system", at=MONDAY_NINE)
    return user


def make_officer(*communes: str, name: str = "Cán bộ thử") -> User:
    """An officer of these communes; of the whole programme without any."""
    user = make_staff(None, Role.OFFICER, name=name)
    membership = db.session.scalars(select(Membership).where(Membership.user_id == user.id)).one()
    memberships.assign(membership, frozenset(communes), actor="system", at=MONDAY_NINE)
    return user


def make_member(producer: Producer, *, name: str = "Người làm thử") -> User:
    """Somebody who writes for this producer. Their password is nobody's."""
    number = next(_numbers)
    user = _added(User(email=f"maker{number}@example.org", name=name, password_hash="-", created_at=MONDAY_NINE))
    makers.join(user, producer, actor="system", at=MONDAY_NINE)
    return user


def make_application(*, commune: str = TRA_MY, **facts: Any) -> Application:
    """A cooperative that asks to join and waits; each with a number of its own."""
    nine = next(number for number in (f"99{n:07d}" for n in _numbers) if len(mst.calc_check_digit(number)) == 1)
    defaults = {
        "name_vi": "Hợp tác xã Quế Thử", "legal_form": LegalForm.COOPERATIVE, "commune_code": commune,
        "registration": nine + mst.calc_check_digit(nine),
        "address_vi": "Thôn 2", "contact_name": "Hồ Thị Thử", "phone": "0905123456", "email": "que@example.org",
        "makes": "Quế khô, tinh dầu quế.", "consent": "2026-11",
    }  # fmt: skip
    return applications.apply(Asked(**defaults | facts), at=MONDAY_NINE)


def make_revision(product: Product, **values: Any) -> Revision:
    """A change of a product's page, sent in by a new member of its producer. values: as forms send them."""
    product = db.session.get_one(Product, product.id)
    product.ingredients_vi, product.storage_vi, product.shelf_life = "Theo mùa", "Nơi mát", "24m"
    by = maker_of(make_member(db.session.get_one(Producer, product.producer_id)))
    revision = revisions.open_revision(product, by=by, at=MONDAY_NINE)
    revisions.save(revision, values or {"summary_vi": "Ngọt"}, seen=revision.version, by=by, at=MONDAY_NINE)
    revisions.submit(revision, seen=revision.version, by=by, at=MONDAY_NINE)
    return revision


def maker_of(user: User) -> Maker:
    """What somebody is now in the studio."""
    maker = makers.find_maker(user)
    assert maker is not None
    return maker


def officer_of(user: User) -> Officer:
    """What somebody is now in the office."""
    officer = memberships.find_officer(user)
    assert officer is not None
    return officer


def levels_at(outlet: Outlet) -> list[StockLevel]:
    """The shelves of an outlet as they are now, oldest first."""
    query = select(StockLevel).where(StockLevel.outlet_id == outlet.id).order_by(StockLevel.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def staff_of(user: User) -> Staff:
    """What somebody is now."""
    staff = memberships.find_staff(user)
    assert staff is not None
    return staff
