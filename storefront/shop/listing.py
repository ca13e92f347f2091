"""A list of products with its facets: from the address to the filters, and from the counts back to the page.

A parameter that makes no sense is dropped, never an error: addresses are shared, edited and crawled.
"""

from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from catalog import cards, places
from catalog.columns import Chosen, Columns, Filters, Sort
from catalog.db import db
from catalog.groups import Group, find_group, groups
from catalog.outlets import Outlet
from catalog.producers import LegalForm
from catalog.views import ProductCard
from storefront import filters as words
from storefront.outside import outside
from storefront.programme import lapsed
from storefront.wording import legal_form_name

PAGE_SIZE = 24
MAX_PRICE = 10**10
MOST_COMMUNES = 100
"""A select of all 3,321 would weigh more than the rest of the page; the districts narrow it down."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """One value of a facet. count: products it would leave."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One question. kind: ``checkbox``, ``radio``, ``select`` or ``range`` (then low and high are what was asked)."""

    name: str
    title: str
    kind: str
    choices: tuple[FacetChoice, ...] = ()
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Pill:
    """One filter in force; its link takes away this value of this parameter."""

    label: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of products and all that steers it."""

    cards: tuple[ProductCard, ...]
    total: int
    page: int
    pages: int
    facets: tuple[Facet, ...]
    pills: tuple[Pill, ...]
    sort: Sort
    sorts: tuple[Choice, ...]


def listing(columns: Columns, *, group: Group | None = None, among: list[int] | None = None) -> Listing:
    """The list that this request's address asks for.

    group: of the page itself, where it has one.    among: a search's answer, most relevant first.
    """
    now = outside().now()
    args = request.args
    shops = {outlet.slug: outlet for outlet in db.session.scalars(select(Outlet).where(Outlet.active))}
    chosen_outlet = shops.get(args.get("tai", ""))
    asked = _filters(args, group, chosen_outlet)
    sort = _sort(args, searched=among is not None)
    page = _number(args.get("trang", ""), most=10_000) or 1
    chosen = columns.choose(asked, sort=sort, page=page, size=PAGE_SIZE, among=among)
    pages = max(1, -(-chosen.total // PAGE_SIZE))
    if page > pages:
        page = pages
        chosen = columns.choose(asked, sort=sort, page=page, size=PAGE_SIZE, among=among)
    return Listing(
        cards=cards.product_cards(chosen.ids, at=now, lapsed=lapsed()),
        total=chosen.total,
        page=page,
        pages=pages,
        facets=_facets(asked, chosen, group, list(shops.values()), chosen_outlet),
        pills=_pills(asked, group, chosen_outlet),
        sort=sort,
        sorts=_sorts(sort, searched=among is not None),
    )


def _filters(args: MultiDict[str, str], group: Group | None, outlet: Outlet | None) -> Filters:
    asked_group = find_group(args.get("nhom", ""))
    districts = places.old_districts()
    return Filters(
        group=group.slug if group else asked_group.slug if asked_group else None,
        stars=tuple(sorted({int(s) for s in args.getlist("sao") if s in ("3", "4", "5")})),
        districts=tuple(d for d in dict.fromkeys(args.getlist("noi")) if d in districts),
        communes=tuple(c for c in dict.fromkeys(args.getlist("xa")) if places.find_commune(c)),
        price_from=_number(args.get("gia_tu", ""), most=MAX_PRICE),
        price_to=_number(args.get("gia_den", ""), most=MAX_PRICE),
        legal_forms=tuple(f for f in dict.fromkeys(args.getlist("chu_the")) if f in set(LegalForm)),
        exportable=args.get("xuat_khau") == "1",
        in_stock=args.get("con_hang") == "1",
        outlet=outlet.id if outlet else None,
    )


def _facets(
    asked: Filters, chosen: Chosen, group: Group | None, shops: list[Outlet], outlet: Outlet | None
) -> tuple[Facet, ...]:
    counts = chosen.counts
    stars = tuple(
        FacetChoice(str(n), _("%(n)s sao OCOP", n=n), counts["stars"].get(str(n), 0), n in asked.stars)
        for n in (5, 4, 3)
    )
    districts = tuple(
        FacetChoice(code, name, counts["district"].get(code, 0), code in asked.districts)
        for code, name in places.old_districts().items()
        if counts["district"].get(code) or code in asked.districts
    )
    forms = tuple(
        FacetChoice(f.value, legal_form_name(f), counts["legal_form"].get(f.value, 0), f.value in asked.legal_forms)
        for f in LegalForm
    )
    standing = tuple(
        FacetChoice(s.slug, s.name_vi, counts["outlet"].get(str(s.id), 0), s is outlet)
        for s in sorted(shops, key=lambda s: s.name_vi)
        if counts["outlet"].get(str(s.id)) or s is outlet
    )
    facets = [
        Facet("sao", _("Hạng sao"), "checkbox", stars),
        Facet("noi", _("Huyện, thị cũ"), "checkbox", districts),
        Facet("gia", _("Giá"), "range", (), asked.price_from, asked.price_to),
        Facet("xa", _("Xã, phường"), "select", _communes(asked, chosen)),
        Facet("con_hang", _("Tình trạng"), "checkbox", _yes(_("Còn hàng"), counts["in_stock"], asked.in_stock)),
        Facet("tai", _("Có tại điểm bán"), "select", standing),
        Facet("chu_the", _("Loại hình chủ thể"), "checkbox", forms),
        Facet(
            "xuat_khau",
            _("Xuất khẩu"),
            "checkbox",
            _yes(_("Có thể gửi ra nước ngoài"), counts["exportable"], asked.exportable),
        ),
    ]
    if group is None:
        facets.insert(0, Facet("nhom", _("Nhóm sản phẩm"), "radio", _groups(asked, chosen)))
    return tuple(facets)


def _groups(asked: Filters, chosen: Chosen) -> tuple[FacetChoice, ...]:
    counts = chosen.counts["group"]
    tops = [(g, sum(counts.get(code, 0) for code in g.codes)) for g in groups() if g.parent is None]
    return tuple(
        FacetChoice(g.slug, g.name_vi, n, g.slug == asked.group) for g, n in tops if n or g.slug == asked.group
    )


def _communes(asked: Filters, chosen: Chosen) -> tuple[FacetChoice, ...]:
    counts = chosen.counts["commune"]
    codes = set(sorted(counts, key=lambda code: (-counts[code], code))[:MOST_COMMUNES]) | set(asked.communes)
    shown = sorted((places.get_commune(code) for code in codes), key=lambda c: c.name)
    return tuple(FacetChoice(c.code, c.full_name, counts.get(c.code, 0), c.code in asked.communes) for c in shown)


def _yes(label: str, counts: dict[str, int], selected: bool) -> tuple[FacetChoice, ...]:
    return (FacetChoice("1", label, counts["1"], selected),)


def _pills(asked: Filters, group: Group | None, outlet: Outlet | None) -> tuple[Pill, ...]:
    pills: list[Pill] = []
    if group is None and asked.group and (chosen := find_group(asked.group)):
        pills.append(Pill(chosen.name_vi, "nhom", chosen.slug))
    pills += [Pill(_("%(n)s sao OCOP", n=n), "sao", str(n)) for n in asked.stars]
    pills += [Pill(places.old_districts()[code], "noi", code) for code in asked.districts]
    pills += [Pill(places.get_commune(code).full_name, "xa", code) for code in asked.communes]
    if asked.price_from is not None or asked.price_to is not None:
        low = f"{words.number(asked.price_from)} ₫" if asked.price_from is not None else ""
        high = f"{words.number(asked.price_to)} ₫" if asked.price_to is not None else ""
        both = f"{low} – {high}" if low and high else ""
        label = both or (_("Từ %(low)s", low=low) if low else _("Đến %(high)s", high=high))
        pills.append(Pill(label, "gia", ""))
    if asked.in_stock:
        pills.append(Pill(_("Còn hàng"), "con_hang", "1"))
    if outlet:
        pills.append(Pill(outlet.name_vi, "tai", outlet.slug))
    pills += [Pill(legal_form_name(LegalForm(f)), "chu_the", f) for f in asked.legal_forms]
    if asked.exportable:
        pills.append(Pill(_("Có thể gửi ra nước ngoài"), "xuat_khau", "1"))
    return tuple(pills)


def _sort(args: MultiDict[str, str], *, searched: bool) -> Sort:
    default = Sort.RELEVANCE if searched else Sort.STARS
    given = args.get("xep", "")
    return Sort(given) if given in set(Sort) and (searched or given != Sort.RELEVANCE) else default


def _sorts(sort: Sort, *, searched: bool) -> tuple[Choice, ...]:
    labels = {
        Sort.RELEVANCE: _("Khớp nhất"),
        Sort.STARS: _("Hạng sao cao trước"),
        Sort.NEWEST: _("Mới công nhận"),
        Sort.CHEAPEST: _("Giá thấp trước"),
        Sort.DEAREST: _("Giá cao trước"),
        Sort.NAME: _("Tên A–Y"),
    }
    return tuple(
        Choice(key.value, label, key is sort) for key, label in labels.items() if searched or key is not Sort.RELEVANCE
    )


def _number(text: str, *, most: int) -> int | None:
    digits = text.replace(".", "").replace(" ", "").replace("\u00a0", "").removesuffix("₫").removesuffix("đ")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 15):
        return None
    return min(int(digits), most)
