"""Which communes an officer serves."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from catalog import history
from catalog.db import db
from catalog.people import User
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import HOI_AN, TRA_MY, World, changing, make_officer, make_staff, officer_of

ROOM = "/van-phong/can-bo"


@pytest.fixture
def other(app: Flask, world: World) -> User:
    """An officer of Hội An."""
    with changing(app):
        return make_officer(HOI_AN, name="Võ Thị Bích")


def served(app: Flask, user: User) -> frozenset[str] | None:
    with app.app_context():
        return officer_of(user).communes


def ticked(page: Page) -> set[str]:
    return {e.get("value") or "" for e in page.all("input", name="communes") if e.get("checked") is not None}


def write(officer: PageClient, user: User, *, status: int = 200, **fields: Any) -> Page:
    form: dict[str, Any] = officer.get(f"{ROOM}/{user.id}").form("")
    form.pop("communes", None)
    return officer.post(f"{ROOM}/{user.id}", form | fields, status=status)


def test_the_list_says_whom_each_serves(officer: PageClient, other: User) -> None:
    page = officer.get(ROOM)
    rows = [" ".join("".join(row.itertext()).split()) for row in page.all("tr")][1:]
    assert [("Cả chương trình" in row, "Phường Hội An" in row) for row in rows] == [(True, False), (False, True)]


def test_communes_are_ticked_by_their_old_districts(app: Flask, officer: PageClient, other: User) -> None:
    page = officer.get(f"{ROOM}/{other.id}")
    assert ticked(page) == {HOI_AN}
    assert len(page.all("details", class_="scope-district")) == 26
    write(officer, other, scope="some", communes=[HOI_AN, TRA_MY])
    assert served(app, other) == {HOI_AN, TRA_MY}
    with app.app_context():
        event = list(db.session.scalars(history.of(f"user:{other.id}")))[-1]
        assert (event.verb, event.facts) == (
            "membership.assigned",
            {"before": [HOI_AN], "after": [HOI_AN, TRA_MY]},
        )
    write(officer, other, scope="all", communes=[HOI_AN])
    assert served(app, other) is None


@pytest.mark.parametrize(
    "fields", [{"scope": "some"}, {"scope": "some", "communes": ["00004"]}, {"scope": "few"}, {"key": ""}]
)
def test_no_commune_at_all_is_not_the_whole_programme(
    app: Flask, officer: PageClient, other: User, fields: dict[str, Any]
) -> None:
    page = write(officer, other, status=422, **fields)
    assert served(app, other) == {HOI_AN}
    if fields.get("scope") == "some":
        assert page.text.count("Đánh dấu ít nhất một xã, phường") == 2


def test_nobody_changes_their_own(app: Flask, world: World, enter: SignIn) -> None:
    with changing(app):
        me = make_officer()
    browser = enter(me)
    page = browser.get(f"{ROOM}/{me.id}")
    assert "địa bàn của mình phải do một cán bộ khác đổi" in page.text
    assert not page.all("input", name="communes")
    fields = {"key": "abcdefgh", "scope": "some", "communes": [HOI_AN]}
    browser.post(f"{ROOM}/{me.id}", fields, status=403)
    assert served(app, me) is None


def test_who_serves_some_communes_finds_no_such_pages(
    app: Flask, scoped: Callable[..., PageClient], other: User
) -> None:
    browser = scoped(TRA_MY)
    for path in (ROOM, f"{ROOM}/{other.id}"):
        browser.get(path, status=404)
    browser.post(f"{ROOM}/{other.id}", {"key": "abcdefgh", "scope": "all"}, status=404)
    assert served(app, other) == {HOI_AN}
    assert ROOM not in [a.get("href") for a in browser.get("/van-phong").all("a")]


def test_who_is_no_officer_does_not_exist(app: Flask, officer: PageClient, world: World) -> None:
    with changing(app):
        clerk = make_staff(world.quay)
    for key in (clerk.id, 0, 999_999, "x", "-1", 10**20):
        officer.get(f"{ROOM}/{key}", status=404)
    officer.post(f"{ROOM}/{clerk.id}", {"key": "abcdefgh", "scope": "all"}, status=404)


def test_the_new_scope_counts_from_the_next_press(app: Flask, officer: PageClient, other: User, enter: SignIn) -> None:
    browser = enter(other)
    assert "Phụ trách 1 xã, phường" in browser.get("/van-phong").text
    write(officer, other, scope="all")
    assert "Phụ trách cả chương trình" in browser.get("/van-phong").text


def test_the_list_asks_the_database_a_constant_number_of_times(
    app: Flask, officer: PageClient, world: World, count_statements: Any
) -> None:
    with count_statements() as before:
        officer.get(ROOM)
    with changing(app):
        for _ in range(5):
            make_officer(HOI_AN, TRA_MY)
    with count_statements() as after:
        officer.get(ROOM)
    assert len(after) == len(before)
