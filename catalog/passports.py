"""What whoever holds a unit may read of it: the passport of a lot, composed in a constant number of queries.

It has what Circular 02/2024/TT-BKHCN wants shown to consumers and what Decree 37/2026/ND-CP, article 32, wants in a
product passport, and the product's OCOP certificate. Nobody learns from it how much was made, delivered or sold.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from catalog import certificates, claims, evidence, gs1, places, registrations, traces
from catalog.cards import certificate_view, first_pictures
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.errors import NotFound
from catalog.evidence import TraceNote, TraceSource, TraceTest
from catalog.lots import Lot
from catalog.outlets import Outlet
from catalog.producers import Producer
from catalog.products import Product, ProductState, Variant
from catalog.stock import MovementKind, StockLevel, StockMovement
from catalog.traces import Trace
from catalog.views import CertificateView, Picture

ARRIVING = (MovementKind.RECEIVED, MovementKind.TRANSFERRED_IN)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An outlet that got some of the lot, and since when it has had any."""

    outlet: Outlet
    day: date


@dataclass(frozen=True, slots=True)
class Own:
    """An earlier lot of the same producer that went into this one. code: None while its trace is a draft."""

    name: str
    lot: str
    made_on: date | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Passport:
    """Everything one page of a trace shows. shown: whether shoppers may see the product's own page.

    gtin: 14 digits, or None.    maker_number: the producer's, never a person's own.    place: where it was made.    ended: its last day has passed.
    certificate: valid now; lapsed: the newest that no longer is.    supplement: whether it is one.
    """

    trace: Trace
    lot: Lot
    variant: Variant
    product: Product
    producer: Producer
    maker_number: str
    shown: bool
    picture: Picture | None
    gtin: str | None
    place: str
    address: str
    ended: bool
    allergens: tuple[str, ...]
    supplement: bool
    facility: str
    certificate: CertificateView | None
    lapsed: CertificateView | None
    sources: tuple[TraceSource, ...]
    own: tuple[Own, ...]
    tests: tuple[TraceTest, ...]
    notes: tuple[TraceNote, ...]
    arrivals: tuple[Arrival, ...]


def passport(code: str, *, alcohol: bool, at: datetime) -> Passport:
    """The passport under this code. code: as ``traces.read_code`` gives it.    alcohol: whether the shop shows drinks.

    Raises NotFound for what nobody has published.
    """
    trace = traces.find_published(code)
    if trace is None:
        raise NotFound(code)
    lot, variant = trace.lot, trace.lot.variant
    product, producer, day = variant.product, variant.product.producer, vietnam_day(at)
    decisions = list(db.session.scalars(certificates.of_product(product.id)))
    valid = next((c for c in decisions if c.valid_on(day)), None)
    ended = next((c for c in decisions if c.signed_on and c.signed_on <= day and not c.valid_on(day)), None)
    made_by = places.get_commune(producer.commune_code).label
    return Passport(
        trace=trace,
        lot=lot,
        variant=variant,
        product=product,
        producer=producer,
        maker_number=_maker_number(producer),
        shown=product.state is ProductState.PUBLISHED and (alcohol or not product.alcohol),
        picture=first_pictures([product.id], "vi").get(product.id),
        gtin=trace.gtin or gs1.read_gtin(variant.gtin or ""),
        place=places.get_commune(product.commune_code).label,
        address=f"{producer.address_vi}, {made_by}",
        ended=lot.best_before is not None and lot.best_before < day,
        allergens=tuple(filter(None, product.allergens.split("|"))),
        supplement=product.group_code.startswith(claims.SUPPLEMENT_GROUP),
        facility=product.facility if not product.facility_expires_on or product.facility_expires_on >= day else "",
        certificate=certificate_view(valid, at, "vi") if valid else None,
        lapsed=certificate_view(ended, at, "vi") if ended and not valid else None,
        sources=tuple(db.session.scalars(evidence.sources_of(trace.id))),
        own=tuple(_own(row.parent) for row in db.session.scalars(evidence.parents_of(trace.id))),
        tests=tuple(db.session.scalars(evidence.tests_of(trace.id))),
        notes=tuple(db.session.scalars(evidence.notes_of(trace.id))),
        arrivals=arrivals(lot.id),
    )


def find_shown(whole: str, *, alcohol: bool) -> Variant | None:
    """The goods with this number that shoppers may see, with their product. whole: 14 digits."""
    query = select(Variant).where(Variant.gtin.in_(gs1.spellings(whole))).options(joinedload(Variant.product))
    variant = db.session.scalar(query.limit(1))
    if variant is None or variant.product.state is not ProductState.PUBLISHED:
        return None
    return variant if alcohol or not variant.product.alcohol else None


def arrivals(lot_id: int) -> tuple[Arrival, ...]:
    """The outlets that got some of a lot, the first first."""
    query = (
        select(Outlet, func.min(StockMovement.at))
        .join(StockLevel, StockLevel.outlet_id == Outlet.id)
        .join(StockMovement, StockMovement.level_id == StockLevel.id)
        .where(StockLevel.lot_id == lot_id, StockMovement.kind.in_(ARRIVING))
        .group_by(Outlet.id)
        .order_by(func.min(StockMovement.at), Outlet.code)
    )
    return tuple(Arrival(outlet, vietnam_day(since)) for outlet, since in db.session.execute(query))


def _maker_number(producer: Producer) -> str:
    """Its registration number; the programme's own where there is none, or where it is the number of a person."""
    number = producer.registration
    return number if number and not registrations.is_personal(number) else producer.code


def _own(parent: Trace) -> Own:
    lot = parent.lot
    return Own(lot.variant.product.name_vi, lot.code, lot.made_on, parent.code if parent.published else None)
