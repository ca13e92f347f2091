"""Who did what to which thing, and when."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, InternalError, ProgrammingError

from catalog import history
from catalog.db import transaction
from catalog.history import Asked, Event
from catalog.rulebook import Entry
from tests.world import HOI_AN, MONDAY_NINE, TAM_KY, World, levels_at


def test_deeds_are_told_per_thing_in_their_order(session: Any) -> None:
    with transaction():
        history.record("order.placed", "order:QN-1", actor="buyer", at=MONDAY_NINE, total=745_000)
        history.record("order.placed", "order:QN-2", actor="user:5", at=MONDAY_NINE)
        history.record("order.cancelled", "order:QN-1", actor="buyer", at=MONDAY_NINE + timedelta(minutes=5))
    told = [(e.verb, e.actor, e.at, e.facts) for e in session.scalars(history.of("order:QN-1"))]
    assert told == [
        ("order.placed", "buyer", MONDAY_NINE, {"total": 745_000}),
        ("order.cancelled", "buyer", MONDAY_NINE + timedelta(minutes=5), {}),
    ]


def test_a_deed_undone_was_never_told(session: Any) -> None:
    with pytest.raises(KeyError), transaction():
        history.record("order.placed", "order:QN-1", actor="buyer", at=MONDAY_NINE)
        raise KeyError
    assert session.scalars(history.of("order:QN-1")).all() == []


def lies(session: Any, subject: str) -> str | None:
    return session.scalars(select(Event.commune_code).where(Event.subject == subject)).one()


def test_a_deed_lies_in_the_commune_of_its_thing(session: Any, world: World) -> None:
    shelf = levels_at(world.quay)[0]
    subjects = {
        f"outlet:{world.quay.code}": HOI_AN,
        f"producer:{world.cooperative.code}": world.cooperative.commune_code,
        f"product:{world.lantern.code}": world.lantern.commune_code,
        f"shelf:{shelf.id}": HOI_AN,
        f"lot:{shelf.lot_id}": world.honey.commune_code,
        "product:NONE": None,
        "lot:999999": None,
        "order:QN-1": None,
        "setting:lapsed": None,
        "sale:BL-1": None,
    }
    with transaction():
        for subject in subjects:
            history.record("thing.done", subject, actor="system", at=MONDAY_NINE)
        history.record_in(TAM_KY, "membership.granted", "user:5", actor="system", at=MONDAY_NINE)
    assert {subject: lies(session, subject) for subject in subjects} == subjects
    assert lies(session, "user:5") == TAM_KY


@pytest.mark.parametrize("kind", sorted(history.LIES))
def test_every_kind_of_thing_is_looked_up_in_the_schema_as_it_is(session: Any, kind: str) -> None:
    with transaction():
        history.record("thing.done", f"{kind}:7", actor="system", at=MONDAY_NINE, note="“có dấu”")
    event = session.scalars(select(Event)).one()
    assert (event.commune_code, event.facts) == (None, {"note": "“có dấu”"})


@pytest.fixture
def deeds(session: Any) -> None:
    """Five deeds in three hours, two of them at one instant."""
    with transaction():
        for hour, verb, actor, subject, commune in (
            (0, "price.changed", "user:1", "thing:a", HOI_AN),
            (1, "price.changed", "user:2", "thing:b", TAM_KY),
            (1, "page.approved", "user:1", "thing:a", TAM_KY),
            (2, "page.approved", "user:2", "thing:a", None),
            (3, "page.returned", "user:1", "thing:b", HOI_AN),
        ):
            history.record_in(commune, verb, subject, actor=actor, at=MONDAY_NINE + timedelta(hours=hour))


@pytest.mark.parametrize(
    ("asked", "communes", "wanted"),
    [
        (Asked(), None, [5, 4, 3, 2, 1]),
        (Asked(), {HOI_AN}, [5, 1]),
        (Asked(), set(), []),
        (Asked(actors={"user:1"}), None, [5, 3, 1]),
        (Asked(actors=()), None, []),
        (Asked(verbs={"page.approved", "page.returned"}), None, [5, 4, 3]),
        (Asked(subjects={"thing:a"}), {TAM_KY}, [3]),
        (Asked(from_at=MONDAY_NINE + timedelta(hours=1)), None, [5, 4, 3, 2]),
        (Asked(before_at=MONDAY_NINE + timedelta(hours=1)), None, [1]),
        (Asked(actors={"user:2"}, subjects={"thing:b"}), None, [2]),
    ],
)
def test_deeds_are_found_the_newest_first(
    session: Any, deeds: None, asked: Asked, communes: set[str] | None, wanted: list[int]
) -> None:
    first = session.scalar(select(func.min(Event.id)))
    found = [event.id - first + 1 for event in session.scalars(history.found(asked, communes=communes))]
    assert found == wanted


def test_pages_follow_one_another_without_gap_or_repetition(session: Any, deeds: None) -> None:
    query, told, last = history.found(Asked(), communes=None), [], None
    while True:
        page = session.scalars((history.older_than(query, *last) if last else query).limit(2)).all()
        if not page:
            break
        told += [(event.at, event.id) for event in page]
        last = told[-1]
    assert told == sorted(told, reverse=True)
    assert len(set(told)) == 5


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'user:9'",
        "DELETE FROM events",
        "DELETE FROM events WHERE verb = 'thing.done'",
        "UPDATE rulebook_entries SET note = ''",
        "DELETE FROM rulebook_entries",
    ],
)
def test_the_database_refuses_to_change_what_was_written(session: Any, statement: str) -> None:
    with transaction():
        history.record("thing.done", "thing:1", actor="user:1", at=MONDAY_NINE)
        row = {"name": "motto", "number": 1, "value": "x", "begins_at": MONDAY_NINE, "actor": "user:1"}
        session.execute(insert(Entry).values(row | {"at": MONDAY_NINE, "note": "y"}))
    with pytest.raises((IntegrityError, InternalError, ProgrammingError), match="is only added to"), transaction():
        session.execute(text(statement))
    session.rollback()
    assert [event.actor for event in session.scalars(select(Event))] == ["user:1"]
    assert [entry.note for entry in session.scalars(select(Entry))] == ["y"]


def test_nor_can_the_whole_table_be_emptied_at_once(session: Any, engine_name: str) -> None:
    if engine_name == "sqlite":
        return  # has no such statement
    with pytest.raises((InternalError, ProgrammingError), match="is only added to"), transaction():
        session.execute(text("TRUNCATE events"))
    session.rollback()
