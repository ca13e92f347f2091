"""Events as an iCalendar file (RFC 5545), for the calendars that people carry with them. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST = 75
"""Octets of one line; what is longer goes on after a line break and a blank."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of whole days, both included. uid: the same in every file.    revision: grows with every change."""

    uid: str
    name: str
    first: date
    last: date
    place: str
    url: str
    changed_at: datetime
    revision: int
    cancelled: bool


def calendar(name: str, entries: Iterable[Entry]) -> str:
    """The whole file. name: what a calendar calls it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//OCOP Quang Nam//Events//VI", f"X-WR-CALNAME:{_text(name)}"]
    for entry in entries:
        lines += _event(entry)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(entry: Entry) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{entry.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{entry.revision}",
        f"DTSTART;VALUE=DATE:{entry.first:%Y%m%d}",
        f"DTEND;VALUE=DATE:{entry.last + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(entry.name)}",
        f"LOCATION:{_text(entry.place)}",
        f"URL:{entry.url}",
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        "END:VEVENT",
    ]


def _text(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "")


def _folded(line: str) -> Iterator[str]:
    """Never in the middle of a letter, though one may have several octets."""
    part, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > LONGEST:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + octets
    yield part
