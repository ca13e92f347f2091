"""Opening hours, and the next moment somebody is there."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from catalog.clock import VIETNAM
from catalog.errors import Invalid
from catalog.hours import OpeningHours, Span, parse_days

OFFICE = OpeningHours.parse("mon-fri 07:00-11:00,13:30-17:00; sat 07:30-17:00; sun closed")
MONDAY = date(2026, 11, 23)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 on Vietnam's clock."""
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


def test_a_week_is_read_day_by_day() -> None:
    assert OFFICE.on(MONDAY) == (Span(time(7), time(11)), Span(time(13, 30), time(17)))
    assert OFFICE.on(date(2026, 11, 28)) == (Span(time(7, 30), time(17)),)
    assert OFFICE.on(date(2026, 11, 29)) == ()
    assert str(OFFICE.on(MONDAY)[1]) == "13:30-17:00"


def test_a_day_not_named_is_closed() -> None:
    assert OpeningHours.parse("tue 08:00-09:00").week == ((), (Span(time(8), time(9)),), (), (), (), (), ())
    assert OpeningHours.parse("").week == ((),) * 7


def test_the_last_word_about_a_day_counts() -> None:
    hours = OpeningHours.parse("MON-SUN 08:00-17:00; wed closed;")
    assert hours.on(date(2026, 11, 25)) == ()
    assert hours.on(date(2026, 11, 26)) == (Span(time(8), time(17)),)


@pytest.mark.parametrize(
    "text",
    [
        "monday 08:00-17:00",
        "fri-mon 08:00-17:00",
        "mon 8:00-17:00",
        "mon 08:00-24:00",
        "mon 17:00-08:00",
        "mon 08:00-08:00",
        "mon 08:00-12:00,11:00-17:00",
        "mon 13:00-17:00,08:00-11:00",
        "mon",
        "mon open",
        "xyz closed",
        "thứ hai 08:00-17:00",
    ],
)
def test_what_is_not_understood_is_named(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        OpeningHours.parse(text)
    assert (refusal.value.field, refusal.value.reason) == ("hours", "hours")
    assert refusal.value.facts == {"part": text}


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (local(23, 6, 59), False),
        (local(23, 7), True),
        (local(23, 10, 59), True),
        (local(23, 11), False),
        (local(23, 13, 30), True),
        (local(23, 17), False),
        (local(28, 12), True),
        (local(29, 12), False),
    ],
)
def test_a_span_includes_its_start_and_not_its_end(at: datetime, is_open: bool) -> None:
    assert OFFICE.is_open(at) is is_open
    assert OFFICE.is_open(at.astimezone(UTC)) is is_open


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (local(23, 9), local(23, 9)),
        (local(23, 3), local(23, 7)),
        (local(23, 11), local(23, 13, 30)),
        (local(23, 18), local(24, 7)),
        (local(28, 17), local(30, 7)),  # Saturday evening: not before Monday
    ],
)
def test_the_next_opening_is_now_or_the_first_span_to_come(at: datetime, opens: datetime) -> None:
    assert OFFICE.next_open(at) == opens


def test_an_outlet_open_once_a_week_opens_in_a_week() -> None:
    hours = OpeningHours.parse("mon 08:00-09:00")
    assert hours.next_open(local(23, 9)) == local(30, 8)


def test_one_that_never_opens_has_no_next_opening() -> None:
    never = OpeningHours.parse("mon-sun closed")
    assert never.next_open(local(23, 9)) is None
    assert never.open_after(local(23, 9), timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("at", "minutes", "ready"),
    [
        (local(23, 9), 60, local(23, 10)),
        (local(23, 10), 60, local(23, 13, 30)),  # never at the minute the door shuts
        (local(23, 10, 30), 60, local(23, 14)),  # half an hour before lunch, half an hour after
        (local(23, 16, 30), 60, local(24, 7, 30)),
        (local(28, 16, 30), 60, local(30, 7, 30)),  # over the closed Sunday
        (local(23, 7), 12 * 60, local(24, 14)),
        (local(22, 8), 0, local(23, 7)),
    ],
)
def test_goods_are_ready_when_enough_opening_time_has_passed(at: datetime, minutes: int, ready: datetime) -> None:
    assert OFFICE.open_after(at, timedelta(minutes=minutes)) == ready


SHUT = OpeningHours.parse("mon-sun 08:00-17:00", closed=frozenset({date(2026, 11, 24), date(2026, 11, 25)}))


def test_on_a_closed_day_it_is_shut_whatever_the_week_says() -> None:
    assert SHUT.on(date(2026, 11, 24)) == ()
    assert not SHUT.is_open(local(24, 9))
    assert SHUT.next_open(local(23, 18)) == local(26, 8)
    assert SHUT.open_after(local(23, 16, 30), timedelta(hours=1)) == local(26, 8, 30)


def test_even_a_long_holiday_has_a_first_day_after_it() -> None:
    closed = parse_days("2026-11-24..2027-02-28")
    assert OpeningHours.parse("mon 08:00-09:00", closed=closed).next_open(local(23, 10)) == datetime(
        2027, 3, 1, 1, 0, tzinfo=UTC
    )


def test_opening_days_are_counted_without_the_closed_ones() -> None:
    assert [SHUT.closes_on_opening_day(n, since=local(23, 9)) for n in (1, 2, 3)] == [
        local(23, 17), local(26, 17), local(27, 17)
    ]  # fmt: skip
    assert OpeningHours.parse("mon-sun closed").closes_on_opening_day(1, since=local(23, 9)) is None


def test_closed_days_are_single_or_stretches() -> None:
    assert parse_days("") == frozenset()
    assert parse_days(" 2026-12-31 ; 2027-02-27..2027-03-01;") == {
        date(2026, 12, 31), date(2027, 2, 27), date(2027, 2, 28), date(2027, 3, 1)
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["2026-02-30", "31/12/2026", "2027-02-12..2027-02-04", "2026-01-01..2027-01-02", "٢٠٢٦-١٢-٣١", "tết"]
)
def test_closed_days_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_days(f"2026-12-31; {text}")
    assert (refused.value.field, refused.value.reason, refused.value.facts) == (
        "closed_days", "closed_days", {"part": text}
    )  # fmt: skip
