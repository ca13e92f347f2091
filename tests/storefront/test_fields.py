"""What forms carry back, read."""

import pytest

from storefront.fields import read_version


@pytest.mark.parametrize(("text", "version"), [("0", 0), ("7", 7), ("007", 7), ("9" * 9, 999_999_999)])
def test_a_version_is_a_short_plain_number(text: str, version: int) -> None:
    assert read_version(text) == version


@pytest.mark.parametrize("text", [None, "", " ", "-1", "x", "1.0", "٣", "²", "9" * 10, "0" * 10, "9" * 5000])
def test_what_no_version_is_never_was_one(text: str | None) -> None:
    assert read_version(text) == -1
