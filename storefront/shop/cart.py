"""The cart: look, add, change, take out. No account needed; prices and stock are read afresh at every step."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from catalog import places, products
from catalog.db import transaction
from catalog.errors import Invalid
from catalog.money import Money
from checkout import carts, quotes
from checkout.carts import Added, Cart, CartFull, CartView, NotOrderable
from checkout.delivery import Address, Deliver, Method
from checkout.quotes import Offer
from storefront import age, arrival, filters
from storefront.extensions import limiter
from storefront.onward import onward
from storefront.outside import outside
from storefront.programme import rules
from storefront.shop import basket

bp = Blueprint("cart", __name__, url_prefix="/gio-hang")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What delivery to the chosen province would make of it."""

    delivery: Money
    promise: str | None
    vat_inside: Money
    total: Money


@bp.get("")
def show() -> str:
    """The cart with the total that the button will show, delivery included."""
    cart = basket.view()
    to = arrival.estimated(request.args.get("tinh", ""))
    offer = _offer(cart, to.code) if cart.orderable else None
    blocked = basket.journey_problems(offer.problems, offer.short, Method.DELIVER) if offer else {}
    return render_template(
        "shop/cart/show.html",
        cart=basket.basket(cart, blocked),
        estimate=_estimate(offer) if offer and offer.orderable else None,
        province=to.province_code,
        provinces=[(province.code, province.name) for province in places.provinces()],
    )


@bp.post("/them")
@limiter.limit("120 per minute")
def add() -> ResponseReturnValue:
    """Put units of a variant in, then back to where the visitor was."""
    now, variant, quantity = outside().now(), _whole("variant"), _whole("quantity", default=1) or abort(422)
    if age.hides_alcohol() and products.is_alcohol_variant(variant):
        return age.gate(onward(url_for("shop.cart.show")))
    try:
        with transaction():
            cart = basket.find() or carts.open_cart(at=now, customer_id=getattr(current_user, "id", None))
            added = carts.put(cart, variant, quantity, at=now, rules=rules())
            basket.remember(cart)
    except NotOrderable:
        flash(_("Món này hiện chưa đặt qua mạng được."), "error")
    except CartFull:
        flash(_("Giỏ đã đủ %(n)s dòng. Đặt xong đơn này rồi thêm tiếp nhé.", n=rules().max_lines), "error")
    else:
        _tell(added, _("Đã thêm vào giỏ."))
    return redirect(onward(url_for("shop.cart.show")), 303)


@bp.post("/doi")
@limiter.limit("120 per minute")
def change() -> ResponseReturnValue:
    """Have another number of units; 0 takes the line out."""
    cart = _mine()
    now, variant, quantity = outside().now(), _whole("variant"), _whole("quantity")
    try:
        with transaction():
            carts.accept_prices(cart, at=now)
            added = carts.change(cart, variant, quantity, at=now, rules=rules())
            basket.remember(cart)
    except (NotOrderable, CartFull):
        flash(_("Món này hiện chưa đặt qua mạng được."), "error")
    else:
        _tell(added, _("Đã đổi số lượng.") if quantity else _("Đã bỏ khỏi giỏ."))
    return redirect(url_for("shop.cart.show"), 303)


@bp.post("/bo")
@limiter.limit("120 per minute")
def remove() -> ResponseReturnValue:
    """Take a line out."""
    cart = _mine()
    with transaction():
        carts.remove(cart, _whole("variant"), at=outside().now())
        basket.remember(cart)
    flash(_("Đã bỏ khỏi giỏ."))
    return redirect(url_for("shop.cart.show"), 303)


def _offer(cart: CartView, commune: str) -> Offer | None:
    """Delivery to this commune; None where no carrier goes."""
    try:
        return quotes.quote(
            cart,
            Deliver(Address(commune)),
            from_outlets=quotes.active_outlets(),
            at=outside().now(),
            rules=rules(),
        )
    except Invalid:
        return None


def _estimate(offer: Offer) -> Estimate:
    price = offer.price
    return Estimate(price.delivery, arrival.days(offer.promise), price.vat_inside, price.total)


def _mine() -> Cart:
    """The session's cart; a change without one comes from a page of long ago."""
    cart = basket.find()
    if cart is None:
        flash(_("Giỏ hàng này đã cũ, mời bạn chọn lại."), "error")
        abort(redirect(url_for("shop.cart.show"), 303))
    return cart


def _tell(added: Added, done: str) -> None:
    if not added.capped:
        flash(done)
    elif added.quantity == 0:
        flash(_("Món này vừa hết hàng."), "error")
    else:
        flash(_("Chỉ đặt được %(n)s; giỏ đã có đủ số đó.", n=filters.number(added.quantity)), "error")


def _whole(name: str, default: int | None = None) -> int:
    """A whole number ≥ 0 from the form; answers 422 for anything else."""
    text = request.form.get(name, "" if default is None else str(default)).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else abort(422)
