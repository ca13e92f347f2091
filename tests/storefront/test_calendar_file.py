"""Events as an iCalendar file: exact lines, and words that could break one."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from storefront.calendar_file import Entry, calendar

ENTRY = Entry(
    uid="su-kien-7@example.org", name="Hội chợ, thử; \\một", first=date(2026, 12, 2), last=date(2026, 12, 4),
    place="Quảng trường\nSông Hoài", url="https://example.org/su-kien/hoi-cho", revision=3, cancelled=False,
    changed_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
)  # fmt: skip


def test_an_event_is_written_as_the_standard_says() -> None:
    lines = calendar("OCOP", [ENTRY]).split("\r\n")
    assert lines == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//OCOP Quang Nam//Events//VI", "X-WR-CALNAME:OCOP", "BEGIN:VEVENT",
        "UID:su-kien-7@example.org", "DTSTAMP:20261123T020000Z", "SEQUENCE:3", "DTSTART;VALUE=DATE:20261202",
        "DTEND;VALUE=DATE:20261205", "SUMMARY:Hội chợ\\, thử\\; \\\\một", "LOCATION:Quảng trường\\nSông Hoài",
        "URL:https://example.org/su-kien/hoi-cho", "STATUS:CONFIRMED", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


def test_no_events_are_a_calendar_too() -> None:
    assert calendar("OCOP", []).endswith("X-WR-CALNAME:OCOP\r\nEND:VCALENDAR\r\n")


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n"), max_size=300))
def test_no_line_is_too_long_and_none_is_lost(name: str) -> None:
    text = calendar(name, [])
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    unfolded = text.replace("\r\n ", "")
    escaped = name.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    assert f"X-WR-CALNAME:{escaped}\r\n" in unfolded
