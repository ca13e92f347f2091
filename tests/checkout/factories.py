"""Shorthands of the checkout's tests, on top of ``tests.world``: one cart, one request, one order."""

from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import func, select, update

from catalog.db import Base, db, transaction
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.products import Product
from catalog.stock import StockLevel
from checkout import carts, orders, placing, quotes
from checkout.carts import Cart
from checkout.contact import Contact
from checkout.delivery import Address, Deliver, Destination
from checkout.orders import Fulfilment, FulfilmentState, Order, OrderState
from checkout.placing import PlaceRequest
from checkout.rules import PaymentMethod, Rules
from tests.world import HOI_AN, MONDAY_NINE, variant_of

RULES = Rules()
TO_HOI_AN = Deliver(Address(HOI_AN, "12 đường Thử Nghiệm"))
_presses = count(1)


def make_cart(*wants: tuple[Product, int], customer_id: int | None = None, rules: Rules = RULES) -> Cart:
    """A cart with these units of the products' first sizes."""
    cart = carts.open_cart(at=MONDAY_NINE, customer_id=customer_id)
    for product, quantity in wants:
        carts.put(cart, variant_of(product).id, quantity, at=MONDAY_NINE, rules=rules)
    return cart


def make_request(destination: Destination = TO_HOI_AN, **facts: Any) -> PlaceRequest:
    """An anonymous buyer, by transfer unless said otherwise."""
    defaults: dict[str, Any] = {
        "contact": Contact("Nguyễn Thị Thử", "0912345678", "thu@example.org"),
        "payment": PaymentMethod.BANK_TRANSFER,
        "language": "vi",
    }
    return PlaceRequest(destination=destination, **defaults | facts)


def total_of(
    cart: Cart, destination: Destination = TO_HOI_AN, *, at: datetime = MONDAY_NINE, rules: Rules = RULES
) -> Money:
    """What stands on the button."""
    view = carts.view(cart, at=at, rules=rules)
    return quotes.quote(view, destination, from_outlets=quotes.active_outlets(), at=at, rules=rules).price.total


def place(
    cart: Cart,
    request: PlaceRequest | None = None,
    *,
    at: datetime = MONDAY_NINE,
    rules: Rules = RULES,
    submit_token: str | None = None,
    shown_total: Money | None = None,
) -> Order:
    """Press the button once, having seen today's total."""
    request = request or make_request()
    return placing.place(
        cart,
        request,
        shown_total=shown_total or total_of(cart, request.destination, at=at, rules=rules),
        submit_token=submit_token or f"press-{next(_presses)}",
        at=at,
        rules=rules,
    )


def buyer(n: int) -> Contact:
    """One of many: a phone may have only so many orders waiting."""
    return Contact(f"Khách {n}", f"0912{n:06d}")


def order_for(*wants: tuple[Product, int], at: datetime = MONDAY_NINE, **facts: Any) -> Order:
    """A new order of these products."""
    return place(make_cart(*wants), make_request(**facts), at=at)


def levels(outlet: Outlet) -> list[tuple[int, int]]:
    """(on hand, held) of each shelf of an outlet, oldest first."""
    query = select(StockLevel.on_hand, StockLevel.held).where(StockLevel.outlet_id == outlet.id)
    return [(on_hand, held) for on_hand, held in db.session.execute(query.order_by(StockLevel.id))]


def rows(*tables: type[Base]) -> list[int]:
    """How many rows each table has."""
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def arrive(order: Order, state: FulfilmentState = FulfilmentState.HANDED_OVER, *, at: datetime = MONDAY_NINE) -> Order:
    """Its goods reached the buyer; what leads there is the business of ``fulfilment`` and its tests."""
    with transaction():
        mine = update(Fulfilment).where(Fulfilment.order_id == order.id)
        db.session.execute(mine.values(state=state, changed_at=at))
        to = OrderState.HANDED_OVER if state is FulfilmentState.HANDED_OVER else OrderState.DELIVERED
        db.session.execute(update(Order).where(Order.id == order.id).values(state=to))
    return orders.get_order(order.reference)
