"""The checkout: one page, works without scripts, asks for nothing twice.

Every answer of the buyer re-prices the page; only the big button places the order. The token made with the page
makes pressing it twice, Back and reload one order. A refusal brings the page back with the reason where it belongs,
and with everything that was typed.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from catalog import cards
from catalog.cards import Position
from catalog.db import transaction
from catalog.errors import Conflict, Invalid
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.places import Commune
from catalog.views import OutletCard
from checkout import orders, placing, quotes
from checkout.carts import CartView
from checkout.delivery import Address, Collect, Deliver, Destination, Method
from checkout.placing import PlaceRequest
from checkout.pricing import PriceChanged
from checkout.quotes import CollectOption, Offer
from checkout.rules import PaymentMethod, Refusal
from storefront import arrival, filters, order_words, visitor, wording
from storefront.extensions import limiter
from storefront.i18n import language
from storefront.outside import outside
from storefront.programme import rules
from storefront.shop import basket
from storefront.shop.forms import CheckoutForm

bp = Blueprint("checkout", __name__, url_prefix="/thanh-toan")

SHOWN_OUTLETS = 6
WAYS = {
    Method.DELIVER: (PaymentMethod.CASH_ON_DELIVERY, PaymentMethod.BANK_TRANSFER),
    Method.COLLECT: (PaymentMethod.CASH_ON_COLLECTION, PaymentMethod.BANK_TRANSFER),
}
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{43}$")


@dataclass(frozen=True, slots=True)
class Till:
    """What is read once for a page. Nothing below asks the database again."""

    cart: CartView
    outlets: list[Outlet]
    at: datetime


@dataclass(frozen=True, slots=True)
class OutletChoice:
    """An outlet to collect at. ready: in words; missing: names of what it has not enough of."""

    outlet: OutletCard
    complete: bool
    ready: str | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """The order's price as the summary prints it. rows: label, money or a word, note."""

    rows: tuple[tuple[str, Money | str, str | None], ...]
    vat_inside: Money
    total: Money
    promise: str | None


@bp.get("")
def show() -> ResponseReturnValue:
    """The page, filled with what is known of the buyer."""
    till = _till()
    if not till.cart.orderable:
        return redirect(url_for("shop.cart.show"))
    return _page(CheckoutForm(formdata=None, data=_known()), till)


@bp.post("")
@limiter.limit("60 per minute")
@limiter.limit("20 per minute", exempt_when=lambda: request.form.get("step") != "place")
def place() -> ResponseReturnValue:
    """Re-price, or, when the big button was pressed, place the order."""
    form = CheckoutForm()
    if request.form.get("step") != "place":
        return _updated(form)
    token = _token(form)
    if placed := orders.find_by_submit_token(token):
        return redirect(url_for("shop.orders.show", token=placed.token), 303)
    form.settle_place()
    if not form.validate():
        return _refused(form, 422)
    try:
        with transaction():
            cart = basket.find() or abort(redirect(url_for("shop.cart.show"), 303))
            order = placing.place(
                cart,
                _request(form),
                shown_total=_shown_total(form),
                submit_token=token,
                at=outside().now(),
                rules=rules(),
            )
    except Invalid as refusal:
        _put_beside(refusal, form)
        return _refused(form, 422)
    except PriceChanged as changed:
        was, now = filters.money(changed.was), filters.money(changed.now)
        form.form_errors.append(_("Tổng tiền đã đổi từ %(was)s thành %(now)s. Xem lại rồi đặt nhé.", was=was, now=now))
        return _refused(form, 409)
    except Conflict:
        form.form_errors.append(_("Có món chưa đặt được theo cách này; lý do ghi ngay dưới tên món trong đơn."))
        return _refused(form, 409)
    session.pop("draft", None)
    session["cart_count"] = 0
    return redirect(url_for("shop.orders.show", token=order.token), 303)


@bp.get("/xa-phuong")
@limiter.limit("240 per minute")
def communes() -> str:
    """What a commune's name, as far as it is typed, may mean."""
    form = CheckoutForm(formdata=request.args, meta={"csrf": False})
    form.offer(form.communes_found())
    return render_template("shop/checkout/_communes.html", form=form)


def _updated(form: CheckoutForm) -> ResponseReturnValue:
    till = _till()
    if not till.cart.items:
        return redirect(url_for("shop.cart.show"), 303)
    return _page(form, till)


def _refused(form: CheckoutForm, status: int) -> ResponseReturnValue:
    till = _till()
    if not till.cart.items:
        flash(_("Giỏ hàng không còn món nào để đặt."), "error")
        return redirect(url_for("shop.cart.show"), 303)
    return _page(form, till), status


def _till() -> Till:
    return Till(basket.view(), quotes.active_outlets(), outside().now())


def _page(form: CheckoutForm, till: Till) -> str:
    commune = form.settle_place()
    if commune:
        visitor.remember(commune)
    if request.method == "POST":
        session["draft"] = form.draft()
    near = commune or arrival.estimated(form.province.data)
    options = quotes.collect_options(
        till.cart, from_outlets=till.outlets, near=(near.lat, near.lon), at=till.at, rules=rules()
    )
    brought = _brought(form, till, near)
    fetched = _fetched(form, till, options)
    offer = brought if form.delivers else fetched
    method = Method.DELIVER if form.delivers else Method.COLLECT
    price = offer.price if offer else None
    blocked = basket.journey_problems(offer.problems, offer.short, method) if offer else {}
    closed = _closed_ways(offer, method)
    form.settle_payment([way for way in WAYS[method] if way not in closed])
    form.payment.choices = [SelectChoice(way.value, order_words.payment_name(way)) for way in WAYS[method]]
    form.token.data = _token(form)
    form.shown_total.data = str(price.total.minor) if price else ""
    partial = "HX-Request" in request.headers
    return render_template(
        "shop/checkout/_order.html" if partial else "shop/checkout/show.html",
        form=form,
        commune=commune,
        cart=basket.basket(till.cart, blocked),
        alcohol=till.cart.alcohol,
        stuck=bool(blocked) or not till.cart.orderable,
        sum=_sum(offer, form, commune),
        outlets=_outlet_choices(options, till, (near.lat, near.lon)) if not form.delivers else (),
        more_outlets=sum(option.complete for option in options) - SHOWN_OUTLETS,
        method_hints=_method_hints(brought, options, commune),
        payment_hints={way.value: closed.get(way) or order_words.payment_hint(way, rules()) for way in WAYS[method]},
        payment_closed=[way.value for way in closed],
    )


def _brought(form: CheckoutForm, till: Till, to: Commune) -> Offer | None:
    try:
        return _quote(till, Deliver(Address(to.code)))
    except Invalid as refusal:
        if form.delivers:
            _put_beside(refusal, form)
        return None


def _fetched(form: CheckoutForm, till: Till, options: list[CollectOption]) -> Offer | None:
    """The offer at the chosen outlet, or, for its price, at the first one while none is chosen."""
    ids = [option.outlet.id for option in options]
    chosen = next((outlet for outlet in ids if str(outlet) == form.outlet.data), None)
    if chosen is None:
        form.outlet.data = None
    return _quote(till, Collect(chosen or ids[0])) if ids else None


def _quote(till: Till, destination: Destination) -> Offer:
    return quotes.quote(till.cart, destination, from_outlets=till.outlets, at=till.at, rules=rules())


def _closed_ways(offer: Offer | None, method: Method) -> dict[PaymentMethod, str]:
    """Ways of paying that are not open to this order, each with the reason."""
    return {
        way: order_words.refusal_words(refusal, rules())
        for way, refusal in (offer.refusals.items() if offer else ())
        if way in WAYS[method] and refusal is not Refusal.WRONG_METHOD
    }


def _sum(offer: Offer | None, form: CheckoutForm, commune: Commune | None) -> Sum | None:
    if offer is None:
        return None
    price = offer.price
    rows: list[tuple[str, Money | str, str | None]] = [(_("Tiền hàng"), price.goods, None)]
    if form.delivers:
        parcels = _("gửi từ %(n)s điểm, %(n)s kiện", n=offer.parcels) if offer.parcels > 1 else None
        label = _("Phí giao") if commune else _("Phí giao dự kiến")
        rows.append((label, price.delivery, parcels))
        days = arrival.days(offer.promise)
        promise = _("Giao %(days)s", days=days) if days and not offer.problems and not offer.short else None
    else:
        rows.append((_("Lấy tại điểm bán"), _("Miễn phí"), None))
        ready = offer.ready_at if form.outlet.data and not offer.short else None
        promise = _sentence(wording.ready_at(ready)) if ready else None
    return Sum(tuple(rows), price.vat_inside, price.total, promise)


def _method_hints(brought: Offer | None, options: list[CollectOption], commune: Commune | None) -> dict[str, str]:
    """Both ways with price and day, so that they can be compared before choosing."""
    hints: dict[str, str] = {}
    nearest = next((option for option in options if option.complete and option.ready_at), None)
    if nearest and nearest.ready_at:
        ready = wording.ready_at(nearest.ready_at)
        hints[Method.COLLECT] = _("Miễn phí, %(ready)s tại %(outlet)s", ready=ready, outlet=nearest.outlet.name_vi)
    else:
        hints[Method.COLLECT] = _("Miễn phí")
    if brought and brought.orderable:
        fee, days = filters.money(brought.price.delivery), arrival.days(brought.promise)
        hints[Method.DELIVER] = (
            _("%(fee)s, %(days)s", fee=fee, days=days) if commune else _("Khoảng %(fee)s, %(days)s", fee=fee, days=days)
        )
    elif brought:
        hints[Method.DELIVER] = _("Có món không gửi được đến nơi này")
    return hints


def _outlet_choices(options: list[CollectOption], till: Till, near: Position) -> list[OutletChoice]:
    """Outlets with everything, then, while these are few, the nearest others with what they lack."""
    names = {item.variant_id: item.name(language()) for item in till.cart.items}
    complete = [option for option in options if option.complete][:SHOWN_OUTLETS]
    others = [option for option in options if not option.complete][: max(0, 3 - len(complete))]
    return [
        OutletChoice(
            outlet=cards.outlet_card(option.outlet, near=near, at=till.at, lang=language(), holidays=rules().holidays),
            complete=option.complete,
            ready=_sentence(wording.ready_at(option.ready_at)) if option.ready_at else None,
            missing=tuple(names[line.variant_id] for line in option.short),
        )
        for option in complete + others
    ]


def _known() -> dict[str, str]:
    """What the buyer has told us before: in this session, in the account, or by naming a place."""
    known: dict[str, str] = {"province": request.args.get("tinh", "")}
    if request.args.get("nhan") == Method.COLLECT:
        known["method"] = Method.COLLECT.value
    if current_user.is_authenticated:
        known |= {"name": current_user.name, "email": current_user.email, "phone": current_user.phone or ""}
    here = visitor.place()
    if visitor.is_known() and known["province"] in ("", here.province_code):
        known |= {"commune_text": here.full_name, "settled": here.code, "province": here.province_code}
    known |= {name: value for name, value in session.get("draft", {}).items() if name != "province"}
    return {name: value for name, value in known.items() if value}


def _request(form: CheckoutForm) -> PlaceRequest:
    destination: Destination
    if form.delivers:
        destination = Deliver(Address(form.settled.data, form.street.data, form.old_address.data))
    else:
        destination = Collect(form.outlet_id or 0)
    return PlaceRequest(
        contact=form.contact,
        destination=destination,
        payment=PaymentMethod(form.payment.data),
        language=language(),
        note=form.note.data,
        invoice=form.invoice_data,
        of_age=form.of_age.data,
    )


def _put_beside(refusal: Invalid, form: CheckoutForm) -> None:
    """What the domain refuses stands at the field that asked for it."""
    words: Mapping[str, tuple[str, str]] = {
        "outlet": ("outlet", _("Điểm này không giao hàng đặt trước; chọn điểm khác")),
        "commune": ("commune_text", _("Chưa có nhà vận chuyển nào đến nơi này; chọn đến điểm bán lấy")),
        "payment": ("payment", _("Đơn này không trả được bằng cách đó; chọn cách khác")),
        "of_age": ("of_age", _("Đơn có đồ uống có cồn: đánh dấu nếu bạn đã đủ 18 tuổi, hoặc bỏ món ấy khỏi giỏ")),
        "phone": ("phone", _("Số điện thoại chưa đúng: cần 10 chữ số, ví dụ 0905 123 456")),
    }
    if refusal.reason == "open_orders":
        form.form_errors.append(
            _("Số điện thoại này đang có %(n)s đơn chờ; nhận hoặc hủy bớt rồi đặt tiếp nhé", n=refusal.facts["most"])
        )
        return
    name, text = words.get(refusal.field, ("", _("Một giá trị chưa hợp lệ; xem lại rồi đặt nhé")))
    if name:
        form[name].errors = [text]
    else:
        form.form_errors.append(text)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _shown_total(form: CheckoutForm) -> Money:
    text = form.shown_total.data or ""
    return Money(int(text)) if text.isascii() and text.isdecimal() and len(text) < 16 else Money(0)


def _token(form: CheckoutForm) -> str:
    """The page's own token; one that this shop cannot have made is replaced."""
    given = form.token.data or ""
    return given if _TOKEN.match(given) else secrets.token_urlsafe(32)
