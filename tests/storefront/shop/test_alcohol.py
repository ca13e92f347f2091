"""A shop without alcohol has none: not in a list, not by address, not by searching, not for machines."""

import pytest
from flask import Flask

from catalog.db import db
from catalog.products import RetiredSlug
from storefront import indexing
from tests.pages import PageClient
from tests.world import World, certificate_of, changing, make_producer, make_product, variant_of

WORD = "Rượu Thử"


@pytest.fixture
def spirit(app: Flask, world: World) -> dict[str, str]:
    """A spirit with stars and units, its maker's other product, and everything indexed. Its addresses and keys."""
    with changing(app):
        maker = make_producer("Hộ nấu Cánh Thử", slug="ho-nau-canh-thu", story_vi="Ba đời giữ bếp lửa.")
        product = make_product(WORD, slug="ruou-thu", group="2.1a", producer=maker, stars=5, season="11",
                               free={"T01": 9})  # fmt: skip
        make_product("Cơm rượu nếp", slug="com-nep", producer=maker, free={"T01": 1})
        db.session.add(RetiredSlug(slug="ruou-cu", product_id=product.id))
        found = {"variant": str(variant_of(product).id), "certificate": certificate_of(product).slug}
    with app.app_context():
        indexing.rebuild_now()
    return found


def test_no_page_shows_it(client: PageClient, spirit: dict[str, str]) -> None:
    for path in (
        "/",
        "/san-pham",
        "/san-pham?xep=moi",
        "/nhom/do-uong",
        "/san-pham/com-nep",
        "/tim-kiem",
        "/tim-kiem?q=rượu",
        "/tim-kiem?q=ruou thu",
        "/chu-the",
        "/chu-the/ho-nau-canh-thu",
        "/xa-phuong/tam-ky",
        "/diem-ban/diem-ban-t01",
    ):
        html = client.get(path).response.get_data(as_text=True)
        assert WORD not in html, path
        assert "ruou-thu" not in html, path


def test_no_address_opens_it(client: PageClient, spirit: dict[str, str]) -> None:
    for path in ("/san-pham/ruou-thu", "/san-pham/ruou-cu", f"/chung-nhan/{spirit['certificate']}"):
        response = client.raw.get(path)
        assert response.status_code == 404, path
        assert WORD not in response.get_data(as_text=True), path


def test_no_suggestion_names_it(client: PageClient, spirit: dict[str, str]) -> None:
    for q in ("r", "ru", "ruou", "rượu", "rượu thử", "Rượu T"):
        html = client.raw.get("/tim-kiem/goi-y", query_string={"q": q}).get_data(as_text=True)
        assert WORD.lower() not in html.lower(), q


def test_no_cart_takes_it(client: PageClient, spirit: dict[str, str]) -> None:
    page = client.post("/gio-hang/them", {"variant": spirit["variant"], "quantity": "1"})
    assert page.all("span", class_="cart-count") == []
    assert WORD not in page.text


def test_no_machine_is_told_of_it(client: PageClient, spirit: dict[str, str]) -> None:
    sitemap = client.raw.get("/sitemap.xml").get_data(as_text=True)
    assert "/san-pham/com-nep" in sitemap
    assert "ruou-thu" not in sitemap


def test_without_an_index_it_is_not_found_either(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_product(WORD, slug="ruou-thu", group="2.1b", free={"T01": 9})
    assert "ruou-thu" not in client.get("/tim-kiem?q=rượu thử").response.get_data(as_text=True)


def test_its_groups_have_no_door(client: PageClient, spirit: dict[str, str]) -> None:
    client.get("/nhom/ruou-trang", status=404)
    doors = [a.get("href") for li in client.get("/").all("li", class_="door") for a in li.iter("a")]
    assert "/nhom/thuc-pham" in doors
    assert "/nhom/do-uong" not in doors
