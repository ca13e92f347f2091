"""Search: the index ranks, the database tells prices, stock and stars."""

import pytest
from flask import Flask

from catalog import sequence
from catalog.db import db
from catalog.products import Product, ProductState
from storefront import indexing
from storefront.outside import outside
from tests.pages import Page, PageClient
from tests.world import World, certificate_of, changing, make_product, variant_of


def names(page: Page) -> list[str]:
    return ["".join(heading.itertext()) for heading in page.all("h2", class_="card-name")]


@pytest.fixture
def index(app: Flask, world: World) -> None:
    """An index of the cast."""
    with app.app_context():
        indexing.rebuild_now()


def suggested(client: PageClient, q: str) -> list[str]:
    """What the listbox offers, in its order."""
    response = client.raw.get("/tim-kiem/goi-y", query_string={"q": q})
    assert response.status_code == 200
    html = response.get_data(as_text=True)
    return [part.split('"', 1)[0] for part in html.split('data-text="')[1:]]


@pytest.mark.parametrize("q", ["mật ong", "mat ong", "MẬT ONG RỪNG", "ong mật", "mật   ong"])
def test_what_is_typed_with_or_without_accents_is_found(client: PageClient, index: None, q: str) -> None:
    assert names(client.get(f"/tim-kiem?q={q}")) == ["Mật ong rừng"]


def test_a_place_finds_what_is_made_there(client: PageClient, index: None) -> None:
    assert set(names(client.get("/tim-kiem?q=trà my"))) == {"Mật ong rừng", "Chè dây"}


def test_a_slip_is_mended_and_said(client: PageClient, index: None) -> None:
    page = client.get("/tim-kiem?q=mật ogn")
    assert names(page) == ["Mật ong rừng"]
    assert "Không có gì khớp với “mật ogn”" in page.text
    assert page.one("h1").text == "Kết quả cho “mật ong”"
    assert client.get("/tim-kiem?q=mật ogn&nguyen=1").one("h1").text == "Kết quả cho “mật ogn”"


def test_filters_narrow_an_answer(client: PageClient, index: None) -> None:
    assert names(client.get("/tim-kiem?q=trà my&sao=3")) == ["Chè dây"]
    assert names(client.get("/tim-kiem?q=trà my&xep=gia-giam")) == ["Mật ong rừng", "Chè dây"]
    assert names(client.get("/tim-kiem?q=trà my&tai=diem-ban-d01")) == ["Mật ong rừng"]


def test_no_answer_offers_a_way_on(client: PageClient, index: None) -> None:
    page = client.get("/tim-kiem?q=zzzzqqq")
    assert "Không thấy món nào như vậy" in page.text
    assert names(page) == []


def test_nothing_typed_lists_everything(client: PageClient, index: None) -> None:
    assert len(names(client.get("/tim-kiem"))) == 4
    assert len(names(client.get("/tim-kiem?q=+"))) == 4


HOSTILE = [
    "*",
    "NOT",
    "id:5",
    'name:"x',
    "(((((",
    "\\",
    "a OR b AND NOT c",
    "<script>alert(1)</script>",
    "%",
    "'; DROP TABLE products; --",
    "\u202e\u200b",
    "𝕞𝕒𝕥",
    "ま" * 50,
    "x" * 6000,
    "a " * 2000,
    "1" * 400,
]


def test_a_query_is_words_never_syntax(client: PageClient, index: None) -> None:
    for q in HOSTILE:
        response = client.raw.get("/tim-kiem", query_string={"q": q})
        assert response.status_code == 200, q
        assert "<script>alert" not in response.get_data(as_text=True), q
        assert "<script>alert" not in "".join(suggested(client, q)), q


def test_prices_and_stars_are_read_when_the_page_is_made(
    app: Flask, client: PageClient, world: World, index: None
) -> None:
    with changing(app):
        variant_of(world.honey).price = 777_000
        certificate = certificate_of(world.honey)
        certificate.expires_on = certificate.signed_on
        sequence.advance()
    page = client.get("/tim-kiem?q=mật ong")
    assert "777.000 ₫" in page.text
    assert page.all("span", class_="seal") == []


def test_without_an_index_the_database_answers_plainly(app: Flask, client: PageClient, world: World) -> None:
    with app.app_context():
        assert not outside().index.status().ok
    assert names(client.get("/tim-kiem?q=mat ong")) == ["Mật ong rừng"]
    assert names(client.get("/tim-kiem?q=khong co")) == []
    assert suggested(client, "mat") == []


def test_suggestions_lead_to_products(client: PageClient, index: None) -> None:
    assert "Mật ong rừng" in suggested(client, "mật o")
    response = client.raw.get("/tim-kiem/goi-y?q=mật o")
    assert 'data-url="/san-pham/mat-ong-rung"' in response.get_data(as_text=True)


def test_what_is_withdrawn_is_not_found_though_it_is_still_indexed(
    app: Flask, client: PageClient, world: World
) -> None:
    with changing(app):
        hidden = make_product("Mắm nêm quý", slug="mam-nem-quy").id
    with app.app_context():
        indexing.rebuild_now()
    assert names(client.get("/tim-kiem?q=mắm nêm")) == ["Mắm nêm quý"]
    with changing(app):
        db.session.get_one(Product, hidden).state = ProductState.RETIRED
        sequence.advance()
    assert names(client.get("/tim-kiem?q=mắm nêm")) == []
    assert "Mắm nêm quý" not in suggested(client, "mắm")
