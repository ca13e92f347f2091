"""Links with which somebody becomes a member of a producer."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import history, invitations, maker_invitations, makers, people
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid, NotFound
from catalog.jobs import Job
from catalog.maker_invitations import LIFE, MakerInvitation
from catalog.makers import AlreadyMember
from catalog.memberships import Role
from catalog.people import User
from tests.catalog.cast import at_once
from tests.world import MONDAY_NINE, World, make_member

NOW = MONDAY_NINE
PASSWORD = "một câu đủ dài"
EMAIL = "lan@example.org"


def invite(world: World, email: str = EMAIL, *, at: Any = NOW, name: str = "Lan") -> None:
    with transaction():
        maker_invitations.invite(world.cooperative, email, name=name, actor="user:1", at=at)


def link(world: World, email: str = EMAIL, *, at: Any = NOW) -> str:
    with transaction():
        token = maker_invitations.new_link(world.cooperative.id, email, at=at)
    assert token is not None
    return token


def customer(email: str = EMAIL) -> User:
    with transaction():
        return people.register(email, PASSWORD, name="Nguyễn Thị Lan", phone=None, at=NOW)


def members(world: World) -> list[str]:
    return [user.email for _, user in db.session.execute(makers.members_of(world.cooperative.id))]


def test_an_invitation_asks_for_a_letter_and_keeps_no_link(world: World, session: Any) -> None:
    invite(world, " Lan@Example.org ")
    (row,) = session.scalars(select(MakerInvitation))
    assert (row.email, row.name, row.expires_at) == (EMAIL, "Lan", NOW + LIFE)
    (job,) = session.scalars(select(Job))
    assert (job.kind, job.payload) == (
        "mail.maker_invitation",
        {"producer": world.cooperative.id, "email": EMAIL, "about": ""},
    )
    (event,) = session.scalars(history.of(f"producer:{world.cooperative.code}"))
    assert (event.verb, event.actor, event.facts) == ("member.invited", "user:1", {})


def test_somebody_new_sets_a_password_and_is_in(world: World, session: Any) -> None:
    invite(world)
    token = link(world)
    found = maker_invitations.get_open(token, at=NOW)
    assert (found.producer.code, found.email, found.name, found.user) == (world.cooperative.code, EMAIL, "Lan", None)
    with transaction():
        user = maker_invitations.accept_new(token, PASSWORD, name="Nguyễn Thị Lan", at=NOW)
    assert members(world) == [EMAIL]
    assert people.authenticate(EMAIL, PASSWORD) == user
    assert user.name == "Nguyễn Thị Lan"
    with pytest.raises(NotFound):
        maker_invitations.get_open(token, at=NOW)


def test_who_has_an_account_comes_in_as_themselves_only(world: World, session: Any) -> None:
    lan, other = customer(), customer("hoa@example.org")
    invite(world)
    token = link(world)
    assert maker_invitations.get_open(token, at=NOW).user == lan
    with pytest.raises(Conflict), transaction():
        maker_invitations.accept_new(token, "một mật khẩu khác", name="Kẻ lạ", at=NOW)
    with pytest.raises(NotFound), transaction():
        maker_invitations.accept(token, other, at=NOW)
    assert members(world) == []
    assert people.authenticate(EMAIL, PASSWORD) == lan
    with transaction():
        maker_invitations.accept(token, lan, at=NOW)
    assert members(world) == [EMAIL]


def test_somebody_hired_at_a_counter_who_is_not_in_yet_sets_the_password_of_that_account(
    world: World, session: Any
) -> None:
    with transaction():
        hired = invitations.hire(EMAIL, Role.CLERK, world.quay, name="Lan", actor="user:1", at=NOW)
    invite(world)
    token = link(world)
    assert maker_invitations.get_open(token, at=NOW).user is None
    with transaction():
        user = maker_invitations.accept_new(token, PASSWORD, name="Tên khác", at=NOW)
    assert (user.id, user.name) == (hired.id, "Lan")
    assert members(world) == [EMAIL]


def test_a_link_works_for_a_week_and_the_last_one_alone(world: World, session: Any) -> None:
    invite(world)
    first, second = link(world), link(world)
    for token, at in ((first, NOW), (second, NOW + LIFE), ("", NOW), ("x" * 43, NOW)):
        with pytest.raises(NotFound):
            maker_invitations.get_open(token, at=at)
    assert maker_invitations.get_open(second, at=NOW + LIFE - timedelta(seconds=1)).email == EMAIL
    with transaction():
        assert maker_invitations.new_link(world.cooperative.id, EMAIL, at=NOW + LIFE) is None
    invite(world)
    with pytest.raises(NotFound):
        maker_invitations.get_open(second, at=NOW)
    assert session.scalar(select(func.count(MakerInvitation.email))) == 1


def test_what_is_withdrawn_opens_nothing(world: World, session: Any) -> None:
    invite(world)
    token = link(world)
    for _ in range(2):
        with transaction():
            maker_invitations.withdraw(world.cooperative, EMAIL, actor="user:1", at=NOW)
    with pytest.raises(NotFound), transaction():
        maker_invitations.accept_new(token, PASSWORD, name="Lan", at=NOW)
    with transaction():
        assert maker_invitations.new_link(world.cooperative.id, EMAIL, at=NOW) is None
    assert people.find_by_email(EMAIL) is None
    verbs = [event.verb for event in session.scalars(history.of(f"producer:{world.cooperative.code}"))]
    assert verbs == ["member.invited", "member.uninvited"]


def test_a_member_is_not_invited_again(world: World, session: Any) -> None:
    with transaction():
        user = make_member(world.cooperative)
    with pytest.raises(AlreadyMember):
        invite(world, user.email.upper())
    assert session.scalar(select(func.count(MakerInvitation.email))) == 0


def test_a_short_password_leaves_the_link_open(world: World, session: Any) -> None:
    invite(world)
    token = link(world)
    with pytest.raises(Invalid), transaction():
        maker_invitations.accept_new(token, "ngắn", name="Lan", at=NOW)
    assert maker_invitations.get_open(token, at=NOW).email == EMAIL
    assert people.find_by_email(EMAIL) is None


def test_two_presses_at_once_join_once(app: Flask, world: World, session: Any) -> None:
    lan = customer()
    invite(world)
    token = link(world)

    def press() -> str:
        maker_invitations.accept(token, db.session.get_one(User, lan.id), at=NOW)
        return "joined"

    answers = at_once(app, press, press)
    assert answers.count("joined") == 1
    assert set(answers) <= {"joined", "NotFound", "AlreadyMember"}
    assert members(world) == [EMAIL]
