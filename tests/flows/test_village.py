"""From a village to a star and back, in a real browser at phone width.

A producer nobody knows applies, is taken in, writes a page, mends what the office returns and sees it in the shop; it is
assessed and gets four stars, a jar of it is sold, and a decision takes the stars away. Everybody has a phone of their own.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from catalog.clock import vietnam_day
from storefront import filters
from tests.browser import phone
from tests.flows.steps import choose, enter, open_letter, order_for_collection
from tests.storefront.camera import jpeg

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

STARS = "4 sao OCOP"
SUMMARY, MENDED = "Tiêu rẫy sườn đồi, chữa đau lưng", "Tiêu rẫy sườn đồi, phơi bảy nắng, cay ấm và thơm lâu"
OUTLET = "D01"
"""Where the demo's manager works."""


@dataclass(frozen=True, slots=True)
class Village:
    """What one walk of the road calls its things. decision, revocation: numbers that nobody ever signed."""

    maker: str
    registration: str
    email: str
    product: str
    product_en: str
    slug: str
    lot: str
    decision: str
    revocation: str


VILLAGES = {
    True: Village(
        "Hợp tác xã Tiêu Đồi Thử", "0100 233 488", "tieu-doi@example.org", "Tiêu rẫy Đồi Thử", "Doi Thu hill pepper",
        "tieu-ray-doi-thu", "THU-DOI-1", "01/QĐ-THU", "03/QĐ-THU",
    ),
    False: Village(
        "Hợp tác xã Tiêu Suối Thử", "0100 233 488-001", "tieu-suoi@example.org", "Tiêu rẫy Suối Thử",
        "Suoi Thu hill pepper", "tieu-ray-suoi-thu", "THU-SUOI-1", "02/QĐ-THU", "04/QĐ-THU",
    ),
}  # fmt: skip
"""With scripts, and without."""


@dataclass(frozen=True, slots=True)
class Road:
    """The shop, what is told of, and the phones of those who walk the road."""

    shop: str
    scripts: bool
    village: Village
    maker: Page
    officer: Page
    manager: Page
    buyer: Page

    @property
    def product(self) -> str:
        """Address of the product's page."""
        return f"{self.shop}/san-pham/{self.village.slug}"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_village_gets_its_stars_sells_a_jar_and_loses_them(shop: str, browser: Browser, scripts: bool) -> None:
    errors: list[str] = []
    phones = [phone(browser, scripts=scripts, errors=errors) for _ in range(4)]
    road = Road(shop, scripts, VILLAGES[scripts], *phones)
    _apply(road)
    _take_in(road)
    producer = _accept_the_invitation(road)
    product = _begin_a_product(road, producer)
    _write_every_section(road, product)
    _add_a_picture(road, product)
    _look_at_the_preview(road, product)
    _send_in(road, product)
    _return_the_summary(road)
    _mend_the_summary(road, product)
    _approve(road)
    _see_it_in_the_shop(road)
    _nominate_and_assess(road, product)
    _certify(road, product)
    _see_four_stars_everywhere(road)
    trace = _tell_of_a_lot(road, producer)
    _receive_at_the_outlet(road, producer)
    order = _buy_one(road)
    _read_the_label(road, trace)
    _revoke(road, product)
    _see_no_stars_anywhere(road, order)
    _ask_whether_the_star_is_real(road)
    assert [error for error in errors if "422" not in error] == []
    assert len(errors) == 1, "one form was refused on the way"
    for page in phones:
        page.context.close()


def _apply(road: Road) -> None:
    """Consent is nobody's but the applicant's; a wrong number is told beside its field, and nothing typed is lost."""
    page, village = road.maker, road.village
    page.goto(f"{road.shop}/nha-san-xuat/dang-ky")
    consent = page.get_by_label("Tôi đã đọc và đồng ý")
    expect(consent).not_to_be_checked()
    choose(page, "Hợp tác xã")
    page.get_by_label("Tên đầy đủ").fill(village.maker)
    page.get_by_label("Mã số thuế hoặc số đăng ký").fill("0100 233 480")
    page.get_by_label("Xã, phường", exact=True).fill("Tien Phuoc")
    page.get_by_label("Số nhà, đường, thôn, khối phố").fill("Thôn 2")
    page.get_by_label("Bạn làm ra những gì?").fill("Tiêu rẫy, mỗi năm chừng một tấn.")
    page.get_by_label("Họ và tên người liên hệ").fill("Nguyễn Thị Thử")
    page.get_by_label("Số điện thoại").fill("0905 123 456")
    page.get_by_label("E-mail").fill(village.email)
    page.get_by_role("button", name="Gửi hồ sơ").click()
    expect(page.locator("#registration-error")).to_contain_text("Mã số thuế này không có thật")
    expect(page.locator("#consent-error")).to_be_visible()
    expect(consent).not_to_be_checked()
    expect(page.get_by_label("Tên đầy đủ")).to_have_value(village.maker)
    expect(page.get_by_label("Bạn làm ra những gì?")).to_have_value("Tiêu rẫy, mỗi năm chừng một tấn.")
    choose(page, "Xã Tiên Phước")  # the old district of this name had more than one
    page.get_by_label("Mã số thuế hoặc số đăng ký").fill(village.registration)
    consent.check()
    page.get_by_role("button", name="Gửi hồ sơ").click()
    expect(page.locator("h1")).to_have_text("Đã nhận hồ sơ của bạn")


def _take_in(road: Road) -> None:
    """The officer comes in with both factors and verifies."""
    page, village = road.officer, road.village
    enter(page, road.shop, "can-bo", "/van-phong")
    page.goto(f"{road.shop}/van-phong/ho-so")
    page.get_by_role("link", name=village.maker).click()
    expect(page.locator("main")).to_contain_text("Xã Tiên Phước")
    page.get_by_label("Tôi đã đối chiếu").check()
    page.get_by_role("button", name="Nhận và gửi thư mời").click()
    expect(page.locator("#notices")).to_contain_text(f"Đã nhận {village.maker}")


def _accept_the_invitation(road: Road) -> str:
    """The link of the letter, and a password. Returns the producer's code."""
    page, village = road.maker, road.village
    open_letter(page, road.shop, village.email, "đã được nhận")
    page.locator(".letter a[href*='/nha-san-xuat/moi/']").click()
    expect(page.locator("h1")).to_have_text(f"Viết cho {village.maker}")
    page.get_by_label("Mật khẩu mới").fill("bay-nang-phoi-tieu")
    page.get_by_role("button", name="Nhận lời mời").click()
    expect(page.locator("h1")).to_have_text(village.maker)
    return page.url.rsplit("/", 1)[-1]


def _begin_a_product(road: Road, producer: str) -> str:
    """A name and a group. Returns the path of the product's room in the studio."""
    page, village = road.maker, road.village
    page.get_by_role("link", name="Viết trang mới").click()
    page.get_by_label("Tên sản phẩm").fill(village.product)
    page.get_by_label("Nhóm sản phẩm").select_option("1.4b")
    page.get_by_role("button", name="Mở trang nháp").click()
    expect(page.locator("h1")).to_contain_text(village.product)
    return page.url.removeprefix(road.shop)


def _write_every_section(road: Road, room: str) -> None:
    """In both languages, section by section."""
    page = road.maker
    sections = {
        "ten": {"name_en": road.village.product_en},
        "gioi-thieu": {
            "summary_vi": SUMMARY,
            "summary_en": "Hill pepper, hot and fragrant",
            "description_vi": "Hái chín trên rẫy.\n\nPhơi bảy nắng.",
            "description_en": "Picked ripe on the hill.\n\nDried in seven suns.",
        },
        "thanh-phan": {"ingredients_vi": "Hạt tiêu đen 100 %", "ingredients_en": "Black pepper 100 %"},
        "bao-quan": {
            "usage_vi": "Xay khi dùng", "usage_en": "Grind when needed", "storage_vi": "Nơi khô, đậy kín",
            "storage_en": "Keep dry and closed", "shelf_life": "12 tháng",
        },
        "quy-cach": {
            "v0_unit_vi": "hũ 100 g", "v0_unit_en": "jar 100 g", "v0_net": "100 g", "v0_gross_g": "180",
            "v0_length_mm": "60", "v0_width_mm": "60", "v0_height_mm": "90", "v0_price": "85.000",
        },
    }  # fmt: skip
    for section, fields in sections.items():
        page.goto(f"{road.shop}{room}/sua/{section}")
        for name, words in fields.items():
            page.locator(f"[name={name}]").fill(words)
        page.get_by_role("button", name="Lưu", exact=True).click()
        expect(page.locator("#notices")).to_contain_text("Đã lưu vào bản nháp.")
        expect(page).to_have_url(f"{road.shop}{room}")


def _add_a_picture(road: Road, room: str) -> None:
    page = road.maker
    page.goto(f"{road.shop}{room}/hinh")
    page.locator("#picture").set_input_files(
        {"name": "hu-tieu.jpg", "mimeType": "image/jpeg", "buffer": jpeg((1200, 1000))}
    )
    page.locator(".shots-add").get_by_label("Tôi được quyền dùng").check()
    page.get_by_role("button", name="Thêm ảnh").click()
    page.get_by_label("Trong ảnh có gì").fill("Hũ tiêu trên bàn gỗ")
    page.get_by_label("Bằng tiếng Anh").fill("A jar of pepper on a wooden table")
    page.get_by_role("button", name="Lưu vào bản nháp").click()
    expect(page.get_by_label("Bằng tiếng Anh")).to_have_value("A jar of pepper on a wooden table")
    expect(page.locator(".shot").get_by_label("Tôi được quyền dùng")).to_be_checked()


def _look_at_the_preview(road: Road, room: str) -> None:
    """As shoppers would see it; they do not yet."""
    page, village = road.maker, road.village
    page.goto(f"{road.shop}{room}/xem-truoc")
    expect(page.locator("h1")).to_have_text(village.product)
    expect(page.locator("main")).to_contain_text("85.000")
    expect(page.locator("main")).to_contain_text("Phơi bảy nắng.")
    expect(page.get_by_role("img", name="Hũ tiêu trên bàn gỗ").first).to_be_visible()
    assert road.buyer.request.get(road.product).status == 404


def _send_in(road: Road, room: str) -> None:
    """The claim that no food may make is pointed out, and sent in all the same."""
    page = road.maker
    page.goto(f"{road.shop}{room}/gui")
    expect(page.locator("main")).to_contain_text("chữa đau")
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.locator(".draft")).to_contain_text("Đang chờ duyệt")


def _open_the_review(road: Road) -> None:
    page = road.officer
    page.goto(f"{road.shop}/van-phong/duyet")
    page.get_by_role("link", name=road.village.product).click()


def _return_the_summary(road: Road) -> None:
    """The officer sees both languages and the picture, and returns one field with a reason."""
    page, village = road.officer, road.village
    _open_the_review(road)
    expect(page.locator("h1")).to_contain_text(village.product)
    expect(page.locator("main")).to_contain_text("1.4b Tiêu, quế, ớt")
    for field, words in {
        "name_en": village.product_en, "summary_vi": SUMMARY,
        "summary_en": "Hill pepper, hot and fragrant", "description_en": "Dried in seven suns.",
        "ingredients_en": "Black pepper 100 %", "storage_en": "Keep dry and closed", "usage_en": "Grind when needed",
        "variants": "85.000", "pictures": "A jar of pepper on a wooden table",
    }.items():  # fmt: skip
        expect(_difference(page, field)).to_contain_text(words)
    expect(_difference(page, "pictures").locator("img")).to_be_visible()
    objection = _difference(page, "summary_vi")
    objection.locator("summary").click()
    objection.locator("textarea").fill("Bỏ chỗ chữa đau lưng")
    page.get_by_role("button", name="Trả lại những chỗ đã đánh dấu").click()
    expect(page.locator("#notices")).to_contain_text("Đã trả lại.")


def _difference(page: Page, field: str) -> Locator:
    return page.locator(f"section[aria-labelledby=diff-{field}]")


def _mend_the_summary(road: Road, room: str) -> None:
    page = road.maker
    page.goto(f"{road.shop}{room}")
    expect(page.locator(".reasons")).to_contain_text("Bỏ chỗ chữa đau lưng")
    page.get_by_role("link", name="Giới thiệu").click()
    expect(page.locator(".returned")).to_contain_text("Bỏ chỗ chữa đau lưng")
    page.locator("[name=summary_vi]").fill(MENDED)
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page).to_have_url(f"{road.shop}{room}")
    page.goto(f"{road.shop}{room}/gui")
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.locator(".draft")).to_contain_text("Đang chờ duyệt")


def _approve(road: Road) -> None:
    page = road.officer
    _open_the_review(road)
    expect(_difference(page, "summary_vi")).to_contain_text(MENDED)
    page.get_by_role("button", name="Duyệt, đăng ngay").click()
    expect(page.locator("#notices")).to_contain_text("Đã duyệt.")


def _see_it_in_the_shop(road: Road) -> None:
    """At once, without stars."""
    page = road.buyer
    page.goto(road.product)
    expect(page.locator("h1")).to_have_text(road.village.product)
    expect(page.locator("main")).to_contain_text(MENDED)
    expect(page.locator("main")).not_to_contain_text("chữa đau lưng")
    expect(page.locator(".buy-grade .seal")).to_have_count(0)


def _nominate_and_assess(road: Road, room: str) -> None:
    page, code = road.officer, _code(room)
    page.goto(f"{road.shop}/van-phong/chung-nhan/san-pham/{code}")
    page.get_by_role("link", name="Ghi ứng viên").click()
    page.get_by_role("button", name="Ghi ứng viên").click()
    expect(page.locator("#notices")).to_contain_text("Đã ghi ứng viên.")
    page.get_by_role("link", name="Ghi điểm đánh giá").click()
    page.locator("[name=assessed_on]").fill(_day(-40))
    for name, points in (("score_a", "30"), ("score_b", "20"), ("score_c", "31,5")):
        page.locator(f"[name={name}]").fill(points)
    page.get_by_role("button", name="Ghi điểm").click()
    expect(page.locator("#notices")).to_contain_text("ứng với 4 sao")


def _certify(road: Road, room: str) -> None:
    page = road.officer
    page.get_by_role("link", name="Ghi quyết định công nhận").click()
    page.locator("[name=number]").fill(road.village.decision)
    page.locator("[name=signed_on]").fill(_day(-30))
    expect(page.get_by_label("4 sao")).to_be_checked()
    page.get_by_role("button", name="Ghi quyết định").click()
    expect(page.locator("#notices")).to_contain_text("Sản phẩm mang 4 sao.")


def _see_four_stars_everywhere(road: Road) -> None:
    """The pages at once, the search by its job."""
    page, card = road.buyer, _card(road)
    for address in _lists(road):
        _wait_for(page, address, card.locator(".seal", has_text=STARS))
    card.get_by_role("link", name=road.village.product).click()
    expect(page.locator(".buy-grade")).to_have_text(STARS)
    expect(page.locator("#chung-nhan")).to_contain_text(road.village.decision)


def _tell_of_a_lot(road: Road, producer: str) -> str:
    """What the label's code leads to. Returns the path of that page."""
    page, village = road.maker, road.village
    page.goto(f"{road.shop}/nha-san-xuat/{producer}/lo/dang-ky")
    page.locator("[name=sku]").select_option(index=1)
    page.locator("[name=code]").fill(village.lot)
    page.locator("[name=made_on]").fill(_day(-10))
    page.locator("[name=best_before]").fill(_day(300))
    page.locator("[name=quantity]").fill("40")
    page.locator("[name=process_vi]").fill("Hái tay, phơi nắng, sàng.")
    page.locator("[name=process_en]").fill("Picked by hand, dried in the sun, sieved.")
    page.get_by_role("button", name="Đăng ký").click()
    page.locator("[name=material]").fill("Tiêu tươi")
    page.locator("[name=supplier]").fill("Vườn của hợp tác xã")
    page.locator("[name=place]").fill("Thôn 2")
    page.get_by_role("button", name="Ghi nguồn").click()
    page.get_by_role("button", name="Công bố").click()
    link = page.get_by_role("link", name="Xem trang khách thấy")
    expect(link).to_be_visible()
    return link.get_attribute("href") or ""


def _receive_at_the_outlet(road: Road, producer: str) -> None:
    """Twelve jars by the producer's delivery note."""
    page, village = road.manager, road.village
    room = f"/quay/{OUTLET}/nhap"
    enter(page, road.shop, "truong-diem", room)
    page.goto(f"{road.shop}{room}/moi?chu_the={producer}")
    page.get_by_label("Số phiếu giao hàng").fill(f"PG-{village.lot}")
    choose(page, "Ký gửi")
    page.get_by_role("button", name="Bắt đầu kiểm hàng").click()
    page.get_by_role("link", name="Chọn từ danh sách").click()
    page.get_by_role("link", name=village.product).click()
    page.locator("[name=announced]").fill("12")
    page.locator("[name=accepted]").fill("12")
    page.locator("[name=lot_code]").fill(village.lot)
    page.locator("[name=made_on]").fill(_day(-10))
    page.locator("[name=best_before]").fill(_day(300))
    page.get_by_role("button", name="Ghi dòng này").click()
    page.get_by_role("button", name="Ghi sổ nhập").click()
    expect(page.locator("#notices")).to_contain_text("Hàng đã lên kệ.")


def _buy_one(road: Road) -> str:
    """A jar, to be fetched. Returns the address of the order's page."""
    page = road.buyer
    add = page.locator("#add").get_by_role("button", name="Thêm vào giỏ")
    _wait_for(page, road.product, add)
    add.click()
    expect(page.locator("#cart-link")).to_contain_text("1")
    reference = order_for_collection(
        page, road.shop, scripts=road.scripts, name="Lê Thị Mua Thử", email="mua-thu@example.org", total="85.000"
    )
    order = page.url
    expect(page.locator("main")).to_contain_text("4 sao OCOP khi đặt")
    open_letter(page, road.shop, reference)
    expect(page.locator("main")).to_contain_text(road.village.product)
    return order


def _read_the_label(road: Road, trace: str) -> None:
    """The lot's page and the decision's speak both languages."""
    page, village = road.buyer, road.village
    page.goto(f"{road.shop}{trace}")
    for words in (
        village.product, village.product_en, "Hái tay, phơi nắng, sàng.", "Picked by hand, dried in the sun, sieved.",
        "Nơi khô, đậy kín", "Keep dry and closed", "jar 100 g", "Made on", village.lot, village.decision,
    ):  # fmt: skip
        expect(page.locator("main")).to_contain_text(words)
    page.goto(f"{road.shop}/chung-nhan?so={village.decision}")
    expect(page.locator(".verdict-word")).to_have_text(f"Ngày {_said(0)}: có hiệu lực, 4 sao")
    expect(page.locator(".verdict-english")).to_contain_text("valid, 4 stars")
    expect(page.locator(".verdict")).to_contain_text(village.product_en)
    picture, name = page.locator(".verdict img").bounding_box(), page.locator(".verdict h2").bounding_box()
    assert picture is not None
    assert name is not None
    assert picture["x"] + picture["width"] <= name["x"], "the picture stands beside its words"


def _revoke(road: Road, room: str) -> None:
    page, village = road.officer, road.village
    page.goto(f"{road.shop}/van-phong/chung-nhan/san-pham/{_code(room)}")
    page.get_by_role("link", name="Ghi thu hồi").click()
    page.locator("[name=number]").fill(village.revocation)
    page.locator("[name=signed_on]").fill(_day(0))
    page.locator("[name=reason]").fill("Thử thu hồi")
    page.get_by_role("button", name="Ghi thu hồi").click()
    expect(page.locator("#notices")).to_contain_text("Đã ghi thu hồi.")
    expect(page.locator("main")).to_contain_text("Hiện không mang sao nào.")


def _see_no_stars_anywhere(road: Road, order: str) -> None:
    """The product is still there; only what was valid when it was ordered stays with the order."""
    page, card = road.buyer, _card(road)
    for address in _lists(road):
        _wait_for(page, address, card.filter(has_not=page.locator(".seal")))
    page.goto(f"{road.shop}/tim-kiem?q={road.village.product}&sao=4")
    expect(card).to_have_count(0)
    _wait_for(page, road.product, page.locator("main:not(:has(.buy-grade .seal))"))
    expect(page.locator("h1")).to_have_text(road.village.product)
    expect(page.locator(".buy-grade")).to_have_text("Chứng nhận OCOP đã bị thu hồi")
    expect(page.locator("#chung-nhan")).to_contain_text("Chứng nhận đã bị thu hồi")
    page.goto(order)
    expect(page.locator("main")).to_contain_text("4 sao OCOP khi đặt")


def _ask_whether_the_star_is_real(road: Road) -> None:
    """It was, until today."""
    page, village = road.buyer, road.village
    page.goto(f"{road.shop}/chung-nhan?so={village.decision}")
    expect(page.locator(".verdict-word")).to_have_text(f"Ngày {_said(0)}: đã bị thu hồi")
    expect(page.locator(".verdict")).to_contain_text(f"Đã thu hồi theo quyết định {village.revocation}")
    expect(page.locator(".verdict-english")).to_contain_text("revoked")
    expect(page.locator(".verdict")).to_contain_text(f"Revoked by decision {village.revocation}")
    page.get_by_label("Xem hiệu lực vào ngày").fill(_day(-1))
    page.get_by_role("button", name="Kiểm tra").click()
    expect(page.locator(".verdict-word")).to_have_text(f"Ngày {_said(-1)}: có hiệu lực, 4 sao")
    expect(page.locator(".verdict-english")).to_contain_text("valid, 4 stars")


def _lists(road: Road) -> tuple[str, ...]:
    """Where the product stands among others: its commune, its group, a search."""
    words = road.village.product.replace(" ", "+")
    paths = ("/xa-phuong/tien-phuoc", "/nhom/tieu-que-ot?sap-xep=moi", f"/tim-kiem?q={words}")
    return tuple(f"{road.shop}{path}" for path in paths)


def _card(road: Road) -> Locator:
    return road.buyer.locator(f".card:has(a[href='/san-pham/{road.village.slug}'])")


def _wait_for(page: Page, address: str, sight: Locator) -> None:
    """Look again until it is to be seen: pages are kept for a few seconds, and the index follows by a job."""
    for _ in range(60):
        page.goto(address)
        if sight.count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{address}: {sight}")


def _code(room: str) -> str:
    return room.rsplit("/", 1)[-1]


def _day(days: int) -> str:
    """As a calendar of the browser gives it; days: from today, in Vietnam."""
    return (vietnam_day(datetime.now(UTC)) + timedelta(days=days)).isoformat()


def _said(days: int) -> str:
    """As a page says it."""
    return filters.day(vietnam_day(datetime.now(UTC)) + timedelta(days=days))
