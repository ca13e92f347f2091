"""Words for the domain's codes."""

import pytest
from flask import Flask

from storefront import wording


@pytest.mark.parametrize(
    ("months", "now", "said"),
    [
        ((), 5, None),
        ((4, 5, 6), 5, "Đang vào mùa"),
        ((2, 3, 4, 5, 6, 7, 8), 11, "Mùa chính: tháng 2–8"),
        ((12, 1, 2), 5, "Mùa chính: tháng 1–2, 12"),
        ((3, 7, 8), 5, "Mùa chính: tháng 3, 7–8"),
        ((9,), 5, "Mùa chính: tháng 9"),
    ],
)
def test_a_season_is_said_in_runs_of_months(app: Flask, months: tuple[int, ...], now: int, said: str | None) -> None:
    with app.test_request_context():
        assert wording.season_words(months, now) == said
