"""Every kind of page in a real browser: nothing axe can find, nothing wider than a 320-pixel phone, no complaint."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser import phone

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

PAGES = (
    "/", "/san-pham", "/san-pham?sao=4&con_hang=1", "/nhom/thuc-pham", "/tim-kiem?q=mat+ong", "/tim-kiem?q=zzzzz",
    "/san-pham/mat-ong-du-ky-tan", "/san-pham/gao-an-toan-ai-nghia", "/san-pham/du-lich-lang-co-loc-yen", "/chu-the",
    "/xa-phuong/dai-loc", "/diem-ban", "/diem-ban?q=Minh+An", "/chung-nhan/mh-2019-0049", "/gio-hang", "/don-hang",
    "/tai-khoan/dang-nhap", "/tai-khoan/dang-ky", "/thong-tin/van-chuyen", "/thong-tin/bao-ve-du-lieu", "/dev/mail",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_fits_a_small_phone_and_raises_no_complaint(
    shop: str, browser: Browser, path: str
) -> None:
    errors: list[str] = []
    page = phone(browser, scripts=True, errors=errors)
    page.goto(shop + path)
    violations = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]][:2]) for v in violations] == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert errors == []
    page.context.close()
