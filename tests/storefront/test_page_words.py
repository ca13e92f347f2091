"""Words about pages in the making."""

from typing import Any

import pytest
from flask import Flask

from catalog.claims import Why
from catalog.errors import Invalid
from catalog.page_fields import FIELDS, Gap, Lack, PageField, PageKind, Policy, read
from catalog.products import ProductState
from catalog.revisions import Change, RevisionState
from storefront import page_words

REVIEWED = [field for field in FIELDS if field.policy is Policy.REVIEWED]
SIZE = {
    "sku": None, "unit_vi": "chai", "unit_en": "", "net_amount": 500, "net_unit": "ml", "gross_g": 700, "length_mm": 70,
    "width_mm": 70, "height_mm": 200, "gtin": None, "active": True, "price": 125_000,
}  # fmt: skip


@pytest.mark.parametrize("field", REVIEWED, ids=lambda field: f"{field.page}.{field.name}")
def test_every_field_has_a_name_of_its_own(app: Flask, field: PageField) -> None:
    with app.test_request_context():
        said = page_words.field_name(field.name)
        assert said != field.name
        assert said.endswith("tiếng Anh") == bool(field.translates)


def test_every_state_lack_and_reason_has_words(app: Flask) -> None:
    with app.test_request_context():
        for state in RevisionState:
            assert page_words.state_name(state)
        for product_state in ProductState:
            assert page_words.page_state_name(product_state)
        for lack in Lack:
            assert page_words.gap_words(Gap("pictures", lack, False), "1.2b")
        assert {why.value for why in Why} == {"cures", "disease", "authority", "promise"}


def test_gaps_are_named_for_what_it_is(app: Flask) -> None:
    with app.test_request_context():
        back = Gap("pictures", Lack.SECOND_PICTURE, False)
        assert page_words.gap_words(back, "1.2b") == "thiếu ảnh mặt sau nhãn"
        assert page_words.gap_words(back, "4.1") == "thiếu ảnh thứ hai, chụp gần"
        assert page_words.gap_words(Gap("summary_vi", Lack.EMPTY, True)) == "thiếu: Tóm tắt"
        assert page_words.gap_words(Gap("name_en", Lack.STALE, False)) == (
            "tiếng Việt đã đổi, xem lại: Tên sản phẩm, tiếng Anh"
        )


def test_claims_are_said_once_each(app: Flask) -> None:
    with app.test_request_context():
        said = page_words.claims_in({"group_code": "1.2b", "summary_vi": "chữa ho, chữa ho, ung thư"})
        assert said == {"summary_vi": ["“chữa”: nói như thuốc chữa bệnh", "“ung thư”: nhắc tên bệnh"]}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Invalid("name_vi", "too_long", limit=160, length=200), "Dài 200 ký tự, tối đa 160"),
        (Invalid("price", "out_of_range", low=1000, high=1_000_000_000), "Phải từ 1.000 đến 1.000.000.000"),
        (Invalid("variants", "taken", owner="QN001-1"), "Đã là của quy cách QN001-1"),
        (Invalid("x", "shape"), "Chưa đúng, hãy xem lại"),
        (Invalid("x", "never heard of", limit=None), "Chưa đúng, hãy xem lại"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(app: Flask, error: Invalid, said: str) -> None:
    with app.test_request_context():
        assert page_words.refusal(error) == said


@pytest.mark.parametrize(
    ("name", "value", "words", "typed"),
    [
        ("facility_expires_on", "2027-03-01", ["01/03/2027"], "01/03/2027"),
        ("alcohol_percent", "29.5", ["29,5 %"], "29,5"),
        ("shelf_life", "12m", ["12 tháng"], "12 tháng"),
        ("allergens", ["peanut", "milk"], ["đậu phụng, sữa"], ["peanut", "milk"]),
        ("season", ["3", "4"], ["3, 4"], ["3", "4"]),
        ("group_code", "1.2b", ["1.2b Mật ong và nông sản khô"], "1.2b"),
        ("description_vi", "Một\n\nhai", ["Một", "hai"], "Một\n\nhai"),
        ("export_wish", True, ["Có"], True),
        ("summary_vi", "", [], ""),
        ("allergens", [], [], []),
    ],
)
def test_values_are_read_by_people_and_typed_back(
    app: Flask, name: str, value: Any, words: list[str], typed: Any
) -> None:
    with app.test_request_context():
        assert page_words.value_words(PageKind.PRODUCT, name, value) == words
        assert page_words.typed(PageKind.PRODUCT, name, value) == typed
        assert read(PageKind.PRODUCT, name, typed) == value


def test_sizes_and_pictures_are_told_in_a_line_each(app: Flask) -> None:
    picture = {"stem": "a", "alt_vi": "", "alt_en": "", "focus": 5, "credit": "Lan", "consent": False}
    with app.test_request_context():
        (line,) = page_words.value_words(PageKind.PRODUCT, "variants", [SIZE])
        assert line.replace("\u00a0", " ") == "Mới: chai · 500 ml · nặng 700 g · 70 × 70 × 200 mm · 125.000 ₫"
        (other,) = page_words.value_words(PageKind.PRODUCT, "pictures", [picture])
        assert other == "chưa có lời tả (ảnh: Lan) (chưa xác nhận được phép dùng)"


def test_a_change_is_told_with_both_sides(app: Flask) -> None:
    with app.test_request_context():
        told = page_words.change_words(PageKind.PRODUCER, Change("members", None, 12))
        assert told == ("Số thành viên", [], ["12"])
