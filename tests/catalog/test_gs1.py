"""Numbers under bar codes, and the links that carry them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import gs1

REAL = "8930000000019"
"""Right by its check digit; nobody's, as far as the tests know."""


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (REAL, "08930000000019"),
        ("08930000000019", "08930000000019"),
        ("18930000000016", "18930000000016"),
        ("96385074", "00000096385074"),
        ("012345678905", "00012345678905"),
    ],
)
def test_a_number_is_read_as_fourteen_digits(text: str, whole: str) -> None:
    assert gs1.read_gtin(text) == whole


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "8930000000018", "893000000001", "89300000000191", "８９３００００００００１９", "893 000000001", "abcdefghijklm",
        "-930000000019", "0" * 14, "0" * 8, "9" * 1000,
        "09521234543213",  # of GS1's examples
        "2000000000008", "0200000000002", "0400000000000",  # used inside a shop
        "9900000000004",  # a coupon
        "00000027", "20000004",  # eight digits inside a shop
    ],
)  # fmt: skip
def test_what_is_no_number_of_a_company_is_not_read(text: str) -> None:
    assert gs1.read_gtin(text) is None


def test_a_number_may_be_stored_in_several_lengths() -> None:
    assert gs1.spellings("08930000000019") == (REAL, "08930000000019")
    assert gs1.spellings("00000096385074") == ("96385074", "000096385074", "0000096385074", "00000096385074")
    assert gs1.spellings("18930000000016") == ("18930000000016",)


def test_a_link_names_number_and_lot_and_escapes_what_is_not_plain() -> None:
    shop = "https://shop.example"
    assert gs1.link(shop, "08930000000019", "L-01") == f"{shop}/01/08930000000019/10/L-01"
    assert gs1.link(shop, "08930000000019", "A/1+2?%") == f"{shop}/01/08930000000019/10/A%2F1%2B2%3F%25"


@pytest.mark.parametrize("lot", ["", "Lô 1", "L 1", "x" * 21, "L\n1", "L#1", "Ư1"])
def test_a_lot_that_gs1_cannot_hold_has_no_link(lot: str) -> None:
    assert gs1.link("https://shop.example", "08930000000019", lot) is None


@given(st.text(max_size=20))
def test_nothing_that_is_typed_breaks_the_reading(text: str) -> None:
    whole = gs1.read_gtin(text)
    assert whole is None or (len(whole) == 14 and whole.isdigit() and text in gs1.spellings(whole))
