"""What a revision changes, as people compare it."""

from typing import Any

import pytest
from flask import Flask

from catalog.page_fields import PageKind
from catalog.revisions import Change
from storefront import differences
from storefront.differences import Difference, Part, Piece

SAME, GONE, NEW = Part.SAME, Part.GONE, Part.NEW
SIZE = {
    "sku": "QN001-1", "unit_vi": "chai", "unit_en": "bottle", "net_amount": 500, "net_unit": "ml", "gross_g": 700,
    "length_mm": 100, "width_mm": 100, "height_mm": 200, "gtin": None, "active": True,
}  # fmt: skip


def picture(stem: str, alt: str) -> dict[str, Any]:
    return {"stem": stem, "alt_vi": alt, "alt_en": "", "focus": 5, "credit": "", "consent": True}


def difference(app: Flask, field: str, before: Any, after: Any, **facts: Any) -> Difference:
    with app.test_request_context():
        changes = [Change(field, before, after)]
        (found,) = differences.of(PageKind.PRODUCT, changes, claims=facts.pop("claims", {}), folder="/van-phong/hinh/X")
    return found


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("mật ong rừng", "mật ong rừng", [(SAME, "mật ong rừng")]),
        ("mật ong rừng", "mật ong núi", [(SAME, "mật ong"), (GONE, "rừng"), (NEW, "núi")]),
        ("mật rừng", "mật ong rừng", [(SAME, "mật"), (NEW, "ong"), (SAME, "rừng")]),
        ("a b c d", "a x y d", [(SAME, "a"), (GONE, "b c"), (NEW, "x y"), (SAME, "d")]),
        ("mật", "mật ong", [(SAME, "mật"), (NEW, "ong")]),
        ("", "mới", [(NEW, "mới")]),
        ("cũ", "", [(GONE, "cũ")]),
        ("", "", []),
    ],
)
def test_text_is_compared_by_words(before: str, after: str, pieces: list[tuple[Part, str]]) -> None:
    assert differences.words(before, after) == tuple(Piece(part, text) for part, text in pieces)


def test_nothing_is_lost_or_made_up() -> None:
    before = "Tháng ba, cả nóc theo ong lên rừng. Mật chia đều cho từng bếp, để dành một phần."
    after = "Tháng ba cả nóc lên rừng theo ong. Mật chia cho từng bếp, không để dành phần nào hết."
    pieces = differences.words(before, after)
    assert " ".join(piece.text for piece in pieces if piece.part is not NEW) == before
    assert " ".join(piece.text for piece in pieces if piece.part is not GONE) == after


def test_a_very_long_paragraph_is_shown_whole() -> None:
    before, after = " ".join(["mật"] * 801), " ".join(["ong"] * 801)
    assert [piece.part for piece in differences.words(before, after)] == [GONE, NEW]


def test_paragraphs_that_came_and_went_are_told_apart(app: Flask) -> None:
    found = difference(app, "description_vi", "Một.\n\nHai cũ.\n\nBa.", "Một.\n\nHai mới.\n\nBa.\n\nBốn.")
    assert [(line.part, line.changed) for line in found.lines] == [
        (SAME, False),
        (SAME, True),
        (SAME, False),
        (NEW, True),
    ]
    assert found.lines[1].pieces == (Piece(SAME, "Hai"), Piece(GONE, "cũ."), Piece(NEW, "mới."))
    assert not found.first


def test_a_field_that_was_empty_is_told_as_such(app: Flask) -> None:
    found = difference(app, "usage_vi", "", "Pha với nước ấm.", claims={"usage_vi": ["nói như thuốc"]})
    assert (found.name, found.first, found.claims) == ("Cách dùng", True, ("nói như thuốc",))
    assert [line.part for line in found.lines] == [NEW]


def test_values_stand_side_by_side(app: Flask) -> None:
    allergens = difference(app, "allergens", ["peanut"], ["peanut", "sesame"])
    assert (allergens.before, allergens.after) == (("đậu phụng",), ("đậu phụng, mè",))
    life = difference(app, "shelf_life", "12m", "")
    assert (life.before, life.after) == (("12 tháng",), ())
    wish = difference(app, "export_wish", False, True)
    assert (wish.before, wish.after) == (("Không",), ("Có",))


def test_sizes_are_compared_by_their_sku(app: Flask) -> None:
    heavier = SIZE | {"gross_g": 750}
    new = SIZE | {"sku": None, "unit_vi": "hũ", "price": 90_000}
    found = difference(app, "variants", [SIZE], [new, heavier])
    assert [line.part for line in found.lines] == [NEW, SAME]
    assert found.lines[0].pieces[0].text.startswith("hũ · bottle · ")
    assert [piece.text for piece in found.lines[1].pieces if piece.part is NEW] == ["750\u00a0g"]


def test_pictures_stand_beside_each_other_with_what_is_said_of_them(app: Flask) -> None:
    before = [picture("a", "Mặt trước"), picture("b", "Mặt sau")]
    after = [picture("c", "Lúc rót"), picture("a", "Mặt trước chai")]
    found = difference(app, "pictures", before, after)
    assert [(shown.picture.stem, shown.part) for shown in found.old] == [("a", SAME), ("b", GONE)]
    assert [(shown.picture.stem, shown.part) for shown in found.new] == [("c", NEW), ("a", SAME)]
    assert found.new[1].words == (Piece(SAME, "Mặt trước"), Piece(NEW, "chai"))
    assert {shown.picture.folder for shown in (*found.old, *found.new)} == {"/van-phong/hinh/X"}


def test_the_english_words_of_a_picture_are_compared_too(app: Flask) -> None:
    before, after = picture("a", "Mặt trước"), picture("a", "Mặt trước") | {"alt_en": "The front"}
    found = difference(app, "pictures", [before], [after])
    assert found.new[0].words == (Piece(SAME, "Mặt trước"), Piece(NEW, "· The front"))
