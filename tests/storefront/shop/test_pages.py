"""The terms: all eight pages are there, and their figures are those the till uses."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from storefront.shop.pages import TITLES
from tests.pages import Page, PageClient

OWNER = "Đơn vị vận hành minh họa"
"""Who runs the demo."""


def words_of(page: Page) -> str:
    """What ``<main>`` says: header and footer name the owner on every page and prove nothing."""
    return " ".join("".join(page.one("main").itertext()).replace("\u00a0", " ").split())


def fee(base: str, weight: str, step: str) -> str:
    """One zone's fee as the table says it."""
    return f"{base} ₫ đến {weight}; thêm {step} ₫ mỗi 500 g"


@pytest.fixture
def strict_shop(app: Flask) -> Iterator[Flask]:
    """The shop with other settings: nothing lapsed is sold, less cash at the door, shorter holds, alcohol."""
    usual = app.extensions["settings"]
    app.extensions["settings"] = replace(
        usual, cod_limit=1_500_000, hold_transfer_minutes=45, hold_collect_days=5, alcohol=True
    )
    yield app
    app.extensions["settings"] = usual


@pytest.mark.parametrize(("slug", "title"), TITLES.items(), ids=list(TITLES))
def test_every_page_has_its_title_and_names_the_owner(client: PageClient, slug: str, title: str) -> None:
    page = client.get(f"/thong-tin/{slug}")
    assert "".join(page.one("h1").itertext()) == title
    assert OWNER in words_of(page)


@pytest.mark.parametrize("slug", TITLES)
def test_every_page_says_that_this_is_a_demonstration(client: PageClient, slug: str) -> None:
    assert "Bản trình diễn" in words_of(client.get(f"/thong-tin/{slug}"))


@pytest.mark.parametrize("slug", ["quy-che", "show", "_page", "gioi_thieu", "GIOI-THIEU"])
def test_a_page_that_is_not_in_the_table_is_not_found(client: PageClient, slug: str) -> None:
    client.get(f"/thong-tin/{slug}", status=404)


def test_the_footer_leads_to_every_page(client: PageClient) -> None:
    footer = client.get("/thong-tin/gioi-thieu").one("footer")
    targets = {link.get("href") for link in footer.iter("a")}
    assert {f"/thong-tin/{slug}" for slug in TITLES} <= targets


def test_the_tariff_is_printed_zone_by_zone(client: PageClient) -> None:
    table = client.get("/thong-tin/van-chuyen").one("table")
    rows = [["".join(cell.itertext()).replace("\u00a0", " ") for cell in row] for row in table.iter("tr")]
    assert rows == [
        ["Nơi nhận", "Phí", "Ngày làm việc"],
        ["Cùng huyện, thị xã, thành phố cũ với điểm bán gửi hàng", fee("16.000", "2 kg", "2.500"), "1"],
        ["Thành phố Đà Nẵng, vùng đồng bằng", fee("22.000", "2 kg", "3.000"), "1–2"],
        ["Thành phố Đà Nẵng, gửi từ hoặc đến vùng núi", fee("30.000", "2 kg", "4.000"), "2–3"],
        ["Xã đảo, đặc khu đảo", fee("45.000", "2 kg", "6.000"), "3–5"],
        ["Miền Trung, Tây Nguyên lân cận", fee("30.000", "1 kg", "5.000"), "2–3"],
        ["Hà Nội, Thành phố Hồ Chí Minh", fee("32.000", "500 g", "5.000"), "2–4"],
        ["Các tỉnh, thành phố khác", fee("36.000", "500 g", "5.500"), "3–5"],
    ]


def test_only_near_places_get_fresh_goods(client: PageClient) -> None:
    prose = client.get("/thong-tin/van-chuyen").one("div", class_="prose")
    fresh = list(prose.iter("ul"))[-2]
    assert ["".join(item.itertext()) for item in fresh] == [
        "Cùng huyện, thị xã, thành phố cũ với điểm bán gửi hàng",
        "Thành phố Đà Nẵng, vùng đồng bằng",
    ]


def test_the_neighbouring_provinces_are_named(client: PageClient) -> None:
    words = words_of(client.get("/thong-tin/van-chuyen"))
    assert "gồm Quảng Trị, Huế, Quảng Ngãi, Gia Lai, Khánh Hòa, Đắk Lắk, Lâm Đồng." in words


def test_ways_to_pay_come_with_their_limits(client: PageClient) -> None:
    words = words_of(client.get("/thong-tin/thanh-toan-chinh-sach"))
    assert "tổng tiền đến 3.000.000 ₫" in words
    assert "Hàng được giữ 60 phút" in words
    assert "Hàng được giữ 3 ngày mở cửa" in words
    assert "rượu" not in words


def test_the_limits_are_those_of_the_settings(strict_shop: Flask, client: PageClient) -> None:
    words = words_of(client.get("/thong-tin/thanh-toan-chinh-sach"))
    assert "tổng tiền đến 1.500.000 ₫" in words
    assert "Hàng được giữ 45 phút" in words
    assert "Hàng được giữ 5 ngày mở cửa" in words
    assert "Đơn có rượu chỉ trả bằng chuyển khoản." in words


def test_the_privacy_page_names_the_law_the_cookie_and_the_deadlines(client: PageClient) -> None:
    page = client.get("/thong-tin/bao-ve-du-lieu")
    words = words_of(page)
    assert "Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15" in words
    assert "đúng một cookie, tên là shop" in words
    assert "chậm nhất sau 60 ngày" in words
    assert "phản hồi trong 2 ngày làm việc" in words


def test_the_only_cookie_is_the_session(app: Flask, client: PageClient) -> None:
    client.get("/tai-khoan/dang-nhap")
    names = {cookie.split("=", 1)[0] for cookie in client.last.response.headers.getlist("Set-Cookie")}  # type: ignore[union-attr]
    assert names == {app.config["SESSION_COOKIE_NAME"]} == {"shop"}
