"""Errors as pages: what happened and what to do next. Never a trace, never a blank."""

from pathlib import Path

import pytest
from flask import Flask, abort
from sqlalchemy.exc import OperationalError

from catalog.errors import Forbidden, NotFound
from config import Settings
from storefront import create_app
from tests.pages import PageClient
from tests.world import World


@pytest.fixture
def broken(tmp_path: Path) -> PageClient:
    """A shop with an address for each way to fail, and no database."""
    app = create_app(Settings(environment="test", var=tmp_path, demo=True))

    def fail(how: str) -> str:
        errors: dict[str, Exception] = {
            "not-found": NotFound("secret/path"),
            "forbidden": Forbidden("user:5"),
            "database": OperationalError("SELECT secret", {}, Exception("secret host")),
            "bug": ZeroDivisionError("secret value"),
        }
        if how in errors:
            raise errors[how]
        abort(int(how))

    app.add_url_rule("/hong/<how>", view_func=fail)
    return PageClient(app)


@pytest.mark.parametrize(
    ("how", "status", "title"),
    [
        ("not-found", 404, "Không tìm thấy trang"),
        ("forbidden", 403, "Bạn không được làm việc này"),
        ("database", 500, "Cửa hàng gặp trục trặc"),
        ("bug", 500, "Cửa hàng gặp trục trặc"),
        ("400", 400, "Trang đã cũ"),
        ("413", 413, "Gửi lên quá lớn"),
        ("422", 422, "Chưa hiểu yêu cầu"),
        ("418", 418, "Cửa hàng gặp trục trặc"),
        ("503", 503, "Cửa hàng gặp trục trặc"),
    ],
)
def test_each_error_is_a_page_that_gives_nothing_away(broken: PageClient, how: str, status: int, title: str) -> None:
    page = broken.get(f"/hong/{how}", status=status)
    assert page.one("h1").text == title
    assert "secret" not in page.response.get_data(as_text=True)
    assert page.one("meta", name="robots").get("content") == "noindex"


def test_an_error_page_leads_on(client: PageClient, world: World) -> None:
    page = client.get("/khong-co", status=404)
    targets = {link.get("href") for link in page.all("a", class_="button")}
    assert targets == {"/", "/san-pham"}


def test_a_verb_an_address_does_not_know_is_405(client: PageClient, world: World) -> None:
    client.get("/gio-hang/them", status=405)


def test_a_form_of_two_megabytes_is_413(client: PageClient, world: World) -> None:
    client.post("/gio-hang/them", {"csrf_token": "x", "next": "/" * 2_000_000}, status=413)


def test_who_asks_too_often_is_told_when_to_come_back(client: PageClient, world: World) -> None:
    path = "/san-pham/mot-ngay-o-lang-rau/hoi-dat-cho"
    for _ in range(5):
        client.post(path, {}, status=422)
    page = client.post(path, {}, status=429)
    assert page.one("h1").text == "Bạn thao tác hơi nhanh"
    assert 0 < int(page.response.headers["Retry-After"]) <= 60


def test_an_error_is_told_in_the_visitor_s_session_too(app: Flask, world: World) -> None:
    """A page of an error keeps the cart's number: nothing is lost."""
    client = PageClient(app)
    form = client.get("/san-pham/che-day").form("/gio-hang/them")
    client.post("/gio-hang/them", {**form, "quantity": "2"})
    assert len(client.get("/khong-co", status=404).all("span", class_="cart-count")) == 1


def test_without_a_database_a_signed_in_visitor_is_still_answered(tmp_path: Path) -> None:
    """Who is signed in stands in the database: not even the page of an error can be drawn."""
    away = create_app(
        Settings(environment="test", var=tmp_path, demo=True, database_url="postgresql://shop@127.0.0.1:1/shop")
    )
    client = away.test_client()
    assert client.get("/san-pham").mimetype == "text/html"
    with client.session_transaction() as kept:
        kept["_user_id"], kept["cart"], kept["cart_count"] = "1", "x" * 43, 3
    answers = {path: client.get(path) for path in ("/", "/san-pham", "/gio-hang", "/khong-co")}
    assert {path: answer.status_code for path, answer in answers.items()} == {
        "/": 500, "/san-pham": 500, "/gio-hang": 500, "/khong-co": 404,
    }  # fmt: skip
    for answer in answers.values():
        assert answer.get_data(as_text=True) == "Cửa hàng gặp trục trặc. Hãy thử lại sau ít phút."
        assert answer.headers["X-Frame-Options"] == "DENY"
