"""Steps of a buyer, shared by the tests of the buying pages."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from catalog.db import db
from catalog.products import Product
from checkout.orders import Order
from tests.pages import Page, PageClient
from tests.world import HOI_AN, variant_of


def variant(app: Flask, product: Product) -> int:
    """Key of its first size."""
    with app.app_context():
        return variant_of(product).id


def add(client: PageClient, app: Flask, product: Product, quantity: int = 1) -> Page:
    """Put it into the cart and look at the cart."""
    data = {"variant": str(variant(app, product)), "quantity": str(quantity), "next": "/gio-hang"}
    return client.post("/gio-hang/them", data)


def delivered(client: PageClient, **changes: str) -> dict[str, str]:
    """The checkout form as a buyer in Hội An fills it in, priced once."""
    client.get("/thanh-toan")
    page = client.post("/thanh-toan", filled(client, commune_text="Phường Hội An", step="update"))
    return page.form("/thanh-toan") | {"step": "place"} | changes


def collected(client: PageClient, outlet: int, **changes: str) -> dict[str, str]:
    """The checkout form of somebody who fetches it there, priced once."""
    client.get("/thanh-toan")
    page = client.post("/thanh-toan", filled(client, method="collect", outlet=str(outlet), step="update"))
    return page.form("/thanh-toan") | {"step": "place"} | changes


def filled(client: PageClient, **changes: str) -> dict[str, str]:
    """The form of the last page with name, phone and street written in."""
    assert client.last is not None
    written = {"phone": "0905 123 456", "name": "Trần Thị Thử", "street": "12 đường Thử"}
    return client.last.form("/thanh-toan") | written | changes


def orders_of(app: Flask) -> list[Order]:
    """All orders there are."""
    with app.app_context():
        return list(db.session.scalars(select(Order).order_by(Order.id)))


def session_of(client: PageClient) -> dict[str, Any]:
    """What this browser's session holds."""
    with client.raw.session_transaction() as kept:
        return dict(kept)


__all__ = ["HOI_AN", "add", "collected", "delivered", "filled", "orders_of", "session_of", "variant"]
