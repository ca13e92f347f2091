"""Opening hours of an outlet, and the next moment it is open. Pure.

Written form: ``mon-fri 07:00-11:00,13:30-17:00; sat 07:30-17:00; sun closed``. A day not named is closed.
Times are Vietnam's.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from catalog.clock import VIETNAM, vietnam_day
from catalog.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"^([a-z]{3})(?:-([a-z]{3}))?\s+(.+)$")
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
    """Seven days, Monday first, each with its spans in order."""

    week: tuple[tuple[Span, ...], ...]

    @classmethod
    def parse(cls, text: str) -> "OpeningHours":
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
        return cls(tuple(week))

    def on(self, day: date) -> tuple[Span, ...]:
        """The spans of one day; empty when closed."""
        return self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at this instant."""
        local = at.astimezone(VIETNAM)
        return any(span.start <= local.time() < span.end for span in self.on(local.date()))

    def next_open(self, at: datetime) -> datetime | None:
        """The earliest instant ≥ ``at`` (UTC) at which it is open, or None for one that never opens."""
        if self.is_open(at):
            return at.astimezone(UTC)
        today = vietnam_day(at)
        for ahead in range(8):
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


def _span(text: str, part: str) -> Span:
    match = _SPAN.match(text)
    if not match:
        raise Invalid("hours", "hours", part=part)
    span = Span(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))
    if span.start >= span.end:
        raise Invalid("hours", "hours", part=part)
    return span
