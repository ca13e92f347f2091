"""Cards: what one product, producer, outlet, group or certificate shows in a list. Reads only; a fixed number of queries.

Texts come in the visitor's language; where an English text is missing the Vietnamese one stands in.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from catalog import atlas, certificates, lapses, outlets, places, stock
from catalog.certificates import Certificate
from catalog.clock import vietnam_day
from catalog.columns import EXPORTABLE_CLASSES, Columns, Filters, Sort
from catalog.db import db
from catalog.groups import groups
from catalog.holidays import EXPECTED, Holidays
from catalog.lapses import LapsedPolicy, Lapses
from catalog.outlets import Outlet
from catalog.producers import Producer
from catalog.products import Photo, Product, ProductKind, ProductState, Variant
from catalog.views import (
    CertificateView,
    GroupTile,
    OutletCard,
    Picture,
    ProducerCard,
    ProductCard,
    lapsed_state,
)

NEW_FOR = timedelta(days=90)
Position = tuple[float, float]
"""Latitude and longitude of the visitor, in degrees."""


def product_cards(
    product_ids: Sequence[int], *, at: datetime, lang: str = "vi", lapsed: LapsedPolicy = LapsedPolicy.HIDE_STARS
) -> tuple[ProductCard, ...]:
    """Cards in the order of the ids, in five queries, seven where certificates have run out; ids shoppers may not see are left out.

    lapsed: what may be bought of a product without a valid certificate (a setting of the programme).
    """
    if not product_ids:
        return ()
    ids = list(dict.fromkeys(product_ids))
    query = select(Product, Producer).join(Producer, Producer.id == Product.producer_id)
    rows = db.session.execute(query.where(Product.id.in_(ids), Product.state == ProductState.PUBLISHED)).all()
    by_id = {product.id: (product, producer) for product, producer in rows}
    sizes: dict[int, list[Variant]] = {}
    active = select(Variant).where(Variant.product_id.in_(ids), Variant.active).order_by(Variant.position)
    for variant in db.session.scalars(active):
        sizes.setdefault(variant.product_id, []).append(variant)
    pictures = first_pictures(ids, lang)
    valid = certificates.current(ids, at=at)
    product_of = {variant.id: product_id for product_id, variants in sizes.items() for variant in variants}
    rule = lapses.of(ids, valid, policy=lapsed, at=at)
    free = rule.free(stock.free_by_variant(list(product_of), at=at), product_of, at=at)
    found = []
    for product_id in ids:
        if product_id in by_id and product_id in sizes:
            product, producer = by_id[product_id]
            picture, certificate = pictures.get(product_id), valid.get(product_id)
            found.append(_card(product, producer, sizes[product_id], picture, certificate, free, at, lang, rule))
    return tuple(found)


def producer_cards(
    columns: Columns, *, lang: str = "vi", legal_form: str | None = None, commune: str | None = None
) -> tuple[ProducerCard, ...]:
    """All producers that have something to show, by name. Two queries."""
    first: dict[int, int] = {}
    count: dict[int, int] = {}
    for producer, product in zip(columns.producer.tolist(), columns.ids.tolist(), strict=True):
        first.setdefault(producer, product)
        count[producer] = count.get(producer, 0) + 1
    query = select(Producer).where(Producer.id.in_(list(first))).order_by(Producer.slug)
    if legal_form:
        query = query.where(Producer.legal_form == legal_form)
    if commune:
        query = query.where(Producer.commune_code == commune)
    makers = list(db.session.scalars(query))
    pictures = first_pictures([first[p.id] for p in makers], lang)
    return tuple(producer_card(p, pictures.get(first[p.id]), count[p.id], lang) for p in makers)


def producer_card(row: Producer, picture: Picture | None, count: int, lang: str) -> ProducerCard:
    commune = places.get_commune(row.commune_code)
    return ProducerCard(
        slug=row.slug,
        name=word(row, "name", lang),
        legal_form=row.legal_form,
        place=place(row.commune_code),
        summary=word(row, "summary", lang),
        quote=word(row, "quote", lang),
        picture=picture,
        count=count,
        spot=atlas.project(commune.lat, commune.lon),
    )


def outlet_cards(
    *,
    near: Position | None,
    at: datetime,
    lang: str = "vi",
    only: Iterable[int] | None = None,
    holidays: Holidays = EXPECTED,
) -> tuple[OutletCard, ...]:
    """Outlets, the nearest first (by code when nobody knows where the visitor is). One query."""
    query = outlets.active()
    if only is not None:
        query = query.where(Outlet.id.in_(list(only)))
    rows = db.session.scalars(query)
    found = [outlet_card(outlet, near=near, at=at, lang=lang, holidays=holidays) for outlet in rows]
    return tuple(sorted(found, key=lambda card: card.distance_km or 0.0) if near else found)


def outlet_card(
    outlet: Outlet, *, near: Position | None, at: datetime, lang: str = "vi", holidays: Holidays = EXPECTED
) -> OutletCard:
    """One outlet as a card."""
    hours = outlet.opening(holidays)
    x, y = atlas.project(outlet.lat, outlet.lon)
    return OutletCard(
        id=outlet.id,
        slug=outlet.slug,
        name=word(outlet, "name", lang),
        level=outlet.level,
        address=outlet.address_vi,
        commune=places.get_commune(outlet.commune_code).full_name,
        commune_code=outlet.commune_code,
        district_code=outlet.district_code,
        phone=outlet.phone,
        opening=hours,
        hours_today=", ".join(f"{s.start:%H:%M}–{s.end:%H:%M}" for s in hours.on(vietnam_day(at))),
        open_now=hours.is_open(at),
        opens_next=hours.next_open(at),
        distance_km=places.distance_km(*near, outlet.lat, outlet.lon) if near else None,
        lat=outlet.lat,
        lon=outlet.lon,
        x=x,
        y=y,
        pickup=outlet.pickup,
        ships=outlet.ships,
    )


def group_tiles(columns: Columns, lang: str = "vi") -> tuple[GroupTile, ...]:
    """The groups that have products, each with its subgroups and the picture of its best product. One query."""
    counts = columns.group_counts()
    best: dict[str, int] = {}
    for tile in groups():
        if tile.parent is None:
            chosen = columns.choose(Filters(group=tile.slug), sort=Sort.STARS, page=1, size=1)
            best.update((tile.slug, product) for product in chosen.ids)
    pictures = first_pictures(list(best.values()), lang)
    tiles = []
    for group in groups():
        if group.parent is None and (count := sum(counts.get(code, 0) for code in group.codes)):
            children = tuple(
                GroupTile(
                    child.slug,
                    child.name_en if lang == "en" else child.name_vi,
                    counts[child.codes[0]],
                    None,
                    (),
                )
                for child in groups()
                if child.parent == group.slug and counts.get(child.codes[0])
            )
            name = group.name_en if lang == "en" else group.name_vi
            tiles.append(GroupTile(group.slug, name, count, pictures.get(best.get(group.slug, 0)), children))
    return tuple(tiles)


def certificate_view(row: Certificate, at: datetime, lang: str) -> CertificateView:
    day = vietnam_day(at)
    return CertificateView(
        number=row.number,
        slug=row.slug,
        stars=row.stars,
        score=f"{row.score}".replace(".", "," if lang == "vi" else ".") if row.score is not None else None,
        issuer=row.issuer_vi,
        signed_on=row.signed_on,
        expires_on=row.expires_on,
        revoked_on=row.revoked_on,
        state=lapsed_state(row.state, valid=row.valid_on(day)),
        days_left=max(0, (row.expires_on - day).days) if row.expires_on else 0,
        note=row.note_vi,
        revocation=row.revocation_number,
        revoked_by=row.revocation_issuer_vi,
    )


def first_pictures(product_ids: list[int], lang: str) -> dict[int, Picture]:
    lowest = (
        select(Photo.product_id, func.min(Photo.position).label("position"))
        .where(Photo.product_id.in_(product_ids))
        .group_by(Photo.product_id)
        .subquery()
    )
    query = select(Photo).join(
        lowest, (lowest.c.product_id == Photo.product_id) & (lowest.c.position == Photo.position)
    )
    return {p.product_id: Picture.of(p, lang) for p in db.session.scalars(query)}


def place(commune_code: str) -> str:
    commune = places.get_commune(commune_code)
    return f"{commune.full_name} · {commune.old_district} cũ" if commune.old_district else commune.label


def word(row: object, name: str, lang: str) -> str:
    english = str(getattr(row, f"{name}_en", "")) if lang == "en" else ""
    return english or str(getattr(row, f"{name}_vi"))


def _card(
    product: Product, producer: Producer, sizes: list[Variant], picture: Picture | None,
    certificate: Certificate | None, free: dict[int, int], at: datetime, lang: str, rule: Lapses,
) -> ProductCard:  # fmt: skip
    cheapest = min(sizes, key=lambda v: v.price)
    per = cheapest.per_measure
    goods = product.kind is ProductKind.GOODS
    units = sum(free.get(v.id, 0) for v in sizes)
    signed = certificate.signed_on if certificate else None
    return ProductCard(
        id=product.id,
        slug=product.slug,
        name=word(product, "name", lang),
        summary=word(product, "summary", lang),
        producer=word(producer, "name", lang),
        producer_slug=producer.slug,
        place=places.get_commune(product.commune_code).full_name,
        price=cheapest.money,
        price_from=len({v.price for v in sizes}) > 1,
        unit=word(cheapest, "unit", lang),
        per_price=per[0] if per else None,
        per_unit=per[1] if per else None,
        stars=certificate.stars if certificate else None,
        free=units,
        picture=picture,
        kind=product.kind,
        orderable=goods and units > 0 and rule.orderable(product.id),
        variant_id=sizes[0].id if len(sizes) == 1 and goods else None,
        exportable=product.export_class in EXPORTABLE_CLASSES,
        new=signed is not None and vietnam_day(at) - signed < NEW_FOR,
    )
