"""Kinds of values: what is read, what is refused and why, and that writing a value down and reading it changes nothing."""

from datetime import date
from typing import Any

import pytest

from catalog.errors import Invalid
from catalog.importing import cells
from catalog.importing.changes import BadFile
from catalog.lapses import LapsedPolicy
from checkout.kinds import Foreign, OneOf, Percent, Sheet, Text, Whole, web_address
from checkout.regulations import SETTINGS

TODAY = date(2026, 11, 23)
HOLIDAYS, TARIFF = SETTINGS["holidays"].kind, SETTINGS["tariff"].kind
TARIFF_ROWS = [
    "zone,base_g,base_fee,step_fee,days_from,days_to,fresh",
    "local,2000,17000,2500,1,1,yes",
    "lowland,2000,23000,3000,1,2,yes",
    "mountain,2000,31000,4000,2,3,no",
    "island,2000,46000,6000,3,5,no",
    "central,1000,31000,5000,2,3,no",
    "trunk,500,33000,5000,2,4,no",
    "far,500,37000,5500,3,5,no",
]


def read(kind: Any, *, standing: Any = None, **written: str) -> Any:
    return kind.read(written, standing=standing, today=TODAY)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (Text(), "  Tổ  hợp tác  ", "Tổ hợp tác"),
        (Text(optional=True), " ", ""),
        (Text(parser=cells.phone), "0235 0002001", "0235 000 2001"),
        (Text(optional=True, parser=web_address), "https://example.org/0001", "https://example.org/0001"),
        (Whole(0, 100_000_000, "dong"), "3.000.000", 3_000_000),
        (Whole(0, 60, "days"), "0", 0),
        (Percent(20), "8", "8"),
        (Percent(20), "8,50 %", "8.5"),
        (Percent(20), "0", "0"),
        (Percent(20), "20", "20"),
        (OneOf(LapsedPolicy), "not_orderable", "not_orderable"),
    ],
)
def test_a_value_is_read(kind: Any, written: str, value: object) -> None:
    assert read(kind, value=written) == value
    assert read(kind, **kind.written(value, today=TODAY)) == value


@pytest.mark.parametrize(
    ("kind", "written", "reason"),
    [
        (Text(), " ", "required"),
        (Text(limit=5), "sáu chữ", "too_long"),
        (Text(), "Số 1 <b>đường</b> Thử", "markup"),
        (Text(parser=cells.phone), "12345", "phone"),
        (Text(parser=cells.email), "nhà tôi", "email"),
        (Text(parser=web_address), "javascript:alert(1)", "web"),
        (Text(parser=web_address), "https://ai@example.org", "web"),
        (Text(parser=web_address), "https://", "web"),
        (Text(parser=web_address), "https://[", "web"),
        (Whole(5, 60, "days"), "4", "out_of_range"),
        (Whole(5, 60, "days"), "61", "out_of_range"),
        (Whole(5, 60, "days"), "-7", "number"),
        (Whole(5, 60, "days"), "bảy", "number"),
        (Whole(5, 60, "days"), "٧", "number"),
        (Whole(5, 60, "days"), "", "required"),
        (Percent(20), "80", "out_of_range"),
        (Percent(20), "-1", "out_of_range"),
        (Percent(20), "8,125", "out_of_range"),
        (Percent(20), "tám", "number"),
        (OneOf(LapsedPolicy), "", "choice"),
        (OneOf(LapsedPolicy), "maybe", "choice"),
    ],
)
def test_a_value_that_cannot_be_is_refused(kind: Any, written: str, reason: str) -> None:
    with pytest.raises(Invalid) as wrong:
        read(kind, value=written)
    assert (wrong.value.field, wrong.value.reason) == ("value", reason)


@pytest.mark.parametrize(
    ("vnd", "kept"), [("26345", "26345"), ("26.345,50", "26345.5"), ("165,32", "165.32"), ("26345.5", "26345.5")]
)
def test_a_rate_of_exchange_is_read(vnd: str, kept: str) -> None:
    value = read(Foreign(), vnd=vnd, margin="1,5", source="  Ngân hàng thử ")
    assert value == {"vnd": kept, "margin": "1.5", "source": "Ngân hàng thử"}
    assert read(Foreign(), **Foreign().written(value, today=TODAY)) == value


@pytest.mark.parametrize(
    ("written", "field", "reason"),
    [
        ({"vnd": "26.345"}, "vnd", "ambiguous"),
        ({"vnd": "0"}, "vnd", "out_of_range"),
        ({"vnd": ""}, "vnd", "required"),
        ({"vnd": "1000001"}, "vnd", "out_of_range"),
        ({"margin": "21"}, "margin", "out_of_range"),
        ({"margin": "x"}, "margin", "number"),
        ({"source": ""}, "source", "required"),
        ({"source": "<i>ngân hàng</i>"}, "source", "markup"),
        ({"source": "x" * 121}, "source", "too_long"),
    ],
)
def test_a_rate_of_exchange_is_refused_beside_its_field(written: dict[str, str], field: str, reason: str) -> None:
    with pytest.raises(Invalid) as wrong:
        read(Foreign(), **{"vnd": "26345", "margin": "0", "source": "Ngân hàng thử"} | written)
    assert (wrong.value.field, wrong.value.reason) == (field, reason)


def test_a_tariff_is_read_in_the_order_of_zones_and_written_back() -> None:
    value = read(TARIFF, value="\n".join([TARIFF_ROWS[0], *reversed(TARIFF_ROWS[1:])]))
    assert [row["zone"] for row in value] == ["local", "lowland", "mountain", "island", "central", "trunk", "far"]
    assert value[0] == {
        "zone": "local", "base_g": 2000, "base_fee": 17000, "step_fee": 2500, "days_from": 1, "days_to": 1, "fresh": True,
    }  # fmt: skip
    assert read(TARIFF, **TARIFF.written(value, today=TODAY)) == value


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (TARIFF_ROWS[:-1], (None, "zone", "missing_rows")),
        ([*TARIFF_ROWS, TARIFF_ROWS[1]], (9, "zone", "repeated")),
        ([*TARIFF_ROWS[:-1], "moon,500,37000,5500,3,5,no"], (8, "zone", "choice")),
        ([*TARIFF_ROWS[:-1], "far,500,ba mươi,5500,3,5,no"], (8, "base_fee", "number")),
        ([*TARIFF_ROWS[:-1], "far,500,37000,5500,6,5,no"], (8, "days_to", "out_of_range")),
        (["zone;fee", "far;1"], (1, "fee", "unknown_column")),
        ([TARIFF_ROWS[0]], (None, "", "empty_file")),
        ([""], (None, "", "empty_file")),
    ],
)
def test_a_bad_tariff_is_refused_with_its_row(rows: list[str], problem: tuple[int | None, str, str]) -> None:
    with pytest.raises(BadFile) as wrong:
        read(TARIFF, value="\n".join(rows))
    first = wrong.value.problems[0]
    assert (first.row, first.column, first.reason.value) == problem


def test_a_table_that_is_too_large_to_travel_in_a_page_is_refused() -> None:
    with pytest.raises(Invalid) as wrong:
        read(TARIFF, value="x" * (64 * 1024 + 1))
    assert wrong.value.reason == "too_large"


OLD = [{"day": "2026-09-02", "name_vi": "Quốc khánh"}, {"day": "2027-01-01", "name_vi": "Tết Dương lịch"}]


def test_holidays_that_are_over_stay_and_the_rest_is_what_was_written() -> None:
    value = read(HOLIDAYS, standing=OLD, value="day,name_vi\n31/12/2026,Nghỉ bù\n2026-11-23,Ngày thử\n")
    assert value == [
        {"day": "2026-09-02", "name_vi": "Quốc khánh"},
        {"day": "2026-11-23", "name_vi": "Ngày thử"},
        {"day": "2026-12-31", "name_vi": "Nghỉ bù"},
    ]
    assert HOLIDAYS.written(OLD, today=TODAY) == {"value": "day,name_vi\n2027-01-01,Tết Dương lịch\n"}
    assert read(HOLIDAYS, standing=OLD, **HOLIDAYS.written(OLD, today=TODAY)) == OLD


@pytest.mark.parametrize(
    ("row", "reason"),
    [("2026-11-22,Hôm qua", "past"), ("31/2/2027,Không có", "day"), ("2027-01-01,", "required")],
)
def test_a_holiday_in_the_past_or_of_no_day_is_refused(row: str, reason: str) -> None:
    with pytest.raises(BadFile) as wrong:
        read(
            HOLIDAYS,
            standing=OLD,
            value=f"day,name_vi\n2027-01-01,Tết Dương lịch\n{row}\n".replace(
                "2027-01-01,Tết Dương lịch\n2027-01-01,\n", "2027-01-01,\n"
            ),
        )
    assert [problem.reason.value for problem in wrong.value.problems] == [reason]


def test_a_sheet_of_any_number_of_rows_keeps_their_order() -> None:
    words = Sheet(columns={"word": cells.line(40)}, key="word")
    assert read(words, value="word\nb\na\n") == [{"word": "b"}, {"word": "a"}]
