"""Support visits: written down, corrected with a reason, counted by locality."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import history, visits
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid, NotFound
from catalog.history import Event
from catalog.memberships import Officer
from catalog.visits import Visit, VisitFacts
from tests.catalog.cast import at_once
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, TAM_KY, TRA_MY, World, make_officer, officer_of

NOW, DAY = MONDAY_NINE, timedelta(days=1)


@pytest.fixture
def province(session: Any, world: World) -> Officer:
    with transaction():
        return officer_of(make_officer())


@pytest.fixture
def coast(session: Any, world: World) -> Officer:
    """Serves Hội An alone."""
    with transaction():
        return officer_of(make_officer(HOI_AN))


def facts(**changes: Any) -> VisitFacts:
    seen = VisitFacts(HOI_AN, None, MONDAY - DAY, "Tổ hỗ trợ (thử)", "Nhãn còn thiếu ngày sản xuất", "In lại nhãn")
    return replace(seen, **changes)


def write(by: Officer, **changes: Any) -> Visit:
    with transaction():
        return visits.record(facts(**changes), by=by, at=NOW)


def seen_by(officer: Officer) -> list[int]:
    return [visit.id for visit, _producer in db.session.execute(visits.visits(officer))]


def shape() -> tuple[int, int]:
    counts = [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Visit, Event)]
    return counts[0], counts[1]


def test_a_visit_is_written_down_with_who_wrote_it(world: World, province: Officer) -> None:
    visit = write(province, who="  Tổ   hỗ trợ ", producer_id=world.household.id, commune_code="")
    assert (visit.commune_code, visit.who, visit.visited_on, visit.version) == (HOI_AN, "Tổ hỗ trợ", MONDAY - DAY, 1)
    (event,) = db.session.scalars(history.of(visits.subject_of(visit)))
    assert (event.verb, event.actor, event.at) == ("visit.recorded", province.actor, NOW)
    assert event.facts["after"]["found"] == "Nhãn còn thiếu ngày sản xuất"
    ((found, producer),) = db.session.execute(visits.visits(province)).all()
    assert (found.id, producer.id) == (visit.id, world.household.id)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"commune_code": ""}, ("commune_code", "required")),
        ({"commune_code": "00000"}, ("commune_code", "unknown")),
        ({"producer_id": 10**9}, ("producer_id", "unknown")),
        ({"visited_on": MONDAY + DAY}, ("visited_on", "future")),
        ({"visited_on": date(2017, 12, 31)}, ("visited_on", "too_early")),
        ({"who": " "}, ("who", "required")),
        ({"who": "x" * 201}, ("who", "too_long")),
        ({"found": ""}, ("found", "required")),
        ({"found": "x" * 2001}, ("found", "too_long")),
        ({"follows": "x" * 2001}, ("follows", "too_long")),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    world: World, province: Officer, changes: dict[str, Any], wrong: tuple[str, str]
) -> None:
    before = shape()
    with pytest.raises(Invalid) as refusal:
        write(province, **changes)
    assert (refusal.value.field, refusal.value.reason) == wrong
    assert shape() == before


def test_a_producer_is_visited_where_it_is(world: World, province: Officer) -> None:
    with pytest.raises(Invalid) as refusal:
        write(province, commune_code=HOI_AN, producer_id=world.cooperative.id)
    assert (refusal.value.field, refusal.value.reason) == ("producer_id", "elsewhere")


def test_an_officer_writes_and_reads_only_of_their_communes(world: World, province: Officer, coast: Officer) -> None:
    theirs, foreign = write(coast), write(province, commune_code=TRA_MY)
    assert seen_by(coast) == [theirs.id]
    assert seen_by(province) == [foreign.id, theirs.id]
    before = shape()
    for changes in ({"commune_code": TRA_MY}, {"commune_code": "", "producer_id": world.cooperative.id}):
        with pytest.raises(Invalid):
            write(coast, **changes)
    with pytest.raises(NotFound):
        visits.get_visit(foreign.id, coast)
    with pytest.raises(NotFound):
        visits.get_visit(10**9, coast)
    with pytest.raises(NotFound), transaction():
        visits.correct(foreign, facts(), reason="thử", version=1, by=coast, at=NOW)
    assert shape() == before


def test_a_correction_says_why_and_keeps_what_stood_there(world: World, province: Officer) -> None:
    visit = write(province)
    with transaction():
        visits.correct(visit, facts(found="Nhãn đủ"), reason=" xem lại ảnh ", version=1, by=province, at=NOW + DAY)
    assert (visit.found, visit.version) == ("Nhãn đủ", 2)
    _recorded, event = db.session.scalars(history.of(visits.subject_of(visit)))
    assert (event.verb, event.facts["reason"]) == ("visit.corrected", "xem lại ảnh")
    assert event.facts["before"]["found"] == "Nhãn còn thiếu ngày sản xuất"
    assert event.facts["after"]["found"] == "Nhãn đủ"


def test_a_correction_of_what_somebody_has_corrected_already_is_refused(world: World, province: Officer) -> None:
    visit = write(province)
    with transaction():
        visits.correct(visit, facts(found="Nhãn đủ"), reason="một", version=1, by=province, at=NOW)
    before = shape()
    with pytest.raises(Conflict), transaction():
        visits.correct(visit, facts(found="Khác"), reason="hai", version=1, by=province, at=NOW)
    with pytest.raises(Invalid) as refusal, transaction():
        visits.correct(visit, facts(found="Khác"), reason="", version=2, by=province, at=NOW)
    assert refusal.value.field == "reason"
    assert (visits.get_visit(visit.id, province).found, shape()) == ("Nhãn đủ", before)


def test_two_corrections_at_once_are_one(app: Flask, world: World, province: Officer) -> None:
    visit_id = write(province).id

    def act() -> str:
        visit = visits.get_visit(visit_id, province)
        visits.correct(visit, facts(found="Khác"), reason="thử", version=1, by=province, at=NOW)
        return "corrected"

    assert Counter(at_once(app, *[act] * 4)) == {"corrected": 1, "Conflict": 3}


def test_days_are_counted_once_however_many_producers_were_seen(world: World, province: Officer) -> None:
    for changes in (
        {}, {"producer_id": world.household.id}, {"visited_on": MONDAY - 5 * DAY}, {"visited_on": date(2025, 12, 31)},
        {"commune_code": TRA_MY},
    ):  # fmt: skip
        write(province, **changes)
    year = {"from_on": date(2026, 1, 1), "to_on": date(2026, 12, 31)}
    assert visits.count_by_commune([HOI_AN, TRA_MY, TAM_KY], **year) == {HOI_AN: 2, TRA_MY: 1}
    assert visits.count_by_commune([TAM_KY], **year) == {}
