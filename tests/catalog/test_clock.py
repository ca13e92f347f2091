"""Vietnam's calendar."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from catalog.clock import add_months, start_of, vietnam_day


def test_the_day_changes_at_seventeen_hours_utc() -> None:
    assert vietnam_day(datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert vietnam_day(datetime(2026, 11, 23, 17, 0, 0, tzinfo=UTC)) == date(2026, 11, 24)


def test_the_instant_counts_not_the_zone_it_is_written_in() -> None:
    new_york = timezone(timedelta(hours=-5))
    assert vietnam_day(datetime(2026, 11, 23, 12, 0, tzinfo=new_york)) == date(2026, 11, 24)


def test_a_day_begins_where_the_one_before_ends() -> None:
    assert start_of(date(2026, 11, 24)) == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert vietnam_day(start_of(date(2027, 1, 1))) == date(2027, 1, 1)
    assert vietnam_day(start_of(date(2027, 1, 1)) - timedelta(microseconds=1)) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2023, 11, 23), 36, date(2026, 11, 23)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 1, 31), 11, date(2026, 12, 31)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 11, 23), -12, date(2025, 11, 23)),
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
    ],
)
def test_months_later_is_the_same_day_or_the_month_s_last(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later
