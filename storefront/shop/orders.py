"""One order behind its long random address, and the way to it by phone and reference."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import segno
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from catalog import cards, history
from catalog.db import db, transaction
from catalog.errors import Conflict, NotFound
from catalog.money import Money
from catalog.products import ProductState
from catalog.views import OutletCard
from checkout import fulfilment, orders, payments, reviews
from checkout.delivery import Method
from checkout.gateways.bank_transfer import qr_svg
from checkout.gateways.base import Transfer
from checkout.orders import Order, OrderState
from checkout.payments import Payment
from checkout.placing import BUYER
from checkout.rules import PaymentMethod
from storefront import filters, opinion_words, order_words
from storefront.extensions import limiter
from storefront.i18n import language
from storefront.outside import outside
from storefront.programme import rules, transfer_for
from storefront.shop.forms import FindOrderForm

bp = Blueprint("orders", __name__, url_prefix="/don-hang")

TONES = {
    OrderState.AWAITING_PAYMENT: "waiting",
    OrderState.CANCELLED: "over",
    OrderState.EXPIRED: "over",
    OrderState.RETURNED: "over",
}


@dataclass(frozen=True, slots=True)
class TransferSlip:
    """How to pay by transfer. facts: label, value, what the copy button copies (empty for none)."""

    amount: Money
    qr_svg: Markup
    qr_url: str
    facts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """One line as it was sold. slug: of the product's page while it has one; stars: those of the day.

    review: (what its buyer has said of it or may say, the address for that); None before it has arrived.
    """

    name: str
    unit: str
    quantity: int
    amount: Money
    stars: int | None
    slug: str | None
    review: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """All that an order's page shows. tone: ``good``, ``waiting`` or ``over``."""

    reference: str
    tone: str
    state_name: str
    state_hint: str
    placed_at: datetime
    hold_until: datetime | None
    lines: tuple[LineView, ...]
    money: tuple[order_words.Row, ...]
    total: Money
    vat_note: str
    name: str
    phone_masked: str
    address: str
    outlet: OutletCard | None
    promise: str | None
    note: str
    collect_code: str | None
    collect_qr: Markup | None
    parcels: list[str]
    payment_name: str
    transfer: TransferSlip | None
    next_steps: list[str]
    timeline: list[tuple[str, datetime | None, bool, str | None]]
    may_cancel: bool
    cancel_url: str
    cancel_hint: str
    offers_account: bool


@bp.after_request
def keep_secret(response: Response) -> Response:
    """The address is the key: it goes into no cache, no search engine and no other site's log.

    To this shop itself it goes with the form that cancels: over https a form must say where it comes from.
    """
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.route("", methods=["GET", "POST"])
@limiter.limit("5 per minute", methods=["POST"])
def find() -> ResponseReturnValue:
    """Phone and reference lead to the order's page; a miss says nothing about which of them was wrong."""
    form = FindOrderForm()
    if request.method == "POST" and form.validate():
        order = orders.find_by_phone_and_reference(form.phone.data, form.reference.data)
        if order:
            return redirect(url_for("shop.orders.show", token=order.token), 303)
        form.refuse()
    return render_template("shop/orders/find.html", form=form), 422 if form.errors else 200


@bp.get("/<token>")
def show(token: str) -> str:
    """Where the order is, what to do now, what happens next."""
    order = _order(token)
    return render_template("shop/orders/show.html", order=_page(order, payments.of_order(order.id)))


@bp.post("/<token>/huy")
@limiter.limit("10 per minute")
def cancel(token: str) -> ResponseReturnValue:
    """The buyer calls it off, while nobody has packed it."""
    try:
        with transaction():
            orders.cancel(_order(token), actor=BUYER, at=outside().now())
    except Conflict:
        flash(_("Đơn này không tự hủy được nữa. Gọi cho chúng tôi, sẽ có người giúp."), "error")
    else:
        flash(_("Đã hủy đơn."))
    return redirect(url_for("shop.orders.show", token=token), 303)


@bp.get("/<token>/qr.png")
def qr(token: str) -> Response:
    """The VietQR code as a picture to save on a phone."""
    order = _order(token)
    transfer = transfer_for(order, payments.of_order(order.id)) or abort(404)
    picture = BytesIO()
    segno.make_qr(transfer.payload, error="m").save(picture, kind="png", scale=12, border=4)
    return Response(picture.getvalue(), mimetype="image/png")


def _order(token: str) -> Order:
    order = orders.find_by_token(token)
    if order is None:
        raise NotFound("order")
    return order


def _page(order: Order, payment: Payment) -> OrderPage:
    at = outside().now()
    state = order.state_at(at)
    transfer = transfer_for(order, payment)
    fetchable = order.collect_code is not None and state in (OrderState.CONFIRMED, OrderState.READY)
    return OrderPage(
        reference=order.reference,
        tone=TONES.get(state, "good"),
        state_name=order_words.state_name(order),
        state_hint=order_words.state_hint(order, payment),
        placed_at=order.placed_at,
        hold_until=order.hold_until,
        lines=tuple(_lines(order)),
        money=order_words.money_rows(order, payment),
        total=Money(order.total, order.currency),
        vat_note=order_words.vat_note(order),
        name=order.name,
        phone_masked=f"{order.phone[:4]} *** {order.phone[-3:]}",
        address=order.address,
        outlet=_outlet(order, at),
        promise=order_words.promise(order) if order_words.next_steps(order) or _moving(order) else None,
        note=order.note,
        collect_code=order.collect_code if fetchable else None,
        collect_qr=Markup(qr_svg(fulfilment.scan_text(order))) if fetchable else None,
        parcels=order_words.parcels(order),
        payment_name=order_words.payment_name(order.payment_method),
        transfer=_slip(order, transfer) if transfer else None,
        next_steps=order_words.next_steps(order),
        timeline=_timeline(order),
        may_cancel=state in orders.CANCELLABLE and orders.may_cancel(order),
        cancel_url=url_for("shop.orders.cancel", token=order.token),
        cancel_hint=_("Hàng trả lại kệ cho người khác mua. Tiền đã chuyển (nếu có) được hoàn lại."),
        offers_account=not current_user.is_authenticated and order.customer_id is None,
    )


def _outlet(order: Order, at: datetime) -> OutletCard | None:
    if order.outlet is None:
        return None
    return cards.outlet_card(order.outlet, near=None, at=at, lang=language(), holidays=rules().holidays)


def _moving(order: Order) -> bool:
    return order.state in (OrderState.READY, OrderState.SHIPPED)


def _lines(order: Order) -> Iterable[LineView]:
    english = language() == "en"
    said = _reviews(order)
    for line in order.lines:
        yield LineView(
            name=line.name_en if english else line.name_vi,
            unit=line.unit_en if english else line.unit_vi,
            quantity=line.quantity,
            amount=Money(line.amount, order.currency),
            stars=line.stars,
            slug=line.product.slug if line.product.state is ProductState.PUBLISHED else None,
            review=said.get(line.id),
        )


def _reviews(order: Order) -> dict[int, tuple[str, str]]:
    """Line → what its buyer has said of it or may say, and where; of the lines that have arrived."""
    if not any(share.state in reviews.RECEIVED for share in order.fulfilments):
        return {}
    got, said = reviews.received(order.id), reviews.of_order(order.id)
    return {
        line.id: (
            opinion_words.to_buyer(said[line.id]) if line.id in said else "",
            url_for("shop.reviews.write", token=order.token, position=line.position),
        )
        for line in order.lines
        if line.id in got
    }


def _slip(order: Order, transfer: Transfer) -> TransferSlip:
    return TransferSlip(
        amount=transfer.amount,
        qr_svg=Markup(qr_svg(transfer.payload)),
        qr_url=url_for("shop.orders.qr", token=order.token),
        facts=(
            (_("Ngân hàng"), transfer.bank, ""),
            (_("Số tài khoản"), transfer.account, transfer.account),
            (_("Chủ tài khoản"), transfer.holder, ""),
            (_("Số tiền"), filters.money(transfer.amount), str(transfer.amount.minor)),
            (_("Nội dung"), transfer.code, transfer.code),
        ),
    )


def _timeline(order: Order) -> list[tuple[str, datetime | None, bool, str | None]]:
    """What has happened, with its time, and what is still to come."""
    happened = {event.verb: event.at for event in db.session.scalars(history.of(orders.subject_of(order)))}
    person = next((share.handed_to for share in order.fulfilments if share.handed_to), None)
    notes = {"order.handed_over": _("Người nhận: %(name)s", name=person) if person else None}
    return [
        (title, happened.get(verb), verb in happened, notes.get(verb))
        for verb, title in _stages(order)
        if verb in happened or order.state not in orders.GIVEN_UP
    ]


def _stages(order: Order) -> list[tuple[str, str]]:
    stages = [("order.placed", _("Đã đặt hàng"))]
    if order.payment_method is PaymentMethod.BANK_TRANSFER:
        stages.append(("order.confirmed", _("Tiền đã đến")))
    if order.method is Method.COLLECT:
        stages += [("order.ready", _("Hàng sẵn sàng tại quầy")), ("order.handed_over", _("Đã nhận hàng"))]
    else:
        stages += [
            ("order.ready", _("Đã đóng gói")),
            ("order.shipped", _("Đã giao cho nhà vận chuyển")),
            ("order.returned", _("Hàng đã quay về"))
            if order.state is OrderState.RETURNED
            else ("order.delivered", _("Đã giao tới")),
        ]
    if order.state in orders.GIVEN_UP:
        stages += [("order.cancelled", _("Đã hủy")), ("order.expired", _("Hết hạn giữ hàng"))]
    return stages
