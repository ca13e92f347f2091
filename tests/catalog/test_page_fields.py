"""What a page's fields take, and how whole a page is."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import Forbidden, Invalid
from catalog.page_fields import (
    FIELDS,
    FieldKind,
    Gap,
    Lack,
    PageKind,
    Policy,
    completeness,
    get_field,
    of_page,
    read,
)
from catalog.producers import Producer
from catalog.products import Product

PRODUCT, PRODUCER = PageKind.PRODUCT, PageKind.PRODUCER
BOTTLE = {
    "sku": None, "unit_vi": "chai", "unit_en": "", "net": "0,5 l", "gross_g": "700", "length_mm": "70", "width_mm": "70",
    "height_mm": "200", "gtin": "", "price": "125.000 đ",
}  # fmt: skip
PICTURE = {"stem": "abc123", "alt_vi": "Chai mật ong", "alt_en": "", "focus": 5, "credit": "", "consent": True}
WHOLE: dict[str, Any] = {
    "name_vi": "Mật ong", "name_en": "Honey", "group_code": "1.2b", "summary_vi": "Ngọt", "summary_en": "Sweet",
    "description_vi": "Của rừng", "description_en": "Of the wood", "ingredients_vi": "Mật", "ingredients_en": "Honey",
    "allergens": [], "storage_vi": "Nơi mát", "storage_en": "Cool", "usage_vi": "Pha", "usage_en": "Stir",
    "shelf_life": "24m", "season": [], "declaration": "02/THU/2026", "facility": "15/THU", "alcohol_percent": "",
    "facility_expires_on": "2027-03-01", "alcohol_licence": "", "video_url": "", "hs_code": "040900", "export_wish": False,
    "variants": [{"sku": "A", "active": True}],
    "pictures": [PICTURE, PICTURE | {"stem": "b"}, PICTURE | {"stem": "c"}],
}  # fmt: skip


def test_a_field_is_named_once_on_its_page() -> None:
    names = [(field.page, field.name) for field in FIELDS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("page", "model"), [(PRODUCT, Product), (PRODUCER, Producer)])
def test_every_reviewed_field_is_a_column_or_rows(page: PageKind, model: Any) -> None:
    rows = {FieldKind.VARIANTS, FieldKind.PICTURES}
    columns = {column.key: column for column in model.__mapper__.column_attrs}
    for field in of_page(page, Policy.REVIEWED):
        assert (field.kind in rows) != (field.name in columns), field.name
        length = getattr(columns[field.name].columns[0].type, "length", None) if field.name in columns else None
        assert length is None or field.longest <= length, field.name


@pytest.mark.parametrize("name", ["stars", "certificates", "state", "code", "slug", "version", "producer_id", "price"])
def test_what_is_not_reviewed_cannot_be_read_into_a_revision(name: str) -> None:
    with pytest.raises(Forbidden):
        read(PRODUCT, name, "5")


def test_a_field_of_the_other_page_is_unknown() -> None:
    for page, name in ((PRODUCT, "story_vi"), (PRODUCER, "summary"), (PRODUCER, "pictures"), (PRODUCT, "__class__")):
        with pytest.raises(Invalid) as refused:
            read(page, name, "x")
        assert (refused.value.field, refused.value.reason) == (name, "unknown")


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("name_vi", "  Mật   ong\u202e rừng\x00 ", "Mật ong rừng"),
        ("name_vi", "Ma\u0323\u0302t ong", "Mật ong"),
        ("name_vi", "<b>Mật</b> & <script>", "<b>Mật</b> & <script>"),
        ("description_vi", "Một\r\nhai\r\n\r\n\r\nba\u2066", "Một hai\n\nba"),
        ("description_vi", "", ""),
        ("group_code", "1.3C", "1.3c"),
        ("allergens", ["nuts", "peanut", "nuts"], ["peanut", "nuts"]),
        ("allergens", [], []),
        ("allergens", None, []),
        ("season", "3|1", ["1", "3"]),
        ("shelf_life", "1 năm", "12m"),
        ("hs_code", "0409.00", "040900"),
        ("facility_expires_on", "1/3/2027", "2027-03-01"),
        ("facility_expires_on", "", ""),
        ("alcohol_percent", "29,5 %", "29.5"),
        ("alcohol_percent", "40", "40"),
        ("alcohol_percent", "", ""),
        ("export_wish", "y", True),
        ("export_wish", "", False),
        ("export_wish", None, False),
        ("video_url", "https://www.youtube.com/watch?v=abc", "https://www.youtube.com/watch?v=abc"),
        ("video_url", "https://youtu.be/abc", "https://youtu.be/abc"),
        ("video_url", "", ""),
    ],
)
def test_what_is_typed_becomes_a_value_that_stays_itself(name: str, raw: Any, value: Any) -> None:
    assert read(PRODUCT, name, raw) == value
    assert read(PRODUCT, name, value) == value


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("name_vi", "x" * 161, "too_long"),
        ("summary_vi", "x" * 201, "too_long"),
        ("description_vi", "x" * 20_001, "too_long"),
        ("name_vi", ["a"], "shape"),
        ("name_vi", {"a": 1}, "shape"),
        ("name_vi", True, "shape"),
        ("group_code", "5.1", "unknown"),
        ("group_code", "9", "unknown"),
        ("allergens", ["bee"], "choice"),
        ("allergens", [1], "choice"),
        ("season", ["13"], "months"),
        ("shelf_life", "lâu", "shelf_life"),
        ("hs_code", "12", "hs_code"),
        ("facility_expires_on", "31/2/2027", "day"),
        ("alcohol_percent", "101", "out_of_range"),
        ("alcohol_percent", "29,55", "out_of_range"),
        ("export_wish", "maybe", "yes_no"),
        ("variants", "x", "shape"),
        ("variants", [1], "shape"),
        ("variants", [BOTTLE] * 13, "too_many"),
        ("pictures", [PICTURE] * 9, "too_many"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(name: str, raw: Any, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(PRODUCT, name, raw)
    assert (refused.value.field, refused.value.reason) == (name, reason)


@pytest.mark.parametrize(
    "link",
    [
        "http://www.youtube.com/watch?v=abc", "javascript:alert(1)", "https://evil.example/www.youtube.com",
        "https://www.youtube.com@evil.example/x", "https://www.youtube.com:8443/x", "https://www.youtube.com",
        "https://www.youtube.com/", "//www.youtube.com/x", "https://www.youtube.com/a b", 'https://youtu.be/"onload=x',
        "https://youtu.be/<script>", "https://[::1/x", "https://youtube.com.evil.example/x", "data:text/html,x",
        "https://www.youtube.com\\@evil.example/x", "https://youtu.be/\u0430", "www.youtube.com/x",
    ],
)  # fmt: skip
def test_a_video_is_a_plain_https_link_to_a_host_we_know(link: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(PRODUCT, "video_url", link)
    assert refused.value.reason == "video"


def test_a_new_size_has_a_price_and_one_that_exists_has_none() -> None:
    new, old = read(
        PRODUCT, "variants", [BOTTLE, BOTTLE | {"sku": "qn001-1", "active": ""}, {"sku": "", "unit_vi": ""}]
    )
    assert new == {
        "sku": None, "unit_vi": "chai", "unit_en": "", "net_amount": 500, "net_unit": "ml", "gross_g": 700,
        "length_mm": 70, "width_mm": 70, "height_mm": 200, "gtin": None, "active": True, "price": 125_000,
    }  # fmt: skip
    assert (old["sku"], old["active"]) == ("QN001-1", False)
    assert "price" not in old
    assert read(PRODUCT, "variants", [new, old]) == [new, old]


@pytest.mark.parametrize(
    ("facts", "reason", "column"),
    [
        ({"unit_vi": ""}, "required", "unit_vi"),
        ({"net": "1.500 g"}, "ambiguous", "net"),
        ({"net": ""}, "required", "net"),
        ({"gross_g": "0"}, "not_positive", "gross_g"),
        ({"net": "1 kg", "gross_g": "900"}, "lighter_than_net", "gross_g"),
        ({"length_mm": "abc"}, "number", "length_mm"),
        ({"width_mm": "10001"}, "out_of_range", "width_mm"),
        ({"gtin": "8930000000001"}, "gtin", "gtin"),
        ({"price": "35k"}, "money", "price"),
        ({"price": ""}, "required", "price"),
        ({"price": "-5"}, "not_positive", "price"),
        ({"sku": "?"}, "code", "sku"),
    ],
)
def test_what_is_wrong_with_a_size_is_said_of_its_row_and_column(
    facts: dict[str, str], reason: str, column: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read(PRODUCT, "variants", [BOTTLE, BOTTLE | facts])
    wrong = refused.value
    assert (wrong.field, wrong.reason, wrong.facts["row"], wrong.facts["column"]) == ("variants", reason, 1, column)


def test_two_sizes_cannot_share_a_bar_code() -> None:
    twice = BOTTLE | {"gtin": "4006381333931"}
    with pytest.raises(Invalid) as refused:
        read(PRODUCT, "variants", [twice, twice])
    assert (refused.value.reason, refused.value.facts) == ("repeated", {"row": 1, "column": "gtin"})


def test_a_picture_keeps_its_words_and_its_middle() -> None:
    bare = {"stem": "abc123", "alt_vi": " Chai ", "consent": "y"}
    assert read(PRODUCT, "pictures", [bare]) == [PICTURE | {"alt_vi": "Chai"}]
    assert read(PRODUCT, "pictures", [PICTURE]) == [PICTURE]


@pytest.mark.parametrize(
    ("facts", "column"),
    [({"stem": "../x"}, "stem"), ({"stem": None}, "stem"), ({"focus": 10}, "focus"), ({"alt_vi": "x" * 201}, "alt_vi"),
     ({"credit": "x" * 121}, "credit")],
)  # fmt: skip
def test_a_picture_that_cannot_be_is_refused(facts: dict[str, Any], column: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(PRODUCT, "pictures", [PICTURE | facts])
    assert refused.value.facts["column"] == column


def test_a_whole_page_lacks_nothing() -> None:
    whole = completeness(PRODUCT, WHOLE)
    assert (whole.percent, whole.gaps) == (100, ())


def test_each_gap_is_named_and_the_needed_ones_come_first() -> None:
    page = completeness(
        PRODUCT, WHOLE | {"summary_vi": "", "usage_en": "", "pictures": [PICTURE | {"consent": False, "alt_vi": ""}]},
        stale=["name_en"],
    )  # fmt: skip
    assert page.gaps == (
        Gap("summary_vi", Lack.EMPTY, True),
        Gap("pictures", Lack.CONSENT, True),
        Gap("name_en", Lack.STALE, False),
        Gap("usage_en", Lack.UNTRANSLATED, False),
        Gap("pictures", Lack.SECOND_PICTURE, False),
        Gap("pictures", Lack.THIRD_PICTURE, False),
        Gap("pictures", Lack.ALT, False),
    )
    assert page.missing == page.gaps[:2]
    assert page.percent == 76  # 16 of 21


def test_what_a_page_needs_follows_its_group() -> None:
    def missing(group: str) -> set[str]:
        bare = completeness(PRODUCT, {"group_code": group, "name_vi": "X"})
        return {gap.field for gap in bare.missing}

    everywhere = {"summary_vi", "description_vi", "variants", "pictures"}
    food = everywhere | {"ingredients_vi", "storage_vi", "shelf_life"}
    assert missing("4.1") == missing("6.1") == everywhere
    assert missing("1.2b") == food
    assert missing("3.1") == food | {"declaration"}
    assert missing("2.1a") == food | {"alcohol_percent", "alcohol_licence"}


def test_a_picture_that_is_shown_already_needs_no_consent_again() -> None:
    old = WHOLE | {"pictures": [PICTURE | {"consent": False}]}
    assert completeness(PRODUCT, old, known_stems={"abc123"}).missing == ()


def test_a_size_that_is_no_longer_sold_does_not_make_a_page() -> None:
    ended = WHOLE | {"variants": [{"sku": "A", "active": False}]}
    assert [gap.field for gap in completeness(PRODUCT, ended).missing] == ["variants"]


def test_a_producers_page_needs_a_way_to_reach_them() -> None:
    page = completeness(PRODUCER, {"summary_vi": "Làng", "phone": "", "email": "", "address_vi": "", "story_vi": "x"})
    assert {gap.field for gap in page.missing} == {"phone", "email", "address_vi"}
    assert Gap("story_en", Lack.UNTRANSLATED, False) in page.gaps


def test_policies_say_who_changes_what() -> None:
    assert get_field(PRODUCT, "price").policy is get_field(PRODUCT, "low_stock").policy is Policy.AT_ONCE
    assert get_field(PRODUCER, "name_vi").policy is Policy.NEVER
    assert {field.name for field in of_page(PRODUCT) if field.policy is Policy.NEVER} >= {"stars", "state", "slug"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False) | st.just(date(2026, 1, 1)),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*BOTTLE, *PICTURE, "x"]), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(field=st.sampled_from([f for f in FIELDS if f.policy is Policy.REVIEWED]), raw=anything)
def test_anything_is_read_or_refused_and_what_was_read_stays_itself(field: Any, raw: Any) -> None:
    try:
        value = read(field.page, field.name, raw)
    except Invalid:
        return
    assert read(field.page, field.name, value) == value
