"""Prices and low stock of one product: changed at once, without an officer."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from catalog import prices
from catalog.db import db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.importing import amounts
from catalog.prices import Pricing
from catalog.products import Product, Variant
from storefront import filters, page_words
from storefront.deeds import new_key, sent_key
from storefront.outside import outside
from storefront.studio import bench

bp = Blueprint("prices", __name__, url_prefix="/<producer>/san-pham/<code>/gia")

_whole = amounts.whole(0, prices.MOST_UNITS)


@dataclass(frozen=True, slots=True)
class Row:
    """One size as the form shows it: what is typed, and what it was when the page was made."""

    sku: str
    unit: str
    active: bool
    price: str
    low_stock: str
    seen_price: int
    seen_low_stock: int


@bp.route("", methods=["GET", "POST"])
def show(code: str) -> ResponseReturnValue:
    """Every size with its price and when little is left."""
    product = db.session.scalar(select(Product).where(Product.code == code, Product.producer_id == bench.here().id))
    if product is None:
        raise NotFound(code)
    if request.method == "GET":
        return _page(product, {}, 200)
    key = sent_key()
    wanted, seen, problems = _read(product)
    if problems:
        return _page(product, problems, 422)
    try:
        return bench.once(key, lambda: _change(product, wanted, seen))
    except Invalid as wrong:
        db.session.rollback()
        return _page(product, {f"{wrong.field}-{wrong.facts.get('sku')}": page_words.refusal(wrong)}, 422)
    except Conflict:
        db.session.rollback()
        return _page(product, {"top": _("Giá vừa đổi ở nơi khác. Số dưới đây là số đang bán; hãy sửa lại.")}, 409)


def _change(product: Product, wanted: dict[str, Pricing], seen: dict[str, Pricing]) -> str:
    if prices.change(product, wanted, seen=seen, by=bench.me(), at=outside().now()):
        flash(_("Đã đổi. Khách thấy giá mới ngay; đơn đã đặt giữ giá cũ."))
    else:
        flash(_("Không có gì thay đổi."))
    return url_for("studio.prices.show", code=product.code)


def _read(product: Product) -> tuple[dict[str, Pricing], dict[str, Pricing], dict[str, str]]:
    """What is wanted and what was seen, by SKU; words by the id of the field that cannot be read."""
    wanted, seen, problems = {}, {}, {}
    for size in db.session.scalars(prices.of_product(product.id)):
        if f"price-{size.sku}" not in request.form:
            continue
        numbers: dict[str, int] = {}
        for name, parser in (("price", amounts.dong), ("low_stock", _whole)):
            try:
                numbers[name] = parser(
                    request.form.get(f"{name}-{size.sku}", "") or ("0" if name == "low_stock" else "")
                )
            except Invalid as wrong:
                problems[f"{name}-{size.sku}"] = f"{size.unit_vi}: {page_words.refusal(wrong)}"
        if len(numbers) == 2:
            wanted[size.sku] = Pricing(**numbers)
        seen[size.sku] = Pricing(_seen(f"seen-price-{size.sku}"), _seen(f"seen-low_stock-{size.sku}"))
    return wanted, seen, problems


def _seen(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def _page(product: Product, problems: dict[str, str], status: int) -> ResponseReturnValue:
    sizes = list(db.session.scalars(prices.of_product(product.id)))
    page = render_template(
        "studio/prices/show.html",
        product=product,
        rows=[_row(size, keep=bool(problems) and "top" not in problems) for size in sizes],
        problems=problems,
        key=new_key(),
    )
    return page, status


def _row(size: Variant, *, keep: bool) -> Row:
    typed = request.form if keep else {}
    return Row(
        sku=size.sku,
        unit=size.unit_vi,
        active=size.active,
        price=typed.get(f"price-{size.sku}", filters.number(size.price)),
        low_stock=typed.get(f"low_stock-{size.sku}", str(size.low_stock or "")),
        seen_price=_seen(f"seen-price-{size.sku}") if keep else size.price,
        seen_low_stock=_seen(f"seen-low_stock-{size.sku}") if keep else size.low_stock,
    )
