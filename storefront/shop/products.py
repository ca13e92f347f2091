"""Products: the whole list, one group, one page, and the enquiry for a tour."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import cards, jobs, products, showcase
from catalog.atlas import map_outline
from catalog.clock import vietnam_day
from catalog.db import transaction
from catalog.errors import NotFound
from catalog.groups import ALCOHOL_CODES, Group, get_group, group_of
from catalog.products import ProductKind, VatClass
from catalog.views import ProductPage
from checkout import reviews
from storefront import age, filters, product_words, structured, visitor, wording
from storefront.extensions import limiter
from storefront.keeping import kept
from storefront.outside import outside
from storefront.programme import lapsed, rules
from storefront.shop.forms import EnquiryForm
from storefront.shop.listing import listing
from storefront.shop.promise import promise_for, ready_shelves

bp = Blueprint("products", __name__)


@bp.get("/san-pham")
@kept
def index() -> str:
    """Everything."""
    return _list(None)


@bp.get("/nhom/<slug>")
@kept
def group(slug: str) -> ResponseReturnValue:
    """One group or subgroup; those of drinks that the shop does not show do not exist."""
    chosen = get_group(slug)
    if set(chosen.codes) <= set(ALCOHOL_CODES):
        if age.hides_alcohol():
            return age.gate()
        if not age.shows_alcohol():
            raise NotFound(slug)
    return _list(chosen)


@bp.get("/san-pham/<slug>")
@kept
def show(slug: str) -> ResponseReturnValue:
    """One product; an address it once had redirects for good."""
    try:
        return _page(slug)
    except NotFound:
        renamed = products.find_renamed(slug, alcohol=age.shows_alcohol())
        if renamed is not None:
            return redirect(url_for("shop.products.show", slug=renamed.slug), 301)
        if age.hides_alcohol() and products.is_alcohol(slug):
            return age.gate()
        raise


@bp.post("/san-pham/<slug>/hoi-dat-cho")
@limiter.limit("5 per minute")
def enquire(slug: str) -> ResponseReturnValue:
    """Somebody asks to book a tour: a letter to the producer and to the shop."""
    product = products.get_product(slug, alcohol=age.shows_alcohol())
    if product.kind is not ProductKind.TOUR:
        raise NotFound(slug)
    form = EnquiryForm()
    if not form.validate():
        return _page(slug, form), 422
    with transaction():
        jobs.enqueue("mail.enquiry", {"product": product.id, **form.facts()}, at=outside().now())
    flash(_("Đã gửi yêu cầu. Nơi đón khách sẽ gọi lại cho bạn."))
    return redirect(url_for("shop.products.show", slug=slug), 303)


def _list(chosen: Group | None) -> str:
    columns = age.columns()
    tiles = cards.group_tiles(columns)
    inside = chosen.parent or chosen.slug if chosen else None
    tile = next((t for t in tiles if t.slug == inside), None)
    return render_template(
        "shop/products/index.html",
        listing=listing(columns, group=chosen),
        group=tile,
        groups=tiles,
        heading=chosen.name_vi if chosen else _("Tất cả sản phẩm"),
        door=age.hides_alcohol() and (chosen is None or bool(set(chosen.codes) & set(ALCOHOL_CODES))),
    )


def _page(slug: str, form: EnquiryForm | None = None) -> str:
    now = outside().now()
    page = showcase.product_page(
        slug,
        outside().columns.current(at=now),
        near=visitor.near(),
        alcohol=age.shows_alcohol(),
        at=now,
        lapsed=lapsed(),
        holidays=rules().holidays,
    )
    opinions = reviews.opinions(page.id)
    return render_template(
        "shop/products/show.html",
        page=page,
        form=form or (EnquiryForm() if page.kind is ProductKind.TOUR else None),
        group=group_of(page.group_code),
        chosen=_chosen(page),
        orderable=page.kind is ProductKind.GOODS and page.vouched,
        why_not=_("Sản phẩm chưa có chứng nhận còn hiệu lực nên tạm dừng bán.") if not page.vouched else None,
        vat_percent=filters.percent(rules().vat.rate(VatClass(page.vat_class), vietnam_day(now))),
        season=wording.season_words(page.months, vietnam_day(now).month),
        facts=product_words.facts(page),
        shelves=ready_shelves(page, at=now),
        promise=promise_for(page, to=visitor.place(), at=now, rules=rules()),
        trail=product_words.trail(page),
        map_outline=map_outline(),
        opinions=opinions,
        jsonld=structured.product(page, opinions),
    )


def _chosen(page: ProductPage) -> object:
    asked = request.args.get("loai", "")
    standing = [v for v in page.variants if v.free > 0]
    return next((v for v in page.variants if v.sku == asked), (standing or page.variants)[0])
