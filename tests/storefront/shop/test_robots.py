"""What search engines read first."""

from urllib.parse import urlsplit
from xml.etree import ElementTree

from flask import Flask

from catalog.products import ProductState
from tests.pages import PageClient
from tests.world import World, changing, make_product


def sitemap(client: PageClient) -> list[str]:
    """Its addresses, without the host."""
    response = client.raw.get("/sitemap.xml")
    assert response.mimetype == "application/xml"
    tree = ElementTree.fromstring(response.get_data())
    return [urlsplit(str(loc.text)).path for loc in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_carts_orders_and_accounts_are_nobodys_search_result(client: PageClient) -> None:
    response = client.raw.get("/robots.txt")
    assert response.mimetype == "text/plain"
    lines = response.get_data(as_text=True).splitlines()
    assert lines[0] == "User-agent: *"
    for path in ("/gio-hang", "/thanh-toan", "/don-hang", "/tai-khoan", "/tim-kiem"):
        assert f"Disallow: {path}" in lines
    assert lines[-1] == "Sitemap: http://localhost/sitemap.xml"


def test_the_sitemap_names_every_page_once(client: PageClient, world: World) -> None:
    addresses = sitemap(client)
    assert len(addresses) == len(set(addresses))
    assert {
        "/",
        "/san-pham",
        "/nhom/thuc-pham",
        "/san-pham/mat-ong-rung",
        "/san-pham/mot-ngay-o-lang-rau",
        f"/chu-the/{world.cooperative.slug}",
        "/diem-ban/diem-ban-t01",
        "/xa-phuong/tra-my",
        "/xa-phuong/hoi-an",
    } <= set(addresses)


def test_every_address_of_the_sitemap_opens(client: PageClient, world: World) -> None:
    for address in sitemap(client):
        client.get(address)


def test_what_shoppers_may_not_see_is_not_in_it(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_product(slug="nhap", state=ProductState.DRAFT)
        make_product(slug="ruou", group="2.1a")
    assert {"/san-pham/nhap", "/san-pham/ruou"}.isdisjoint(sitemap(client))
