"""Every room of the studio and the office, and the village's public pages, in a real browser: nothing axe can find,
nothing wider than a small phone, no complaint."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from catalog import second_factor
from storefront.demo import STAFF, STAFF_PASSWORD
from storefront.demo_village import MAKER_EMAIL, MAKER_PASSWORD
from tests.browser import phone

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

OFFICER = next(staff for staff in STAFF if staff.email == "can-bo@example.org")
STUDIO = "/nha-san-xuat/P48"
OFFICE = "/van-phong"

STUDIO_ROOMS = (
    "", "/nguoi", "/su-kien", "/danh-gia", "/doanh-thu", "/doi-soat",
    "/lo", "/lo/dang-ky", "/lo/DEM0TRA1C", "/lo/DEM0TRA54",
    "/san-pham", "/san-pham/moi", "/san-pham/QN107", "/san-pham/QN107/xem-truoc", "/san-pham/QN107/gui",
    "/san-pham/QN107/gia", "/san-pham/QN107/hinh", "/cau-chuyen", "/cau-chuyen/xem-truoc", "/cau-chuyen/gui",
)  # fmt: skip
OFFICE_ROOMS = (
    "", "/nhat-ky", "/nhat-ky?viec=kho", "/nhat-ky?tu=khong-phai-ngay",
    "/chung-nhan", "/chung-nhan/sap-het-han", "/chung-nhan/san-pham", "/chung-nhan/san-pham/QN107",
    "/quyet-dinh", "/quyet-dinh/thu-hoi", "/duyet", "/trang", "/trang/san-pham/QN107", "/ho-so",
    "/ho-tro", "/ho-tro/moi", "/ho-tro/1", "/tham", "/tham/moi", "/tham/1", "/su-kien", "/su-kien/moi",
    "/danh-gia", "/danh-gia/1", "/can-bo", "/cai-dat", "/cai-dat/tariff",
    "/truy-xuat", "/truy-xuat/DEM0TRA2A", "/chuong-trinh",
)  # fmt: skip
PUBLIC = (
    "/su-kien", "/truy-xuat", "/truy-xuat/DEM0TRA1C", "/truy-xuat/khong-co", "/nha-san-xuat/dang-ky",
    "/chung-nhan", "/chung-nhan/mh-2024-0001", "/chung-nhan/khong-co",
)  # fmt: skip

REFUSED = ("404 (NOT FOUND)", "422 (UNPROCESSABLE")
"""What the browser notes of an answer to an address that asks for nothing, or for nonsense."""


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return []


@pytest.fixture(scope="module")
def member(shop: str, browser: Browser, complaints: list[str]) -> Iterator[Page]:
    page = phone(browser, scripts=True, errors=complaints)
    page.goto(f"{shop}/tai-khoan/dang-nhap?next={STUDIO}")
    page.get_by_label("E-mail").fill(MAKER_EMAIL)
    page.get_by_label("Mật khẩu").fill(MAKER_PASSWORD)
    page.locator("main form button").last.click()
    page.wait_for_url(f"**{STUDIO}")
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def officer(shop: str, browser: Browser, complaints: list[str]) -> Iterator[Page]:
    page = phone(browser, scripts=True, errors=complaints)
    for _ in range(4):
        page.goto(f"{shop}/quay/dang-nhap?next={OFFICE}")
        page.get_by_label("E-mail").fill(OFFICER.email)
        page.get_by_label("Mật khẩu").fill(STAFF_PASSWORD)
        page.locator("[autocomplete=one-time-code]").fill(second_factor.code_at(OFFICER.secret, datetime.now(UTC)))
        page.get_by_role("button", name="Vào quầy").click()
        if page.url.endswith(OFFICE):
            break
        page.wait_for_timeout(15_000)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def visitor(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    page = phone(browser, scripts=True, errors=complaints)
    yield page
    page.context.close()


def look(page: Page, address: str, complaints: list[str]) -> None:
    complaints.clear()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    assert page.url == address
    violations = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]][:2]) for v in violations] == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expected = REFUSED if "khong-" in address else ()
    assert [said for said in complaints if not any(status in said for status in expected)] == []


@pytest.mark.parametrize("room", STUDIO_ROOMS)
def test_a_room_of_the_studio(member: Page, shop: str, complaints: list[str], room: str) -> None:
    look(member, shop + STUDIO + room, complaints)


@pytest.mark.parametrize("room", OFFICE_ROOMS)
def test_a_room_of_the_office(officer: Page, shop: str, complaints: list[str], room: str) -> None:
    look(officer, shop + OFFICE + room, complaints)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_of_the_village(visitor: Page, shop: str, complaints: list[str], address: str) -> None:
    look(visitor, shop + address, complaints)


def test_an_event_has_a_page_that_anybody_can_use(visitor: Page, shop: str, complaints: list[str]) -> None:
    visitor.goto(f"{shop}/su-kien")
    event = visitor.locator("main a[href^='/su-kien/']:not([href$='.ics'])").first.get_attribute("href")
    look(visitor, f"{shop}{event}", complaints)


def test_an_application_and_an_event_of_the_office(officer: Page, shop: str, complaints: list[str]) -> None:
    for room in ("/ho-so", "/su-kien"):
        officer.goto(shop + OFFICE + room)
        inner = officer.locator(f"main a[href^='{OFFICE}{room}/']:not([href$='/moi'])").first.get_attribute("href")
        look(officer, f"{shop}{inner}", complaints)
