"""What people of several flows do alike: come in at the counter's door, read a letter, order for collection."""

import re

from playwright.sync_api import Page, expect

from storefront.demo import STAFF_PASSWORD


def enter(page: Page, shop: str, key: str, room: str) -> None:
    """Through the counter's door with an account of the demo, to a room. A code that was used a moment ago is waited out.

    key: of ``storefront.demo.STAFF``.    room: the path that follows.
    """
    code = page.locator("[autocomplete=one-time-code]")
    for _ in range(40):
        page.goto(f"{shop}/quay/dang-nhap?thu={key}&next={room}")
        if code.input_value():
            break
        page.wait_for_timeout(1_000)
    page.get_by_label("Mật khẩu").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Vào quầy").click()
    expect(page).to_have_url(f"{shop}{room}")


def open_letter(page: Page, shop: str, *about: str) -> None:
    """The latest letter with all these words in its line of the list; waits until the worker has sent it."""
    line = page.locator(".order-list li")
    for words in about:
        line = line.filter(has_text=words)
    for _ in range(60):
        page.goto(f"{shop}/dev/mail")
        if line.count():
            break
        page.wait_for_timeout(250)
    line.first.get_by_role("link").click()


def order_for_collection(page: Page, shop: str, *, scripts: bool, name: str, email: str, total: str) -> str:
    """What is in the cart, to be fetched and paid at the nearest outlet that has it. Returns the order's reference."""
    page.goto(f"{shop}/thanh-toan")
    page.get_by_label("Số điện thoại").fill("0912 345 678")
    page.get_by_label("Họ và tên người nhận").fill(name)
    page.get_by_label("E-mail", exact=False).first.fill(email)
    choose(page, "Đến điểm bán lấy")
    if not scripts:
        page.get_by_role("button", name="Cập nhật").click()
    nearest = page.locator("input[name=outlet]:not([disabled])").first
    expect(nearest).to_be_attached()
    page.locator(f"label[for={nearest.get_attribute('id')}]").click()
    if not scripts:
        page.get_by_role("button", name="Cập nhật").click()
    choose(page, "Tiền mặt")
    place = page.get_by_role("button", name=re.compile(f"Đặt hàng · {total}"))
    expect(place).to_be_visible()
    place.click()
    page.wait_for_url("**/don-hang/*")
    return reference_on(page)


def choose(page: Page, words: str) -> None:
    """The first choice that says so."""
    page.locator("label", has_text=words).first.click()


def reference_on(page: Page) -> str:
    """Of the order whose page it is."""
    found = re.search(r"QN-[0-9A-Z]{6}", page.locator("main").inner_text())
    assert found
    return found[0]
