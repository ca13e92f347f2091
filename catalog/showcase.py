"""What shoppers see, composed in a constant number of queries: cards, the front page, one product, one outlet.

Everything here reads and nothing writes. Texts come in the visitor's language; where an English text is missing the
Vietnamese one stands in.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from catalog import certificates, lapses, outlets, places, stock
from catalog.cards import (
    Position,
    certificate_view,
    first_pictures,
    group_tiles,
    outlet_card,
    outlet_cards,
    place,
    producer_card,
    producer_cards,
    product_cards,
    word,
)
from catalog.certificates import Certificate
from catalog.clock import vietnam_day
from catalog.columns import EXPORTABLE_CLASSES, Columns, Filters, Sort
from catalog.db import db
from catalog.errors import NotFound
from catalog.groups import groups
from catalog.holidays import EXPECTED, Holidays
from catalog.lapses import LapsedPolicy
from catalog.outlets import Outlet
from catalog.producers import Producer
from catalog.products import Photo, Product, ProductKind, ProductState, Variant, get_product
from catalog.text import slugify
from catalog.views import (
    CertificateEntry,
    CommunePage,
    FrontPage,
    OutletPage,
    Picture,
    ProducerPage,
    ProductPage,
    ShelfView,
    StoryCard,
    VariantView,
    Verdict,
)

CLOSED_AHEAD = 31
"""Days for which an outlet's page tells beforehand that it will be shut."""


def front_page(
    columns: Columns,
    *,
    near: Position,
    at: datetime,
    lang: str = "vi",
    lapsed: LapsedPolicy = LapsedPolicy.HIDE_STARS,
    holidays: Holidays = EXPECTED,
) -> FrontPage:
    """The home page: what is in season, five stars, newly certified, stories, the nearest outlets."""
    day = vietnam_day(at)
    season = columns.in_season(day.month, 8)
    five = columns.starred(5, 4)
    newly = columns.newly_certified(8)
    tiles = group_tiles(columns)
    drawn = product_cards([*season, *five, *newly], at=at, lang=lang, lapsed=lapsed)
    by_id = {card.id: card for card in drawn}
    told = select(Producer).where(Producer.story_vi != "").order_by(Producer.id)
    selling = set(columns.producer.tolist())
    tellers = [maker for maker in db.session.scalars(told) if maker.id in selling]
    start = day.toordinal() * 3 % max(1, len(tellers))
    chosen = (tellers[start:] + tellers[:start])[:3]
    near_first = outlet_cards(near=near, at=at, lang=lang, holidays=holidays)
    return FrontPage(
        month=day.month,
        season=tuple(by_id[i] for i in season if i in by_id),
        groups=tiles,
        five_star=tuple(by_id[i] for i in five if i in by_id),
        newly=tuple(by_id[i] for i in newly if i in by_id),
        stories=_stories(chosen, columns, lang),
        outlets=near_first,
        products=len(columns.ids),
        producers=len(set(columns.producer.tolist())),
        outlet_count=len(near_first),
        communes=len(columns.commune.names),
    )


def product_page(
    slug: str,
    columns: Columns,
    *,
    near: Position,
    alcohol: bool,
    at: datetime,
    lang: str = "vi",
    lapsed: LapsedPolicy = LapsedPolicy.HIDE_STARS,
    holidays: Holidays = EXPECTED,
) -> ProductPage:
    """One product's page. Raises NotFound for what shoppers may not see."""
    product = get_product(slug, alcohol=alcohol)
    sizes = list(
        db.session.scalars(
            select(Variant).where(Variant.product_id == product.id, Variant.active).order_by(Variant.position)
        )
    )
    if not sizes:
        raise NotFound(slug)
    photos = list(db.session.scalars(select(Photo).where(Photo.product_id == product.id).order_by(Photo.position)))
    return page_of(product, sizes, photos, columns, near=near, at=at, lang=lang, lapsed=lapsed, holidays=holidays)


def page_of(
    product: Product,
    sizes: Sequence[Variant],
    photos: Sequence[Photo],
    columns: Columns,
    *,
    near: Position,
    at: datetime,
    lang: str = "vi",
    lapsed: LapsedPolicy = LapsedPolicy.HIDE_STARS,
    holidays: Holidays = EXPECTED,
) -> ProductPage:
    """A page of these rows, which need not be in the database yet: so a preview is the page itself.

    product: with its producer.    sizes: at least one, those that are sold.
    """
    producer = product.producer
    day = vietnam_day(at)
    decisions = list(db.session.scalars(certificates.of_product(product.id)))
    valid = next((c for c in decisions if c.valid_on(day)), None)
    ended = next((c for c in decisions if c.signed_on and c.signed_on <= day and not c.valid_on(day)), None)
    rule = lapses.of([product.id], [product.id] if valid else [], policy=lapsed, at=at)
    standing_on = stock.shelves([v.id for v in sizes], at=at) if product.kind is ProductKind.GOODS else []
    shelves = rule.narrow(standing_on, dict.fromkeys((v.id for v in sizes), product.id))
    free: dict[int, int] = {}
    at_outlet: dict[int, int] = {}
    for shelf in shelves:
        free[shelf.variant_id] = free.get(shelf.variant_id, 0) + shelf.free
        at_outlet[shelf.outlet_id] = at_outlet.get(shelf.outlet_id, 0) + shelf.free
    there = list(at_outlet)
    standing = outlet_cards(near=near, at=at, lang=lang, only=there, holidays=holidays) if there else ()
    commune = places.get_commune(product.commune_code)
    related = _related(product, columns)
    pictures = tuple(Picture.of(p, lang) for p in photos)
    return ProductPage(
        id=product.id,
        slug=product.slug,
        name=word(product, "name", lang),
        summary=word(product, "summary", lang),
        description=word(product, "description", lang),
        kind=product.kind,
        group_code=product.group_code,
        place=place(product.commune_code),
        commune_code=product.commune_code,
        commune_slug=slugify(commune.name),
        producer=producer_card(producer, pictures[0] if pictures else None, 0, lang),
        responsible=f"{word(producer, 'name', lang)}, {producer.address_vi}, {commune.label}",
        pictures=pictures,
        rendering=any(p.rendering for p in photos),
        certificate=certificate_view(valid, at, lang) if valid else None,
        lapsed=certificate_view(ended, at, lang) if ended and not valid else None,
        candidate=any(c.pending for c in decisions),
        vouched=rule.orderable(product.id),
        variants=tuple(_variant(v, free.get(v.id, 0), lang) for v in sizes),
        shelves=tuple(ShelfView(outlet, at_outlet[outlet.id]) for outlet in standing),
        stock_outlets=len(at_outlet),
        vat_class=product.vat_class.value,
        allergens=tuple(filter(None, product.allergens.split("|"))),
        ingredients=word(product, "ingredients", lang),
        storage=word(product, "storage", lang),
        usage=word(product, "usage", lang),
        shelf_life=product.shelf_life,
        net=tuple(f"{v.net_amount} {v.net_unit}" for v in sizes),
        gross_g=sizes[0].gross_g,
        volume_mm3=sizes[0].length_mm * sizes[0].width_mm * sizes[0].height_mm,
        perishable=product.perishable,
        hs_code=product.hs_code,
        alcohol=product.alcohol,
        video_url=product.video_url,
        declaration=product.declaration,
        facility=product.facility,
        facility_expires_on=product.facility_expires_on,
        alcohol_percent=product.alcohol_percent,
        alcohol_licence=product.alcohol_licence,
        exportable=product.export_class in EXPORTABLE_CLASSES,
        months=tuple(int(month) for month in product.season.split("|") if month),
        story=_story(producer, pictures[0] if pictures else None, lang) if word(producer, "story", lang) else None,
        related=product_cards(related, at=at, lang=lang, lapsed=lapsed),
    )


def producer_page(
    producer: Producer,
    columns: Columns,
    *,
    at: datetime,
    lang: str = "vi",
    lapsed: LapsedPolicy = LapsedPolicy.HIDE_STARS,
) -> ProducerPage:
    """One producer's page with all products of theirs that shoppers may see."""
    chosen = columns.choose(Filters(producer=producer.id), sort=Sort.STARS, page=1, size=60)
    made = product_cards(chosen.ids, at=at, lang=lang, lapsed=lapsed)
    commune = places.get_commune(producer.commune_code)
    return ProducerPage(
        producer=producer_card(producer, made[0].picture if made else None, len(made), lang),
        founded=producer.founded,
        members=producer.members,
        address=f"{producer.address_vi}, {commune.label}",
        story_title=word(producer, "story_title", lang),
        story=word(producer, "story", lang),
        cards=made,
        commune_slug=slugify(commune.name),
    )


def commune_page(
    slug: str,
    columns: Columns,
    *,
    at: datetime,
    lang: str = "vi",
    lapsed: LapsedPolicy = LapsedPolicy.HIDE_STARS,
    holidays: Holidays = EXPECTED,
) -> CommunePage:
    """One commune of the shop's province. Raises NotFound for any other."""
    commune = next((c for c in places.communes(places.HOME) if slugify(c.name) == slug), None)
    if commune is None:
        raise NotFound(slug)
    chosen = columns.choose(Filters(communes=(commune.code,)), sort=Sort.STARS, page=1, size=60)
    return CommunePage(
        slug=slug,
        name=commune.full_name,
        province=places.get_province(commune.province_code).full_name,
        old_district=commune.old_district,
        old_names=", ".join(places.formed_from(commune.code)),
        cards=product_cards(chosen.ids, at=at, lang=lang, lapsed=lapsed),
        producers=producer_cards(columns, lang=lang, commune=commune.code),
        outlets=outlet_cards(near=(commune.lat or 0, commune.lon or 0), at=at, lang=lang, holidays=holidays)[:3],
    )


def outlet_page(
    slug: str,
    columns: Columns,
    *,
    near: Position | None,
    at: datetime,
    lang: str = "vi",
    lapsed: LapsedPolicy = LapsedPolicy.HIDE_STARS,
    holidays: Holidays = EXPECTED,
) -> OutletPage:
    """One outlet with what stands on its shelves. Raises NotFound."""
    outlet = outlets.get_outlet(slug)
    supplier = db.session.get(Outlet, outlet.supplied_by_id) if outlet.supplied_by_id else None
    chosen = columns.choose(Filters(outlet=outlet.id), sort=Sort.STARS, page=1, size=12)
    opening = outlet.opening(holidays)
    week = tuple(
        (weekday, ", ".join(f"{s.start:%H:%M}–{s.end:%H:%M}" for s in spans))
        for weekday, spans in enumerate(opening.week)
    )
    today = vietnam_day(at)
    ahead = [day for n in range(CLOSED_AHEAD) if opening.week[(day := today + timedelta(days=n)).weekday()]]
    return OutletPage(
        outlet=outlet_card(outlet, near=near, at=at, lang=lang, holidays=holidays),
        week=week,
        closed=tuple((day, holidays.get(day, "")) for day in ahead if day in opening.closed),
        today=vietnam_day(at).weekday(),
        note=outlet.note_vi,
        supplied_by=word(supplier, "name", lang) if supplier else None,
        cards=product_cards(chosen.ids, at=at, lang=lang, lapsed=lapsed),
        total=chosen.total,
    )


def certificate_entries(slug: str, *, alcohol: bool, on: datetime, lang: str = "vi") -> tuple[CertificateEntry, ...]:
    """Every product decided about under this number, as each stood at ``on``; the last signed first, none for no such number.

    Products the shop no longer shows are named all the same: their stars were real. Those it has never shown are not.
    Four queries.
    """
    rows = list(db.session.scalars(certificates.numbered(slug)))
    ids = [row.product_id for row in rows]
    query = select(Product, Producer).join(Producer, Producer.id == Product.producer_id).where(Product.id.in_(ids))
    query = query.where(Product.state != ProductState.DRAFT)  # its name is its producer's own, and nobody has read it
    named = {
        product.id: (product, maker) for product, maker in db.session.execute(query) if alcohol or not product.alcohol
    }
    counting = certificates.current(list(named), at=on)
    pictures = first_pictures(list(named), lang)
    shown = sorted(
        (row for row in rows if row.product_id in named),
        key=lambda row: (row.signed_on or date.min, row.issuer_vi, -row.id),
        reverse=True,
    )
    found = []
    for row in shown:
        product, maker = named[row.product_id]
        counts = counting.get(row.product_id)
        verdict = _verdict(row, counts, vietnam_day(on))
        view = certificate_view(row, on, lang)
        sold = product.state is ProductState.PUBLISHED
        found.append(
            CertificateEntry(
                verdict=verdict,
                certificate=replace(view, state="replaced") if verdict is Verdict.REPLACED else view,
                counts=certificate_view(counts, on, lang) if counts and counts.id != row.id else None,
                name=product.name_vi,
                name_en=product.name_en,
                producer=maker.name_vi,
                place=place(product.commune_code),
                slug=product.slug if sold else None,
                picture=pictures.get(product.id) if sold else None,
            )
        )
    return tuple(found)


def _verdict(row: Certificate, counts: Certificate | None, day: date) -> Verdict:
    if row.revoked_on is not None and row.revoked_on <= day:
        return Verdict.REVOKED
    if row.valid_on(day):
        return Verdict.VALID if counts is None or counts.id == row.id else Verdict.REPLACED
    return Verdict.NOT_YET if row.signed_on is not None and row.signed_on > day else Verdict.LAPSED


def _stories(makers: Sequence[Producer], columns: Columns, lang: str) -> tuple[StoryCard, ...]:
    """Those of them that have a story, each with the picture of a product shoppers see. One query."""
    tellers = [maker for maker in makers if word(maker, "story", lang)]
    first = {maker.id: columns.first_of(maker.id) for maker in tellers}
    pictures = first_pictures([product for product in first.values() if product is not None], lang)
    return tuple(_story(maker, pictures.get(first[maker.id] or 0), lang) for maker in tellers)


def _story(maker: Producer, picture: Picture | None, lang: str) -> StoryCard:
    return StoryCard(
        slug=maker.slug,
        title=word(maker, "story_title", lang),
        producer=word(maker, "name", lang),
        place=places.get_commune(maker.commune_code).full_name,
        excerpt=_excerpt(word(maker, "story", lang)),
        picture=picture,
    )


def _related(product: Product, columns: Columns) -> list[int]:
    """Others of the same producer, then of the same group, four in all."""
    same_maker = columns.choose(Filters(producer=product.producer_id), sort=Sort.STARS, page=1, size=5).ids
    group = next(g.slug for g in groups() if g.parent and product.group_code in g.codes)
    same_group = columns.choose(Filters(group=group), sort=Sort.STARS, page=1, size=6).ids
    return [i for i in dict.fromkeys([*same_maker, *same_group]) if i != product.id][:4]


def _variant(row: Variant, free: int, lang: str) -> VariantView:
    per = row.per_measure
    unit, per_unit = (per[0], per[1]) if per else (None, None)
    return VariantView(row.id, row.sku, word(row, "unit", lang), row.money, unit, per_unit, free)


def _excerpt(text: str, length: int = 220) -> str:
    first = text.split("\n\n", 1)[0].strip()
    return first if len(first) <= length else first[:length].rsplit(" ", 1)[0].rstrip(",;:–") + "…"
