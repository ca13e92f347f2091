"""Shapes that pages are made of: what one card, one shelf or one certificate shows, in the visitor's language.

Frozen and complete: a template asks them for nothing that is not already here, so it can never cause a query.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from catalog.certificates import CertificateState
from catalog.hours import OpeningHours
from catalog.ladder import Ladder, ladder_of
from catalog.money import Money
from catalog.outlets import OutletLevel
from catalog.producers import LegalForm
from catalog.products import Photo, ProductKind


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to show. focus: what must be seen when it is cut, 1–9 as in ``Photo``.

    folder: the address under which only some may fetch its files; empty for one that everybody may see.
    """

    stem: str
    alt: str
    focus: int = 5
    folder: str = ""

    @classmethod
    def of(cls, photo: Photo, lang: str) -> "Picture":
        """A product's picture; an English page shows the Vietnamese words where there are no English ones."""
        return cls(photo.stem, (photo.alt_en if lang == "en" else "") or photo.alt_vi, photo.focus)

    @property
    def ladder(self) -> Ladder:
        """Its files."""
        return ladder_of(self.stem)


class Verdict(StrEnum):
    """What a decision is worth on a day."""

    VALID = "valid"
    REPLACED = "replaced"
    """It would be valid, but a later decision about the product is."""
    NOT_YET = "not_yet"
    LAPSED = "lapsed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One decision.

    state: ``certified`` (valid on the day asked about), ``replaced``, ``lapsed``, ``revoked`` or ``candidate``.
    revocation: number of the decision that took it back, where it is known.
    """

    number: str
    slug: str
    stars: int | None
    score: str | None
    issuer: str
    signed_on: date | None
    expires_on: date | None
    revoked_on: date | None
    state: str
    days_left: int
    note: str
    revocation: str = ""
    revoked_by: str = ""


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product in a list. price: of its cheapest variant; free: units on all shelves; stars: today's, or None."""

    id: int
    slug: str
    name: str
    summary: str
    producer: str
    producer_slug: str
    place: str
    price: Money
    price_from: bool
    unit: str
    per_price: Money | None
    per_unit: str | None
    stars: int | None
    free: int
    picture: Picture | None
    kind: ProductKind
    orderable: bool
    variant_id: int | None
    exportable: bool
    new: bool


@dataclass(frozen=True, slots=True)
class OutletCard:
    """An outlet in a list. x, y: its place on the map, in the map's own units."""

    id: int
    slug: str
    name: str
    level: OutletLevel
    address: str
    commune: str
    commune_code: str
    district_code: str
    phone: str
    opening: OpeningHours
    hours_today: str
    open_now: bool
    opens_next: datetime | None
    distance_km: float | None
    lat: float
    lon: float
    x: float
    y: float
    pickup: bool
    ships: bool


@dataclass(frozen=True, slots=True)
class GroupTile:
    """A group with its number of products and the picture of one of them."""

    slug: str
    name: str
    count: int
    picture: Picture | None
    children: tuple["GroupTile", ...]


@dataclass(frozen=True, slots=True)
class StoryCard:
    """A producer's story in short. slug: the producer's."""

    slug: str
    title: str
    producer: str
    place: str
    excerpt: str
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class ProducerCard:
    """A producer in a list. count: products that shoppers can see.    spot: where on the map's sheet."""

    slug: str
    name: str
    legal_form: LegalForm
    place: str
    summary: str
    quote: str
    picture: Picture | None
    count: int
    spot: tuple[float, float]


@dataclass(frozen=True, slots=True)
class VariantView:
    """One size to choose."""

    id: int
    sku: str
    unit: str
    price: Money
    per_price: Money | None
    per_unit: str | None
    free: int


@dataclass(frozen=True, slots=True)
class ShelfView:
    """Where it can be fetched now. free: units there, all variants."""

    outlet: OutletCard
    free: int


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The home page.    outlets: all of them, the nearest first."""

    month: int
    season: tuple[ProductCard, ...]
    groups: tuple[GroupTile, ...]
    five_star: tuple[ProductCard, ...]
    newly: tuple[ProductCard, ...]
    stories: tuple[StoryCard, ...]
    outlets: tuple[OutletCard, ...]
    products: int
    producers: int
    outlet_count: int
    communes: int


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Everything one product page shows.

    certificate: valid now; lapsed: the newest that no longer is.    vouched: whether the programme's rule about
    certificates lets it be sold.
    """

    id: int
    slug: str
    name: str
    summary: str
    description: str
    kind: ProductKind
    group_code: str
    place: str
    commune_code: str
    commune_slug: str
    producer: ProducerCard
    responsible: str
    pictures: tuple[Picture, ...]
    rendering: bool
    certificate: CertificateView | None
    lapsed: CertificateView | None
    candidate: bool
    vouched: bool
    variants: tuple[VariantView, ...]
    shelves: tuple[ShelfView, ...]
    stock_outlets: int
    vat_class: str
    allergens: tuple[str, ...]
    ingredients: str
    storage: str
    usage: str
    shelf_life: str
    net: tuple[str, ...]
    gross_g: int
    volume_mm3: int
    perishable: bool
    hs_code: str
    alcohol: bool
    video_url: str
    declaration: str
    facility: str
    facility_expires_on: date | None
    alcohol_percent: Decimal | None
    alcohol_licence: str
    exportable: bool
    months: tuple[int, ...]
    story: StoryCard | None
    related: tuple[ProductCard, ...]

    @property
    def free(self) -> int:
        """Units of all variants at all outlets."""
        return sum(variant.free for variant in self.variants)


@dataclass(frozen=True, slots=True)
class ProducerPage:
    """Everything one producer's page shows."""

    producer: ProducerCard
    founded: int | None
    members: int | None
    address: str
    story_title: str
    story: str
    cards: tuple[ProductCard, ...]
    commune_slug: str


@dataclass(frozen=True, slots=True)
class CommunePage:
    """One commune: what it makes, who makes it, where to buy near it."""

    slug: str
    name: str
    province: str
    old_district: str | None
    old_names: str
    cards: tuple[ProductCard, ...]
    producers: tuple[ProducerCard, ...]
    outlets: tuple[OutletCard, ...]


@dataclass(frozen=True, slots=True)
class OutletPage:
    """One outlet. week: (day of the week from 0 = Monday, hours or ``""`` when closed).

    closed: days to come on which it is shut all the same, with the holiday's name or ``""``.
    """

    outlet: OutletCard
    week: tuple[tuple[int, str], ...]
    closed: tuple[tuple[date, str], ...]
    today: int
    note: str
    supplied_by: str | None
    cards: tuple[ProductCard, ...]
    total: int


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """One product of a decision, on its public page.

    verdict: on the day asked about.    counts: the decision its stars come from on that day, if another.    slug: of its
    page; None where the shop has none.
    """

    verdict: Verdict
    certificate: CertificateView
    counts: CertificateView | None
    name: str
    name_en: str
    producer: str
    place: str
    slug: str | None
    picture: Picture | None


def lapsed_state(state: CertificateState, *, valid: bool) -> str:
    """The word a page uses for a certificate on the day asked about."""
    if state is CertificateState.CANDIDATE:
        return "candidate"
    if valid:
        return "certified"
    return "revoked" if state is CertificateState.REVOKED else "lapsed"
