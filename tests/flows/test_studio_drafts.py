"""A page in the making on a phone at the end of a weak line, and in two windows."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from storefront.demo_village import MAKER_EMAIL, MAKER_PASSWORD, PRODUCER
from tests.browser import phone

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

ROOM = f"/nha-san-xuat/{PRODUCER}"
STORY = f"{ROOM}/cau-chuyen/sua/cau-chuyen"


@pytest.fixture
def member(shop: str, browser: Browser) -> Iterator[Page]:
    """The demo's member on a phone."""
    page = phone(browser, scripts=True, errors=[])
    page.goto(f"{shop}/tai-khoan/dang-nhap?next={ROOM}")
    page.get_by_label("E-mail").fill(MAKER_EMAIL)
    page.get_by_label("Mật khẩu").fill(MAKER_PASSWORD)
    page.get_by_label("Mật khẩu").press("Enter")
    page.wait_for_url(f"**{ROOM}")
    yield page
    page.context.close()


def test_what_is_typed_saves_itself_and_claims_are_pointed_out(member: Page, shop: str) -> None:
    member.goto(f"{shop}{STORY}")
    member.get_by_label("Tựa câu chuyện (không bắt buộc)", exact=True).fill("Quế chữa bệnh")
    expect(member.locator("[data-saved]")).to_contain_text("Đã lưu lúc", timeout=15_000)
    expect(member.locator("[data-claims=story_title_vi]")).to_have_text("“chữa bệnh”: nói như thuốc chữa bệnh")
    member.get_by_label("Tựa câu chuyện (không bắt buộc)", exact=True).fill("Quế trên nương")
    expect(member.locator("[data-claims=story_title_vi]")).to_be_empty(timeout=15_000)
    member.reload()
    expect(member.get_by_label("Tựa câu chuyện (không bắt buộc)", exact=True)).to_have_value("Quế trên nương")


def test_a_dead_network_keeps_the_words_and_sends_them_later(member: Page, shop: str) -> None:
    member.goto(f"{shop}{STORY}")
    story = member.get_by_label("Câu chuyện (không bắt buộc)", exact=True)
    member.context.set_offline(True)
    story.fill("Mẻ quế đầu mùa")
    expect(member.locator("[data-saved]")).to_contain_text("Chưa lưu được", timeout=15_000)
    expect(story).to_have_value("Mẻ quế đầu mùa")
    member.context.set_offline(False)
    member.reload()
    expect(story).to_have_value("Mẻ quế đầu mùa")
    expect(member.locator("[data-saved]")).to_contain_text("Đã lấy lại chữ chưa kịp lưu")
    member.get_by_role("button", name="Lưu").click()
    expect(member.locator("#notices")).to_contain_text("Đã lưu vào bản nháp.")
    member.goto(f"{shop}{STORY}")
    expect(story).to_have_value("Mẻ quế đầu mùa")
    expect(member.locator("[data-saved]")).to_be_empty()


def test_two_windows_on_one_text_are_shown_to_each_other(member: Page, shop: str) -> None:
    other = member.context.new_page()
    for window in (member, other):
        window.goto(f"{shop}{STORY}")
    title = "Tựa câu chuyện, tiếng Anh (không bắt buộc)"
    member.get_by_label(title, exact=True).fill("Cinnamon")
    expect(member.locator("[data-saved]")).to_contain_text("Đã lưu lúc", timeout=15_000)
    other.get_by_label(title, exact=True).fill("Cassia")
    expect(other.locator("[data-saved]")).to_contain_text("Đã đổi ở cửa sổ khác", timeout=15_000)
    other.get_by_role("button", name="Lưu").click()
    expect(other.locator(".elsewhere")).to_contain_text("Cinnamon")
    expect(other.get_by_label(title, exact=True)).to_have_value("Cassia")
    other.get_by_role("button", name="Lưu").click()
    expect(other.locator("#notices")).to_contain_text("Đã lưu vào bản nháp.")


def test_the_rooms_fit_a_phone_and_say_what_they_are(member: Page, shop: str) -> None:
    goods = f"{ROOM}/san-pham"
    member.goto(f"{shop}{goods}")
    first = member.locator("tbody a").first.get_attribute("href") or ""
    for place in (goods, f"{goods}/moi", first, f"{first}/sua/gioi-thieu", f"{first}/sua/quy-cach", f"{first}/sua/thanh-phan",
                  f"{first}/gui", f"{first}/gia", f"{ROOM}/cau-chuyen", STORY, f"{ROOM}/cau-chuyen/xem-truoc"):  # fmt: skip
        for width in (320, 390):
            member.set_viewport_size({"width": width, "height": 844})
            member.goto(f"{shop}{place}")
            wide = member.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{place} at {width}"
        found = Axe().run(member).response["violations"]
        assert [violation["id"] for violation in found] == [], place
