"""The main road, walked in a real browser at phone width: find honey, trust it, buy two jars, hold an order and a letter."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import phone
from tests.flows.steps import choose, open_letter, order_for_collection, reference_on

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

HONEY = "Mật ong dú Kỳ Tân"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_somebody_finds_honey_and_collects_two_jars(shop: str, browser: Browser, scripts: bool) -> None:
    errors: list[str] = []
    page = phone(browser, scripts=scripts, errors=errors)
    _find_honey(page, shop)
    _put_two_in_the_cart(page, shop)

    reference = order_for_collection(
        page, shop, scripts=scripts, name="Nguyễn Thị Hạnh", email="hanh@example.org", total="900.000"
    )
    expect(page.locator("main")).to_contain_text(HONEY)
    expect(page.locator("main")).to_contain_text("900.000")
    open_letter(page, shop, reference)
    expect(page.locator("main")).to_contain_text("900.000")
    assert errors == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_somebody_has_two_jars_delivered_and_pays_by_transfer(shop: str, browser: Browser, scripts: bool) -> None:
    errors: list[str] = []
    page = phone(browser, scripts=scripts, errors=errors)
    _find_honey(page, shop)
    _put_two_in_the_cart(page, shop)

    page.goto(f"{shop}/thanh-toan")
    page.get_by_label("Số điện thoại").fill("+84 912.345.678")
    page.get_by_label("Họ và tên người nhận").fill("Trần Văn Đông")
    page.get_by_label("E-mail", exact=False).first.fill("dong@example.org")
    choose(page, "Giao tận nơi")
    page.get_by_label("Xã, phường", exact=True).fill("Ai Nghia")
    page.get_by_label("Số nhà, đường, thôn, khối phố").fill("Thôn 3")
    if scripts:
        page.locator("#communes").get_by_text("Đại Lộc").first.click()
        expect(page.get_by_label("Xã, phường", exact=True)).to_have_value("Xã Đại Lộc")
    else:
        page.get_by_role("button", name="Cập nhật").click()
        page.locator("#communes").get_by_text("Đại Lộc").first.click()
    choose(page, "Chuyển khoản")
    if not scripts:
        page.get_by_role("button", name="Cập nhật").click()
    expect(page.get_by_role("button", name=re.compile(r"Đặt hàng · 9\d\d\.\d00"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Đặt hàng · ")).click()

    page.wait_for_url("**/don-hang/*")
    reference = reference_on(page)
    expect(page.locator("svg.qr")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Đại Lộc")
    open_letter(page, shop, reference)
    expect(page.locator("main")).to_contain_text("1020304050")
    assert errors == []


def _find_honey(page: Page, shop: str) -> None:
    page.goto(shop)
    page.locator("#wall-q").fill("mat ong")
    page.locator("#wall-q").press("Enter")
    page.wait_for_url("**/tim-kiem?q=mat+ong")
    page.get_by_role("link", name=HONEY).click()
    page.wait_for_url("**/san-pham/mat-ong-du-ky-tan")
    expect(page.locator("h1")).to_have_text(HONEY)
    expect(page.locator("#chung-nhan")).to_contain_text("4 sao OCOP")
    expect(page.locator("main")).to_contain_text("Đọc chuyện")


def _put_two_in_the_cart(page: Page, shop: str) -> None:
    page.locator("#quantity").fill("2")
    page.locator("#add").get_by_role("button", name="Thêm vào giỏ").click()
    expect(page.locator("#cart-link")).to_contain_text("2")
    page.goto(f"{shop}/gio-hang")
    expect(page.locator("main")).to_contain_text("900.000")
