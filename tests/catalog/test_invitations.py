"""Links with which a person sets up their way in."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import history, invitations, memberships, people, second_factor
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid, NotFound
from catalog.invitations import LIFE, Invitation
from catalog.memberships import Membership, Role
from catalog.people import User
from catalog.second_factor import Means
from tests.catalog.cast import at_once
from tests.world import MONDAY_NINE, World

NOW = MONDAY_NINE
PASSWORD = "chợ sớm bên sông"


@pytest.fixture
def lan(world: World, session: Any) -> User:
    """The new clerk of the quay."""
    with transaction():
        return invitations.hire("Lan@example.org", Role.CLERK, world.quay, name="Lan", actor="user:1", at=NOW)


@pytest.fixture
def token(lan: User) -> str:
    """Of her invitation."""
    with transaction():
        return invitations.invite(lan, actor="user:1", at=NOW)


def code(token: str, *, at: Any = NOW) -> str:
    """What her app shows once it has the secret behind the link."""
    return second_factor.code_at(invitations.get_open(token, at=at).secret, at)


def accept(token: str, given: str, *, password: str = PASSWORD, at: Any = NOW) -> list[str]:
    with transaction():
        return invitations.accept(token, password, given, at=at)[1]


def test_who_is_hired_gets_an_account_that_no_password_opens(world: World, lan: User) -> None:
    assert (lan.email, lan.name, lan.password_hash) == ("lan@example.org", "Lan", "")
    staff = memberships.find_staff(lan)
    assert staff is not None
    assert (staff.own, staff.managed, staff.officer) == (frozenset({world.quay.id}), frozenset(), False)
    for guess in ("", "nobody has this password", PASSWORD):
        assert people.authenticate("lan@example.org", guess) is None


def test_who_has_an_account_keeps_it(world: World, lan: User) -> None:
    with transaction():
        again = invitations.hire("lan@example.org", Role.MANAGER, world.hill, name="Người Khác", actor="user:1", at=NOW)
    assert (again.id, again.name) == (lan.id, "Lan")
    with pytest.raises(Conflict), transaction():
        invitations.hire("LAN@example.org", Role.CLERK, world.quay, name="Lan", actor="user:1", at=NOW)
    assert len(db.session.scalars(select(Membership)).all()) == 2


def test_an_accepted_invitation_opens_the_counter(lan: User, token: str) -> None:
    codes = accept(token, code(token))
    later = NOW + timedelta(minutes=5)
    assert people.authenticate("lan@example.org", PASSWORD) is not None
    assert len(codes) == 10
    with transaction():
        assert second_factor.verify(lan.id, codes[0], at=later) is Means.RECOVERY_CODE
    verbs = [event.verb for event in db.session.scalars(history.of(f"user:{lan.id}"))]
    assert verbs == [
        "membership.granted", "invitation.made", "second_factor.enrolled", "invitation.accepted", "recovery_code.used",
    ]  # fmt: skip


def test_a_link_works_once(lan: User, token: str) -> None:
    given = code(token)
    accept(token, given)
    with pytest.raises(NotFound):
        accept(token, given)
    with pytest.raises(NotFound):
        invitations.get_open(token, at=NOW)


def test_a_link_works_for_a_week(lan: User, token: str) -> None:
    last = NOW + LIFE - timedelta(seconds=1)
    given = code(token, at=last)
    with pytest.raises(NotFound):
        accept(token, given, at=NOW + LIFE)
    assert len(accept(token, given, at=last)) == 10


def test_a_wrong_code_or_a_short_password_leaves_the_link_as_it_was(lan: User, token: str) -> None:
    for given, password, field in (("000000", PASSWORD, "code"), (code(token), "ngan", "password")):
        with pytest.raises(Invalid) as refusal:
            accept(token, given, password=password)
        assert refusal.value.field == field
        assert second_factor.is_enrolled(lan.id) is False
        assert people.authenticate("lan@example.org", password) is None
    assert len(accept(token, code(token))) == 10


def test_a_new_link_takes_the_place_of_the_old_one(lan: User, token: str) -> None:
    with transaction():
        second = invitations.invite(lan, actor="user:1", at=NOW)
    with pytest.raises(NotFound):
        invitations.get_open(token, at=NOW)
    assert invitations.get_open(second, at=NOW).user.id == lan.id


def test_a_new_link_closes_the_way_in_that_there_was(lan: User, token: str) -> None:
    codes = accept(token, code(token))
    later = NOW + timedelta(hours=1)
    with transaction():
        invitations.invite(lan, actor="user:1", at=later)
    with transaction():
        assert second_factor.verify(lan.id, codes[0], at=later) is None
    db.session.refresh(lan)
    assert lan.sign_ins_end_at == later


def test_who_works_nowhere_any_more_has_no_link(lan: User, token: str) -> None:
    given = code(token)
    (membership,) = db.session.scalars(select(Membership.id))
    with transaction():
        memberships.end(membership, actor="user:1", at=NOW)
    with pytest.raises(NotFound):
        accept(token, given)
    assert second_factor.is_enrolled(lan.id) is False


def test_the_token_itself_is_not_kept(token: str) -> None:
    (kept,) = db.session.scalars(select(Invitation.token_hash))
    assert len(token) == 43
    assert len(kept) == 64
    assert kept != token


def test_a_token_nobody_has_opens_nothing(lan: User, token: str) -> None:
    for unknown in ("", "x" * 43, token[:-1], token.swapcase()):
        with pytest.raises(NotFound):
            invitations.get_open(unknown, at=NOW)


def test_of_two_who_press_at_once_one_sets_the_password(app: Flask, lan: User, token: str) -> None:
    given = code(token)

    def press(password: str) -> Any:
        return lambda: str(len(invitations.accept(token, password, given, at=NOW)[1]))

    answers = at_once(app, press("mật khẩu thứ nhất"), press("mật khẩu thứ hai"))
    assert sorted(answers) == ["10", "NotFound"]
    winner = ("mật khẩu thứ nhất", "mật khẩu thứ hai")[answers.index("10")]
    assert people.authenticate("lan@example.org", winner) is not None
    assert second_factor.codes_left(lan.id) == 10
