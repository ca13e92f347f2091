"""A product's page and a producer's own page as values, read from their rows and written back into them.

The values are those of ``catalog.page_fields``. Who may write them, and when, ``catalog.revisions`` decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import func, select

from catalog import history, places, references, translations
from catalog.db import db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.groups import ALCOHOL_CODES, TOUR_CODES
from catalog.importing import products as addresses
from catalog.makers import Maker
from catalog.page_fields import FieldKind, PageField, PageKind, Policy, get_field, of_page, read
from catalog.producers import Producer
from catalog.products import Photo, Product, ProductKind, ProductState, Variant, VatClass
from catalog.text import slugify

Page: TypeAlias = Product | Producer
MOST_DRAFTS = 30
"""Products of one producer that nobody has approved yet."""
_OF_VARIANT = (
    "sku", "unit_vi", "unit_en", "net_amount", "net_unit", "gross_g", "length_mm", "width_mm", "height_mm", "gtin", "active",
)  # fmt: skip
_OF_PICTURE = ("stem", "alt_vi", "alt_en", "focus", "credit", "consent")
_EXPORT_CLASSES = {
    "1.1a": "N", "1.1b": "N", "1.2a": "G", "1.2b": "B", "1.3b": "D", "1.3c": "B", "1.3d": "C", "1.4a": "C", "1.4b": "B",
    "1.5a": "B", "1.5b": "B", "2.1a": "L", "2.1b": "L", "2.2b": "D", "3.1": "M", "3.3": "K", "4.1": "F", "4.2": "A", "6.1": "S",
}  # fmt: skip
"""What a new product of a group starts with, on the careful side, until an officer says otherwise."""
_FARM = ("1.1a", "1.1b", "1.2a")


@dataclass(frozen=True, slots=True)
class Imagined:
    """A product's page as it would be: rows that no database knows. sizes: those that would be sold."""

    product: Product
    sizes: tuple[Variant, ...]
    photos: tuple[Photo, ...]


def kind_of(page: Page) -> PageKind:
    """Whose page it is."""
    return PageKind.PRODUCT if isinstance(page, Product) else PageKind.PRODUCER


def subject_of(page: Page) -> str:
    """Its name in histories: ``product:QN001``, ``producer:P01``."""
    return f"{kind_of(page)}:{page.code}"


def owner_of(page: Page) -> int:
    """The key of the producer it belongs to."""
    return page.producer_id if isinstance(page, Product) else page.id


def current_values(page: Page) -> dict[str, Any]:
    """Every reviewed field of the live page, in the order of the page, in the form that ``page_fields.read`` gives it.

    No query for a producer's page, two for a product's.
    """
    raw = product_values([page])[page.id] if isinstance(page, Product) else _columns(page)
    return {name: _tidy(kind_of(page), name, value) for name, value in raw.items()}


def _tidy(kind: PageKind, name: str, value: Any) -> Any:
    """An older page may hold what nobody could write any more; it stays as it is until somebody does."""
    try:
        return read(kind, name, value)
    except Invalid:
        return value


def product_values(products: Sequence[Product]) -> dict[int, dict[str, Any]]:
    """The reviewed fields of many products by key, as their rows have them, in two queries."""
    ids = [product.id for product in products]
    values = {product.id: _columns(product) | {"variants": [], "pictures": []} for product in products}
    sizes = select(Variant).where(Variant.product_id.in_(ids)).order_by(Variant.position, Variant.id)
    for variant in db.session.scalars(sizes):
        values[variant.product_id]["variants"].append({name: getattr(variant, name) for name in _OF_VARIANT})
    for photo in db.session.scalars(select(Photo).where(Photo.product_id.in_(ids)).order_by(Photo.position)):
        values[photo.product_id]["pictures"].append({name: getattr(photo, name) for name in _OF_PICTURE})
    return values


def start_product(producer: Producer, name_vi: str, group_code: str, *, by: Maker, at: datetime) -> Product:
    """A page that nobody but its producer sees, with a name and a group; the rest comes with its first revision.

    Its code is its address until it is approved. Raises NotFound for another's producer, Invalid with the field, and
    Conflict for who has MOST_DRAFTS of them waiting.
    """
    if producer.id not in by.producers:
        raise NotFound(producer.code)
    given = {"name_vi": name_vi, "group_code": group_code}
    values = {name: read(PageKind.PRODUCT, name, raw) for name, raw in given.items()}
    for name, value in values.items():
        if not value:
            raise Invalid(name, "required")
    waiting = select(func.count()).where(Product.producer_id == producer.id, Product.state == ProductState.DRAFT)
    if (db.session.scalar(waiting) or 0) >= MOST_DRAFTS:
        raise Conflict(f"{producer.code} has {MOST_DRAFTS} drafts")
    code = references.new_reference("SP", Product.code)
    group = values["group_code"]
    product = Product(
        code=code, slug=code.lower(), slug_en=code.lower(), name_en="", summary_vi="", description_vi="",
        state=ProductState.DRAFT, kind=_kind(group), vat_class=_first_vat_class(group),
        export_class=_EXPORT_CLASSES[group], producer_id=producer.id, commune_code=producer.commune_code,
        district_code=producer.district_code, version=0, **values,
    )  # fmt: skip
    db.session.add(product)
    db.session.flush()
    history.record("product.started", subject_of(product), actor=by.actor, at=at, after=values)
    return product


def check(page: Page, values: Mapping[str, Any]) -> None:
    """Raises Invalid for values that are right by themselves and wrong for this page: a foreign SKU, a bar code that
    another size has, a group that turns what is on sale into a tour or back."""
    if not isinstance(page, Product):
        return
    group = values.get("group_code")
    if group and page.state is not ProductState.DRAFT and _kind(group) is not page.kind:
        raise Invalid("group_code", "kind")
    rows = values.get("variants") or []
    own = set(db.session.scalars(select(Variant.sku).where(Variant.product_id == page.id))) if rows else set()
    for number, row in enumerate(rows):
        if row["sku"] is not None and row["sku"] not in own:
            raise Invalid("variants", "unknown", row=number, column="sku")
    gtins = [row["gtin"] for row in rows if row["gtin"]]
    taken = select(Variant.gtin, Variant.sku).where(Variant.gtin.in_(gtins))
    owners = dict(db.session.execute(taken).all()) if gtins else {}
    for number, row in enumerate(rows):
        if row["gtin"] in owners and owners[row["gtin"]] != row["sku"]:
            raise Invalid("variants", "taken", row=number, column="gtin", owner=owners[row["gtin"]])


def write(page: Page, values: Mapping[str, Any], *, written: Iterable[str], at: datetime) -> None:
    """Make the live page say these values; an unpublished product is published by it.

    values: those that change.    written: the English fields that are right for their Vietnamese now.
    """
    before = _columns(page)
    names = page.name_vi, page.name_en
    _fill(page, values)
    page.translated = translations.marked(page.translated, before, _columns(page), written=set(written))
    if isinstance(page, Product):
        _classify(page)
        _settle_address(page, *names)
        if page.state is ProductState.DRAFT:
            page.state, page.published_at = ProductState.PUBLISHED, at
        if "variants" in values:
            _write_variants(page, values["variants"])
        if "pictures" in values:
            _write_pictures(page, values["pictures"])
    db.session.flush()


def imagine(product: Product, values: Mapping[str, Any]) -> Imagined:
    """The page of a product if it said these values, all of them; nothing is written. New sizes have negative keys."""
    copy = Product(**_row(product))
    copy.producer = db.session.get_one(Producer, product.producer_id)
    _fill(copy, values)
    copy.kind = _kind(copy.group_code)
    sizes = {size.sku: size for size in db.session.scalars(select(Variant).where(Variant.product_id == product.id))}
    drawn = {photo.stem: photo for photo in db.session.scalars(select(Photo).where(Photo.product_id == product.id))}
    variants = []
    for number, row in enumerate(values["variants"], start=1):
        known = sizes.get(row["sku"] or "")
        facts = {"low_stock": 0, "id": -number} | (_row(known) if known else {"sku": f"{product.code}-{number}"})
        facts |= {name: row[name] for name in (*_OF_VARIANT, "price") if name in row and name != "sku"}
        variants.append(Variant(**facts | {"product_id": product.id, "position": number}))
    photos = []
    for number, row in enumerate(values["pictures"], start=1):
        known_photo = drawn.get(row["stem"])
        facts = _row(known_photo) if known_photo else {"rendering": False}
        photos.append(Photo(**facts | row | {"product_id": product.id, "position": number}))
    return Imagined(copy, tuple(variant for variant in variants if variant.active), tuple(photos))


def imagine_producer(producer: Producer, values: Mapping[str, Any]) -> Producer:
    """A producer's page as it would be; nothing is written."""
    copy = Producer(**_row(producer))
    _fill(copy, values)
    return copy


def _row(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}


def _fill(page: Page, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        field = get_field(kind_of(page), name)
        if field.kind not in (FieldKind.VARIANTS, FieldKind.PICTURES):
            setattr(page, name, _stored(field, value))


def _columns(page: Page) -> dict[str, Any]:
    """The reviewed fields that are columns of the page itself."""
    fields = of_page(kind_of(page), Policy.REVIEWED)
    flat = (field for field in fields if field.kind not in (FieldKind.VARIANTS, FieldKind.PICTURES))
    return {field.name: _shown(field, getattr(page, field.name)) for field in flat}


def _shown(field: PageField, column: Any) -> Any:
    match field.kind:
        case FieldKind.LIST:
            return [code for code in column.split("|") if code]
        case FieldKind.DAY:
            return column.isoformat() if column else ""
        case FieldKind.PERCENT:
            return "" if column is None else f"{column:.1f}".removesuffix(".0")
    return column


def _stored(field: PageField, value: Any) -> Any:
    match field.kind:
        case FieldKind.LIST:
            return "|".join(value)
        case FieldKind.DAY:
            return date.fromisoformat(value) if value else None
        case FieldKind.PERCENT:
            return Decimal(value) if value else None
    return value


def _kind(group_code: str) -> ProductKind:
    return ProductKind.TOUR if group_code in TOUR_CODES else ProductKind.GOODS


def _first_vat_class(group_code: str) -> VatClass:
    if group_code in ALCOHOL_CODES:
        return VatClass.EXCISE
    return VatClass.FARM if group_code in _FARM else VatClass.STANDARD


def _classify(product: Product) -> None:
    """What follows from the group; the tax of what becomes a drink with alcohol, or stops being one, follows too."""
    product.kind = _kind(product.group_code)
    if (product.vat_class is VatClass.EXCISE) != product.alcohol:
        product.vat_class = _first_vat_class(product.group_code)


def _settle_address(product: Product, name_vi: str, name_en: str) -> None:
    """A new page gets its first address, a renamed one a new one to which the old one leads."""
    new = product.state is ProductState.DRAFT
    if not new and (product.name_vi, product.name_en) == (name_vi, name_en):
        return
    taken, commune = addresses.taken_slugs(), places.get_commune(product.commune_code).name
    maker = db.session.get_one(Producer, product.producer_id).name_vi
    called = product.name_en or product.name_vi
    for attribute, was, name in (("slug", name_vi, product.name_vi), ("slug_en", name_en or name_vi, called)):
        if new:
            setattr(product, attribute, taken.take(product.code, name, commune, maker))
        elif slugify(was) != slugify(name):
            addresses.move(product, attribute, taken.take(product.code, name, commune, maker))


def _write_variants(product: Product, rows: Sequence[Mapping[str, Any]]) -> None:
    sizes = list(db.session.scalars(select(Variant).where(Variant.product_id == product.id).order_by(Variant.position)))
    by_sku = {variant.sku: variant for variant in sizes}
    written = []
    for row in rows:
        variant = by_sku.get(row["sku"] or "") or Variant(product_id=product.id, sku=_new_sku(product, by_sku))
        for name in (name for name in (*_OF_VARIANT, "price") if name in row and name != "sku"):
            setattr(variant, name, row[name])
        by_sku[variant.sku] = variant
        written.append(variant)
    left_out = [variant for variant in sizes if variant not in written]
    for position, variant in enumerate([*written, *left_out], start=1):
        variant.position = position
        db.session.add(variant)


def _new_sku(product: Product, known: Mapping[str, Variant]) -> str:
    """``QN001-3``: the next number behind the product's code that no size has."""
    number = len(known) + 1
    while (sku := f"{product.code}-{number}") in known or db.session.scalar(select(Variant.id).filter_by(sku=sku)):
        number += 1
    return sku


def _write_pictures(product: Product, rows: Sequence[Mapping[str, Any]]) -> None:
    photos = {photo.stem: photo for photo in db.session.scalars(select(Photo).filter_by(product_id=product.id))}
    for position, row in enumerate(rows, start=1):
        photo = photos.pop(row["stem"], None) or Photo(product_id=product.id)
        photo.position = position
        for name in _OF_PICTURE:
            setattr(photo, name, row[name])
        db.session.add(photo)
    for photo in photos.values():
        db.session.delete(photo)
