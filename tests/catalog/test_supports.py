"""Support that was given: written down, corrected with a reason, seen by whom it concerns."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import history, supports
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid, NotFound
from catalog.history import Event
from catalog.memberships import Officer
from catalog.supports import Support, SupportFacts, SupportKind
from tests.catalog.cast import at_once
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, TRA_MY, World, make_officer, officer_of

NOW, DAY = MONDAY_NINE, timedelta(days=1)


@pytest.fixture
def province(session: Any, world: World) -> Officer:
    with transaction():
        return officer_of(make_officer())


@pytest.fixture
def coast(session: Any, world: World) -> Officer:
    with transaction():
        return officer_of(make_officer(HOI_AN))


def facts(**changes: Any) -> SupportFacts:
    given = SupportFacts(
        SupportKind.LABEL, HOI_AN, None, MONDAY, 12_000_000, "Ngân sách tỉnh (thử)", "In 2.000 nhãn có mã QR"
    )
    return replace(given, **changes)


def write(by: Officer, **changes: Any) -> Support:
    with transaction():
        return supports.record(facts(**changes), by=by, at=NOW)


def shape() -> tuple[int, int]:
    counts = [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Support, Event)]
    return counts[0], counts[1]


def test_support_is_written_down_to_the_dong(world: World, province: Officer) -> None:
    priced = write(province)
    unpriced = write(province, amount=None, kind=SupportKind.TRAINING, producer_id=world.household.id)
    rows = [(support.id, support.amount, maker) for support, maker in db.session.execute(supports.supports(province))]
    assert [(key, amount) for key, amount, _ in rows] == [(unpriced.id, None), (priced.id, 12_000_000)]
    assert [maker.id if maker else None for _, _, maker in rows] == [world.household.id, None]
    (event,) = db.session.scalars(history.of(supports.subject_of(priced)))
    assert (event.verb, event.facts["after"]["amount"]) == ("support.recorded", 12_000_000)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"commune_code": ""}, ("commune_code", "required")),
        ({"commune_code": "x"}, ("commune_code", "unknown")),
        ({"producer_id": 10**9}, ("producer_id", "unknown")),
        ({"given_on": MONDAY + DAY}, ("given_on", "future")),
        ({"given_on": date(1990, 1, 1)}, ("given_on", "too_early")),
        ({"amount": 0}, ("amount", "range")),
        ({"amount": -1}, ("amount", "range")),
        ({"amount": 10_000_000_001}, ("amount", "range")),
        ({"fund": ""}, ("fund", "required")),
        ({"fund": "x" * 201}, ("fund", "too_long")),
        ({"what": " "}, ("what", "required")),
        ({"what": "x" * 1001}, ("what", "too_long")),
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


def test_an_officer_writes_and_reads_only_of_their_communes(world: World, province: Officer, coast: Officer) -> None:
    theirs, foreign = write(coast), write(province, commune_code=TRA_MY)
    assert [s.id for s, _ in db.session.execute(supports.supports(coast))] == [theirs.id]
    before = shape()
    with pytest.raises(Invalid):
        write(coast, commune_code=TRA_MY)
    for key in (foreign.id, 10**9):
        with pytest.raises(NotFound):
            supports.get_support(key, coast)
    with pytest.raises(NotFound), transaction():
        supports.correct(foreign, facts(), reason="thử", version=1, by=coast, at=NOW)
    assert shape() == before


def test_a_correction_says_why_and_keeps_what_stood_there(world: World, province: Officer) -> None:
    support = write(province)
    with transaction():
        supports.correct(support, facts(amount=10_000_000), reason="theo phiếu chi", version=1, by=province, at=NOW)
    assert (support.amount, support.version) == (10_000_000, 2)
    _recorded, event = db.session.scalars(history.of(supports.subject_of(support)))
    told = event.facts
    assert (told["before"]["amount"], told["after"]["amount"], told["reason"]) == (
        12_000_000, 10_000_000, "theo phiếu chi",
    )  # fmt: skip


def test_two_corrections_at_once_are_one(app: Flask, world: World, province: Officer) -> None:
    support_id = write(province).id

    def act() -> str:
        support = supports.get_support(support_id, province)
        supports.correct(support, facts(amount=1), reason="thử", version=1, by=province, at=NOW)
        return "corrected"

    assert Counter(at_once(app, *[act] * 4)) == {"corrected": 1, Conflict.__name__: 3}
