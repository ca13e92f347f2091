"""The public calendar: fairs, festivals and conferences, what is coming first; one page each, and a calendar file."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func

from catalog import cards, fairs, places
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.fairs import Fair, FairKind, FairState
from catalog.text import slugify
from storefront import calendar_file, programme_words, structured
from storefront.calendar_file import Entry
from storefront.i18n import language
from storefront.keeping import kept
from storefront.outside import outside, settings
from storefront.programme import lapsed

bp = Blueprint("fairs", __name__)


@dataclass(frozen=True, slots=True)
class FairCard:
    """One event as the calendar shows it, in the visitor's language. days: in words."""

    slug: str
    name: str
    kind: FairKind
    days: str
    starts_on: date
    place: str
    organiser: str
    cancelled: bool
    now: bool


@dataclass(frozen=True, slots=True)
class FairPage:
    """One event's page. commune_slug: of the commune's page, None outside of ours.    host: of the organiser's link."""

    card: FairCard
    ends_on: date
    paragraphs: tuple[str, ...]
    commune: str | None
    commune_slug: str | None
    link: str
    host: str


@bp.get("/su-kien")
@kept
def index() -> str:
    """What is coming, then the past of one year (``nam``, else the latest)."""
    today = vietnam_day(outside().now())
    past = fairs.past(on=today)
    year_of = func.extract("year", Fair.starts_on)
    counted = past.order_by(None).with_only_columns(year_of, func.count()).group_by(year_of)
    years = sorted(((int(year), count) for year, count in db.session.execute(counted)), reverse=True)
    asked = request.args.get("nam", "")
    year = int(asked) if asked in {str(year) for year, _count in years} else (years[0][0] if years else None)
    shown = past.where(Fair.starts_on >= date(year, 1, 1), Fair.starts_on <= date(year, 12, 31)) if year else None
    return render_template(
        "shop/fairs/index.html",
        coming=[_card(fair, today) for fair in db.session.scalars(fairs.coming(on=today))],
        past=[_card(fair, today) for fair in db.session.scalars(shown)] if shown is not None else [],
        years=years,
        year=year,
    )


@bp.get("/su-kien/<slug>")
@kept
def show(slug: str) -> str:
    """One event: when, where, by whom, and which products and producers take part."""
    now = outside().now()
    fair = fairs.get_public(slug)
    page = _page(fair, vietnam_day(now))
    columns = outside().columns.current(at=now)
    ids = [product.id for product in db.session.scalars(fairs.products_of(fair)) if product.id in columns.slugs]
    return render_template(
        "shop/fairs/show.html",
        page=page,
        cards=cards.product_cards(ids, at=now, lang=language(), lapsed=lapsed()),
        makers=[
            (cards.word(maker, "name", language()), maker.slug, cards.place(maker.commune_code))
            for maker in db.session.scalars(fairs.producers_of(fair))
        ],
        jsonld=structured.event(
            name=page.card.name,
            url=url_for("shop.fairs.show", slug=slug, _external=True),
            starts_on=fair.starts_on,
            ends_on=fair.ends_on,
            place=page.card.place,
            commune=page.commune,
            organiser=page.card.organiser,
            description=" ".join(page.paragraphs),
            cancelled=page.card.cancelled,
        ),
    )


@bp.get("/su-kien.ics")
def calendar() -> Response:
    """Everything that is coming, and what was lately, for a calendar that asks again from time to time."""
    today = vietnam_day(outside().now())
    found = [*db.session.scalars(fairs.coming(on=today)), *db.session.scalars(fairs.past(on=today).limit(50))]
    host = urlsplit(settings().base_url).hostname or "localhost"
    entries = [
        Entry(
            uid=f"su-kien-{fair.id}@{host}",
            name=cards.word(fair, "name", language()),
            first=fair.starts_on,
            last=fair.ends_on,
            place=fair.place_vi,
            url=url_for("shop.fairs.show", slug=fair.slug, _external=True),
            changed_at=fair.changed_at,
            revision=fair.version,
            cancelled=fair.state is FairState.CANCELLED,
        )
        for fair in found
    ]
    text = calendar_file.calendar(_("Sự kiện OCOP Quảng Nam"), entries)
    return Response(text, mimetype="text/calendar")


def _card(fair: Fair, today: date) -> FairCard:
    return FairCard(
        slug=fair.slug,
        name=cards.word(fair, "name", language()),
        kind=fair.kind,
        days=programme_words.fair_days(fair),
        starts_on=fair.starts_on,
        place=fair.place_vi,
        organiser=fair.organiser_vi,
        cancelled=fair.state is FairState.CANCELLED,
        now=fair.starts_on <= today <= fair.ends_on and fair.state is FairState.PUBLISHED,
    )


def _page(fair: Fair, today: date) -> FairPage:
    commune = places.find_commune(fair.commune_code) if fair.commune_code else None
    at_home = commune is not None and commune.province_code == places.HOME
    return FairPage(
        card=_card(fair, today),
        ends_on=fair.ends_on,
        paragraphs=tuple(filter(None, cards.word(fair, "description", language()).split("\n\n"))),
        commune=commune.label if commune else None,
        commune_slug=slugify(commune.name) if commune and at_home else None,
        link=fair.link,
        host=urlsplit(fair.link).hostname or "" if fair.link else "",
    )
