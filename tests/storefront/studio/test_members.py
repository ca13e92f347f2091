"""Who writes for a producer, as its members see it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import makers
from catalog.db import db
from catalog.jobs import Job
from catalog.maker_invitations import MakerInvitation
from tests.pages import Page, PageClient
from tests.world import World, changing, make_member


@pytest.fixture
def room(world: World) -> str:
    return f"/nha-san-xuat/{world.cooperative.code}/nguoi"


@pytest.fixture
def member(maker: Callable[..., PageClient], world: World) -> PageClient:
    return maker(world.cooperative)


def invite(member: PageClient, room: str, email: str = "lan@example.org", *, status: int = 200) -> Page:
    return member.post(room, member.get(room).form(room) | {"email": email}, status=status)


def invited(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(MakerInvitation.email)))


def live(app: Flask, world: World) -> list[str]:
    with app.app_context():
        return [user.name for _, user in db.session.execute(makers.members_of(world.cooperative.id))]


def button(page: Page, part: str) -> tuple[str, dict[str, str]]:
    """The address and the values of the first form whose action has this part."""
    action = next(a for a in (form.get("action") or "" for form in page.all("form")) if part in a)
    return action, page.form(action)


def test_a_member_invites_by_e_mail_and_takes_it_back(app: Flask, member: PageClient, world: World, room: str) -> None:
    page = invite(member, room, "Lan@Example.org")
    assert "Lời mời đang gửi đến Lan@Example.org." in page.text
    assert invited(app) == ["lan@example.org"]
    with app.app_context():
        (job,) = db.session.scalars(select(Job))
        assert job.kind == "mail.maker_invitation"
    page = member.post(*button(page, "/rut"))
    assert "Đã rút lời mời." in page.text
    assert invited(app) == []


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("", "Nhập e-mail, lời mời được gửi đến đó"),
        ("lan", "E-mail chưa đúng, ví dụ ten@example.com"),
        (f"{'x' * 250}@example.org", "E-mail chưa đúng, ví dụ ten@example.com"),
    ],
)
def test_what_is_no_e_mail_is_told_and_nothing_is_sent(
    app: Flask, member: PageClient, world: World, room: str, email: str, said: str
) -> None:
    assert invite(member, room, email, status=422).text.count(said) == 2
    assert invited(app) == []


def test_a_member_is_not_invited_again(app: Flask, member: PageClient, world: World, room: str) -> None:
    with changing(app):
        email = make_member(world.cooperative, name="Hoa").email
    page = invite(member, room, email, status=422)
    assert page.text.count("Người này đã ở trong danh sách") == 2
    assert invited(app) == []


def test_who_is_dismissed_is_out_at_the_next_press(
    app: Flask, member: PageClient, maker: Callable[..., PageClient], world: World, room: str
) -> None:
    other = maker(world.cooperative)
    other.get(room)
    page = member.get(room)
    action, values = button(page, "/thoi")
    page = member.post(action, values)
    assert "Người này không còn mở được trang nào của chủ thể." in page.text
    member.post(action, values)
    other.get(room, status=404)
    assert len(live(app, world)) == 1


def test_nobody_ends_their_own(app: Flask, member: PageClient, world: World, room: str) -> None:
    page = member.get(room)
    assert not [form for form in page.all("form") if "/thoi" in (form.get("action") or "")]
    with app.app_context():
        ((mine, _),) = db.session.execute(makers.members_of(world.cooperative.id))
    member.post(f"{room}/{mine.id}/thoi", {"key": "abcdefgh"}, status=403)
    assert len(live(app, world)) == 1


def test_members_of_another_producer_do_not_exist(app: Flask, member: PageClient, world: World, room: str) -> None:
    with changing(app):
        make_member(world.household)
    with app.app_context():
        ((foreign, _),) = db.session.execute(makers.members_of(world.household.id))
    for key in (foreign.id, 0, 999_999, "x", "-1", 10**20):
        member.post(f"{room}/{key}/thoi", {"key": "abcdefgh"}, status=404)
    for path in ("", "/1/thoi", "/rut"):
        member.post(f"/nha-san-xuat/{world.household.code}/nguoi{path}", {"key": "abcdefgh"}, status=404)
    with app.app_context():
        assert len(db.session.execute(makers.members_of(world.household.id)).all()) == 1


def test_a_button_of_no_page_of_ours_changes_nothing(app: Flask, member: PageClient, world: World, room: str) -> None:
    invite(member, room)
    member.post(f"{room}/rut", {"key": "", "email": "lan@example.org"}, status=422)
    assert invited(app) == ["lan@example.org"]


def test_the_page_asks_the_database_a_constant_number_of_times(
    app: Flask, member: PageClient, world: World, room: str, count_statements: Any
) -> None:
    with count_statements() as before:
        member.get(room)
    with changing(app):
        for _ in range(8):
            make_member(world.cooperative)
    with count_statements() as after:
        member.get(room)
    assert len(after) == len(before)
