"""Vietnam's calendar: instants are aware UTC, days are those of Asia/Ho_Chi_Minh (UTC+7, no summer time)."""

from datetime import UTC, date, datetime, time, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


def vietnam_day(at: datetime) -> date:
    """The calendar day in Vietnam at this instant."""
    return at.astimezone(VIETNAM).date()


def start_of(day: date) -> datetime:
    """The instant (UTC) at which a day begins in Vietnam."""
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the month's last day where there is no such day (31/8 + 6 → 28/2)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), first_after - timedelta(days=1))
