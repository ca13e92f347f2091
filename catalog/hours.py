"""Opening hours of an outlet, and the next moment it is open. Pure.

Written form: ``mon-fri 07:00-11:00,13:30-17:00; sat 07:30-17:00; sun closed``. A day not named is closed.
Times are Vietnam's. Single days on which it stays shut: ``2026-12-31; 2027-02-04..2027-02-12``.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from catalog.clock import VIETNAM, vietnam_day
from catalog.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = re.compile(r"^(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?$", re.ASCII)
_PART = re.compile(r"^([a-z]{3})(?:-([a-z]{3}))?\s+(.+)$")
LONGEST = 366
"""Days that one stretch of closed days may have."""
FAR = 2 * LONGEST
"""Days ahead after which an outlet that is still shut counts as one that never opens."""
_SPAN = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")


@dataclass(frozen=True, slots=True)
class Span:
    """Open from ``start`` until ``end`` of one day, ``start < end``."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Seven days, Monday first, each with its spans in order. ``closed``: days on which it is shut all the same."""

    week: tuple[tuple[Span, ...], ...]
    closed: frozenset[date] = frozenset()

    @classmethod
    def parse(cls, text: str, *, closed: frozenset[date] = frozenset()) -> "OpeningHours":
        """Raises Invalid("hours", "hours") with the part that is not understood."""
        week: list[tuple[Span, ...]] = [()] * 7
        for part in filter(None, (p.strip().lower() for p in text.split(";"))):
            match = _PART.match(part)
            if not match or match[1] not in DAYS or (match[2] or match[1]) not in DAYS:
                raise Invalid("hours", "hours", part=part)
            first, last = DAYS.index(match[1]), DAYS.index(match[2] or match[1])
            spans = () if match[3] == "closed" else tuple(_span(s.strip(), part) for s in match[3].split(","))
            if last < first or any(a.end > b.start for a, b in pairwise(spans)):
                raise Invalid("hours", "hours", part=part)
            week[first : last + 1] = [spans] * (last - first + 1)
        return cls(tuple(week), closed)

    def on(self, day: date) -> tuple[Span, ...]:
        """The spans of one day; empty when closed."""
        return () if day in self.closed else self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at this instant."""
        local = at.astimezone(VIETNAM)
        return any(span.start <= local.time() < span.end for span in self.on(local.date()))

    def next_open(self, at: datetime) -> datetime | None:
        """The earliest instant ≥ ``at`` (UTC) at which it is open, or None for one that never opens."""
        if self.is_open(at):
            return at.astimezone(UTC)
        today = vietnam_day(at)
        for ahead in range(FAR if any(self.week) else 0):
            day = today + timedelta(days=ahead)
            for span in self.on(day):
                opens = datetime.combine(day, span.start, VIETNAM).astimezone(UTC)
                if opens >= at:
                    return opens
        return None

    def open_after(self, at: datetime, work: timedelta) -> datetime | None:
        """The instant at which ``work`` of opening time has passed since ``at``: when goods can be ready.

        None for an outlet that never opens.
        """
        left = work
        moment = self.next_open(at)
        while moment is not None:
            local = moment.astimezone(VIETNAM)
            span = next(s for s in self.on(local.date()) if s.start <= local.time() < s.end)
            closes = datetime.combine(local.date(), span.end, VIETNAM).astimezone(UTC)
            if moment + left < closes:
                return moment + left
            left -= closes - moment
            moment = self.next_open(closes)
        return None

    def closes_on_opening_day(self, count: int, *, since: datetime) -> datetime | None:
        """When it closes on its ``count``-th opening day, the day of ``since`` being the first if it opens then.

        None for an outlet that never opens.
        """
        day = vietnam_day(since)
        for ahead in range(FAR if any(self.week) else 0):
            spans = self.on(day + timedelta(days=ahead))
            count -= bool(spans)
            if count <= 0:
                return datetime.combine(day + timedelta(days=ahead), spans[-1].end, VIETNAM).astimezone(UTC)
        return None


def parse_days(text: str) -> frozenset[date]:
    """Single days and stretches of them. Raises Invalid("closed_days", "closed_days") with the part not understood."""
    days: set[date] = set()
    for part in filter(None, (p.strip() for p in text.split(";"))):
        match = _DAYS.match(part)
        try:
            first, last = (
                (date.fromisoformat(day) for day in (match[1], match[2] or match[1])) if match else (None, None)
            )
        except ValueError:
            first = last = None
        if first is None or last is None or not 0 <= (last - first).days < LONGEST:
            raise Invalid("closed_days", "closed_days", part=part)
        days.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(days)


def _span(text: str, part: str) -> Span:
    match = _SPAN.match(text)
    if not match:
        raise Invalid("hours", "hours", part=part)
    span = Span(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))
    if span.start >= span.end:
        raise Invalid("hours", "hours", part=part)
    return span
