"""A page asks the database a constant number of questions, whatever the shop holds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, inspect, select

from catalog import sequence
from catalog.db import Base, db
from catalog.lots import Lot
from catalog.products import Photo, Product
from catalog.stock import StockLevel, StockMovement
from storefront import indexing
from tests.conftest import Clock
from tests.pages import PageClient
from tests.world import World, certificate_of, changing, make_product, variant_of

MOST = 14
"""Of a product's page, which shows what buyers think of it, too. One of them asks for the number that says whether the
book of rules is still the one at hand."""
RENEWAL = 4
"""Products, certificates, sizes and shelves: what one request reads for everybody when the shared columns are old."""
FEW, MANY = 24, 2_400

PAGES: dict[str, Callable[[dict[str, str]], str]] = {
    "home": lambda of: "/",
    "list": lambda of: "/san-pham",
    "last page": lambda of: "/san-pham?trang=10000",
    "filtered": lambda of: "/san-pham?sao=4&noi=515&con_hang=1&tai=diem-ban-t01&xep=gia-tang",
    "group": lambda of: "/nhom/thuc-pham",
    "search": lambda of: "/tim-kiem?q=mật ong",
    "suggest": lambda of: "/tim-kiem/goi-y?q=mật",
    "product": lambda of: "/san-pham/mat-ong-rung",
    "tour": lambda of: "/san-pham/mot-ngay-o-lang-rau",
    "producers": lambda of: "/chu-the",
    "producer": lambda of: f"/chu-the/{of['producer']}",
    "commune": lambda of: "/xa-phuong/tra-my",
    "outlets": lambda of: "/diem-ban",
    "outlet": lambda of: "/diem-ban/diem-ban-t01",
    "certificate": lambda of: f"/chung-nhan/{of['certificate']}",
    "sitemap": lambda of: "/sitemap.xml",
    "cart": lambda of: "/gio-hang",
    "checkout": lambda of: "/thanh-toan",
}


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile; beginnings and ends of transactions do not count."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def fill(app: Flask, world: World, products: int) -> None:
    """More honey of the same maker, with all that belongs to it, until the shop has that many products."""
    with changing(app):
        more = products - (db.session.scalar(select(func.count()).select_from(Product)) or 0)
        keys = range(1000 * products, 1000 * products + more)
        lot = db.session.scalars(select(Lot).where(Lot.variant_id == variant_of(world.honey).id)).one()
        shelf = db.session.scalars(select(StockLevel).where(StockLevel.lot_id == lot.id).limit(1)).one()
        arrival = db.session.scalars(select(StockMovement).where(StockMovement.level_id == shelf.id)).one()
        photo = db.session.scalars(select(Photo).where(Photo.product_id == world.honey.id)).one()
        for original, links in (
            (db.session.get_one(Product, world.honey.id), {"code", "slug", "slug_en"}),
            (variant_of(world.honey), {"product_id", "sku"}),
            (photo, {"product_id"}),
            (certificate_of(world.honey), {"product_id", "number", "slug"}),
            (lot, {"variant_id"}),
            (shelf, {"lot_id", "variant_id"}),
            (arrival, {"level_id", "cause"}),
        ):
            db.session.execute(insert(type(original)), [copy_of(original, links, key) for key in keys])
        sequence.advance()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Product)) == products
        indexing.rebuild_now()


def copy_of(row: Base, changed: set[str], key: int) -> dict[str, Any]:
    """The values of a row under another key; in ``changed``, references become that key and texts unique by it."""
    values = {c.key: getattr(row, c.key) for c in inspect(type(row)).mapper.column_attrs} | {"id": key}
    return values | {name: key if isinstance(values[name], int) else f"{name}-{key}" for name in changed}


def questions(app: Flask, client: PageClient, world: World, clock: Clock) -> dict[str, tuple[int, int]]:
    """Page → statements with everything to be read anew, and with the columns at hand."""
    with app.app_context():
        of = {"producer": world.cooperative.slug, "certificate": certificate_of(world.honey).slug}
    client.raw.get("/thong-tin/gioi-thieu")  # the book of rules is read once a change, by whoever comes first
    found = {}
    for name, address in PAGES.items():
        clock.advance(days=1)
        with counted(app) as cold:
            assert client.raw.get(address(of)).status_code == 200, name
        with counted(app) as warm:
            assert client.raw.get(address(of)).status_code == 200, name
        found[name] = (len(cold), len(warm))
    return found


def fill_cart(app: Flask, client: PageClient, products: list[Product]) -> None:
    with app.app_context():
        variants = [variant_of(product).id for product in products]
    for variant in variants:
        client.post("/gio-hang/them", {"variant": str(variant), "quantity": "1", "next": "/gio-hang"})


def test_pages_ask_as_much_of_2400_products_as_of_24(
    app: Flask, client: PageClient, world: World, clock: Clock
) -> None:
    fill(app, world, FEW)
    fill_cart(app, client, [world.honey, world.tea])
    few = questions(app, client, world, clock)
    fill(app, world, MANY)
    many = questions(app, client, world, clock)
    assert many == few
    assert {name: warm for name, (_, warm) in few.items() if warm > MOST} == {}
    assert {cold - warm for cold, warm in few.values()} == {0, RENEWAL}


@pytest.fixture
def twenty(app: Flask, world: World) -> list[Product]:
    with changing(app):
        return [make_product(producer=world.cooperative, free={"T01": 5}) for _ in range(20)]


def test_a_cart_of_twenty_lines_asks_as_much_as_a_cart_of_one(
    app: Flask, client: PageClient, world: World, twenty: list[Product]
) -> None:
    def asked(path: str) -> int:
        with counted(app) as sent:
            assert client.raw.get(path).status_code == 200
        return len(sent)

    fill_cart(app, client, twenty[:1])
    one = [asked("/gio-hang"), asked("/thanh-toan")]
    fill_cart(app, client, twenty[1:])
    assert [asked("/gio-hang"), asked("/thanh-toan")] == one
    assert max(one) <= MOST


def test_a_page_that_is_kept_asks_only_whether_it_still_is_so(
    app: Flask, client: PageClient, world: World, choose: Callable[..., None]
) -> None:
    choose(page_seconds=10)
    client.get("/")
    with counted(app) as sent:
        client.get("/")
    assert len(sent) == 1
    assert "catalogue_state" in sent[0]


def test_static_files_and_health_ask_nothing(app: Flask, client: PageClient, world: World) -> None:
    with counted(app) as sent:
        for path in ("/static/css/app.css", "/healthz", "/robots.txt"):
            with client.raw.get(path) as response:
                assert response.status_code == 200
    assert sent == []


def test_a_reader_of_the_catalogue_does_not_write(app: Flask, client: PageClient, world: World) -> None:
    with counted(app) as sent:
        for path in ("/", "/san-pham", "/san-pham/mat-ong-rung", "/diem-ban?q=Hội An", "/gio-hang"):
            client.get(path)
    assert [statement for statement in sent if not statement.startswith("SELECT")] == []
