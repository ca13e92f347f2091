"""Where to go: the finder, and one page for each of the 58 places."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from catalog import cards, places, showcase
from catalog.atlas import Outline, map_outline
from catalog.outlets import OutletLevel
from catalog.places import Commune
from catalog.views import OutletCard
from storefront import age, filters, structured, visitor
from storefront.keeping import kept
from storefront.outside import outside
from storefront.programme import lapsed, rules
from storefront.shop.listing import Choice
from storefront.wording import level_name

bp = Blueprint("outlets", __name__, url_prefix="/diem-ban")


@dataclass(frozen=True, slots=True)
class Finder:
    """The finder's answer. place: the commune distances are from, when the visitor has named one."""

    outlets: tuple[OutletCard, ...]
    place: str | None
    levels: tuple[Choice, ...]
    districts: tuple[Choice, ...]
    map: Outline
    q: str


@bp.get("")
def index() -> str:
    """All outlets, the nearest to the place that was named first."""
    q = request.args.get("q", "").strip()[:100]
    named = _called(q) if q else []
    if named:
        visitor.remember(named[0])
    near = visitor.near() if visitor.is_known() else None
    level, district = request.args.get("cap", ""), request.args.get("noi", "")
    found = cards.outlet_cards(near=near, at=outside().now(), holidays=rules().holidays)
    if level in set(OutletLevel):
        found = tuple(card for card in found if card.level == level)
    if district in places.old_districts():
        found = tuple(card for card in found if card.district_code == district)
    finder = Finder(
        outlets=found,
        place=_place_name(visitor.place()) if near else None,
        levels=tuple(Choice(one.value, level_name(one), one == level) for one in OutletLevel),
        districts=tuple(Choice(code, name, code == district) for code, name in places.old_districts().items()),
        map=map_outline(),
        q=q,
    )
    return render_template("shop/outlets/index.html", finder=finder, unknown=bool(q) and not named)


@bp.get("/<slug>")
@kept
def show(slug: str) -> str:
    """One outlet: hours, way, and what stands there now."""
    now = outside().now()
    near = visitor.near() if visitor.is_known() else None
    page = showcase.outlet_page(slug, age.columns(), near=near, at=now, lapsed=lapsed(), holidays=rules().holidays)
    days = (_("Thứ Hai"), _("Thứ Ba"), _("Thứ Tư"), _("Thứ Năm"), _("Thứ Sáu"), _("Thứ Bảy"), _("Chủ nhật"))
    hours = [(days[day], text or _("nghỉ"), day == page.today) for day, text in page.week]
    shut = [
        _("%(day)s (%(holiday)s)", day=filters.weekday_day(day), holiday=holiday)
        if holiday
        else filters.weekday_day(day)
        for day, holiday in page.closed
    ]
    where = urlencode({"api": 1, "destination": f"{page.outlet.lat},{page.outlet.lon}"})
    return render_template(
        "shop/outlets/show.html",
        page=page,
        hours=hours,
        shut=shut,
        map_outline=map_outline(),
        directions_url=f"https://www.google.com/maps/dir/?{where}",
        jsonld=structured.outlet(page),
    )


def _called(q: str) -> list[Commune]:
    """The commune meant: one of the programme's own land, where many a name is found elsewhere, too; else anywhere."""
    return places.search_communes(q, province_code=places.HOME, limit=1) or places.search_communes(q, limit=1)


def _place_name(commune: Commune) -> str:
    """The commune, with its province when that is not the shop's own."""
    if commune.province_code == places.HOME:
        return commune.full_name
    return f"{commune.full_name}, {places.get_province(commune.province_code).name}"
