"""Public holidays, and the outlets that keep them."""

from datetime import UTC, date, datetime

import pytest

from catalog.holidays import EXPECTED
from catalog.outlets import Outlet


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 2, 17), "Tết Bính Ngọ"),
        (date(2027, 2, 11), "Nghỉ bù Tết Đinh Mùi"),
        (date(2026, 9, 2), "Quốc khánh"),
        (date(2026, 11, 25), None),
    ],
)
def test_holidays_have_names(day: date, name: str | None) -> None:
    assert EXPECTED.get(day) == name


def test_an_outlet_is_shut_on_holidays_and_on_days_of_its_own() -> None:
    opening = Outlet(hours="mon-sun 08:00-17:00", closed_days="2027-02-12..2027-02-13").opening()
    assert opening.next_open(datetime(2027, 2, 4, 10, 0, tzinfo=UTC)) == datetime(2027, 2, 14, 1, 0, tzinfo=UTC)
    assert not opening.is_open(datetime(2027, 2, 6, 3, 0, tzinfo=UTC))
    assert opening.is_open(datetime(2027, 2, 4, 9, 0, tzinfo=UTC))


def test_other_holidays_than_the_expected_can_be_given() -> None:
    outlet = Outlet(hours="mon-sun 08:00-17:00", closed_days="")
    noon = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
    assert outlet.opening().is_open(noon)
    assert not outlet.opening({date(2026, 11, 25): "Ngày thử"}).is_open(noon)
    assert outlet.opening({}).is_open(datetime(2026, 9, 2, 5, 0, tzinfo=UTC))
