"""The consumers' face: find, trust, buy. One module a noun, one blueprint a module."""

from flask import Blueprint

from storefront.shop import (
    cart,
    certificates,
    checkout,
    communes,
    fairs,
    home,
    orders,
    outlets,
    pages,
    producers,
    products,
    reviews,
    robots,
    search,
    traces,
)

bp = Blueprint("shop", __name__)
for room in (
    home, products, search, producers, communes, outlets, certificates, pages, robots, cart, checkout, orders, reviews,
    fairs,
    traces,
):  # fmt: skip
    bp.register_blueprint(room.bp)
