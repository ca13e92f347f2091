"""A counter at the end of a weak line: what could not be sent stays on the device, says so, and acts once."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from storefront.demo import STAFF
from tests.browser import phone
from tests.flows.steps import enter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

MANAGER = next(staff for staff in STAFF if staff.email.startswith("truong-diem"))
ROOM = f"/quay/{MANAGER.outlet}"


@pytest.fixture(scope="module")
def desk(shop: str, browser: Browser) -> Iterator[tuple[Page, str]]:
    """The manager's phone at the sale, and the SKU of something that stands at the point."""
    page = phone(browser, scripts=True, errors=[])
    enter(page, shop, MANAGER.key, ROOM)
    page.goto(f"{shop}{ROOM}/ke")
    sku = page.locator(f"main a[href^='{ROOM}/ke/']").first.get_attribute("href") or ""
    yield page, sku.rsplit("/", 1)[-1]
    page.context.close()


def kept(page: Page) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = json.loads(page.evaluate("localStorage.getItem('counter-unsent') || '[]'"))
    return entries


def units(page: Page, shop: str) -> int:
    """Units on the ticket, as the server has them."""
    page.goto(f"{shop}{ROOM}/ban")
    return sum(int(field.input_value()) for field in page.locator("main [data-stepper] input").all())


def scan(page: Page, sku: str) -> None:
    page.locator("#scan").fill(sku)
    page.locator("#scan").press("Enter")


def test_what_could_not_be_sent_is_kept_said_and_sent_again_once(desk: tuple[Page, str], shop: str) -> None:
    page, sku = desk
    before = units(page, shop)
    page.context.set_offline(True)
    scan(page, sku)
    expect(page.get_by_role("heading", name="Chưa gửi được, đã giữ trên máy này")).to_be_visible()
    expect(page.locator("#scan")).to_have_value(sku)  # what was typed is still there
    (entry,) = kept(page)
    assert [name for name, _ in entry["fields"]].count("csrf_token") == 0  # type: ignore[attr-defined]
    page.context.set_offline(False)
    page.goto(f"{shop}{ROOM}")  # another page has the list, too
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.locator("#unsent")).to_be_hidden()
    assert kept(page) == []
    assert units(page, shop) == before + 1


def test_an_answer_that_was_lost_on_its_way_does_not_double_the_deed(desk: tuple[Page, str], shop: str) -> None:
    page, sku = desk
    before = units(page, shop)

    def lose(route: Route) -> None:
        route.fetch(max_redirects=0)  # the shop has done it
        route.abort()

    page.route("**/ban/them", lose)
    scan(page, sku)
    expect(page.get_by_role("button", name="Gửi lại")).to_be_visible()
    page.unroute("**/ban/them")
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.locator("#unsent")).to_be_hidden()
    assert units(page, shop) == before + 1


def test_a_form_that_the_shop_refuses_is_shown_and_not_kept(desk: tuple[Page, str], shop: str) -> None:
    page, _ = desk
    before = units(page, shop)
    scan(page, "KHONG-CO-MA-NAY")
    expect(page.locator("#scan-error")).to_contain_text("Không có mã hay tên này ở đây.")
    expect(page.locator("#scan")).to_have_value("KHONG-CO-MA-NAY")
    expect(page.locator("#scan")).to_be_focused()
    assert kept(page) == []
    assert units(page, shop) == before


def test_the_keys_plus_and_minus_and_a_scanner_without_focus_work(desk: tuple[Page, str], shop: str) -> None:
    page, sku = desk
    units(page, shop)
    scan(page, sku)
    field = page.locator("main [data-stepper] input").first
    expect(field).to_be_visible()
    value = int(field.input_value())
    field.press("+")
    expect(field).to_have_value(str(value + 1))
    field.press("-")
    expect(field).to_have_value(str(value))
    page.locator("#scan").fill("")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("QN1")
    expect(page.locator("#scan")).to_have_value("QN1")


def test_nothing_is_kept_after_signing_out(desk: tuple[Page, str], shop: str) -> None:
    page, sku = desk
    page.goto(f"{shop}{ROOM}/ban")
    page.context.set_offline(True)
    scan(page, sku)
    expect(page.get_by_role("button", name="Bỏ đi")).to_be_visible()
    page.context.set_offline(False)
    assert len(kept(page)) == 1
    page.locator(".desk-menu summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.locator(".desk-menu")).to_have_count(0)
    assert kept(page) == []
