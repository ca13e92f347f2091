"""The consumers' face: find, trust, buy. One module a noun, one blueprint a module."""

from flask import Blueprint

from storefront.shop import (
    age,
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
    home, products, search, producers, communes, outlets, certificates, pages, robots, age, cart, checkout, orders, reviews,
    traces, fairs,
):  # fmt: skip
    bp.register_blueprint(room.bp)
