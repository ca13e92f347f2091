"""The commands about producers' members."""

import re
from typing import Any

from flask import Flask

from catalog import makers
from catalog.db import db
from tests.pages import PageClient
from tests.world import World, changing, make_member


def run(app: Flask, *words: str) -> Any:
    with app.app_context():
        return app.test_cli_runner().invoke(args=["producers", *words])


def members(app: Flask, world: World) -> list[str]:
    with app.app_context():
        return [user.email for _, user in db.session.execute(makers.members_of(world.cooperative.id))]


def test_the_first_member_of_an_imported_producer_comes_in_by_a_command(
    app: Flask, client: PageClient, world: World
) -> None:
    code = world.cooperative.code
    answer = run(app, "invite", code.lower(), "Lan@Example.org")
    assert answer.output.splitlines()[:2] == [
        f"lan@example.org is invited to {code} Hợp tác xã Nông sản Nà Thử",
        "The link works once, within 7 days:",
    ]
    path = re.search(r"^http://127\.0\.0\.1:8000(/nha-san-xuat/moi/[\w-]{43})$", answer.output, flags=re.M)
    assert path
    assert run(app, "members", code).output == "lan@example.org\tinvited until 09:00 30/11/2026\n"
    page = client.get(path[1])
    client.post(path[1], page.form("") | {"name": "Lan", "password": "một câu đủ dài"})
    assert members(app, world) == ["lan@example.org"]
    assert run(app, "members", code).output == "lan@example.org\tLan\t09:00 23/11/2026\n"


def test_a_member_is_ended_by_a_command_even_the_last(app: Flask, world: World) -> None:
    with changing(app):
        email = make_member(world.cooperative).email
    answer = run(app, "end", world.cooperative.code, email)
    assert answer.output == f"{email} no longer writes for {world.cooperative.code}\n"
    assert members(app, world) == []


def test_what_cannot_be_is_told_and_changes_nothing(app: Flask, world: World) -> None:
    code = world.cooperative.code
    with changing(app):
        email = make_member(world.cooperative).email
    for words, said in (
        (("invite", "X99", "lan@example.org"), "no producer X99"),
        (("invite", code, "lan"), "write an e-mail such as ten@example.com"),
        (("invite", code, email), f"{email} writes for {code} already"),
        (("end", code, "lan@example.org"), f"lan@example.org does not write for {code}"),
        (("members", "X99"), "no producer X99"),
    ):
        answer = run(app, *words)
        assert answer.exit_code != 0
        assert said in answer.output
    assert members(app, world) == [email]
