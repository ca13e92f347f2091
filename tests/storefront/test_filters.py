"""How values read on a page."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask

from catalog.money import Money
from storefront import filters


@pytest.mark.parametrize(
    ("minor", "text"),
    [(0, "0\u00a0₫"), (950, "950\u00a0₫"), (285_000, "285.000\u00a0₫"), (3_000_000_000, "3.000.000.000\u00a0₫")],
)
def test_money_has_dots_and_its_sign_after_a_fixed_blank(minor: int, text: str) -> None:
    assert filters.money(Money(minor)) == text


def test_money_of_an_unknown_currency_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        filters.money(Money(100, "XXX"))


def test_days_and_instants_are_vietnams() -> None:
    late = datetime(2026, 11, 25, 17, 5, tzinfo=UTC)
    assert filters.day(date(2026, 11, 5)) == "05/11/2026"
    assert filters.moment(late) == "00:05 26/11/2026"
    assert filters.clock(late) == "00:05"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 23), "thứ Hai 23/11"),
        (date(2026, 11, 25), "thứ Tư 25/11"),
        (date(2026, 12, 5), "thứ Bảy 5/12"),
        (date(2026, 11, 29), "Chủ nhật 29/11"),
    ],
)
def test_a_near_day_is_named_by_its_weekday(app: Flask, day: date, words: str) -> None:
    with app.test_request_context():
        assert filters.weekday_day(day) == words


@pytest.mark.parametrize(
    ("km", "text"),
    [
        (0.0, "0\u00a0m"),
        (0.84, "850\u00a0m"),
        (0.99, "1\u00a0km"),
        (1.0, "1\u00a0km"),
        (3.24, "3,2\u00a0km"),
        (9.97, "10\u00a0km"),
        (41.4, "41\u00a0km"),
        (1234.0, "1.234\u00a0km"),
    ],
)
def test_a_distance_is_as_exact_as_it_is_near(km: float, text: str) -> None:
    assert filters.km(km) == text


@pytest.mark.parametrize(
    ("grams", "text"),
    [
        (750, "750\u00a0g"),
        (1000, "1\u00a0kg"),
        (1500, "1,5\u00a0kg"),
        (12_345, "12,345\u00a0kg"),
        (100_000, "100\u00a0kg"),
    ],
)
def test_a_weight_is_told_in_kilograms_from_one(grams: int, text: str) -> None:
    assert filters.grams(grams) == text


@pytest.mark.parametrize(("value", "text"), [("8", "8\u00a0%"), ("10.0", "10\u00a0%"), ("7.5", "7,5\u00a0%")])
def test_a_rate_has_no_needless_zeros(value: str, text: str) -> None:
    assert filters.percent(Decimal(value)) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("0912345678", "0912 345 678"),
        ("0912 345 678", "0912 345 678"),
        ("02350002001", "02350002001"),
        ("+84912345678", "+84912345678"),
        ("", ""),
    ],
)
def test_a_mobile_number_is_read_in_three_groups(given: str, text: str) -> None:
    assert filters.phone(given) == text
