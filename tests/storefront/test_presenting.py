"""What every template can call on."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from config import Settings
from storefront import create_app, presenting
from tests.conftest import Clock
from tests.pages import PageClient
from tests.world import World


@pytest.mark.parametrize(
    ("address", "changes", "expected"),
    [
        ("/san-pham", {"sao": 4}, "/san-pham?sao=4"),
        ("/san-pham?sao=4&sao=5", {"xep": "ten"}, "/san-pham?sao=4&sao=5&xep=ten"),
        ("/san-pham?sao=4&sao=5", {"sao": 3}, "/san-pham?sao=3"),
        ("/san-pham?sao=4&trang=3", {"xep": "ten"}, "/san-pham?sao=4&xep=ten"),
        ("/san-pham?sao=4&trang=3", {"trang": 4}, "/san-pham?sao=4&trang=4"),
        ("/san-pham?trang=2", {"trang": None}, "/san-pham"),
        ("/san-pham?xa=&sao=4", {"xep": "ten"}, "/san-pham?sao=4&xep=ten"),
        ("/tim-kiem?q=m%E1%BA%ADt+%26+ong", {"sao": 4}, "/tim-kiem?q=m%E1%BA%ADt+%26+ong&sao=4"),
    ],
)
def test_an_address_changes_in_one_parameter(
    app: Flask, address: str, changes: dict[str, object], expected: str
) -> None:
    with app.test_request_context(address):
        assert presenting.url_with(**changes) == expected


@pytest.mark.parametrize(
    ("address", "name", "value", "expected"),
    [
        ("/san-pham?sao=4&sao=5", "sao", "4", "/san-pham?sao=5"),
        ("/san-pham?sao=4&noi=502&trang=2", "sao", 4, "/san-pham?noi=502"),
        ("/san-pham?gia_tu=1&gia_den=9&sao=4", "gia", "", "/san-pham?sao=4"),
        ("/san-pham?sao=4", "noi", "502", "/san-pham?sao=4"),
    ],
)
def test_a_filter_is_taken_away_alone(app: Flask, address: str, name: str, value: object, expected: str) -> None:
    with app.test_request_context(address):
        assert presenting.without(name, value) == expected


def test_the_shop_s_clock_is_vietnams(app: Flask, clock: Clock) -> None:
    clock.advance(hours=15)
    with app.app_context():
        assert f"{presenting.now_vn():%Y-%m-%d %H:%M}" == "2026-11-24 00:00"


def footer(settings: Settings) -> str:
    client = PageClient(create_app(settings))
    return "".join(client.get("/khong-co", status=404).one("footer").itertext())


def test_the_owner_stands_on_every_page(tmp_path: Path) -> None:
    settings = Settings(
        environment="test", var=tmp_path, operator="Đơn vị Thử", tax_code="4000000000", address="Số 1 đường Thử",
        phone="0905123456", email="thu@example.org", moit_number="0001", moit_url="https://example.org/0001",
    )  # fmt: skip
    said = footer(settings)
    for fact in ("Đơn vị Thử", "4000000000", "Số 1 đường Thử", "0905 123 456", "thu@example.org", "số 0001"):
        assert fact in said
    assert "Nhắn Zalo" not in said
    assert "Nhắn Zalo" in footer(replace(settings, zalo="0905123456"))


def test_a_demo_says_so_on_every_page(client: PageClient, world: World) -> None:
    for path in ("/", "/san-pham/mat-ong-rung", "/gio-hang", "/thong-tin/gioi-thieu"):
        assert "".join(client.get(path).one("aside", class_="ribbon").itertext()) == (
            "Bản trình diễn: sản phẩm, chủ thể, giá và chứng nhận là dữ liệu minh họa"
        )


def test_a_real_shop_has_no_ribbon(tmp_path: Path) -> None:
    client = PageClient(create_app(Settings(environment="test", var=tmp_path)))
    assert client.get("/khong-co", status=404).all("aside", class_="ribbon") == []


def test_groups_of_the_menu_lead_to_their_lists(client: PageClient, world: World) -> None:
    menu = client.get("/").one("nav", class_="groups")
    assert [link.get("href") for link in menu.iter("a")] == [
        "/nhom/thuc-pham",
        "/nhom/do-uong",
        "/nhom/duoc-lieu",
        "/nhom/thu-cong-my-nghe",
        "/nhom/du-lich-cong-dong",
        "/chu-the",
        "/diem-ban",
    ]
