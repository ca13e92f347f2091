"""Products and their variants: what has a page, and what has a SKU, a size and a price."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Select,
    Text,
    select,
    update,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from catalog import history
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import NotFound
from catalog.groups import ALCOHOL_CODES
from catalog.money import Money
from catalog.producers import Producer


class ProductKind(StrEnum):
    """Goods stand on shelves; a tour is asked for and booked by hand."""

    GOODS = "goods"
    TOUR = "tour"


class ProductState(StrEnum):
    """Whether shoppers see it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class VatClass(StrEnum):
    """Tax class; the dated rate of each lives in ``checkout.tax``."""

    FARM = "A"
    CRAFT = "5"
    STANDARD = "8"
    EXCISE = "10"


class Product(Base):
    """One product page. Content fields are bilingual; ``group_code`` is the programme's (``1.3c``).

    ``version`` of the page: grows with every approved change, and with every import of more than prices; 0
    until a page that its producer began is approved.
    ``translated``: of what Vietnamese each English field is a translation, as ``catalog.translations`` marks it.
    ``declaration``: number of the self-declaration, of the registration for a supplement.    ``facility``: number of
    the food safety certificate of the place, with its last day.    ``video_url``: https, at a host of
    ``page_fields.VIDEO_HOSTS``.    ``export_wish``: its producer wants to sell it abroad.
    ``key_product``: one of the province's own choice ("sản phẩm chủ lực"), set by officers.
    """

    __tablename__ = "products"
    __table_args__ = (Index("ix_products_producer_id", "producer_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    code: Mapped[str] = mapped_column(text_column(16), unique=True)
    slug: Mapped[str] = mapped_column(text_column(160), unique=True)
    slug_en: Mapped[str] = mapped_column(text_column(160), unique=True)
    name_vi: Mapped[str] = mapped_column(text_column(160))
    name_en: Mapped[str] = mapped_column(text_column(160))
    kind: Mapped[ProductKind] = mapped_column(enum_column(ProductKind))
    state: Mapped[ProductState] = mapped_column(enum_column(ProductState))
    group_code: Mapped[str] = mapped_column(text_column(8), index=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producers.id"))
    commune_code: Mapped[str] = mapped_column(text_column(5), index=True)
    district_code: Mapped[str] = mapped_column(text_column(3))
    summary_vi: Mapped[str] = mapped_column(text_column(200))
    summary_en: Mapped[str] = mapped_column(text_column(200), default="")
    description_vi: Mapped[str] = mapped_column(Text)
    description_en: Mapped[str] = mapped_column(Text, default="")
    ingredients_vi: Mapped[str] = mapped_column(Text, default="")
    ingredients_en: Mapped[str] = mapped_column(Text, default="")
    allergens: Mapped[str] = mapped_column(text_column(120), default="")
    storage_vi: Mapped[str] = mapped_column(Text, default="")
    storage_en: Mapped[str] = mapped_column(Text, default="")
    usage_vi: Mapped[str] = mapped_column(Text, default="")
    usage_en: Mapped[str] = mapped_column(Text, default="")
    shelf_life: Mapped[str] = mapped_column(text_column(16), default="")
    vat_class: Mapped[VatClass] = mapped_column(enum_column(VatClass))
    hs_code: Mapped[str] = mapped_column(text_column(10), default="")
    export_class: Mapped[str] = mapped_column(text_column(1))
    season: Mapped[str] = mapped_column(text_column(40), default="")
    video_url: Mapped[str] = mapped_column(text_column(300), default="")
    export_wish: Mapped[bool] = mapped_column(Boolean, default=False)
    declaration: Mapped[str] = mapped_column(text_column(60), default="")
    facility: Mapped[str] = mapped_column(text_column(60), default="")
    facility_expires_on: Mapped[date | None] = mapped_column(Date)
    alcohol_percent: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    alcohol_licence: Mapped[str] = mapped_column(text_column(60), default="")
    translated: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)
    key_product: Mapped[bool] = mapped_column(Boolean, default=False)

    producer: Mapped[Producer] = relationship(lazy="raise_on_sql")

    @property
    def alcohol(self) -> bool:
        """Whether the shop may show it only when alcohol is switched on."""
        return self.group_code in ALCOHOL_CODES

    @property
    def life_days(self) -> int | None:
        """Days from its making until it expires, months counted short; None where nobody says."""
        if not self.shelf_life:
            return None
        number = int(self.shelf_life[:-1])
        return number if self.shelf_life.endswith("d") else 28 * number

    @property
    def perishable(self) -> bool:
        """Fresh or cooled goods, which may travel one day at most (export classes N and X, or ten days of life)."""
        return self.export_class in ("N", "X") or (self.life_days is not None and self.life_days <= 10)


class Variant(Base):
    """One size of a product: the unit that is priced, stocked and sold.

    ``net_amount`` is in ``net_unit`` (``g``, ``ml``, ``piece``, ``set``, ``m``, ``person``), ``gross_g`` whole grams
    packed for shipping, sizes whole millimetres, ``price`` đồng including VAT. ``gtin``: the number under the bar code
    on the packing, 8, 13 or 14 digits; None where the producer has none.    ``low_stock``: free units at an outlet below
    which its producer wants to be told; 0 for never.
    """

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint("price > 0", name="price_positive"),
        Index("ix_variants_product_id_position", "product_id", "position"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str] = mapped_column(text_column(32), unique=True)
    position: Mapped[int] = mapped_column(Integer)
    unit_vi: Mapped[str] = mapped_column(text_column(60))
    unit_en: Mapped[str] = mapped_column(text_column(60))
    net_amount: Mapped[int] = mapped_column(Integer)
    net_unit: Mapped[str] = mapped_column(text_column(8))
    gross_g: Mapped[int] = mapped_column(Integer)
    length_mm: Mapped[int] = mapped_column(Integer)
    width_mm: Mapped[int] = mapped_column(Integer)
    height_mm: Mapped[int] = mapped_column(Integer)
    price: Mapped[int] = mapped_column(BigInteger)
    gtin: Mapped[str | None] = mapped_column(text_column(14), unique=True)
    low_stock: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    product: Mapped[Product] = relationship(lazy="raise_on_sql")

    @property
    def money(self) -> Money:
        """The price."""
        return Money(self.price)

    @property
    def per_measure(self) -> tuple[Money, str] | None:
        """Price per kg or litre, as the law asks for measured goods; None for pieces."""
        measure = {"g": "kg", "ml": "l"}.get(self.net_unit)
        if measure is None or self.net_amount <= 0:
            return None
        return Money((self.price * 1000 * 2 + self.net_amount) // (2 * self.net_amount)), measure


class Photo(Base):
    """A picture of a product: ``stem`` names its files, as ``catalog.ladder`` says.

    ``focus``: what must be seen when it is cut, 1–9 in a grid of three by three, read as words are; 5 is the middle.
    ``consent``: who sent it said that they may show it, and that people in it agree.
    """

    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_product_id_position", "product_id", "position"),
        Index("ix_photos_stem", "stem"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    position: Mapped[int] = mapped_column(Integer)
    stem: Mapped[str] = mapped_column(text_column(64))
    alt_vi: Mapped[str] = mapped_column(text_column(200))
    alt_en: Mapped[str] = mapped_column(text_column(200), default="")
    rendering: Mapped[bool] = mapped_column(Boolean, default=False)
    focus: Mapped[int] = mapped_column(Integer, default=5)
    credit: Mapped[str] = mapped_column(text_column(120), default="")
    consent: Mapped[bool] = mapped_column(Boolean, default=False)


class RetiredSlug(Base):
    """An address a product once had; it answers with a permanent redirect."""

    __tablename__ = "retired_slugs"

    slug: Mapped[str] = mapped_column(text_column(160), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))


def published(*, alcohol: bool) -> Select[Product]:
    """Products shoppers may see. alcohol: whether the shop shows alcoholic drinks at all."""
    query = select(Product).where(Product.state == ProductState.PUBLISHED)
    return query if alcohol else query.where(Product.group_code.not_in(ALCOHOL_CODES))


def get_product(slug: str, *, alcohol: bool) -> Product:
    """The product at this address, with its producer. Raises NotFound for what shoppers may not see."""
    found = published(alcohol=alcohol).where(Product.slug == slug).options(joinedload(Product.producer))
    product = db.session.scalar(found)
    if product is None:
        raise NotFound(slug)
    return product


def is_alcohol(slug: str) -> bool:
    """Whether an alcoholic product has, or once had, this address."""
    here = (Product.slug == slug) | Product.id.in_(select(RetiredSlug.product_id).where(RetiredSlug.slug == slug))
    found = published(alcohol=True).where(here, Product.group_code.in_(ALCOHOL_CODES))
    return db.session.scalar(found.with_only_columns(Product.id).limit(1)) is not None


def is_alcohol_variant(variant_id: int) -> bool:
    """Whether this is a size of an alcoholic product."""
    query = select(Variant.id).join(Product, Product.id == Variant.product_id)
    return db.session.scalar(query.where(Variant.id == variant_id, Product.group_code.in_(ALCOHOL_CODES))) is not None


def makes_alcohol(producer_id: int) -> bool:
    """Whether a producer has an alcoholic product on the market."""
    found = published(alcohol=True).where(Product.producer_id == producer_id, Product.group_code.in_(ALCOHOL_CODES))
    return db.session.scalar(found.with_only_columns(Product.id).limit(1)) is not None


def has_photo(stem: str) -> bool:
    """Whether the page of a product carries this picture."""
    return db.session.scalar(select(Photo.id).where(Photo.stem == stem).limit(1)) is not None


def find_renamed(slug: str, *, alcohol: bool) -> Product | None:
    """The product that once had this address, if shoppers may see it."""
    renamed = published(alcohol=alcohol).join(RetiredSlug, RetiredSlug.product_id == Product.id)
    return db.session.scalar(renamed.where(RetiredSlug.slug == slug))


def mark_key(product: Product, key: bool, *, actor: str, at: datetime) -> bool:
    """From now on it is a key product of the province, or is not. Returns False where nothing changed."""
    marked = update(Product).where(Product.id == product.id, Product.key_product != key).values(key_product=key)
    changed = db.session.scalar(marked.returning(Product.id).execution_options(synchronize_session=False)) is not None
    if changed:
        db.session.refresh(product, ["key_product"])
        subject = f"product:{product.code}"
        history.record("product.key_marked", subject, actor=actor, at=at, before=not key, after=key)
    return changed
