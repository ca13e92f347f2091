"""A producer's products in the studio: written a section at a time, sent in, priced."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from catalog import approvals, revisions
from catalog.db import db
from catalog.page_fields import PageKind, Policy, of_page
from catalog.products import Product, ProductState, Variant
from catalog.revisions import Revision, RevisionState
from storefront.studio.sections import OF_PRODUCT
from tests.pages import Page, PageClient
from tests.world import World, changing, make_officer, make_product, officer_of, variant_of

HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "javascript:alert(1)", "</textarea><b>x",
    "&lt;b&gt;", "' onmouseover='x", "<svg/onload=alert(1)>", "${7*7}", "\u202eevil\u202c", "]]><![CDATA[",
)  # fmt: skip
SIZE = {
    "unit_vi": "hũ nhỏ", "unit_en": "small jar", "net": "250 ml", "gross_g": "400", "length_mm": "60", "width_mm": "60",
    "height_mm": "90", "gtin": "", "price": "140.000",
}  # fmt: skip


@pytest.fixture
def honey(app: Flask, world: World) -> Product:
    """The cooperative's, with all that a page needs."""
    with changing(app):
        product = db.session.get_one(Product, world.honey.id)
        product.ingredients_vi, product.storage_vi, product.shelf_life = "Mật ong", "Nơi mát", "24m"
        return product


@pytest.fixture
def member(world: World, maker: Callable[..., PageClient], honey: Product) -> PageClient:
    return maker(world.cooperative)


@pytest.fixture
def base(world: World) -> str:
    return f"/nha-san-xuat/{world.cooperative.code}/san-pham"


def write(member: PageClient, address: str, *, status: int = 200, **fields: Any) -> Page:
    """Send a section's form with some fields changed."""
    return member.post(address, member.get(address).form("") | fields, status=status)


def by_itself(member: PageClient, address: str, form: dict[str, str], **fields: Any) -> tuple[int, dict[str, Any]]:
    """What the script sends, and what it is told."""
    answer = member.raw.post(address, data=form | fields | {"autosave": "1"})
    return answer.status_code, json.loads(answer.get_data(as_text=True))


def press(member: PageClient, page: Page, part: str, *, status: int = 200) -> Page:
    """The button of the first form whose action ends so."""
    action = next(a for a in (form.get("action") or "" for form in page.all("form")) if a.endswith(part))
    return member.post(action, page.form(action), status=status)


def draft_of(app: Flask, product: Product) -> Revision | None:
    with app.app_context():
        return revisions.open_of(db.session.get_one(Product, product.id))


def values_of(app: Flask, product: Product) -> dict[str, Any]:
    revision = draft_of(app, product)
    return revision.values if revision else {}


def test_the_list_tells_stars_drafts_and_how_whole_each_page_is(
    app: Flask, member: PageClient, base: str, world: World, honey: Product
) -> None:
    write(member, f"{base}/{honey.code}/sua/gioi-thieu", summary_vi="Ngọt lắm")
    page = member.get(base)
    rows = [" ".join(" ".join(row.itertext()).split()) for row in page.one("tbody").iter("tr")]
    assert rows[0].startswith(f"Mật ong rừng {honey.code} Đang đăng Bản nháp 4 ★ ")
    assert rows[1].startswith(f"Chè dây {world.tea.code} Đang đăng 3 ★ ")
    assert "Đèn lồng" not in page.text


def test_a_lapsed_certificate_shows_no_stars_in_the_list(
    app: Flask, member: PageClient, base: str, world: World
) -> None:
    with changing(app):
        make_product("Rượu gạo", producer=world.cooperative, stars=None)
    row = next(row for row in member.get(base).one("tbody").iter("tr") if "Rượu gạo" in "".join(row.itertext()))
    assert "★" not in "".join(row.itertext())


def test_an_empty_list_says_how_to_begin(app: Flask, maker: Callable[..., PageClient], world: World) -> None:
    with changing(app):
        db.session.execute(update(Product).values(producer_id=world.household.id))
    assert (
        "Chưa có sản phẩm nào" in maker(world.cooperative).get(f"/nha-san-xuat/{world.cooperative.code}/san-pham").text
    )


@pytest.mark.parametrize(
    "tail",
    ["", "/sua/ten", "/xem-truoc", "/dien-thoai", "/gui", "/gia"],
)
def test_another_producers_product_is_like_one_that_does_not_exist(
    member: PageClient, base: str, world: World, tail: str
) -> None:
    member.get(f"{base}/{world.lantern.code}{tail}", status=404)
    member.get(f"{base}/NONE{tail}", status=404)
    member.get(f"/nha-san-xuat/{world.household.code}/san-pham/{world.lantern.code}{tail}", status=404)


@pytest.mark.parametrize("tail", ["/sua/ten", "/gui", "/rut", "/bo", "/xem-lai", "/gia"])
def test_nothing_can_be_done_to_another_producers_product(
    app: Flask, member: PageClient, base: str, world: World, tail: str
) -> None:
    form = {"key": "k" * 12, "seen": "0", "name_vi": "Của tôi", "reference": "BT-000000"}
    member.post(f"{base}/{world.lantern.code}{tail}", form, status=404)
    with app.app_context():
        assert db.session.get_one(Product, world.lantern.id).name_vi == "Đèn lồng lụa"
        assert db.session.scalar(select(func.count()).select_from(Revision)) == 0


def test_a_new_page_begins_with_a_name_and_a_group(app: Flask, member: PageClient, base: str, world: World) -> None:
    page = member.get(f"{base}/moi")
    assert "2.1a" not in [option.get("value") for option in page.all("option")]
    form = page.form("") | {"name_vi": " Tương ớt ", "group_code": "1.4a"}
    first, second = member.post(f"{base}/moi", form), member.post(f"{base}/moi", form)
    assert first.response.request.path == second.response.request.path
    assert "Tương ớt" in "".join(first.one("h1").itertext())
    with app.app_context():
        (product,) = db.session.scalars(select(Product).where(Product.name_vi == "Tương ớt"))
        assert (product.state, product.producer_id) == (ProductState.DRAFT, world.cooperative.id)
        slug = product.slug
    PageClient(app).get(f"/san-pham/{slug}", status=404)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name_vi": ""}, "Tên sản phẩm: Chưa ghi"),
        ({"name_vi": "x" * 161}, "Tên sản phẩm: Dài 161 ký tự, tối đa 160"),
        ({"group_code": ""}, "Nhóm sản phẩm: Chưa ghi"),
        ({"group_code": "5.1"}, "Nhóm sản phẩm: Chưa đúng, hãy xem lại"),
    ],
)
def test_a_page_without_a_name_or_group_does_not_begin(
    app: Flask, member: PageClient, base: str, fields: dict[str, str], said: str
) -> None:
    form = member.get(f"{base}/moi").form("") | {"name_vi": "Mật", "group_code": "1.2b"} | fields
    page = member.post(f"{base}/moi", form, status=422)
    assert said in page.one("div", class_="error-summary").itertext()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Product).where(Product.state == "draft")) == 0


@pytest.mark.parametrize("section", OF_PRODUCT, ids=lambda section: section.slug)
def test_every_section_can_be_opened_and_saved_unchanged(
    app: Flask, member: PageClient, base: str, honey: Product, section: Any
) -> None:
    page = write(member, f"{base}/{honey.code}/sua/{section.slug}")
    assert page.response.request.path == f"{base}/{honey.code}"
    assert draft_of(app, honey) is None


def test_sections_without_fields_for_the_group_do_not_exist(
    app: Flask, maker: Callable[..., PageClient], world: World
) -> None:
    address = f"/nha-san-xuat/{world.household.code}/san-pham/{world.tour.code}"
    browser = maker(world.household)
    page = browser.get(address)
    assert "Giấy tờ" not in page.text
    browser.get(f"{address}/sua/giay-to", status=404)
    browser.get(f"{address}/sua/khong-co", status=404)


def test_what_is_typed_becomes_the_draft_and_the_shop_stays(
    app: Flask, member: PageClient, base: str, honey: Product, client: PageClient
) -> None:
    page = write(
        member, f"{base}/{honey.code}/sua/gioi-thieu", summary_vi="  Ngọt   lắm ", description_vi="Một\r\n\r\nhai"
    )
    assert "Đã lưu vào bản nháp." in page.text
    assert values_of(app, honey) == {"summary_vi": "Ngọt lắm", "description_vi": "Một\n\nhai"}
    assert "Ngọt lắm" not in client.get("/san-pham/mat-ong-rung").text


def test_boxes_choices_days_and_percents_are_kept(app: Flask, member: PageClient, base: str, honey: Product) -> None:
    address = f"{base}/{honey.code}/sua"
    write(member, f"{address}/thanh-phan", allergens=["nuts", "milk"])
    write(member, f"{address}/giay-to", facility="15/ATTP-THU", facility_expires_on="1/3/2027")
    write(member, f"{address}/phim-xuat-khau", video_url="https://youtu.be/abc", export_wish="y", hs_code="0409.00")
    write(member, f"{address}/ten", group_code="1.5b")
    assert values_of(app, honey) == {
        "allergens": ["milk", "nuts"],
        "facility": "15/ATTP-THU",
        "facility_expires_on": "2027-03-01",
        "video_url": "https://youtu.be/abc",
        "export_wish": True,
        "hs_code": "040900",
        "group_code": "1.5b",
    }


@pytest.mark.parametrize(
    ("section", "fields", "said"),
    [
        ("ten", {"name_vi": "x" * 161}, "Tên sản phẩm: Dài 161 ký tự, tối đa 160"),
        ("ten", {"group_code": "6.1"}, "Nhóm sản phẩm: Hàng đang bán không đổi thành chuyến tham quan được, và ngược lại"),
        ("gioi-thieu", {"summary_vi": "x" * 201}, "Tóm tắt: Dài 201 ký tự, tối đa 200"),
        ("thanh-phan", {"allergens": "bee"}, "Cảnh báo dị ứng: Chọn trong những mục có sẵn"),
        ("bao-quan", {"shelf_life": "lâu"}, "Hạn sử dụng: Hãy viết như 25 ngày hoặc 12 tháng"),
        ("giay-to", {"facility_expires_on": "31/2/2027"},
         "Giấy cơ sở có giá trị đến ngày: Không phải ngày có thật, hãy viết như 25/11/2026"),
        ("phim-xuat-khau", {"video_url": "https://evil.example/x"},
         "Phim giới thiệu: Hãy dán đường dẫn https của YouTube, Vimeo, TikTok hoặc Facebook"),
        ("phim-xuat-khau", {"hs_code": "12"}, "Mã HS: Mã HS gồm 6 hoặc 8 chữ số"),
        ("quy-cach", {"v0_gross_g": "0"}, "Dòng 1, Nặng cả bao bì: Phải lớn hơn 0"),
        ("quy-cach", {f"v1_{name}": value for name, value in SIZE.items() if name != "price"},
         "Dòng 2, Giá bán: Chưa ghi"),
        ("quy-cach", {"v0_sku": "ALIEN-1"}, "Dòng 1, Tên quy cách: Chưa đúng, hãy xem lại"),
    ],
)  # fmt: skip
def test_every_fault_is_told_beside_its_field_and_nothing_is_kept(
    app: Flask, member: PageClient, base: str, honey: Product, section: str, fields: dict[str, str], said: str
) -> None:
    page = write(member, f"{base}/{honey.code}/sua/{section}", status=422, **fields)
    assert said in list(page.one("div", class_="error-summary").itertext())
    assert page.one("title").text.startswith("Lỗi: ")
    assert draft_of(app, honey) is None


def test_a_size_is_added_changed_and_ended_without_a_script(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    address = f"{base}/{honey.code}/sua/quy-cach"
    added = {f"v1_{name}": value for name, value in SIZE.items()}
    page = write(member, address, more="1", v0_unit_vi="chai to", **added)
    assert page.response.request.path == address
    new = values_of(app, honey)["variants"][1]
    assert (new["sku"], new["unit_vi"], new["net_amount"], new["price"]) == (None, "hũ nhỏ", 250, 140_000)
    form = page.form("")
    assert (form["v1_unit_vi"], form["v1_price"], form["v2_unit_vi"]) == ("hũ nhỏ", "140000", "")
    form.pop("v0_active")
    member.post(address, form | {"v1_drop": "y"})
    (row,) = values_of(app, honey)["variants"]
    assert (row["unit_vi"], row["active"]) == ("chai to", False)


def test_what_only_others_decide_is_no_field_of_any_form(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    never = {field.name for field in of_page(PageKind.PRODUCT) if field.policy is not Policy.REVIEWED}
    forged = dict.fromkeys(never, "5") | {"v0_price": "1", "v0_active": "y", "price": "1", "version": "99"}
    for section in OF_PRODUCT:
        page = member.get(f"{base}/{honey.code}/sua/{section.slug}")
        assert never.isdisjoint(page.form("")), section.slug
        member.post(f"{base}/{honey.code}/sua/{section.slug}", page.form("") | forged)
    with app.app_context():
        product = db.session.get_one(Product, honey.id)
        assert (product.state, product.version, product.slug) == (ProductState.PUBLISHED, 1, "mat-ong-rung")
        assert variant_of(product).price == 250_000
    assert draft_of(app, honey) is None


def test_hostile_words_stay_words(app: Flask, member: PageClient, base: str, honey: Product) -> None:
    for words in HOSTILE:
        address = f"{base}/{honey.code}/sua/gioi-thieu"
        write(member, address, summary_vi=words, description_vi=f"{words}\n\n{words}")
        for place in (address, f"{base}/{honey.code}/xem-truoc", f"{base}/{honey.code}/gui"):
            page = member.get(place)
            shown = words.replace("\u202e", "").replace("\u202c", "").strip()
            assert shown in page.response.get_data(as_text=True).replace("&lt;", "<").replace("&gt;", ">").replace(
                "&#34;", '"'
            ).replace("&#39;", "'").replace("&amp;", "&")
            assert not [e for e in page.tree.iter() if e.tag == "svg" and not e.get("class")]


def test_claims_are_pointed_out_while_writing_and_before_sending(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    address = f"{base}/{honey.code}"
    write(member, f"{address}/sua/gioi-thieu", summary_vi="Mật ong chữa bệnh ung thư")
    said = "“chữa bệnh”: nói như thuốc chữa bệnh"
    assert said in [item.text for item in member.get(f"{address}/sua/gioi-thieu").all("li")]
    assert said in member.get(f"{address}/gui").text


def test_the_page_saves_itself_and_says_when(app: Flask, member: PageClient, base: str, honey: Product) -> None:
    address = f"{base}/{honey.code}/sua/gioi-thieu"
    form = member.get(address).form("")
    status, told = by_itself(member, address, form, summary_vi="Ngọt, chữa ho")
    assert (status, told["said"], told["seen"], told["errors"]) == (200, "Đã lưu lúc 09:00", "2", {})
    assert told["claims"]["summary_vi"] == ["“chữa”: nói như thuốc chữa bệnh"]
    assert told["claims"]["description_vi"] == []
    assert values_of(app, honey) == {"summary_vi": "Ngọt, chữa ho"}
    status, told = by_itself(
        member, address, form | {"seen": told["seen"]}, summary_vi="Ngọt", description_vi="x" * 20_001
    )
    assert (status, told["said"]) == (200, "Đã lưu lúc 09:00, trừ chỗ chưa đúng")
    assert told["errors"] == {"description_vi": "Giới thiệu: Dài 20001 ký tự, tối đa 20000"}
    assert values_of(app, honey) == {"summary_vi": "Ngọt"}


def test_saving_what_is_on_the_page_already_opens_no_draft(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    address = f"{base}/{honey.code}/sua/gioi-thieu"
    status, told = by_itself(member, address, member.get(address).form(""))
    assert (status, told["seen"]) == (200, "0")
    assert draft_of(app, honey) is None


def test_a_second_window_is_shown_both_texts_and_may_insist(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    address = f"{base}/{honey.code}/sua/gioi-thieu"
    one, two = member.get(address).form(""), member.get(address).form("")
    member.post(address, one | {"summary_vi": "Thơm"})
    status, told = by_itself(member, address, two, summary_vi="Đậm")
    assert (status, told["said"]) == (409, "Đã đổi ở cửa sổ khác: bấm Lưu để xem cả hai.")
    page = member.post(address, two | {"summary_vi": "Đậm"}, status=409)
    assert "Thơm" in page.one("section", class_="elsewhere").itertext()
    assert page.form("")["summary_vi"] == "Đậm"
    assert values_of(app, honey) == {"summary_vi": "Thơm"}
    member.post(address, page.form(""))
    assert values_of(app, honey) == {"summary_vi": "Đậm"}


def test_english_behind_its_vietnamese_is_marked_until_somebody_looks(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    address = f"{base}/{honey.code}/sua/ten"
    write(member, address, name_vi="Mật ong già")
    page = member.get(address)
    assert "Tiếng Việt đã đổi sau khi viết bản tiếng Anh này." in page.text
    write(member, address, right_name_en="y")
    assert "Tiếng Việt đã đổi" not in member.get(address).text


def test_it_is_sent_in_looked_at_returned_and_sent_in_again(
    app: Flask, member: PageClient, base: str, honey: Product, world: World
) -> None:
    address = f"{base}/{honey.code}"
    write(member, f"{address}/sua/gioi-thieu", summary_vi="Chữa bệnh")
    page = press(member, member.get(f"{address}/gui"), "/gui")
    assert "Đã gửi duyệt." in page.text
    assert "Đang chờ duyệt" in page.text
    write(member, f"{address}/sua/gioi-thieu", summary_vi="Khác", status=409)
    with changing(app):
        officer = officer_of(make_officer())
        revision = revisions.open_of(db.session.get_one(Product, honey.id))
        assert revision
        approvals.give_back(revision, {"summary_vi": "Bỏ chữ “chữa bệnh”"}, by=officer, at=revision.saved_at)
    page = member.get(address)
    assert "Cần sửa" in page.text
    assert "Bỏ chữ “chữa bệnh”" in page.text
    section = write(member, f"{address}/sua/gioi-thieu", summary_vi="Ngọt")
    page = press(member, member.get(f"{address}/gui"), "/gui")
    page = press(member, page, "/rut")
    assert "Đã rút về bản nháp để sửa tiếp." in page.text
    page = press(member, page, "/bo")
    assert "Đã bỏ bản nháp." in page.text
    assert draft_of(app, honey) is None
    assert "Đã bỏ" in page.text
    assert section.response.status_code == 200


def test_what_lacks_something_needed_cannot_be_sent_and_says_what(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    address = f"{base}/{honey.code}"
    write(member, f"{address}/sua/bao-quan", storage_vi="", shelf_life="")
    page = member.get(f"{address}/gui")
    assert [item.text for item in page.one("section", class_="gaps").iter("li")] == [
        "thiếu: Bảo quản",
        "thiếu: Hạn sử dụng",
    ]
    assert not [form for form in page.all("form") if (form.get("action") or "").endswith("/gui")]
    revision = draft_of(app, honey)
    assert revision
    forged = {"key": "k" * 12, "seen": str(revision.version), "reference": revision.reference}
    page = member.post(f"{address}/gui", forged, status=422)
    assert "Chưa gửi được, thiếu: Bảo quản; thiếu: Hạn sử dụng." in page.text
    assert draft_of(app, honey).state is RevisionState.DRAFT  # type: ignore[union-attr]


def test_what_was_written_meanwhile_is_not_sent_blindly(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    address = f"{base}/{honey.code}"
    write(member, f"{address}/sua/gioi-thieu", summary_vi="Ngọt")
    page = member.get(f"{address}/gui")
    write(member, f"{address}/sua/gioi-thieu", summary_vi="Đậm")
    page = press(member, page, "/gui", status=409)
    assert "Bản nháp vừa đổi ở nơi khác." in page.text
    assert draft_of(app, honey).state is RevisionState.DRAFT  # type: ignore[union-attr]


def test_a_draft_on_an_older_page_is_looked_at_again_before_it_is_sent(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    address = f"{base}/{honey.code}"
    write(member, f"{address}/sua/gioi-thieu", summary_vi="Ngọt")
    with changing(app):
        db.session.execute(update(Product).where(Product.id == honey.id).values(version=2, usage_vi="Pha nước"))
    page = member.get(f"{address}/gui")
    assert "Trang đang đăng đã đổi" in page.text
    page = press(member, page, "/xem-lai")
    assert press(member, page, "/gui").response.request.path == address


def test_the_preview_is_the_shops_page_with_the_drafts_words(
    app: Flask, member: PageClient, base: str, honey: Product, client: PageClient
) -> None:
    address = f"{base}/{honey.code}"
    write(member, f"{address}/sua/gioi-thieu", summary_vi="Ngọt lắm", description_vi="Một\n\nhai")
    added = {f"v1_{name}": value for name, value in SIZE.items()}
    write(member, f"{address}/sua/quy-cach", **added)
    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(Variant))
    page = member.get(f"{address}/xem-truoc")
    assert page.one("aside", class_="preview-ribbon")
    assert "Ngọt lắm" in page.text
    assert "hũ nhỏ 140.000 ₫" in page.text
    assert page.one("meta", name="robots").get("content") == "noindex"
    assert not page.all("form", class_="add")
    assert not page.all("link", rel="canonical")
    assert page.response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page.response.headers["Content-Security-Policy"]
    assert "no-store" in page.response.headers["Cache-Control"]
    assert "frame-src 'self'" in member.get(f"{address}/dien-thoai").response.headers["Content-Security-Policy"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Variant)) == before
    assert "Ngọt lắm" not in client.get("/san-pham/mat-ong-rung").text


def test_a_tour_can_be_looked_at_beforehand(maker: Callable[..., PageClient], world: World) -> None:
    browser = maker(world.household)
    page = browser.get(f"/nha-san-xuat/{world.household.code}/san-pham/{world.tour.code}/xem-truoc")
    assert "Một ngày ở làng rau" in page.text
    assert not page.all("form", class_="enquiry")


def test_a_new_page_is_written_from_nothing_previewed_and_sent(app: Flask, member: PageClient, base: str) -> None:
    form = member.get(f"{base}/moi").form("") | {"name_vi": "Nón lá", "group_code": "4.1"}
    address = member.post(f"{base}/moi", form).response.request.path
    page = member.get(f"{address}/xem-truoc")
    assert "Hãy ghi ít nhất một quy cách, rồi mới xem trước được." in page.text
    write(member, f"{address}/sua/gioi-thieu", summary_vi="Nón", description_vi="Nón lá làng")
    write(member, f"{address}/sua/quy-cach", **{f"v0_{name}": value for name, value in SIZE.items()})
    assert "Nón lá làng" in member.get(f"{address}/xem-truoc").text
    assert "thiếu ảnh mặt trước" in member.get(f"{address}/gui").text


def test_prices_change_at_once(app: Flask, member: PageClient, base: str, honey: Product, client: PageClient) -> None:
    with app.app_context():
        sku = variant_of(honey).sku
    address = f"{base}/{honey.code}/gia"
    form = member.get(address).form("") | {f"price-{sku}": "265.000 đ", f"low_stock-{sku}": "4"}
    page = member.post(address, form)
    assert "Đã đổi. Khách thấy giá mới ngay" in page.text
    assert page.form("")[f"price-{sku}"] == "265.000"
    assert "265.000 ₫" in client.get("/san-pham/mat-ong-rung").text
    assert "Đã đổi." not in member.post(address, form).text  # the same press again
    with app.app_context():
        variant = variant_of(honey)
        assert (variant.price, variant.low_stock) == (265_000, 4)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"price": "35k"}, "chai: Chưa đọc được số tiền, hãy viết đủ số như 35.000"),
        ({"price": ""}, "chai: Chưa ghi"),
        ({"price": "500"}, "chai: Phải từ 1.000 đến 1.000.000.000"),
        ({"low_stock": "-1"}, "chai: Hãy viết bằng số"),
        ({"low_stock": "99999"}, "chai: Phải từ 0 đến 9.999"),
    ],
)
def test_a_price_that_cannot_be_is_told_beside_it(
    app: Flask, member: PageClient, base: str, honey: Product, fields: dict[str, str], said: str
) -> None:
    with app.app_context():
        sku = variant_of(honey).sku
    address = f"{base}/{honey.code}/gia"
    form = member.get(address).form("") | {f"{name}-{sku}": value for name, value in fields.items()}
    page = member.post(address, form, status=422)
    assert said in page.one("div", class_="error-summary").itertext()
    with app.app_context():
        assert variant_of(honey).price == 250_000


def test_a_price_that_changed_meanwhile_is_shown_before_it_is_changed_again(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    with app.app_context():
        sku = variant_of(honey).sku
    address = f"{base}/{honey.code}/gia"
    form = member.get(address).form("") | {f"price-{sku}": "300.000"}
    with changing(app):
        db.session.execute(update(Variant).where(Variant.sku == sku).values(price=240_000))
    page = member.post(address, form, status=409)
    assert "Giá vừa đổi ở nơi khác." in page.text
    assert page.form("")[f"price-{sku}"] == "240.000"
    with app.app_context():
        assert variant_of(honey).price == 240_000
    member.post(address, page.form("") | {f"price-{sku}": "300.000"})
    with app.app_context():
        assert variant_of(honey).price == 300_000


def test_pages_cost_a_constant_number_of_queries(
    app: Flask, member: PageClient, base: str, world: World, honey: Product, count_statements: Any
) -> None:
    def cost(address: str) -> int:
        member.get(address)
        with count_statements() as sent:
            member.get(address)
        return len(sent)

    few = cost(base)
    with changing(app):
        for number in range(6):
            make_product(f"Trà {number}", producer=world.cooperative)
    assert cost(base) == few
    assert cost(f"{base}/{honey.code}") <= 12
    assert cost(f"{base}/{honey.code}/xem-truoc") <= 24


FIELDS = st.dictionaries(
    st.sampled_from(
        ["name_vi", "name_en", "group_code", "summary_vi", "description_vi", "allergens", "season", "shelf_life", "seen",
         "facility_expires_on", "video_url", "hs_code", "export_wish", "autosave", "more", "right_name_en",
         *(f"v{n}_{name}" for n in (0, 1, 2, 11, 99) for name in (*SIZE, "sku", "active", "drop"))]
    ),
    st.text(max_size=60).filter(lambda text: "\0" not in text) | st.sampled_from([*SIZE.values(), *HOSTILE, "y", "1", "-1"]),
    max_size=14,
)  # fmt: skip


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(section=st.sampled_from([section.slug for section in OF_PRODUCT]), fields=FIELDS)
def test_whatever_is_sent_is_kept_or_told_and_never_half_done(
    app: Flask, member: PageClient, base: str, honey: Product, section: str, fields: dict[str, str]
) -> None:
    address = f"{base}/{honey.code}/sua/{section}"
    before = values_of(app, honey)
    answer = member.raw.post(address, data=member.get(address).form("") | fields)
    assert answer.status_code in (200, 303, 409, 422), answer.status_code
    after = values_of(app, honey)
    if answer.status_code in (409, 422) and "autosave" not in fields:
        assert after == before
    with app.app_context():
        product = db.session.get_one(Product, honey.id)
        assert (product.version, product.name_vi) == (1, "Mật ong rừng")


def test_an_allergen_that_is_named_and_not_marked_is_pointed_at_before_sending(
    app: Flask, member: PageClient, base: str, honey: Product
) -> None:
    write(member, f"{base}/{honey.code}/sua/gioi-thieu", summary_vi="Ngọt và thơm.")
    assert "Dị ứng chưa đánh dấu" not in member.get(f"{base}/{honey.code}/gui").text
    with changing(app):
        db.session.get_one(Product, honey.id).ingredients_vi = "Mật ong, mè rang"
    assert "Dị ứng chưa đánh dấu “mè”: chưa đánh dấu mè" in member.get(f"{base}/{honey.code}/gui").text
