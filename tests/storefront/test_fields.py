"""What the forms of several faces share: numbers that a page gave to its own form."""

import pytest

from storefront import fields


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("12", 12), ("9" * 15, 10**15 - 1), ("9" * 16, None), ("9" * 5000, None)]
    + [(text, None) for text in (None, "", " 1", "-1", "1.0", "٣", "²", "1e3")],
)
def test_a_number_of_one_s_own_page_is_digits_that_both_databases_hold(text: str | None, number: int | None) -> None:
    assert fields.whole(text) == number
