"""The book of rules: only added to, counted from an instant, written by one at a time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import history, rulebook, sequence
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid
from catalog.history import Event
from catalog.memberships import Officer
from catalog.rulebook import Book, BookKeeper, Entry, Laid, Setting
from tests.catalog.cast import at_once
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, changing, make_officer, officer_of

TOMORROW = MONDAY + timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""At which Tuesday begins in Vietnam."""


class Word:
    """Any word but an empty one."""

    fields = ("value",)

    def read(self, written: Mapping[str, str], *, standing: Any, today: date) -> str:
        if not written["value"]:
            raise Invalid("value", "required")
        return written["value"]

    def written(self, value: Any, *, today: date) -> dict[str, str]:
        return {"value": value}


MOTTO = Setting("motto", "words", Word())
RATE = Setting("rate", "words", Word(), dated=True, renewed=True)
STANDING = Book().over({"motto": (Laid("as ever"),)})


@pytest.fixture
def by(app: Flask) -> Officer:
    """An officer of the whole programme."""
    with changing(app):
        return officer_of(make_officer())


def lay(word: str, by: Officer, *, seen: int = 0, setting: Setting = MOTTO, **given: Any) -> Laid:
    facts = {"begins_on": None, "note": "vì thử", "at": MONDAY_NINE, "standing": now()} | given
    return rulebook.lay_down(setting, {"value": word}, seen=seen, by=by, **facts)


def now() -> Book:
    return rulebook.read(sequence.current()).over({"motto": (Laid("as ever"),)})


def rows() -> int:
    return db.session.scalar(select(func.count()).select_from(Entry)) or 0


def test_what_stands_counts_until_something_is_laid_down_and_again_never(session: Any, by: Officer) -> None:
    assert STANDING.value("motto", at=MONDAY_NINE) == "as ever"
    with transaction():
        lay("new", by)
    book = now()
    assert book.value("motto", at=MONDAY_NINE - timedelta(seconds=1)) == "as ever"
    assert book.value("motto", at=MONDAY_NINE) == "new"
    assert book.value("unknown", at=MONDAY_NINE) is None
    assert (book.seen("motto"), STANDING.seen("motto")) == (1, 0)


def test_an_entry_counts_from_the_midnight_of_its_day(session: Any, by: Officer) -> None:
    with transaction():
        laid = lay("tomorrow", by, begins_on=TOMORROW)
    assert (laid.begins_at, laid.begins_on) == (MIDNIGHT, TOMORROW)
    book = now()
    assert book.value("motto", at=MIDNIGHT - timedelta(microseconds=1)) == "as ever"
    assert book.value("motto", at=MIDNIGHT) == "tomorrow"


def test_of_two_entries_the_one_that_begins_later_counts_whichever_was_written_first(session: Any, by: Officer) -> None:
    with transaction():
        lay("next week", by, begins_on=MONDAY + timedelta(days=7))
        lay("tomorrow", by, seen=1, begins_on=TOMORROW)
    book = now()
    assert book.value("motto", at=MIDNIGHT + timedelta(days=5)) == "tomorrow"
    assert book.value("motto", at=MIDNIGHT + timedelta(days=6)) == "next week"


def test_a_plan_is_changed_by_another_entry_of_the_same_day(session: Any, by: Officer) -> None:
    with transaction():
        lay("plan", by, begins_on=TOMORROW)
        lay("better plan", by, seen=1, begins_on=TOMORROW)
    assert now().value("motto", at=MIDNIGHT) == "better plan"
    assert [entry.value for entry in db.session.scalars(rulebook.entries_of("motto"))] == ["better plan", "plan"]


def test_a_dated_setting_begins_with_the_day_and_another_at_once(session: Any, by: Officer) -> None:
    with transaction():
        assert lay("x", by, begins_on=MONDAY).begins_at == MONDAY_NINE
        assert lay("x", by, setting=RATE, begins_on=MONDAY).begins_at == datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
        assert lay("x", by, setting=RATE, seen=1).begins_on == MONDAY


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"begins_on": MONDAY - timedelta(days=1)}, "begins_on", "past"),
        ({"begins_on": MONDAY + timedelta(days=5 * 366 + 1)}, "begins_on", "far"),
        ({"note": ""}, "note", "required"),
        ({"note": "x" * 301}, "note", "too_long"),
        ({"word": ""}, "value", "required"),
        ({"word": "as ever"}, "value", "unchanged"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    session: Any, by: Officer, given: dict[str, Any], field: str, reason: str
) -> None:
    before = sequence.current()
    with pytest.raises(Invalid) as wrong, transaction():
        lay(**{"word": "new", "by": by} | given)
    assert (wrong.value.field, wrong.value.reason) == (field, reason)
    assert (rows(), sequence.current()) == (0, before)


def test_a_rate_may_be_renewed_without_a_change(session: Any, by: Officer) -> None:
    with transaction():
        lay("26000", by, setting=RATE)
        lay("26000", by, setting=RATE, seen=1, begins_on=TOMORROW)
    assert [laid.begins_on for laid in now().of("rate")] == [MONDAY, TOMORROW]


def test_every_entry_is_noted_with_before_and_after_and_moves_the_sequence(session: Any, by: Officer) -> None:
    before = sequence.current()
    with transaction():
        lay("new", by, begins_on=TOMORROW)
    (event,) = db.session.scalars(history.of("setting:motto"))
    assert (event.verb, event.actor, event.at) == ("setting.laid_down", by.actor, MONDAY_NINE)
    assert event.facts == {"before": "as ever", "after": "new", "begins": MIDNIGHT.isoformat(), "note": "vì thử"}
    assert sequence.current() == before + 1


def test_who_has_not_seen_the_last_entry_is_told(session: Any, by: Officer) -> None:
    with transaction():
        lay("first", by)
    for seen in (0, 2):
        with pytest.raises(Conflict), transaction():
            lay("second", by, seen=seen)
    assert rows() == 1


def test_an_officer_of_some_communes_lays_nothing_down(app: Flask, session: Any) -> None:
    with changing(app):
        scoped = officer_of(make_officer(HOI_AN))
    with pytest.raises(Forbidden), transaction():
        lay("new", scoped)
    assert rows() == 0


def test_of_two_officers_at_once_one_writes(app: Flask, session: Any, by: Officer) -> None:
    def act(word: str) -> str:
        lay(word, by)
        return word

    answers = at_once(app, *(lambda word=word: act(word) for word in ("a", "b", "c", "d")))  # type: ignore[misc]
    assert sorted(answers)[:3] == ["Conflict"] * 3
    (won,) = set(answers) - {"Conflict"}
    assert [entry.value for entry in db.session.scalars(rulebook.entries_of("motto"))] == [won]
    assert len(list(db.session.scalars(select(Event).where(Event.verb == "setting.laid_down")))) == 1


def test_the_keeper_reads_again_when_something_has_changed_and_only_then(session: Any, by: Officer) -> None:
    keeper = BookKeeper()
    assert keeper.current().of("motto") == ()
    assert keeper.current() is keeper.current()
    with transaction():
        lay("new", by)
    assert keeper.current().value("motto", at=MONDAY_NINE) == "new"


def test_the_keeper_does_not_keep_what_may_yet_be_undone(session: Any, by: Officer) -> None:
    keeper = BookKeeper()
    with pytest.raises(RuntimeError, match="changed my mind"), transaction():
        lay("never", by)
        assert keeper.current().value("motto", at=MONDAY_NINE) == "never"
        raise RuntimeError("changed my mind")
    with transaction():
        sequence.advance()
    assert keeper.current().value("motto", at=MONDAY_NINE) is None
