"""Alcohol and age: off, switched on before a visitor has said that they are 18, and after."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog.db import db
from catalog.products import Product, RetiredSlug
from checkout.orders import Order
from storefront import indexing, worker
from tests.conftest import Clock, LetterBox
from tests.pages import Page, PageClient
from tests.storefront.shop.buying import add, delivered, orders_of
from tests.world import (
    TAM_KY,
    World,
    certificate_of,
    changing,
    make_certificate,
    make_producer,
    make_product,
    variant_of,
)

WORD = "Rượu Thử"
LISTS = (
    "/san-pham",
    "/san-pham?xep=moi",
    "/san-pham?tai=diem-ban-t01",
    "/san-pham?sao=5",
    "/nhom/do-uong",
    "/tim-kiem",
    "/tim-kiem?q=rượu",
    "/tim-kiem?q=ruou thu",
    "/xa-phuong/tam-ky",
    "/diem-ban/diem-ban-t01",
    "/chu-the/nha-thu",
)
"""Where a visitor looks for things."""
UNASKED = (
    "/",
    "/san-pham/com-nep",
    "/tim-kiem/goi-y?q=ruou",
    "/tim-kiem/goi-y?q=rượu thử",
    "/sitemap.xml",
    "/robots.txt",
)
"""What is put before people whether or not they look for it."""


@pytest.fixture
def sold(choose: Callable[..., None]) -> None:
    choose(alcohol=True)


@pytest.fixture
def spirits(app: Flask, world: World) -> dict[str, str]:
    """A spirit with five stars beside a cake of the same maker, and a maker of nothing but spirits."""
    with changing(app):
        maker = make_producer("Nhà Thử", slug="nha-thu", commune=TAM_KY)
        spirit = make_product(WORD, slug="ruou-thu", group="2.1a", producer=maker, stars=5, season="11", free={"T01": 9},
                              alcohol_percent=Decimal("29.5"), alcohol_licence="Số thử 01/GP")  # fmt: skip
        make_product("Cơm nếp", slug="com-nep", producer=maker, stars=3, free={"T01": 4})
        make_product("Nước ép thử", slug="nuoc-ep", group="2.2b", producer=maker, free={"T01": 4})
        db.session.add(RetiredSlug(slug="ruou-cu", product_id=spirit.id))
        still = make_producer("Lò Thử", slug="lo-thu", story_vi="Ba đời giữ bếp lửa.", story_title_vi="Chuyện lò rượu")
        make_product("Rượu Lò", slug="ruou-lo", group="2.1b", producer=still, stars=4, free={"T01": 2})
        shared = make_product("Bánh tổ", slug="banh-to", stars=None, free={"T01": 1})
        make_certificate(shared, number=certificate_of(spirit).number, slug=certificate_of(spirit).slug)
        alone = make_product("Rượu Một", slug="ruou-mot", group="2.1a", producer=maker, free={"T01": 1})
        found = {
            "variant": str(variant_of(spirit).id),
            "shared": certificate_of(spirit).slug,
            "alone": certificate_of(alone).slug,
        }
    with app.app_context():
        indexing.rebuild_now()
    return found


def say(client: PageClient, words: str = "yes", back: str = "/san-pham") -> Page:
    """Answer the question at the door."""
    client.get(f"/do-tuoi?next={back}")
    return client.post("/do-tuoi", {"of_age": words, "next": back})


def source(client: PageClient, path: str) -> str:
    text: str = client.raw.get(path).get_data(as_text=True)
    return text


def shows(client: PageClient, path: str) -> bool:
    return "ruou-thu" in source(client, path)


def doors(client: PageClient) -> list[str]:
    """Addresses that lead to the question instead."""
    asked = (
        "/san-pham/ruou-thu", "/san-pham/ruou-cu", "/nhom/ruou-trang", "/nhom/ruou-ngam", "/chu-the/lo-thu",
    )  # fmt: skip
    return [path for path in asked if client.raw.get(path).headers.get("Location", "").startswith("/do-tuoi?next=")]


def statuses(client: PageClient, *paths: str) -> list[int]:
    return [client.raw.get(path).status_code for path in paths]


def test_where_none_is_sold_there_is_no_door(client: PageClient, spirits: dict[str, str]) -> None:
    assert statuses(client, "/do-tuoi", "/san-pham/ruou-thu", "/san-pham/ruou-cu", "/nhom/ruou-trang",
                    f"/chung-nhan/{spirits['alone']}", "/san-pham/ruou-thu/danh-gia") == [404] * 6  # fmt: skip
    client.post("/do-tuoi", {"of_age": "yes"}, status=404)
    assert [path for path in (*LISTS, *UNASKED) if shows(client, path)] == []
    assert "/do-tuoi" not in source(client, "/san-pham")
    assert client.raw.get("/chu-the/lo-thu").status_code == 200


def test_a_flag_of_another_time_opens_nothing_where_none_is_sold(
    client: PageClient, spirits: dict[str, str], choose: Callable[..., None]
) -> None:
    choose(alcohol=True)
    say(client)
    choose(alcohol=False)
    assert statuses(client, "/san-pham/ruou-thu", "/nhom/ruou-trang") == [404, 404]
    assert [path for path in (*LISTS, *UNASKED) if shows(client, path)] == []


def test_before_the_question_alcohol_does_not_exist(client: PageClient, sold: None, spirits: dict[str, str]) -> None:
    for path in (*LISTS, *UNASKED):
        html = source(client, path)
        assert WORD not in html, path
        assert "ruou-thu" not in html, path
        assert "ruou-lo" not in html, path
    listing = client.get("/san-pham")
    assert "Cơm nếp" in listing.text
    tiles = [a.get("href") for a in listing.all("a", class_="chip")]
    assert "/nhom/ruou-trang" not in tiles
    assert "lo-thu" not in source(client, "/chu-the")
    assert "lo-thu" not in source(client, "/")
    assert "Chuyện lò rượu" not in source(client, "/")


def test_counts_are_those_without_alcohol(client: PageClient, sold: None, spirits: dict[str, str]) -> None:
    before = total(client)
    say(client)
    assert total(client) == before + 3
    five = [c for c in client.get("/san-pham?sao=5").all("a") if c.get("href") == "/san-pham/ruou-thu"]
    assert five


def total(client: PageClient) -> int:
    words = client.get("/san-pham").one("meta", name="description").get("content") or ""
    return int(words.split(": ")[1].split(" ")[0])


def test_its_addresses_lead_to_a_question_that_tells_nothing(
    client: PageClient, sold: None, spirits: dict[str, str]
) -> None:
    assert len(doors(client)) == 5
    alone = client.raw.get(f"/chung-nhan/{spirits['alone']}")
    assert alone.headers["Location"].startswith("/do-tuoi?next=")
    page = client.get("/san-pham/ruou-thu")
    assert page.one("h1").text == "Bạn đã đủ 18 tuổi chưa?"
    assert page.one("meta", name="robots").get("content") == "noindex, nofollow"
    assert page.all("link", rel="canonical") == []
    assert WORD not in page.response.get_data(as_text=True)
    assert page.form("/do-tuoi")["next"] == "/san-pham/ruou-thu"
    fields = {e.get("name") for e in page.tree.iter("input") if e.get("type") != "search"}
    assert fields == {"csrf_token", "next"}
    client.get("/san-pham/ruou-thu/danh-gia", status=404)
    client.get("/san-pham/khong-co", status=404)
    client.get("/chung-nhan/khong-co", status=404)


def test_a_decision_for_both_shows_only_the_cake(client: PageClient, sold: None, spirits: dict[str, str]) -> None:
    text = client.get(f"/chung-nhan/{spirits['shared']}").text
    assert "Bánh tổ" in text
    assert WORD not in text
    say(client)
    assert WORD in client.get(f"/chung-nhan/{spirits['shared']}").text
    assert "Rượu Một" in client.get(f"/chung-nhan/{spirits['alone']}").text


def test_who_says_no_is_led_away_and_asked_again(client: PageClient, sold: None, spirits: dict[str, str]) -> None:
    page = say(client, "no", "/san-pham/ruou-thu")
    assert "Cửa hàng còn nhiều món khác" in page.text
    assert page.response.request.path == "/"
    assert len(doors(client)) == 5
    say(client)
    say(client, "no")
    assert len(doors(client)) == 5


def test_who_is_of_age_finds_it_where_they_look_and_nowhere_else(
    client: PageClient, sold: None, spirits: dict[str, str]
) -> None:
    page = say(client, back="/san-pham/ruou-thu")
    assert page.response.request.path == "/san-pham/ruou-thu"
    assert page.one("h1").text == WORD
    assert page.one("meta", name="robots").get("content") == "noindex, nofollow"
    assert "29,5 %" in page.text
    assert "Số thử 01/GP" in page.text
    assert "người dưới 18 tuổi, phụ nữ mang thai" in page.text
    assert [path for path in LISTS if not shows(client, path)] == []
    assert [path for path in UNASKED if shows(client, path)] == []
    assert doors(client) == []
    assert statuses(client, "/nhom/ruou-trang", "/chu-the/lo-thu", "/san-pham/ruou-thu/danh-gia") == [200] * 3
    assert client.raw.get("/san-pham/ruou-cu").headers["Location"] == "/san-pham/ruou-thu"
    assert "/do-tuoi" not in source(client, "/san-pham")


def test_related_goods_hold_no_alcohol_even_beside_alcohol(
    client: PageClient, sold: None, spirits: dict[str, str]
) -> None:
    say(client)
    page = client.get("/san-pham/ruou-thu")
    others = {a.get("href") for a in page.all("a") if (a.get("href") or "").startswith("/san-pham/")}
    assert "/san-pham/com-nep" in others
    assert not {"/san-pham/ruou-mot", "/san-pham/ruou-lo"} & others


def test_a_word_lasts_a_day(client: PageClient, sold: None, spirits: dict[str, str], clock: Clock) -> None:
    say(client)
    clock.advance(hours=23, minutes=59)
    assert doors(client) == []
    clock.advance(minutes=1)
    assert len(doors(client)) == 5
    assert [path for path in LISTS if shows(client, path)] == []


def test_one_browsers_word_is_not_anothers(app: Flask, client: PageClient, sold: None, spirits: dict[str, str]) -> None:
    say(client)
    assert len(doors(PageClient(app))) == 5


def test_a_kept_page_of_an_adult_is_not_given_to_others(
    app: Flask, client: PageClient, spirits: dict[str, str], choose: Callable[..., None]
) -> None:
    choose(alcohol=True, page_seconds=10)
    say(client)
    other = PageClient(app)
    for path in ("/san-pham", "/tim-kiem?q=rượu", "/diem-ban/diem-ban-t01", "/chu-the/nha-thu"):
        assert shows(client, path), path
        assert not shows(other, path), path
        assert shows(client, path), path
    assert client.raw.get("/san-pham/ruou-thu").status_code == 200
    assert other.raw.get("/san-pham/ruou-thu").status_code == 302


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_the_door_leads_only_into_the_shop(client: PageClient, sold: None, spirits: dict[str, str], back: str) -> None:
    client.get("/do-tuoi")
    token = client.token()
    answer = client.raw.post("/do-tuoi", data={"csrf_token": token, "of_age": "yes", "next": back})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/san-pham")


@pytest.mark.parametrize("words", ["", "no", "YES", "true", "18"])
def test_nothing_but_yes_is_yes(client: PageClient, sold: None, spirits: dict[str, str], words: str) -> None:
    say(client, words)
    assert len(doors(client)) == 5


def test_without_an_index_it_stays_hidden_too(app: Flask, client: PageClient, sold: None, world: World) -> None:
    with changing(app):
        make_product(WORD, slug="ruou-thu", group="2.1b", free={"T01": 9})
    assert not shows(client, "/tim-kiem?q=rượu thử")
    say(client)
    assert shows(client, "/tim-kiem?q=rượu thử")


def test_a_misspelt_search_is_not_mended_into_its_name(client: PageClient, sold: None, spirits: dict[str, str]) -> None:
    assert "ruou-thu" not in source(client, "/tim-kiem?q=ruouu thuw")
    assert WORD not in source(client, "/tim-kiem?q=rựơu thửư")


def test_no_cart_takes_it_before_the_question(
    app: Flask, client: PageClient, sold: None, spirits: dict[str, str]
) -> None:
    page = client.post("/gio-hang/them", {"variant": spirits["variant"], "quantity": "1", "next": "/san-pham/ruou-thu"})
    assert page.one("h1").text == "Bạn đã đủ 18 tuổi chưa?"
    assert page.all("span", class_="cart-count") == []
    say(client)
    page = client.post("/gio-hang/them", {"variant": spirits["variant"], "quantity": "1", "next": "/gio-hang"})
    assert WORD in page.text


def spirit_of(app: Flask) -> Product:
    with app.app_context():
        return db.session.scalars(select(Product).where(Product.slug == "ruou-thu")).one()


def test_an_order_needs_the_word_again_and_keeps_it(
    app: Flask, client: PageClient, sold: None, spirits: dict[str, str], letters: LetterBox
) -> None:
    say(client)
    add(client, app, spirit_of(app), 2)
    form = delivered(client, payment="bank_transfer", email="thu@example.com")
    assert "of_age" not in form
    page = client.post("/thanh-toan", form, status=422)
    assert "đánh dấu nếu bạn đã đủ 18 tuổi" in "".join(page.one("p", id="of_age-error").itertext())
    assert orders_of(app) == []
    page = client.post("/thanh-toan", page.form("/thanh-toan") | {"step": "place", "of_age": "y"})
    (order,) = orders_of(app)
    assert order.of_age is True
    assert "người nhận từ đủ 18 tuổi" in page.text
    with app.app_context():
        while worker.work_once():
            pass
    (letter,) = letters.letters
    assert "người nhận từ đủ 18 tuổi" in letter.text
    assert "người nhận từ đủ 18 tuổi" in letter.html


def test_alcohol_is_never_paid_in_cash(app: Flask, client: PageClient, sold: None, spirits: dict[str, str]) -> None:
    say(client)
    add(client, app, spirit_of(app), 1)
    client.get("/thanh-toan")
    page = client.post("/thanh-toan", delivered(client, payment="cash_on_delivery", of_age="y"), status=422)
    assert page.one("input", value="cash_on_delivery").get("disabled") is not None
    assert "Đơn có đồ uống có cồn chỉ nhận chuyển khoản" in page.text
    assert orders_of(app) == []


def test_an_order_without_alcohol_asks_nothing(app: Flask, client: PageClient, sold: None, world: World) -> None:
    add(client, app, world.honey, 1)
    form = delivered(client, payment="bank_transfer")
    assert client.last is not None
    assert client.last.all("input", id="of_age") == []
    page = client.post("/thanh-toan", form | {"of_age": "y"})
    (order,) = orders_of(app)
    assert order.of_age is False
    assert "đủ 18 tuổi" not in page.text


def test_the_counter_is_told_to_look_at_papers(
    app: Flask, client: PageClient, sold: None, spirits: dict[str, str], world: World, clerk_of: Any
) -> None:
    say(client)
    add(client, app, spirit_of(app), 1)
    client.post("/thanh-toan", delivered(client, payment="bank_transfer", of_age="y"))
    with changing(app):
        db.session.execute(update(Order).values(state="confirmed"))
    (order,) = orders_of(app)
    page = clerk_of(world.centre).get(f"/quay/T01/don/{order.reference}")
    assert "chỉ giao cho người từ đủ 18 tuổi" in page.text


@pytest.fixture
def clerk_of(enter: Any, staff: Any) -> Callable[..., PageClient]:
    return lambda outlet: enter(staff(outlet))


def test_the_day_of_the_word_is_no_birthday(client: PageClient, sold: None, spirits: dict[str, str]) -> None:
    say(client)
    with client.raw.session_transaction() as kept:
        assert date.fromisoformat(kept["of_age"][:10]) == date(2026, 11, 23)
