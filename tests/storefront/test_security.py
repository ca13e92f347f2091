"""Headers of every answer, cookies, and what a stranger may not send."""

from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from config import Settings
from storefront import create_app
from tests.pages import PageClient
from tests.world import World

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def production(tmp_path: Path) -> Flask:
    """A shop as customers see it, on an empty database of its own."""
    return create_app(
        Settings(
            environment="production", var=tmp_path, secret_key="0123456789abcdef0123456789abcdef", base_url="https://shop.example.org",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/san-pham/mat-ong-rung", 200),
        ("/gio-hang", 200),
        ("/khong-co", 404),
        ("/healthz", 200),
        ("/sitemap.xml", 200),
        ("/static/css/app.css", 200),
        ("/thanh-toan", 302),
    ],
)
def test_every_answer_carries_the_headers(client: PageClient, world: World, path: str, status: int) -> None:
    with client.raw.get(path) as response:
        assert response.status_code == status
    assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def test_pages_are_nobody_elses_and_static_files_everybodys(client: PageClient, world: World) -> None:
    assert client.raw.get("/gio-hang").headers["Cache-Control"] == "private, no-cache"
    page = client.get("/")
    sheet = next(e.get("href", "") for e in page.all("link") if e.get("rel") == "stylesheet")
    with client.raw.get(sheet) as hashed, client.raw.get(sheet.split("?")[0]) as plain:
        assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert plain.headers["Cache-Control"] == "public, max-age=3600"


def test_the_session_cookie_is_for_this_shop_alone(client: PageClient, world: World) -> None:
    (cookie,) = client.raw.get("/tai-khoan/dang-nhap").headers.getlist("Set-Cookie")
    assert cookie.startswith("shop=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_in_production_everything_is_https(production: Flask) -> None:
    response = production.test_client().get("/tai-khoan/dang-nhap", base_url="https://shop.example.org")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Secure" in response.headers["Set-Cookie"]


def test_letters_can_be_read_on_this_machine_only(production: Flask) -> None:
    assert production.test_client().get("/dev/mail", base_url="https://shop.example.org").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/gio-hang/them",
        "/gio-hang/doi",
        "/gio-hang/bo",
        "/thanh-toan",
        "/don-hang",
        "/don-hang/x/huy",
        "/tai-khoan/dang-nhap",
        "/tai-khoan/dang-ky",
        "/tai-khoan/dang-xuat",
        "/san-pham/mot-ngay-o-lang-rau/hoi-dat-cho",
    ],
)
@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_form_without_its_token_changes_nothing(client: PageClient, world: World, path: str, token: str) -> None:
    page = client.post(path, {"csrf_token": token, "variant": "1"}, status=400)
    assert "Trang đã cũ" in page.text


def test_a_nul_is_refused_wherever_it_stands(client: PageClient, world: World) -> None:
    token = client.token()
    for path in ("/san-pham/%00", "/chung-nhan/a%00b", "/tim-kiem?q=%00", "/san-pham?sao=4&sao=%00", "/anh/%00.webp"):
        client.get(path, status=400)
    client.post("/gio-hang/them", {"csrf_token": token, "variant": "1", "next": "/\0"}, status=400)


@pytest.mark.parametrize("name", ["../config.py", "..%2fconfig.py", "x.py", "/etc/passwd", ".webp"])
def test_only_pictures_come_out_of_the_picture_folder(client: PageClient, world: World, name: str) -> None:
    assert client.raw.get(f"/anh/{name}").status_code in (308, 404)
    assert client.raw.get(f"/anh/{name}", follow_redirects=True).status_code == 404


def test_an_id_of_a_request_is_answered_and_a_hostile_one_replaced(client: PageClient) -> None:
    given = client.raw.get("/healthz", headers={"X-Request-ID": "abc-12345"})
    assert given.headers["X-Request-ID"] == "abc-12345"
    replaced = client.raw.get("/healthz", headers={"X-Request-ID": "abc 12345<script>"})
    assert len(replaced.headers["X-Request-ID"]) == 16


@pytest.mark.parametrize("path", ["/tai-khoan/dang-nhap", "/gio-hang/them", "/thanh-toan", "/don-hang"])
@pytest.mark.parametrize("field", ["email", "csrf_token", "variant", "next", "step"])
def test_a_file_in_place_of_words_is_refused(client: PageClient, world: World, path: str, field: str) -> None:
    data = {"csrf_token": client.token(), field: (BytesIO(b"x"), "x.txt")}
    client.post(path, data, status=400, content_type="multipart/form-data")
