"""Who works where, and what each may do."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import history, memberships, people
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, NotFound
from catalog.memberships import GRANTS, Membership, Officer, Role, Staff, Standing, Task
from catalog.outlets import Outlet
from catalog.people import User
from tests.catalog.cast import at_once
from tests.world import HOI_AN, MONDAY_NINE, TRA_MY, World, make_officer, make_staff, officer_of

DAILY = {Task.LOOK, Task.SELL, Task.RECEIVE, Task.HAND_OVER, Task.SEND, Task.COUNT, Task.WRITE_OFF}


def hired(outlet: Outlet | None = None, role: Role = Role.CLERK) -> User:
    with transaction():
        return make_staff(outlet, role)


def staff_of(user: User) -> Staff:
    staff = memberships.find_staff(user)
    assert staff is not None
    return staff


def codes(staff: Staff) -> list[str]:
    return [outlet.code for outlet in db.session.scalars(memberships.outlets_of(staff))]


def test_a_clerk_sees_their_outlet_and_does_the_daily_work(session: Any, world: World) -> None:
    clerk = staff_of(hired(world.quay))
    assert codes(clerk) == ["D01"]
    assert clerk.standings(world.quay.id) == {Standing.CLERK}
    assert {task for task in Task if clerk.may(task, world.quay.id)} == DAILY


def test_a_manager_also_manages_and_approves(session: Any, world: World) -> None:
    manager = staff_of(hired(world.quay, Role.MANAGER))
    assert codes(manager) == ["D01"]
    assert {task for task in Task if manager.may(task, world.quay.id)} == DAILY | {Task.MANAGE, Task.APPROVE}


def test_the_manager_of_a_centre_looks_at_what_it_supplies_and_approves_there(session: Any, world: World) -> None:
    manager = staff_of(hired(world.centre, Role.MANAGER))
    assert codes(manager) == ["D01", "D02", "T01"]
    assert {task for task in Task if manager.may(task, world.hill.id)} == {Task.LOOK, Task.APPROVE, Task.APPROVE_ANY}


def test_the_clerk_of_a_centre_sees_only_the_centre(session: Any, world: World) -> None:
    assert codes(staff_of(hired(world.centre))) == ["T01"]


def test_an_officer_sees_all_and_sells_nothing(session: Any, world: World) -> None:
    officer = staff_of(hired(role=Role.OFFICER))
    assert codes(officer) == ["D01", "D02", "T01"]
    may = {task for task in Task if officer.may(task, world.hill.id)}
    assert may == {Task.LOOK, Task.APPROVE, Task.APPROVE_ANY, Task.STOP_LOT}


def test_a_person_may_work_at_several_outlets(session: Any, world: World) -> None:
    user = hired(world.quay)
    with transaction():
        memberships.grant(user, Role.MANAGER, world.hill, actor="user:1", at=MONDAY_NINE)
    staff = staff_of(user)
    assert codes(staff) == ["D01", "D02"]
    assert (staff.may(Task.MANAGE, world.hill.id), staff.may(Task.MANAGE, world.quay.id)) == (True, False)


def test_a_foreign_outlet_is_not_found_and_a_foreign_task_forbidden(session: Any, world: World) -> None:
    clerk = staff_of(hired(world.quay))
    for code in ("T01", "X99", "d01", ""):
        with pytest.raises(NotFound):
            memberships.get_outlet(clerk, code)
    assert memberships.get_outlet(clerk, "D01").id == world.quay.id
    with pytest.raises(NotFound):
        clerk.must(Task.LOOK, world.hill.id)
    with pytest.raises(Forbidden):
        clerk.must(Task.MANAGE, world.quay.id)
    clerk.must(Task.SELL, world.quay.id)


def test_every_standing_may_at_least_look() -> None:
    assert set(GRANTS) == set(Standing)
    assert all(Task.LOOK in tasks for tasks in GRANTS.values())


def test_a_membership_ends_at_once_and_once(session: Any, world: World) -> None:
    user = hired(world.quay)
    (membership,) = session.scalars(select(Membership.id))
    for _ in range(2):
        with transaction():
            memberships.end(membership, actor="user:9", at=MONDAY_NINE)
    assert memberships.find_staff(user) is None
    assert list(session.execute(memberships.live())) == []
    ended = [e for e in session.scalars(history.of(f"user:{user.id}")) if e.verb == "membership.ended"]
    facts = {"role": "clerk", "outlet": "D01", "before": "clerk", "after": None}
    assert [(event.actor, event.commune_code, event.facts) for event in ended] == [("user:9", HOI_AN, facts)]


def test_an_unknown_membership_is_not_found(session: Any) -> None:
    with pytest.raises(NotFound), transaction():
        memberships.end(999, actor="user:1", at=MONDAY_NINE)


def test_nobody_is_the_same_twice_but_may_come_back(session: Any, world: World) -> None:
    user = hired(world.quay)
    with pytest.raises(Conflict), transaction():
        memberships.grant(user, Role.CLERK, world.quay, actor="user:1", at=MONDAY_NINE)
    (first,) = session.scalars(select(Membership.id))
    with transaction():
        memberships.end(first, actor="user:1", at=MONDAY_NINE)
        memberships.grant(user, Role.CLERK, world.quay, actor="user:1", at=MONDAY_NINE)
    live = [membership.id for membership, _, _ in session.execute(memberships.live())]
    assert len(live) == 1
    assert first not in live


def test_the_list_is_by_outlet_and_names_officers_without_one(session: Any, world: World) -> None:
    for outlet, role in ((world.hill, Role.CLERK), (world.quay, Role.MANAGER), (None, Role.OFFICER)):
        hired(outlet, role)
    rows = {(m.role, outlet.code if outlet else None) for m, _, outlet in session.execute(memberships.live())}
    assert rows == {(Role.CLERK, "D02"), (Role.MANAGER, "D01"), (Role.OFFICER, None)}


def test_of_two_officers_who_grant_at_once_one_does(app: Flask, session: Any, world: World) -> None:
    user_id, outlet = hired(world.quay).id, world.hill

    def grant() -> str:
        user = people.find_user(user_id)
        assert user is not None
        return memberships.grant(user, Role.CLERK, outlet, actor="user:1", at=MONDAY_NINE).role.value

    assert sorted(at_once(app, *[grant] * 4)) == ["Conflict"] * 3 + ["clerk"]
    assert len(session.scalars(select(Membership)).all()) == 2


def test_another_officer_of_the_whole_programme_says_whom_somebody_serves(session: Any, world: World) -> None:
    with transaction():
        binh, bich = make_officer(name="Bình"), make_officer(HOI_AN, name="Bích")
    with transaction():
        memberships.reassign(bich.id, frozenset({TRA_MY}), by=officer_of(binh), at=MONDAY_NINE)
    assert [(user.name, officer.communes) for user, officer in memberships.officers()] == [
        ("Bích", frozenset({TRA_MY})),
        ("Bình", None),
    ]
    refused = (
        (binh.id, officer_of(binh), Forbidden),  # one's own
        (binh.id, officer_of(bich), Forbidden),  # by one who serves only some
        (999_999, officer_of(binh), NotFound),
    )
    for user_id, by, error in refused:
        with pytest.raises(error), transaction():
            memberships.reassign(user_id, frozenset({HOI_AN}), by=by, at=MONDAY_NINE)
    assert [officer.communes for _, officer in memberships.officers()] == [frozenset({TRA_MY}), None]
    with transaction():
        memberships.reassign(bich.id, frozenset(), by=officer_of(binh), at=MONDAY_NINE)
    assert officer_of(bich).province


def test_two_who_narrow_each_other_leave_one_for_the_whole_programme(app: Flask, session: Any, world: World) -> None:
    with transaction():
        one, two = make_officer(), make_officer()
    by_one, by_two = officer_of(one), officer_of(two)

    def narrow(user_id: int, by: Officer) -> str:
        memberships.reassign(user_id, frozenset({HOI_AN}), by=by, at=MONDAY_NINE)
        return "narrowed"

    answers = at_once(app, lambda: narrow(two.id, by_one), lambda: narrow(one.id, by_two))
    assert sorted(answers) == ["Forbidden", "narrowed"]
    assert sum(officer.province for _, officer in memberships.officers()) == 1
