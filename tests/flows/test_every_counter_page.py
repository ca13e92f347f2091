"""Every room of the counter in a real browser: nothing axe can find, nothing wider than a small phone, no complaint."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser import phone
from tests.flows.steps import enter
from tests.flows.test_weak_network import MANAGER, ROOM

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

ROOMS = (
    "", "/quet", "/quet?q=khong-co", "/ban", "/ban/phieu", "/ca", "/don", "/don?muc=cho", "/don?muc=gui", "/don?muc=xong",
    "/nhap", "/nhap/moi", "/ke", "/bien-dong", "/lo", "/xuat-huy", "/chuyen", "/chuyen/moi", "/kiem-ke", "/kiem-ke/moi",
    "/cap-hang", "/cap-hang/muc-toi-thieu", "/xuat", "/ton-dau",
)  # fmt: skip


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return []


@pytest.fixture(scope="module")
def manager(shop: str, browser: Browser, complaints: list[str]) -> Iterator[Page]:
    page = phone(browser, scripts=True, errors=complaints)
    enter(page, shop, MANAGER.key, ROOM)
    yield page
    page.context.close()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_accessible_fits_a_small_phone_and_raises_no_complaint(
    manager: Page, shop: str, complaints: list[str], room: str
) -> None:
    complaints.clear()
    manager.set_viewport_size({"width": 390, "height": 844})
    manager.goto(shop + ROOM + room)
    violations = Axe().run(manager).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]][:2]) for v in violations] == []
    manager.set_viewport_size({"width": 320, "height": 640})
    assert manager.evaluate("document.documentElement.scrollWidth") <= 320
    assert complaints == []
