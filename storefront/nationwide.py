"""A catalogue of national size, to see how the shop bears it: made-up producers and products in all provinces.

Names are words of the demo's products with the names of communes; every number of stars, price and shelf is drawn by
a generator seeded with the thing's own number, so the same number always gives the same thing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import func, insert, select

from catalog import jobs, places, sequence
from catalog.certificates import VALIDITY_MONTHS, Certificate, CertificateState
from catalog.clock import add_months, vietnam_day
from catalog.criteria import IssuerLevel
from catalog.db import Base, db
from catalog.importing.lookups import among
from catalog.importing.slugs import Slugs
from catalog.lots import Lot, LotState
from catalog.outlets import Outlet
from catalog.places import Commune
from catalog.producers import LegalForm, Producer
from catalog.products import Photo, Product, ProductKind, ProductState, Variant
from catalog.stock import MovementKind, StockLevel, StockMovement
from catalog.text import fold

PRODUCERS = 3_000
BATCH = 1_000
PREFIX = "VN"

_FORMS = {
    LegalForm.COOPERATIVE: ("Hợp tác xã", "Cooperative"),
    LegalForm.COMPANY: ("Công ty", "Company"),
    LegalForm.HOUSEHOLD: ("Hộ sản xuất", "Household"),
    LegalForm.COOPERATIVE_GROUP: ("Tổ hợp tác", "Cooperative group"),
}
_SHARE_OF_FORMS = (38, 27, 28, 7)
_SHARE_OF_STARS = {3: 76, 4: 21, 5: 3}
_SCORES = {3: (50, 69), 4: (70, 89), 5: (90, 99)}
_COPIED = (
    "kind", "group_code", "summary_vi", "ingredients_vi", "allergens", "storage_vi", "usage_vi", "shelf_life",
    "vat_class", "hs_code", "export_class", "season",
)  # fmt: skip
_PHOTO_COPIED = ("stem", "alt_vi", "alt_en", "focus", "credit", "consent")
_VARIANT_COPIED = (
    "position", "unit_vi", "unit_en", "net_amount", "net_unit", "gross_g", "length_mm", "width_mm", "height_mm",
)  # fmt: skip

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Model:
    """A product of the demo that others are made after. words, words_en: its name without places."""

    product: Product
    variants: tuple[Variant, ...]
    photo: Photo | None
    words: str
    words_en: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Maker:
    id: int
    commune: Commune
    first_model: int


def grow(products: int, *, at: datetime) -> int:
    """Add products until the shop has this many; returns how many were added. The demo must be loaded.

    Writes in batches, for the caller's transaction; the search index is built anew by a job afterwards.
    """
    missing = products - (db.session.scalar(select(func.count(Product.id))) or 0)
    if missing <= 0:
        return 0
    models = _models()
    makers = _makers()
    outlets = list(db.session.scalars(select(Outlet.id).where(Outlet.active).order_by(Outlet.id)))
    slugs = _taken_slugs()
    first = (db.session.scalar(select(func.count(Product.id)).where(Product.code.startswith(PREFIX))) or 0) + 1
    for start in range(first, first + missing, BATCH):
        numbers = range(start, min(start + BATCH, first + missing))
        _add_products(numbers, models, makers, outlets, slugs, at)
    sequence.advance()
    jobs.enqueue("index.rebuild", {}, at=at)
    return missing


def _models() -> list[_Model]:
    """The demo's products, those of a trade beside one another."""
    query = select(Product).where(Product.code.not_like(f"{PREFIX}%")).order_by(Product.group_code, Product.code)
    products = list(db.session.scalars(query))
    ids = [product.id for product in products]
    variants: dict[int, list[Variant]] = {}
    for variant in sorted(among(Variant, Variant.product_id, ids), key=lambda variant: variant.position):
        variants.setdefault(variant.product_id, []).append(variant)
    photos = {photo.product_id: photo for photo in among(Photo, Photo.product_id, ids)}
    return [
        _Model(
            product=product,
            variants=tuple(variants[product.id]),
            photo=photos.get(product.id),
            words=_common_words(product.name_vi),
            words_en=" ".join(word for word in product.name_en.split() if word.islower()),
            sentences=tuple(re.split(r"(?<=[.!?])\s+", product.description_vi)),
        )
        for product in products
        if product.id in variants  # a draft may have none yet
    ]


def _common_words(name: str) -> str:
    """The beginning of a name, before the place: ``Đèn lồng lụa Hội An`` → ``Đèn lồng lụa``."""
    first, *rest = name.split()
    words = [first]
    for word in rest:
        if not word[0].islower():
            break
        words.append(word)
    return " ".join(words).rstrip(",")


def _makers() -> list[_Maker]:
    """As many made-up producers as the country needs, each in a commune of its own; those that exist are kept."""
    communes = [commune for province in places.provinces() for commune in places.communes(province.code)]
    Random("communes").shuffle(communes)
    ours = select(Producer.code, Producer.id).where(Producer.code.startswith(PREFIX))
    known = dict(db.session.execute(ours).all())
    others = (db.session.scalar(select(func.count(Producer.id))) or 0) - len(known)
    numbers = range(1, PRODUCERS - others + 1)
    rows = [_producer(n, communes[n % len(communes)]) for n in numbers if f"{PREFIX}{n:04}" not in known]
    known |= dict(zip((row["code"] for row in rows), insert_all(Producer, rows), strict=True))
    return [
        _Maker(known[f"{PREFIX}{n:04}"], communes[n % len(communes)], Random(f"models {n}").randrange(1000))
        for n in numbers
    ]


def _producer(number: int, commune: Commune) -> Values:
    rng = Random(f"producer {number}")
    form = rng.choices(list(_FORMS), _SHARE_OF_FORMS)[0]
    name_vi, name_en = _FORMS[form]
    return {
        "code": f"{PREFIX}{number:04}",
        "slug": f"chu-the-minh-hoa-{number}",
        "name_vi": f"{name_vi} minh họa số {number}",
        "name_en": f"Sample {name_en.lower()} {number}",
        "legal_form": form,
        "commune_code": commune.code,
        "district_code": commune.old_district_code or "",
        "address_vi": commune.full_name,
        "founded": rng.randint(2005, 2024),
        "members": rng.randint(3, 60),
        "phone": f"0235 000 {3000 + number}",
        "email": f"{PREFIX.lower()}{number:04}@example.org",
        "summary_vi": f"Chủ thể sinh tự động ở {commune.label}.",
    }


def _taken_slugs() -> Slugs:
    taken: list[tuple[str, str]] = []
    for code, slug, slug_en in db.session.execute(select(Product.code, Product.slug, Product.slug_en)):
        taken += [(slug, code), (slug_en, code)]
    return Slugs(taken)


def _add_products(
    numbers: Sequence[int], models: list[_Model], makers: list[_Maker], outlets: list[int], slugs: Slugs, at: datetime
) -> None:
    day = vietnam_day(at)
    rows: list[Values] = []
    chosen: list[_Model] = []
    for number in numbers:
        maker = makers[number % len(makers)]
        model = models[(maker.first_model + number // len(makers)) % len(models)]
        chosen.append(model)
        rows.append(_product(number, model, maker, models, slugs, at))
    ids = insert_all(Product, rows)
    things = list(zip(numbers, ids, chosen, strict=True))
    insert_all(Photo, [_photo(product, model.photo) for _, product, model in things if model.photo])
    communes = {product: places.get_commune(row["commune_code"]) for product, row in zip(ids, rows, strict=True)}
    insert_all(Certificate, [c for n, product, _ in things for c in _certificates(n, product, communes[product], day)])
    variants = [variant for n, product, model in things for variant in _variants(n, product, model)]
    variant_ids = insert_all(Variant, variants)
    of_goods = [
        (variant_id, variant["sku"], model)
        for variant_id, variant, model in zip(
            variant_ids, variants, (model for model in chosen for _ in model.variants), strict=True
        )
        if model.product.kind is ProductKind.GOODS
    ]
    _stock(of_goods, outlets, day, at)


def _product(number: int, model: _Model, maker: _Maker, models: list[_Model], slugs: Slugs, at: datetime) -> Values:
    rng = Random(f"product {number}")
    code = f"{PREFIX}{number:06}"
    commune = maker.commune
    name_vi = f"{model.words} {commune.name}"
    name_en = f"{fold(commune.name).title()} {model.words_en or 'product'}"
    alike = [other for other in models if other.product.group_code == model.product.group_code]
    sentences = [rng.choice(rng.choice(alike).sentences) for _ in range(4)]
    province = places.get_province(commune.province_code).name
    return {name: getattr(model.product, name) for name in _COPIED} | {
        "code": code,
        "slug": slugs.take(code, name_vi, province),
        "slug_en": slugs.take(code, name_en, province),
        "name_vi": name_vi,
        "name_en": name_en,
        "state": ProductState.PUBLISHED,
        "producer_id": maker.id,
        "commune_code": commune.code,
        "district_code": commune.old_district_code or "",
        "description_vi": " ".join(dict.fromkeys(sentences)),
        "published_at": at,
    }


def _photo(product: int, photo: Photo) -> Values:
    copied = {name: getattr(photo, name) for name in _PHOTO_COPIED}
    return copied | {"product_id": product, "position": 1, "rendering": True}


def _variants(number: int, product: int, model: _Model) -> list[Values]:
    factor = Random(f"price {number}").randint(70, 140)
    return [
        {name: getattr(variant, name) for name in _VARIANT_COPIED}
        | {
            "product_id": product,
            "sku": f"{PREFIX}{number:06}-{variant.position}",
            "price": max(1_000, variant.price * factor // 100_000 * 1_000),
        }
        for variant in model.variants
    ]


def _certificates(number: int, product: int, commune: Commune, day: date) -> list[Values]:
    """Four of five products have a decision; about one decision in five has run out."""
    rng = Random(f"certificate {number}")
    if rng.random() < 0.2:
        return []
    stars = rng.choices(list(_SHARE_OF_STARS), list(_SHARE_OF_STARS.values()))[0]
    signed_on = day - timedelta(days=rng.randint(1, 1_350))
    province = places.get_province(commune.province_code).full_name
    issuer = "Bộ Nông nghiệp và Môi trường" if stars == 5 else f"UBND {province[0].lower()}{province[1:]}"
    return [
        {
            "product_id": product,
            "number": f"MH-{PREFIX}-{number:06}",
            "slug": f"mh-{PREFIX.lower()}-{number:06}",
            "state": CertificateState.CERTIFIED,
            "stars": stars,
            "score": Decimal(rng.randint(*_SCORES[stars])),
            "issuer_vi": f"{issuer} (minh họa)",
            "issuer_level": IssuerLevel.MINISTRY if stars == 5 else IssuerLevel.PROVINCE,
            "signed_on": signed_on,
            "expires_on": add_months(signed_on, VALIDITY_MONTHS),
            "note_vi": "Dữ liệu sinh tự động.",
        }
    ]


def _stock(goods: list[tuple[int, str, _Model]], outlets: list[int], day: date, at: datetime) -> None:
    """One lot of each variant at up to six outlets; one variant in twenty is sold out everywhere."""
    lots = [_lot(variant, sku, model, day) for variant, sku, model in goods]
    levels: list[Values] = []
    movements: list[Values] = []
    for lot, (variant, sku, _) in zip(insert_all(Lot, lots), goods, strict=True):
        rng = Random(f"stock {sku}")
        count = 0 if rng.random() < 0.05 else rng.randint(1, 6)
        for outlet in sorted(rng.sample(outlets, min(count, len(outlets)))):
            units = rng.randint(2, 60)
            levels.append({"outlet_id": outlet, "lot_id": lot, "variant_id": variant, "on_hand": units, "held": 0})
            movement = {"kind": MovementKind.RECEIVED, "on_hand": units, "held": 0, "cause": f"nationwide:{sku}"}
            movements.append(movement | {"actor": "system", "at": at})
    for level, movement in zip(insert_all(StockLevel, levels), movements, strict=True):
        movement["level_id"] = level
    insert_all(StockMovement, movements)


def _lot(variant: int, sku: str, model: _Model, day: date) -> Values:
    """Made lately enough that it may be sold for a while."""
    life = model.product.shelf_life
    days = int(life[:-1]) * (1 if life.endswith("d") else 30) if life else 360
    made_on = day - timedelta(days=Random(f"lot {sku}").randint(0, days // 2))
    best_before = made_on + timedelta(days=days) if life else None
    values = {"variant_id": variant, "code": f"L-{sku}", "made_on": made_on, "best_before": best_before}
    return values | {"state": LotState.SELLABLE}


def insert_all(kind: type[Base], rows: list[Values]) -> list[int]:
    """All rows by as few statements as the engine allows. Their keys, in the order of the rows."""
    if not rows:
        return []
    key = kind.__table__.c.id
    return list(db.session.scalars(insert(kind).returning(key, sort_by_parameter_order=True), rows))
