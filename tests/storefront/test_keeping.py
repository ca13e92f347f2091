"""Kept pages: the same bytes for everybody, but each visitor's own token and cart."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from catalog import sequence
from catalog.clock import start_of
from tests.conftest import Clock
from tests.pages import PageClient
from tests.world import MONDAY, World, certificate_of, changing


@pytest.fixture
def keeping_app(app: Flask) -> Iterator[Flask]:
    usual = app.extensions["settings"]
    app.extensions["settings"] = dataclasses.replace(usual, page_seconds=10)
    yield app
    app.extensions["settings"] = usual
    app.extensions["pages"].clear()


PRODUCT = "/san-pham/mat-ong-rung"


def test_every_visitor_of_a_kept_page_can_put_its_goods_in_a_cart(keeping_app: Flask, world: World) -> None:
    for _ in range(3):
        visitor = PageClient(keeping_app)
        page = visitor.get(PRODUCT)
        form = page.form("/gio-hang/them")
        visitor.post("/gio-hang/them", {**form, "quantity": "1"})
        assert "1" in visitor.get(PRODUCT).one("a", id="cart-link").find("span[@class='cart-count']").text  # type: ignore[union-attr, operator]


def test_a_kept_page_says_nothing_about_the_visitor_before(keeping_app: Flask, world: World) -> None:
    first, second = PageClient(keeping_app), PageClient(keeping_app)
    form = first.get(PRODUCT).form("/gio-hang/them")
    first.post("/gio-hang/them", {**form, "quantity": "2"})
    first.get("/")
    page = second.get("/")
    assert page.all("span", class_="cart-count") == []
    assert form["csrf_token"] not in page.response.get_data(as_text=True)


def test_a_page_is_rendered_once_a_tick(keeping_app: Flask, world: World, clock: Clock) -> None:
    visitor = PageClient(keeping_app)
    visitor.get("/")
    store = keeping_app.extensions["pages"]
    kept = len(store._cache)
    visitor.get("/")
    assert len(store._cache) == kept == 1
    clock.advance(seconds=10)
    visitor.get("/")
    assert len(store._cache) == 2


def test_a_star_is_gone_from_a_kept_page_when_its_certificate_ends_at_midnight(
    keeping_app: Flask, world: World, clock: Clock
) -> None:
    with changing(keeping_app):
        certificate_of(world.honey).expires_on = MONDAY + timedelta(days=1)
        sequence.advance()
    visitor = PageClient(keeping_app)
    clock.at = start_of(MONDAY + timedelta(days=1)) - timedelta(seconds=1)
    assert "4 sao OCOP" in visitor.get(PRODUCT).text
    clock.advance(seconds=1)
    assert "4 sao OCOP" not in visitor.get(PRODUCT).text


def test_an_address_cannot_make_a_kept_page_tell_the_visitors_token(keeping_app: Flask, world: World) -> None:
    """Whatever stands for the token while a page is kept, nobody outside can know it."""
    visitor = PageClient(keeping_app)
    hole = str(keeping_app.extensions["token hole"])
    for guess in ("~token-of-this-visitor~", "{{csrf_token()}}", "<!--cart-of-this-visitor-->"):
        page = visitor.get("/san-pham", query_string={"x": guess})
        tokens = [field.get("value", "") for field in page.all("input", name="csrf_token")]
        html = page.response.get_data(as_text=True)
        assert hole not in html
        assert html.count(tokens[0]) == len(tokens)


def test_what_a_script_is_given_is_not_kept_for_a_browser(keeping_app: Flask, world: World) -> None:
    for headers, opened in (({"HX-Request": "true"}, True), ({}, False)):
        page = PageClient(keeping_app).get("/san-pham", headers=headers)
        assert (page.one("details", id="filters-fold").get("open") is not None) is opened


def test_two_names_of_the_shop_do_not_share_a_page(keeping_app: Flask, world: World) -> None:
    for host in ("evil.example", "shop.example"):
        page = PageClient(keeping_app).get("/san-pham", base_url=f"http://{host}")
        assert page.one("link", rel="canonical").get("href") == f"http://{host}/san-pham"
        assert ("evil.example" in page.response.get_data(as_text=True)) is (host == "evil.example")
