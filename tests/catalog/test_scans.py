"""Openings are added up by day, and a code that looks copied is marked."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import history, scans, stock, traces
from catalog.db import transaction
from catalog.lots import Lot
from catalog.scans import Day
from catalog.traces import Suspicion, Trace
from tests.catalog.cast import at_once, level_id
from tests.catalog.tracing import ACTOR, published, told
from tests.world import MONDAY, MONDAY_NINE, World, put

NOW = MONDAY_NINE


@pytest.fixture
def trace(session: Any, world: World) -> Trace:
    """A lot of twenty."""
    with transaction():
        return published(world.cooperative, world.honey, quantity=20, best_before=MONDAY + timedelta(days=30))


def opened(trace: Trace, count: int, day: date = MONDAY) -> None:
    with transaction():
        scans.add({(trace.code, day): count}, at=NOW)


def test_openings_are_added_up_by_day(session: Any, trace: Trace) -> None:
    later = MONDAY + timedelta(days=2)
    with transaction():
        scans.add({(trace.code, MONDAY): 2, (trace.code, later): 1}, at=NOW)
        scans.add({(trace.code, MONDAY): 3}, at=NOW)
    assert scans.by_day(trace.id) == [Day(later, 1), Day(MONDAY, 5)]
    assert (trace.scans, trace.first_scan_on, trace.last_scan_on, trace.suspicion) == (6, MONDAY, later, None)


def test_codes_of_nobody_and_of_drafts_are_no_matter(session: Any, world: World, trace: Trace) -> None:
    with transaction():
        draft = told(world.cooperative, world.tea, "T1")
        scans.add({(draft.code, MONDAY): 5, ("0" * 9, MONDAY): 5, ("", MONDAY): 1}, at=NOW)
        scans.add({(trace.code, MONDAY): 0}, at=NOW)
        scans.add({}, at=NOW)
    assert (draft.scans, trace.scans) == (0, 0)
    assert session.scalar(select(func.count()).select_from(scans.TraceScan)) == 0


def test_a_code_opened_far_more_often_than_there_are_units_is_marked_until_the_units_are_put_right(
    session: Any, trace: Trace
) -> None:
    opened(trace, 100)
    assert trace.suspicion is None
    opened(trace, 1)
    assert trace.suspicion is Suspicion.MANY
    assert [found.id for found in session.scalars(scans.suspected())] == [trace.id]
    event = list(session.scalars(history.of(f"lot:{trace.lot_id}")))[-1]
    assert (event.verb, event.actor, event.facts["before"], event.facts["after"], event.facts["scans"]) == (
        "trace.suspected", "system", {"suspicion": None}, {"suspicion": "many"}, 101,
    )  # fmt: skip
    count = session.scalar(select(func.count()).select_from(history.Event))
    opened(trace, 1)
    assert session.scalar(select(func.count()).select_from(history.Event)) == count
    with transaction():
        traces.recount(trace, 200, "ghi thiếu một số 0", actor=ACTOR, at=NOW)
        scans.judge(trace, at=NOW)
    assert trace.suspicion is None


def test_a_tiny_lot_is_not_marked_for_a_few_curious_people(session: Any, world: World) -> None:
    with transaction():
        one = published(world.cooperative, world.tea, quantity=1)
    opened(one, scans.FEWEST - 1)
    assert one.suspicion is None
    opened(one, 1)
    assert one.suspicion is Suspicion.MANY


def test_a_code_opened_long_after_its_last_day_is_marked(session: Any, trace: Trace) -> None:
    ends = MONDAY + timedelta(days=30) + scans.AFTER_END
    opened(trace, scans.FEWEST_LATE, ends)
    assert trace.suspicion is None
    opened(trace, scans.FEWEST_LATE - 1, ends + timedelta(days=1))
    assert trace.suspicion is None
    opened(trace, 1, ends + timedelta(days=2))
    assert trace.suspicion is Suspicion.ENDED


def test_a_code_opened_long_after_the_last_unit_has_left_is_marked(session: Any, world: World) -> None:
    with transaction():
        trace = published(world.cooperative, world.tea, quantity=20)
        lot = session.get(Lot, trace.lot_id)
        put(lot, "D01", 2)
    late = MONDAY + scans.AFTER_LAST + timedelta(days=1)
    opened(trace, scans.FEWEST_LATE, late)
    assert trace.suspicion is None
    with transaction():
        stock.sell(level_id(lot, world.quay), 2, cause="sale:1", actor=ACTOR, at=NOW)
    opened(trace, 1, MONDAY)
    assert trace.suspicion is Suspicion.GONE


def test_two_workers_who_add_at_once_lose_nothing(app: Flask, session: Any, trace: Trace) -> None:
    def act() -> str:
        scans.add({(trace.code, MONDAY): 3}, at=NOW)
        return "added"

    assert at_once(app, *[act] * 4) == ["added"] * 4
    assert scans.by_day(trace.id) == [Day(MONDAY, 12)]
    assert session.get(Trace, trace.id, populate_existing=True).scans == 12
