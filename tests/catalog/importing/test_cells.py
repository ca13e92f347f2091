"""What people write into cells. Pure."""

import unicodedata
from collections.abc import Callable
from datetime import date
from enum import StrEnum

import pytest

from catalog.errors import Invalid
from catalog.hours import OpeningHours
from catalog.importing import cells
from catalog.importing.changes import Reason


def refused(parser: Callable[[str], object], raw: str) -> str:
    with pytest.raises(Invalid) as caught:
        parser(raw)
    return caught.value.reason


@pytest.mark.parametrize("raw", ["2025-06-30", "30/6/2025", "30/06/2025", "30-6-2025", "30.6.2025", " 30/6/2025 "])
def test_a_day_is_understood_with_the_day_before_the_month(raw: str) -> None:
    assert cells.day(raw) == date(2025, 6, 30)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("12/31/2024", Reason.DAY), ("30/2/2025", Reason.DAY), ("45838", Reason.DAY), ("30/6-2025", Reason.DAY),
        ("@-18m", Reason.DAY), ("30/6/25", Reason.SHORT_YEAR), ("1/1/1900", Reason.OUT_OF_RANGE), ("", Reason.REQUIRED),
    ],
)  # fmt: skip
def test_a_day_that_is_not_in_the_calendar_is_refused(raw: str, reason: Reason) -> None:
    assert refused(cells.day, raw) == reason


@pytest.mark.parametrize(("raw", "answer"), [("có", True), ("Không", False), ("yes", True), ("no", False)])
def test_yes_and_no_in_both_languages_and_forms(raw: str, answer: bool) -> None:
    assert cells.yes_no(raw) is cells.yes_no(unicodedata.normalize("NFD", raw)) is answer


@pytest.mark.parametrize(("raw", "answer"), [("TRUE", True), ("FALSE", False), ("x", True), ("1", True), ("0", False)])
def test_yes_and_no_as_programs_write_them(raw: str, answer: bool) -> None:
    assert cells.yes_no(raw) is answer


def test_neither_yes_nor_no_is_refused() -> None:
    assert [refused(cells.yes_no, raw) for raw in ("", "có thể", "2")] == ["required", "yes_no", "yes_no"]


@pytest.mark.parametrize(("raw", "code"), [("150810", "150810"), ("1508.10", "150810"), ("1508.10.00", "15081000")])
def test_a_tariff_code_is_kept_without_its_dots(raw: str, code: str) -> None:
    assert cells.hs_code(raw) == code


@pytest.mark.parametrize("raw", ["71420", "0714200", "990101", "001234", "15O810"])
def test_a_tariff_code_that_lost_its_zero_is_refused(raw: str) -> None:
    assert refused(cells.hs_code, raw) == Reason.HS_CODE


@pytest.mark.parametrize(
    ("raw", "life"), [("12m", "12m"), ("12 tháng", "12m"), ("1 năm", "12m"), ("25d", "25d"), ("25 ngày", "25d")]
)
def test_a_shelf_life_is_days_or_months(raw: str, life: str) -> None:
    assert cells.shelf_life(raw) == life


@pytest.mark.parametrize("raw", ["0d", "12", "m", "1,5 năm", "12w"])
def test_a_shelf_life_of_something_else_is_refused(raw: str) -> None:
    assert refused(cells.shelf_life, raw) == Reason.SHELF_LIFE


@pytest.mark.parametrize("raw", ["11|12|1", "11, 12, 1", "11;12;01", "11|12|1|12"])
def test_the_months_of_a_season_keep_their_order(raw: str) -> None:
    assert cells.months(raw) == "11|12|1"


def test_a_thirteenth_month_is_refused() -> None:
    assert [refused(cells.months, raw) for raw in ("12|13", "0", "tháng 5")] == [Reason.MONTHS] * 3


def test_allergens_are_known_codes_each_once() -> None:
    assert cells.allergens("Peanut, sesame|peanut") == "peanut|sesame"
    assert refused(cells.allergens, "peanut|đậu") == Reason.CHOICE


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("mon-sat 07:30-17:30; sun closed", "mon-sat 07:30-17:30; sun closed"),
        ("T2-T7 7h30-17h30; CN nghỉ", "mon-sat 07:30-17:30; sun closed"),
        (" Mon – Fri 7:30 – 11:00 , 13h-17h ;", "mon-fri 07:30-11:00,13:00-17:00"),
    ],
)
def test_opening_hours_are_put_into_their_written_form(raw: str, written: str) -> None:
    assert cells.hours(raw) == written
    assert OpeningHours.parse(written) == OpeningHours.parse(cells.hours(raw))


@pytest.mark.parametrize("raw", ["mở cả ngày", "mon 25:00-26:00", "mon 17:00-07:00", "T8 7h-9h"])
def test_opening_hours_that_no_clock_shows_are_refused(raw: str) -> None:
    assert refused(cells.hours, raw) == Reason.HOURS


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0235 000 2001", "0235 000 2001"), ("02350002001", "0235 000 2001"), ("+84 235 0002001", "0235 000 2001"),
        ("84.235.000.2001", "0235 000 2001"), ("+84 (0)235 000 2001", "0235 000 2001"),
        ("024-3823-1234", "024 3823 1234"), ("0912345678", "0912 345 678"),
        ("1900 1234", "1900 1234"), ("1800599920", "1800 599 920"),
    ],
)  # fmt: skip
def test_a_telephone_number_gets_its_usual_groups(raw: str, number: str) -> None:
    assert cells.phone(raw) == number


@pytest.mark.parametrize("raw", ["0123456789", "235 0002001", "0235 000 200", "1234", "không có"])
def test_what_cannot_be_dialled_in_vietnam_is_refused(raw: str) -> None:
    assert refused(cells.phone, raw) == Reason.PHONE


def test_an_e_mail_address_is_lower_case_and_could_exist() -> None:
    assert cells.email(" P01@Example.ORG ") == "p01@example.org"
    assert [refused(cells.email, raw) for raw in ("p01", "p01@", "a@b@example.org")] == [Reason.EMAIL] * 3


def test_text_is_composed_trimmed_and_not_longer_than_its_column() -> None:
    assert cells.line(9)(unicodedata.normalize("NFD", "  Bánh\u00a0 tổ\u200b ")) == "Bánh tổ"
    assert refused(cells.line(6), "Bánh tổ") == Reason.TOO_LONG
    assert refused(cells.line(6), " \u200b ") == Reason.REQUIRED


def test_text_that_looks_like_a_formula_stays_as_it_is() -> None:
    assert [cells.line(20)(raw) for raw in ("=1+1", "+84", "-x", "@a")] == ["=1+1", "+84", "-x", "@a"]


def test_prose_keeps_its_paragraphs_and_nothing_else_of_its_lines() -> None:
    assert cells.prose(99)(" Một\r\nhai \r\n \r\n\r\nba\n\n") == "Một hai\n\nba"
    assert refused(cells.prose(99), "\n \n") == Reason.REQUIRED


def test_a_code_is_upper_case_without_accents_or_blanks() -> None:
    assert cells.code(16)(" qn001-1 ") == "QN001-1"
    assert [refused(cells.code(16), raw) for raw in ("QN 1", "ĐL1", "=A1", "-A", "A--1")] == [Reason.CODE] * 5
    assert refused(cells.code(4), "QN001") == Reason.TOO_LONG


def test_places_and_groups_are_those_that_exist() -> None:
    assert (cells.commune("20341"), cells.group("1.3C")) == ("20341", "1.3c")
    assert refused(cells.commune, "99999") == Reason.UNKNOWN
    assert [refused(cells.group, raw) for raw in ("5.1", "1.3")] == [Reason.UNKNOWN] * 2


def test_a_choice_names_what_could_be_chosen() -> None:
    class Level(StrEnum):
        LOW = "low"
        HIGH = "high"

    assert cells.choice(Level)(" LOW ") is Level.LOW
    with pytest.raises(Invalid) as caught:
        cells.choice(Level)("middle")
    assert caught.value.facts == {"choices": "low, high"}
    assert refused(cells.letter("ABC"), "D") == refused(cells.letter("ABC"), "AB") == Reason.CHOICE


def test_an_optional_cell_may_be_empty_but_not_wrong() -> None:
    assert cells.optional(cells.day, None)(" ") is None
    assert cells.optional(cells.line(5))("") == ""
    assert refused(cells.optional(cells.day, None), "hôm nay") == Reason.DAY


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("8936012345674", "8936012345674"),
        ("893-6012 345674", "8936012345674"),
        ("73513537", "73513537"),
        ("036000291452", "0036000291452"),
        ("18936012345671", "18936012345671"),
    ],
)
def test_a_bar_code_keeps_its_digits_and_gets_its_leading_zero(raw: str, number: str) -> None:
    assert cells.gtin(raw) == number


@pytest.mark.parametrize(
    "raw", ["8936012345670", "893601234568", "8936012345674x", "123", "٨٩٣٦٠١٢٣٤٥٦٧٤", "8,93601E+12"]
)
def test_a_bar_code_with_a_wrong_check_digit_or_length_is_refused(raw: str) -> None:
    assert refused(cells.gtin, raw) == Reason.GTIN
