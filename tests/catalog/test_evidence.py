"""Sources, tests, notes and own lots of a trace: free in a draft, only added to afterwards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import evidence, history, stops, traces
from catalog.db import transaction
from catalog.errors import Conflict, Invalid, NotFound
from catalog.evidence import TraceNote, TraceParent, TraceSource, TraceTest
from catalog.lots import Lot
from catalog.traces import Trace, TraceState
from tests.catalog.cast import at_once
from tests.catalog.tracing import ACTOR, MADE, SOURCED, TESTED, published, told
from tests.world import MONDAY, MONDAY_NINE, World, make_member, maker_of, put

NOW = MONDAY_NINE
KINDS = (TraceTest, TraceSource, TraceNote, TraceParent)


def refused(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Invalid) as refusal, transaction():
        act()
    return refusal.value.field, refusal.value.reason


def shape(session: Any) -> tuple[int, ...]:
    session.rollback()
    return tuple(session.scalar(select(func.count()).select_from(kind)) for kind in (*KINDS, history.Event))


@pytest.fixture
def draft(session: Any, world: World) -> Trace:
    with transaction():
        return told(world.cooperative, world.honey)


def test_a_row_of_each_kind_is_kept_and_noted(session: Any, world: World, draft: Trace) -> None:
    with transaction():
        evidence.add_source(draft, replace(SOURCED, supplier=" Tổ  ong Nóc Thử "), actor=ACTOR, at=NOW)
        evidence.add_test(draft, TESTED, actor=ACTOR, at=NOW)
        evidence.add_note(draft, "Nắp đổi sang màu trắng", actor=ACTOR, at=NOW)
    (source,) = session.scalars(evidence.sources_of(draft.id))
    (test,) = session.scalars(evidence.tests_of(draft.id))
    (note,) = session.scalars(evidence.notes_of(draft.id))
    assert (source.material, source.supplier, source.their_lot) == ("Mật thô", "Tổ ong Nóc Thử", "O-7")
    assert (test.what, test.result, test.paper) == ("Độ ẩm", "18 %", "PT-01 (thử)")
    assert (note.words, note.added_at) == ("Nắp đổi sang màu trắng", NOW)
    events = list(session.scalars(history.of(f"lot:{draft.lot_id}")))[1:]
    assert [(event.verb, event.actor) for event in events] == [
        ("trace.sourced", ACTOR), ("trace.tested", ACTOR), ("trace.noted", ACTOR),
    ]  # fmt: skip
    assert events[0].facts["after"]["got_on"] == "2026-11-11"


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"material": ""}, ("material", "required")),
        ({"supplier": "\u200b"}, ("supplier", "required")),
        ({"place": " "}, ("place", "required")),
        ({"material": "x" * 161}, ("material", "too_long")),
        ({"their_lot": "x" * 161}, ("their_lot", "too_long")),
        ({"got_on": MONDAY + timedelta(days=1)}, ("got_on", "future")),
        ({"got_on": MADE + timedelta(days=1)}, ("got_on", "after_made_on")),
    ],
)
def test_a_source_that_cannot_be_is_refused(
    session: Any, draft: Trace, facts: dict[str, Any], wrong: tuple[str, str]
) -> None:
    before = shape(session)
    assert refused(lambda: evidence.add_source(draft, replace(SOURCED, **facts), actor=ACTOR, at=NOW)) == wrong
    assert shape(session) == before


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"what": ""}, ("what", "required")),
        ({"tested_by": ""}, ("tested_by", "required")),
        ({"result": ""}, ("result", "required")),
        ({"result": "x" * 301}, ("result", "too_long")),
        ({"paper": "x" * 161}, ("paper", "too_long")),
        ({"tested_on": MONDAY + timedelta(days=1)}, ("tested_on", "future")),
    ],
)
def test_a_test_that_cannot_be_is_refused(
    session: Any, draft: Trace, facts: dict[str, Any], wrong: tuple[str, str]
) -> None:
    before = shape(session)
    assert refused(lambda: evidence.add_test(draft, replace(TESTED, **facts), actor=ACTOR, at=NOW)) == wrong
    assert shape(session) == before


def test_lots_come_of_many_and_go_into_many(session: Any, world: World) -> None:
    with transaction():
        raw, herbs = told(world.cooperative, world.honey, "THO-1"), told(world.cooperative, world.tea, "LA-1")
        small, large = told(world.cooperative, world.honey, "S-1"), told(world.cooperative, world.honey, "L-1")
        for child in (small, large):
            for parent in (raw, herbs):
                evidence.add_parent(child, parent, actor=ACTOR, at=NOW)
    assert [row.parent.code for row in session.scalars(evidence.parents_of(small.id))] == [raw.code, herbs.code]
    assert [trace.code for trace in session.scalars(evidence.children_of(raw.id))] == [large.code, small.code]
    before = shape(session)
    for child, parent, reason in ((raw, small, "younger"), (raw, raw, "younger"), (small, raw, "twice")):
        act = lambda child=child, parent=parent: evidence.add_parent(child, parent, actor=ACTOR, at=NOW)  # noqa: E731
        assert refused(act) == ("parent", reason)
    assert shape(session) == before


def test_a_trace_has_room_for_so_many_rows(session: Any, draft: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST_ROWS", 2)
    with transaction():
        for words in ("một", "hai"):
            evidence.add_note(draft, words, actor=ACTOR, at=NOW)
    assert refused(lambda: evidence.add_note(draft, "ba", actor=ACTOR, at=NOW)) == ("rows", "too_many")


def test_without_a_source_nothing_is_published(session: Any, world: World, draft: Trace) -> None:
    before = shape(session)
    assert refused(lambda: evidence.publish(draft, actor=ACTOR, at=NOW)) == ("sources", "required")
    assert shape(session) == before
    with transaction():
        second = told(world.cooperative, world.honey, "M2")
        evidence.add_parent(second, draft, actor=ACTOR, at=NOW)
        evidence.publish(second, actor=ACTOR, at=NOW)
    assert (second.state, second.published_at) == (TraceState.PUBLISHED, NOW)
    assert traces.find_published(second.code) is not None


def test_rows_are_taken_out_of_a_draft_and_never_of_a_published_one(session: Any, world: World, draft: Trace) -> None:
    with transaction():
        first = evidence.add_source(draft, SOURCED, actor=ACTOR, at=NOW)
        evidence.add_source(draft, replace(SOURCED, material="Nắp"), actor=ACTOR, at=NOW)
        other = evidence.add_source(told(world.household, world.lantern), SOURCED, actor=ACTOR, at=NOW)
    with transaction():
        for row in (first.id, first.id, other.id, 999_999):
            evidence.remove(draft, TraceSource, row, actor=ACTOR, at=NOW)
    assert [row.material for row in session.scalars(evidence.sources_of(draft.id))] == ["Nắp"]
    assert session.get(TraceSource, other.id) is not None
    events = [e for e in session.scalars(history.of(f"lot:{draft.lot_id}")) if e.verb == "trace.removed"]
    assert [event.facts["before"]["material"] for event in events] == ["Mật thô"]
    with transaction():
        evidence.publish(draft, actor=ACTOR, at=NOW)
        evidence.add_test(draft, TESTED, actor=ACTOR, at=NOW + timedelta(days=1))
    (kept,) = session.scalars(evidence.sources_of(draft.id))
    before = shape(session)
    with pytest.raises(Conflict), transaction():
        evidence.remove(draft, TraceSource, kept.id, actor=ACTOR, at=NOW)
    assert shape(session) == before


def test_a_draft_is_thrown_away_with_its_lot_unless_an_outlet_has_some(
    session: Any, world: World, draft: Trace
) -> None:
    with transaction():
        evidence.add_source(draft, SOURCED, actor=ACTOR, at=NOW)
        second = told(world.cooperative, world.honey, "M2")
        put(session.get(Lot, second.lot_id), "D01", 3)
    kept, gone = second.lot_id, draft.lot_id
    with transaction():
        for trace in (draft, second):
            evidence.discard(trace, actor=ACTOR, at=NOW)
    assert session.scalar(select(func.count()).select_from(Trace)) == 0
    assert session.scalar(select(func.count()).select_from(TraceSource)) == 0
    assert [session.get(Lot, key) is None for key in (gone, kept)] == [True, False]
    with pytest.raises(NotFound), transaction():
        evidence.add_note(draft, "muộn", actor=ACTOR, at=NOW)


def test_a_draft_that_went_into_another_stays(session: Any, world: World, draft: Trace) -> None:
    with transaction():
        second = told(world.cooperative, world.honey, "M2")
        evidence.add_parent(second, draft, actor=ACTOR, at=NOW)
    before = shape(session)
    with pytest.raises(Conflict), transaction():
        evidence.discard(draft, actor=ACTOR, at=NOW)
    assert shape(session) == before


def test_a_stopped_lot_stays_when_its_draft_is_thrown_away(session: Any, world: World, draft: Trace) -> None:
    with transaction():
        lot = session.get(Lot, draft.lot_id)
        stops.quarantine_own(lot, "nghi lẫn", by=maker_of(make_member(world.cooperative)), at=NOW)
        evidence.discard(draft, actor=ACTOR, at=NOW)
    assert session.get(Lot, lot.id) is not None


def test_one_of_two_who_publish_and_discard_wins(app: Flask, session: Any, world: World, draft: Trace) -> None:
    with transaction():
        evidence.add_source(draft, SOURCED, actor=ACTOR, at=NOW)

    def act(verb: Callable[..., None], name: str) -> Callable[[], str]:
        def run() -> str:
            verb(traces.get_trace(world.cooperative.id, draft.code), actor=ACTOR, at=NOW)
            return name

        return run

    answers = at_once(app, act(evidence.publish, "published"), act(evidence.publish, "published"),
                      act(evidence.discard, "discarded"))  # fmt: skip
    assert len([answer for answer in answers if answer in ("published", "discarded")]) == 1
    assert {answer for answer in answers if answer not in ("published", "discarded")} <= {"Conflict", "NotFound"}
    assert session.scalar(select(func.count()).select_from(Trace)) == ("published" in answers)


def test_published_ones_are_read_by_everybody(session: Any, world: World) -> None:
    with transaction():
        trace = published(world.cooperative, world.honey)
    found = traces.find_published(trace.code)
    assert found is not None
    assert found.lot.variant.product.producer.code == world.cooperative.code
