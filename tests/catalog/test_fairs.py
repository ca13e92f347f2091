"""Events: drafted, published, cancelled; who takes part; what the public and each officer sees."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import fairs, history
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid, NotFound
from catalog.fairs import Fair, FairFacts, FairKind, FairState
from catalog.history import Event
from catalog.memberships import Officer
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


def facts(**changes: Any) -> FairFacts:
    event = FairFacts(
        kind=FairKind.FAIR, name_vi="Hội chợ minh họa Hội An", starts_on=MONDAY + 9 * DAY, ends_on=MONDAY + 11 * DAY,
        place_vi="Quảng trường (thử)", organiser_vi="Ban tổ chức (thử)", commune_code=HOI_AN,
    )  # fmt: skip
    return replace(event, **changes)


def draft(by: Officer, **changes: Any) -> Fair:
    with transaction():
        return fairs.draft(facts(**changes), by=by, at=NOW)


def published(by: Officer, **changes: Any) -> Fair:
    fair = draft(by, **changes)
    with transaction():
        fairs.publish(fair, by=by, at=NOW)
    return fair


def shape() -> tuple[int, int]:
    counts = [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Fair, Event)]
    return counts[0], counts[1]


def coming() -> list[str]:
    return [fair.slug for fair in db.session.scalars(fairs.coming(on=MONDAY))]


def test_a_draft_is_nobody_s_but_the_officers(world: World, province: Officer) -> None:
    fair = draft(province)
    assert (fair.slug, fair.state) == ("hoi-cho-minh-hoa-hoi-an-2026", FairState.DRAFT)
    assert coming() == []
    with pytest.raises(NotFound):
        fairs.get_public(fair.slug)
    with transaction():
        fairs.publish(fair, by=province, at=NOW)
    assert coming() == [fair.slug]
    assert fairs.get_public(fair.slug).id == fair.id


def test_slugs_differ_and_never_change(world: World, province: Officer) -> None:
    first, second = draft(province), draft(province)
    named = draft(province, name_vi="Festival 2026")
    assert [first.slug, second.slug, named.slug] == [
        "hoi-cho-minh-hoa-hoi-an-2026", "hoi-cho-minh-hoa-hoi-an-2026-2", "festival-2026",
    ]  # fmt: skip
    assert draft(province, name_vi="☆").slug == "fair-2026"
    with transaction():
        fairs.change(first, facts(name_vi="Tên khác"), version=1, by=province, at=NOW)
    assert (first.name_vi, first.slug) == ("Tên khác", "hoi-cho-minh-hoa-hoi-an-2026")


def test_coming_is_nearest_first_and_past_latest_first(world: World, province: Officer) -> None:
    days = {"a": 5, "b": 2, "c": -40, "d": -20, "e": -2}
    for name, n in days.items():
        published(province, name_vi=f"Sự kiện {name}", starts_on=MONDAY + n * DAY, ends_on=MONDAY + (n + 2) * DAY)
    assert coming() == ["su-kien-e-2026", "su-kien-b-2026", "su-kien-a-2026"]  # e ends today
    past = [fair.slug for fair in db.session.scalars(fairs.past(on=MONDAY))]
    assert past == ["su-kien-d-2026", "su-kien-c-2026"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name_vi": " "}, ("name_vi", "required")),
        ({"name_vi": "x" * 161}, ("name_vi", "too_long")),
        ({"name_en": "x" * 161}, ("name_en", "too_long")),
        ({"place_vi": ""}, ("place_vi", "required")),
        ({"organiser_vi": ""}, ("organiser_vi", "required")),
        ({"ends_on": MONDAY}, ("ends_on", "before_start")),
        ({"ends_on": MONDAY + 200 * DAY}, ("ends_on", "too_long")),
        ({"starts_on": date(1999, 1, 1), "ends_on": date(1999, 1, 2)}, ("starts_on", "range")),
        ({"commune_code": "00000"}, ("commune_code", "unknown")),
        ({"link": "javascript:alert(1)"}, ("link", "link")),
        ({"link": "http://"}, ("link", "link")),
        ({"link": "https://["}, ("link", "link")),
        ({"link": "https://example.org/a b"}, ("link", "link")),
        ({"description_vi": "x" * 4001}, ("description_vi", "too_long")),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    world: World, province: Officer, changes: dict[str, Any], wrong: tuple[str, str]
) -> None:
    before = shape()
    with pytest.raises(Invalid) as refusal:
        draft(province, **changes)
    assert (refusal.value.field, refusal.value.reason) == wrong
    assert shape() == before


def test_paragraphs_of_a_description_stay_apart(world: World, province: Officer) -> None:
    fair = draft(province, description_vi=" Một   dòng.\r\n\r\n\r\nHai\ndòng. \n\n ")
    assert fair.description_vi == "Một dòng.\n\nHai dòng."


def test_officers_look_after_events_in_their_communes(world: World, province: Officer, coast: Officer) -> None:
    theirs, foreign = draft(coast), draft(province, commune_code=TRA_MY)
    elsewhere = draft(province, commune_code="", place_vi="Hà Nội")
    assert [fair.id for fair in db.session.scalars(fairs.fairs(coast))] == [theirs.id]
    assert db.session.scalar(select(func.count()).select_from(fairs.fairs(province).subquery())) == 3
    for fair in (foreign, elsewhere):
        with pytest.raises(NotFound):
            fairs.get_fair(fair.slug, coast)
    before = shape()
    for code, reason in (("", "required"), (TRA_MY, "unknown")):
        with pytest.raises(Invalid) as refusal:
            draft(coast, commune_code=code)
        assert (refusal.value.field, refusal.value.reason) == ("commune_code", reason)
    assert shape() == before


def test_a_change_is_seen_at_once_and_is_in_the_history(world: World, province: Officer) -> None:
    fair = published(province)
    with transaction():
        fairs.change(fair, facts(place_vi="Chỗ mới"), version=fair.version, by=province, at=NOW)
    event = list(db.session.scalars(history.of(fairs.subject_of(fair))))[-1]
    assert (event.facts["before"]["place_vi"], event.facts["after"]["place_vi"]) == ("Quảng trường (thử)", "Chỗ mới")
    with pytest.raises(Conflict), transaction():
        fairs.change(fair, facts(place_vi="Cũ"), version=1, by=province, at=NOW)
    assert fairs.get_public(fair.slug).place_vi == "Chỗ mới"


def test_a_cancelled_event_stays_to_be_seen_and_is_final(world: World, province: Officer) -> None:
    fair = published(province)
    with transaction():
        fairs.cancel(fair, reason="bão số 9 (thử)", by=province, at=NOW)
    assert fairs.get_public(fair.slug).state is FairState.CANCELLED
    before = shape()
    for act in (
        lambda: fairs.publish(fair, by=province, at=NOW),
        lambda: fairs.withdraw(fair, by=province, at=NOW),
        lambda: fairs.cancel(fair, reason="lại", by=province, at=NOW),
        lambda: fairs.change(fair, facts(), version=fair.version, by=province, at=NOW),
    ):
        with pytest.raises(Conflict), transaction():
            act()
    assert shape() == before


def test_what_was_published_too_early_is_taken_back(world: World, province: Officer) -> None:
    fair = published(province)
    with transaction():
        fairs.withdraw(fair, by=province, at=NOW)
    assert coming() == []
    other = published(province)
    with pytest.raises(Invalid) as refusal, transaction():
        fairs.cancel(other, reason=" ", by=province, at=NOW)
    assert (refusal.value.field, refusal.value.reason) == ("reason", "required")


def test_a_product_brings_its_producer_along(world: World, province: Officer) -> None:
    fair = published(province)
    for _ in range(2):
        with transaction():
            fairs.add_product(fair, world.honey, by=province, at=NOW)
            fairs.add_producer(fair, world.household, by=province, at=NOW)
    makers = [maker.id for maker in db.session.scalars(fairs.producers_of(fair))]
    assert makers == [world.household.id, world.cooperative.id]
    assert [product.id for product in db.session.scalars(fairs.products_of(fair))] == [world.honey.id]
    assert list(db.session.scalars(fairs.named(fair))) == [world.household.id]
    assert fairs.count_of([fair.id]) == {fair.id: 1}
    for maker in (world.cooperative, world.household):
        assert [f.id for f in db.session.scalars(fairs.of_producer(maker.id))] == [fair.id]
    for _ in range(2):
        with transaction():
            fairs.remove_product(fair, world.honey, by=province, at=NOW)
            fairs.remove_producer(fair, world.household, by=province, at=NOW)
    assert list(db.session.scalars(fairs.producers_of(fair))) == []
    verbs = Counter(event.verb for event in db.session.scalars(history.of(fairs.subject_of(fair))))
    assert verbs == {"fair.drafted": 1, "fair.published": 1, "fair.joined": 2, "fair.left": 2}


def test_a_producer_does_not_see_drafts(world: World, province: Officer) -> None:
    fair = draft(province)
    with transaction():
        fairs.add_product(fair, world.honey, by=province, at=NOW)
    assert list(db.session.scalars(fairs.of_producer(world.cooperative.id))) == []


def test_publishing_many_times_at_once_publishes_once(app: Flask, world: World, province: Officer) -> None:
    slug = draft(province).slug

    def act() -> str:
        fairs.publish(fairs.get_fair(slug, province), by=province, at=NOW)
        return "published"

    assert Counter(at_once(app, *[act] * 6)) == {"published": 1, Conflict.__name__: 5}


def test_adding_the_same_product_at_once_adds_it_once(app: Flask, world: World, province: Officer) -> None:
    slug, product = draft(province).slug, world.honey

    def act() -> str:
        fairs.add_product(fairs.get_fair(slug, province), product, by=province, at=NOW)
        return "added"

    assert at_once(app, *[act] * 4) == ["added"] * 4
    assert fairs.count_of([fairs.get_fair(slug, province).id]) == {fairs.get_fair(slug, province).id: 1}
