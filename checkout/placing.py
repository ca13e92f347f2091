"""Placing an order: the one moment at which a wish becomes a promise.

All of it happens in the caller's transaction or not at all. The steps and their locks: the cart, the overdue orders
in the way, the shelves of what is wanted; then everything is read afresh, checked against what the buyer was shown,
and written.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from catalog import history, jobs, places, stock
from catalog.db import db
from catalog.errors import Conflict, Invalid
from catalog.money import Money
from catalog.text import nfc
from checkout import carts, contact, orders, payments, quotes, sales
from checkout.allocation import Shortage
from checkout.carts import Cart, CartView, NotOrderable
from checkout.contact import Contact, Invoice
from checkout.delivery import Collect, Destination, Method
from checkout.orders import Fulfilment, FulfilmentPick, Order, OrderLine, OrderState
from checkout.pricing import PriceChanged
from checkout.quotes import Offer
from checkout.rules import PaymentMethod, Rules

BUYER = "buyer"


@dataclass(frozen=True, slots=True)
class PlaceRequest:
    """What the buyer asks for. language: ``vi`` or ``en``, for the letters.    of_age: they say that they are 18."""

    contact: Contact
    destination: Destination
    payment: PaymentMethod
    language: str
    note: str = ""
    invoice: Invoice | None = None
    of_age: bool = False


def place(
    cart: Cart, request: PlaceRequest, *, shown_total: Money, submit_token: str, at: datetime, rules: Rules
) -> Order:
    """Turn the cart into an order and empty it.

    shown_total: what stood on the button.    submit_token: made with the page; pressing twice makes one order, and
    the second press gets the first one's.

    Raises Invalid for a phone, tax code, outlet, commune, street or way of paying that will not do, for an empty cart,
    and for alcohol of who does not say that they are of age; NotOrderable; Shortage with every line that falls short; PriceChanged.
    """
    carts.lock(cart, at=at)
    if placed := orders.find_by_submit_token(submit_token):
        return placed
    buyer, invoice = _checked(request)
    if orders.open_count(buyer.phone, at=at) >= rules.max_open_orders:
        raise Invalid("phone", "open_orders", most=rules.max_open_orders)
    wanted = carts.variant_ids(cart)
    sales.expire_overdue(at=at, variant_ids=wanted)
    view = carts.view(cart, at=at, rules=rules)
    from_outlets = quotes.active_outlets()
    offer = quotes.quote(view, request.destination, from_outlets=from_outlets, at=at, rules=rules)
    _check(offer, request.payment, shown_total)
    if view.alcohol and not request.of_age:
        raise Invalid("of_age", "required")

    order = _order(cart, request, offer, at=at, submit_token=submit_token, buyer=buyer, invoice=invoice)
    opening = None
    if isinstance(request.destination, Collect):
        outlet = next(outlet for outlet in from_outlets if outlet.id == request.destination.outlet_id)
        order.outlet_id, order.outlet_name, order.outlet_address = outlet.id, outlet.name_vi, outlet.address_vi
        opening = outlet.opening(rules.holidays)
    order.of_age = view.alcohol
    order.hold_until = rules.hold_until(request.payment, at=at, opening=opening, ready_at=offer.ready_at)
    if not _insert(order):
        return _placed(submit_token)
    _write_lines(order, view, offer)
    for pick in sorted(offer.picks, key=lambda pick: pick.level_id):
        stock.hold(
            pick.level_id,
            pick.quantity,
            order_ref=order.reference,
            until=order.hold_until,
            actor=BUYER,
            at=at,
        )
    payments.open_payment(order.id, offer.price.total, method=request.payment)
    history.record("order.placed", orders.subject_of(order), actor=BUYER, at=at, total=order.total)
    jobs.enqueue("mail.order_placed", {"order": order.reference}, at=at)
    carts.clear(cart)
    db.session.flush()
    return order


def _checked(request: PlaceRequest) -> tuple[Contact, Invoice | None]:
    """The same person and company in canonical form."""
    name = nfc(request.contact.name)
    if not name:
        raise Invalid("name", "required")
    if not isinstance(request.destination, Collect) and not nfc(request.destination.address.street):
        raise Invalid("street", "required")
    buyer = Contact(name, contact.phone(request.contact.phone), request.contact.email)
    if request.invoice is None:
        return buyer, None
    asked = request.invoice
    return buyer, Invoice(nfc(asked.company), contact.tax_code(asked.tax_code), nfc(asked.address), asked.email)


def _check(offer: Offer, payment: PaymentMethod, shown_total: Money) -> None:
    if not offer.price.lines:
        raise Invalid("cart", "empty")
    if offer.problems:
        raise NotOrderable(offer.problems)
    if offer.short:
        raise Shortage(offer.short)
    if offer.price.total != shown_total:
        raise PriceChanged(was=shown_total, now=offer.price.total)
    if refusal := offer.refusals.get(payment):
        raise Invalid("payment", refusal)


def _order(
    cart: Cart,
    request: PlaceRequest,
    offer: Offer,
    *,
    at: datetime,
    submit_token: str,
    buyer: Contact,
    invoice: Invoice | None,
) -> Order:
    waits = request.payment is PaymentMethod.BANK_TRANSFER
    order = Order(
        reference=orders.new_reference(),
        token=secrets.token_urlsafe(32),
        submit_token=submit_token,
        state=OrderState.AWAITING_PAYMENT if waits else OrderState.CONFIRMED,
        placed_at=at,
        language=request.language,
        customer_id=cart.customer_id,
        name=buyer.name,
        phone=buyer.phone,
        email=buyer.email,
        note=request.note,
        payment_method=request.payment,
        currency=offer.price.total.currency,
        goods=offer.price.goods.minor,
        delivery=offer.price.delivery.minor,
        delivery_vat_percent=offer.price.delivery_percent,
        delivery_vat=offer.price.delivery_vat.minor,
        total=offer.price.total.minor,
    )
    if isinstance(request.destination, Collect):
        order.method = Method.COLLECT
        order.collect_code = f"{secrets.randbelow(10**6):06d}"
        order.ready_at = offer.ready_at
    else:
        address = request.destination.address
        order.method = Method.DELIVER
        order.commune_code = address.commune_code
        order.commune_label = places.get_commune(address.commune_code).label
        order.street, order.old_address = nfc(address.street), nfc(address.old_address)
    if offer.promise:
        order.promise_from_on, order.promise_to_on = offer.promise.from_on, offer.promise.to_on
    if invoice:
        order.invoice_company, order.invoice_tax_code = invoice.company, invoice.tax_code
        order.invoice_address, order.invoice_email = invoice.address, invoice.email
    return order


def _insert(order: Order) -> bool:
    """Whether this press of the button is the first; the unique submit token decides between two carts."""
    try:
        with db.session.begin_nested():
            db.session.add(order)
    except IntegrityError:
        return False
    return True


def _placed(submit_token: str) -> Order:
    placed = orders.find_by_submit_token(submit_token)
    if placed is None:
        raise Conflict("another order took the same reference")
    return placed


def _write_lines(order: Order, view: CartView, offer: Offer) -> None:
    lines: dict[int, OrderLine] = {}
    for position, (item, priced) in enumerate(zip(view.items, offer.price.lines, strict=True), start=1):
        lines[item.variant_id] = OrderLine(
            order_id=order.id,
            position=position,
            variant_id=item.variant_id,
            product_id=item.product_id,
            sku=item.sku,
            name_vi=item.name_vi,
            name_en=item.name_en,
            unit_vi=item.unit_vi,
            unit_en=item.unit_en,
            quantity=priced.quantity,
            price=priced.price.minor,
            amount=priced.amount.minor,
            vat_percent=priced.percent,
            vat=priced.vat.minor,
            certificate_number=item.certificate_number,
            stars=item.stars,
        )
    db.session.add_all(lines.values())
    by_outlet: dict[int, Fulfilment] = {}
    for pick in offer.picks:
        if pick.outlet_id not in by_outlet:
            by_outlet[pick.outlet_id] = Fulfilment(
                order_id=order.id,
                position=len(by_outlet) + 1,
                outlet_id=pick.outlet_id,
                chargeable_g=offer.chargeable_g.get(pick.outlet_id, 0),
            )
    db.session.add_all(by_outlet.values())
    db.session.flush()
    for pick in offer.picks:
        db.session.add(
            FulfilmentPick(
                fulfilment_id=by_outlet[pick.outlet_id].id,
                line_id=lines[pick.variant_id].id,
                level_id=pick.level_id,
                lot_id=pick.lot_id,
                quantity=pick.quantity,
            )
        )
