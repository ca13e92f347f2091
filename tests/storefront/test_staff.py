"""The commands about the staff."""

import re
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from catalog import invitations, memberships, people, second_factor
from catalog.db import db
from catalog.memberships import Membership
from catalog.people import User
from tests.conftest import Clock
from tests.pages import PageClient
from tests.world import World

PASSWORD = "chợ sớm bên sông"


def run(app: Flask, *words: str) -> Any:
    with app.app_context():
        return app.test_cli_runner().invoke(args=["staff", *words])


def token_of(output: str) -> str:
    """Of the link in an answer."""
    match = re.search(r"^http://127\.0\.0\.1:8000/quay/moi/([\w-]{43})$", output, flags=re.M)
    assert match, output
    return match[1]


def accept(app: Flask, token: str, at: Any) -> None:
    with app.app_context():
        secret = invitations.get_open(token, at=at).secret
        browser = PageClient(app)
        form = browser.get(f"/quay/moi/{token}").form("")
        browser.post(f"/quay/moi/{token}", form | {"password": PASSWORD, "code": second_factor.code_at(secret, at)})


def test_the_very_first_officer_comes_in_by_a_command(app: Flask, clock: Clock) -> None:
    answer = run(app, "grant", "Can.Bo@example.org", "officer", "--name", "Phạm Minh Quân")
    assert answer.exit_code == 0
    assert answer.output.splitlines()[:2] == [
        "can.bo@example.org is officer",
        "Give them this link; it works once, within 7 days:",
    ]
    accept(app, token_of(answer.output), clock.at)
    with app.app_context():
        user = people.authenticate("can.bo@example.org", PASSWORD)
        assert user is not None
        staff = memberships.find_staff(user)
        assert staff is not None
        assert (user.name, staff.officer) == ("Phạm Minh Quân", True)


def test_a_clerk_needs_an_outlet_and_an_officer_has_none(app: Flask, world: World) -> None:
    for words, said in (
        (("lan@example.org", "clerk"), "a clerk needs --outlet CODE"),
        (("lan@example.org", "clerk", "--outlet", "X99"), "no outlet X99"),
        (("lan@example.org", "officer", "--outlet", "D01"), "an officer belongs to no outlet"),
        (("lan", "officer"), "write an e-mail such as ten@example.com"),
        (("lan@example.org", "boss"), "is not one of 'clerk', 'manager', 'officer'"),
    ):
        answer = run(app, "grant", *words)
        assert answer.exit_code != 0
        assert said in answer.output
    with app.app_context():
        assert db.session.scalar(select(func.count(User.id))) == 0


def test_a_second_role_needs_no_second_invitation(app: Flask, world: World, clock: Clock) -> None:
    accept(app, token_of(run(app, "grant", "lan@example.org", "clerk", "--outlet", "D01").output), clock.at)
    answer = run(app, "grant", "lan@example.org", "manager", "--outlet", "D02")
    assert answer.output == ("lan@example.org is manager at D02\nThey have a password and a second factor already.\n")
    answer = run(app, "grant", "lan@example.org", "manager", "--outlet", "D02")
    assert (answer.exit_code, answer.output) == (1, "Error: lan@example.org is manager already\n")


def test_a_new_invitation_locks_the_old_way_in(app: Flask, world: World, clock: Clock) -> None:
    accept(app, token_of(run(app, "grant", "lan@example.org", "clerk", "--outlet", "D01").output), clock.at)
    clock.advance(minutes=5)
    token = token_of(run(app, "invite", "lan@example.org").output)
    with app.app_context():
        user = people.find_by_email("lan@example.org")
        assert user is not None
        assert second_factor.is_enrolled(user.id) is False
        assert invitations.get_open(token, at=clock.at + timedelta(days=6)).user.id == user.id
    answer = run(app, "invite", "ai@example.org")
    assert (answer.exit_code, answer.output) == (1, "Error: ai@example.org works nowhere\n")


def test_roles_end_all_or_the_one_that_is_meant(app: Flask, world: World) -> None:
    for role, code in (("clerk", "D01"), ("clerk", "D02"), ("manager", "D02")):
        run(app, "grant", "lan@example.org", role, "--outlet", code)
    answer = run(app, "end", "lan@example.org", "--outlet", "D02", "--role", "clerk")
    assert answer.output == "lan@example.org is no longer clerk at D02\n"
    answer = run(app, "end", "LAN@example.org")
    assert answer.output == ("lan@example.org is no longer clerk at D01\nlan@example.org is no longer manager at D02\n")
    answer = run(app, "end", "lan@example.org")
    assert (answer.exit_code, answer.output) == (1, "Error: lan@example.org has no such role\n")
    with app.app_context():
        live = db.session.scalars(select(Membership.id).where(Membership.ended_at.is_(None))).all()
    assert live == []


def test_the_list_says_who_works_where(app: Flask, world: World, clock: Clock) -> None:
    run(app, "grant", "lan@example.org", "clerk", "--outlet", "D01", "--name", "Lan")
    accept(app, token_of(run(app, "grant", "can-bo@example.org", "officer", "--name", "Quân").output), clock.at)
    assert run(app, "list").output == (
        "*\tofficer\tcan-bo@example.org\tQuân\t09:00 23/11/2026\nD01\tclerk\tlan@example.org\tLan\tinvited\n"
    )


def test_an_officer_may_serve_only_some_communes(app: Flask, world: World) -> None:
    answer = run(app, "grant", "bich@example.org", "officer", "--commune", "20900", "--commune", "20410")
    assert answer.output.startswith("bich@example.org is officer for Phường Hội An, Xã Trà My\n")
    with app.app_context():
        user = people.find_by_email("bich@example.org")
        assert user is not None
        officer = memberships.find_officer(user)
        assert officer is not None
        assert officer.communes == {"20900", "20410"}
    for words, said in (
        (("lan@example.org", "officer", "--commune", "00004"), "00004 is no commune of Đà Nẵng"),
        (("lan@example.org", "clerk", "--outlet", "D01", "--commune", "20900"), "a clerk serves an outlet, no commune"),
    ):
        answer = run(app, "grant", *words)
        assert answer.exit_code != 0
        assert said in answer.output
    with app.app_context():
        assert people.find_by_email("lan@example.org") is None
