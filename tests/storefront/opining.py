"""Orders that arrived and reviews of them, for the tests of every face."""

from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from catalog.db import db
from catalog.outlets import Outlet
from catalog.products import Product
from catalog.stock import StockHold
from checkout import orders, reviews
from checkout.contact import Contact
from checkout.delivery import Collect
from checkout.orders import Fulfilment, FulfilmentState, Order, OrderState
from checkout.reviews import Review
from checkout.rules import PaymentMethod
from tests.checkout.factories import order_for
from tests.pages import Page
from tests.world import MONDAY_NINE, changing, make_officer, officer_of

BUYER = Contact("Nguyễn Thị Bí Mật", "0912345678", "bi-mat@example.org")
SECRETS = ("Nguyễn Thị", "Bí Mật", "0912345678", "0912 345 678", "bi-mat@example.org", "QN-")
"""What of a buyer and an order no producer ever sees."""


def arrived(
    app: Flask, product: Product, outlet: Outlet, *, contact: Contact = BUYER, at: datetime = MONDAY_NINE
) -> Order:
    """One unit, fetched at an outlet by somebody with an e-mail. The goods are noted as handed over, no more."""
    with changing(app):
        order = order_for(
            (product, 1), destination=Collect(outlet.id), payment=PaymentMethod.CASH_ON_COLLECTION, contact=contact
        )
        db.session.execute(update(Order).where(Order.id == order.id).values(state=OrderState.HANDED_OVER))
        handed = {"state": FulfilmentState.HANDED_OVER, "changed_at": at}
        db.session.execute(update(Fulfilment).where(Fulfilment.order_id == order.id).values(handed))
        reference = order.reference
        assert db.session.scalar(select(StockHold.quantity).where(StockHold.order_ref == reference)) == 1
    with app.app_context():
        return orders.get_order(reference)


def said(app: Flask, order: Order, *, published: bool = False, at: datetime = MONDAY_NINE, **facts: Any) -> Review:
    """A review of its first line, written, or let stand by an officer."""
    told: dict[str, Any] = {"rating": 4, "words": "Thơm, ngọt dịu.", "named": True} | facts
    with changing(app):
        review = reviews.write(orders.get_order(order.reference), 1, at=at, **told)
        if published and told["words"]:
            reviews.publish(review, version=review.version, by=officer_of(make_officer()), at=at)
    return review


def cells(page: Page, kind: str = "cards") -> list[list[str]]:
    """The rows under the heads of a page's first table of this class, cell by cell."""
    table = page.all("table", class_=kind)[0]
    rows = [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in table.iter("tr")]
    return [[cell.replace("\u00a0", " ") for cell in row] for row in rows[1:]]
