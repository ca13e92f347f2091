"""Numbers as people write them into cells. Pure."""

import unicodedata
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import Invalid
from catalog.importing import amounts
from catalog.importing.changes import Reason


def refused(parser: Callable[[str], object], raw: str) -> str:
    with pytest.raises(Invalid) as caught:
        parser(raw)
    return caught.value.reason


@pytest.mark.parametrize(
    "raw",
    [
        "35000", " 35000 ", "35.000", "35,000", "35 000", "35\u00a0000", "35.000 đ", "35.000đ", "35.000 ₫", "₫35,000",
        "35.000 VNĐ", "35,000 vnd", "35.000 đồng", unicodedata.normalize("NFD", "35.000 đồng"), "35.000,00 đ",
        "35,000.00", "VND 35,000",
    ],
)  # fmt: skip
def test_a_price_is_understood_as_people_write_it(raw: str) -> None:
    assert amounts.dong(raw) == 35_000


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", Reason.REQUIRED), ("35k", Reason.MONEY), ("35 nghìn", Reason.MONEY), ("35.000đ/kg", Reason.MONEY),
        ("35.00", Reason.CENTS), ("35000.0", Reason.CENTS), ("35.000,50", Reason.CENTS), ("3.5000", Reason.MONEY),
        ("35.000,000", Reason.MONEY), ("0.350", Reason.MONEY), ("٣٥٠٠٠", Reason.MONEY), ("=35000", Reason.MONEY),
        ("0", Reason.NOT_POSITIVE), ("-35.000", Reason.NOT_POSITIVE), ("125", Reason.OUT_OF_RANGE),
        ("10.000.000.000", Reason.OUT_OF_RANGE), ("liên hệ", Reason.MONEY),
    ],
)  # fmt: skip
def test_a_price_that_could_be_another_is_refused(raw: str, reason: Reason) -> None:
    assert refused(amounts.dong, raw) == reason


@given(st.integers(amounts.MIN_PRICE, amounts.MAX_PRICE), st.sampled_from("., "))
def test_every_price_is_read_as_it_is_grouped(price: int, sign: str) -> None:
    assert amounts.dong(f"{price:,}".replace(",", sign)) == price


@pytest.mark.parametrize(
    ("raw", "amount", "unit"),
    [
        ("400gr", 400, "g"), ("400 g", 400, "g"), ("0,4 kg", 400, "g"), ("0.400 kg", 400, "g"), ("1.5 kg", 1500, "g"),
        ("2 ký", 2000, "g"), ("500ml", 500, "ml"), ("1 lít", 1000, "ml"), ("1 l", 1000, "ml"), ("0,33 L", 330, "ml"),
        (unicodedata.normalize("NFD", "1 lít"), 1000, "ml"), ("2 cái", 2, "piece"), ("1 piece", 1, "piece"),
        ("1 bộ", 1, "set"), ("1 m", 1, "m"), ("1 person", 1, "person"), ("2 khách", 2, "person"),
    ],
)  # fmt: skip
def test_net_content_is_understood_in_its_usual_spellings(raw: str, amount: int, unit: str) -> None:
    assert amounts.measure(raw) == amounts.Measure(amount, unit)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("1.500 g", Reason.AMBIGUOUS), ("1,500 kg", Reason.AMBIGUOUS), ("400", Reason.MEASURE), ("kg", Reason.MEASURE),
        ("5 gói", Reason.MEASURE), ("0,5 g", Reason.NOT_WHOLE), ("0 g", Reason.OUT_OF_RANGE), ("1kg5", Reason.MEASURE),
        ("-1 kg", Reason.MEASURE), ("1..5 kg", Reason.NUMBER), ("6 x 50 g", Reason.MEASURE), ("", Reason.REQUIRED),
    ],
)  # fmt: skip
def test_net_content_that_could_be_another_is_refused(raw: str, reason: Reason) -> None:
    assert refused(amounts.measure, raw) == reason


@pytest.mark.parametrize("raw", ["1060", "1.060", "1,06 kg", "1060 g", "1060gr"])
def test_a_weight_without_a_unit_is_grams(raw: str) -> None:
    assert amounts.grams(raw) == 1060


def test_a_number_as_long_as_a_book_is_refused_at_once() -> None:
    for parser in (amounts.dong, amounts.measure, amounts.grams, amounts.whole(0, 9), amounts.degrees(8, 24)):
        assert refused(parser, "1." * 60_000) == Reason.TOO_LONG


def test_a_weight_in_litres_is_refused() -> None:
    assert refused(amounts.grams, "1 l") == Reason.MEASURE


def test_a_coordinate_has_a_comma_or_a_point_and_lies_in_vietnam() -> None:
    assert amounts.degrees(8, 24)("15,5642") == amounts.degrees(8, 24)("15.5642") == 15.5642
    assert refused(amounts.degrees(8, 24), "108.4822") == Reason.OUT_OF_RANGE
    assert refused(amounts.degrees(8, 24), "15°33'N") == Reason.NUMBER


def test_a_score_has_at_most_one_decimal() -> None:
    score = amounts.decimal(0, 100, places=1)
    assert score("70,9") == Decimal("70.9")
    assert [refused(score, raw) for raw in ("70.95", "100.1", "-1")] == [Reason.OUT_OF_RANGE] * 3


def test_a_whole_number_keeps_within_its_bounds() -> None:
    number = amounts.whole(1, 2000)
    assert [number(raw) for raw in ("12", "1.200", "2 000")] == [12, 1200, 2000]
    assert [refused(number, raw) for raw in ("0", "2001")] == [Reason.OUT_OF_RANGE] * 2
    assert [refused(number, raw) for raw in ("1,5", "mười", "-3", "1e3")] == [Reason.NUMBER] * 4
