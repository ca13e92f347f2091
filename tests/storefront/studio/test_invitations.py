"""The link that makes somebody a member of a producer."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SessionMixin

from catalog import maker_invitations, makers, people
from catalog.db import db, transaction
from storefront import worker
from tests.conftest import Clock, LetterBox
from tests.pages import PageClient
from tests.world import World, changing

EMAIL, PASSWORD = "lan@example.org", "một câu đủ dài"


@pytest.fixture
def path(app: Flask, world: World, clock: Clock) -> str:
    """Of an open invitation."""
    with app.app_context(), transaction():
        maker_invitations.invite(world.cooperative, EMAIL, name="Lan", actor="user:1", at=clock.at)
        token = maker_invitations.new_link(world.cooperative.id, EMAIL, at=clock.at)
    return f"/nha-san-xuat/moi/{token}"


def register(app: Flask, clock: Clock, email: str = EMAIL) -> int:
    with changing(app):
        return people.register(email, PASSWORD, name="Nguyễn Thị Lan", phone=None, at=clock.at).id


def sign_in(client: PageClient, user_id: int) -> None:
    with client.raw.session_transaction() as session:
        assert isinstance(session, SessionMixin)
        session["_user_id"], session["_fresh"] = str(user_id), True


def members(app: Flask, world: World) -> list[str]:
    with app.app_context():
        return [user.email for _, user in db.session.execute(makers.members_of(world.cooperative.id))]


def test_somebody_new_sets_a_password_and_is_at_the_bench(
    app: Flask, client: PageClient, world: World, path: str
) -> None:
    page = client.get(path)
    assert page.one("h1").text == "Viết cho Hợp tác xã Nông sản Nà Thử"
    assert page.form("")["name"] == "Lan"
    page = client.post(path, page.form("") | {"name": "Nguyễn Thị Lan", "password": PASSWORD})
    assert page.response.request.path == f"/nha-san-xuat/{world.cooperative.code}"
    assert "Bạn viết cho Hợp tác xã Nông sản Nà Thử từ bây giờ." in page.text
    assert members(app, world) == [EMAIL]
    assert client.get(path, status=404).one("h1").text == "Lời mời này không còn dùng được"
    with app.app_context():
        user = people.authenticate(EMAIL, PASSWORD)
        assert user is not None
        assert user.name == "Nguyễn Thị Lan"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Nhập họ và tên"),
        ({"name": "x" * 121}, "Tên dài quá 120 ký tự"),
        ({"password": ""}, "Đặt một mật khẩu"),
        ({"password": "ngắn"}, "Mật khẩu cần từ 10 đến 128 ký tự"),
        ({"password": "x" * 129}, "Mật khẩu cần từ 10 đến 128 ký tự"),
    ],
)
def test_every_fault_is_told_and_the_link_stays_open(
    app: Flask, client: PageClient, world: World, path: str, fields: dict[str, str], said: str
) -> None:
    page = client.post(path, client.get(path).form("") | {"password": PASSWORD} | fields, status=422)
    assert page.text.count(said) == 2
    assert members(app, world) == []
    client.get(path)


def test_who_has_an_account_signs_in_and_accepts_as_themselves(
    app: Flask, client: PageClient, world: World, path: str, clock: Clock
) -> None:
    register(app, clock)
    page = client.get(path)
    assert not page.all("input", type="password")
    door = next(a.get("href") or "" for a in page.all("a") if "/dang-nhap" in (a.get("href") or ""))
    page = client.get(door)
    page = client.post("/tai-khoan/dang-nhap", page.form("") | {"email": EMAIL, "password": PASSWORD})
    assert page.response.request.path == path
    page = client.post(path, page.form(""))
    assert page.response.request.path == f"/nha-san-xuat/{world.cooperative.code}"
    assert members(app, world) == [EMAIL]


def test_a_link_that_was_passed_on_opens_nothing_for_others(
    app: Flask, client: PageClient, world: World, path: str, clock: Clock
) -> None:
    register(app, clock)
    other = register(app, clock, "hoa@example.org")
    answer = client.raw.post(path, data={"csrf_token": client.token()})
    assert answer.headers["Location"].startswith("/tai-khoan/dang-nhap")
    sign_in(client, other)
    page = client.get(path)
    assert "Trên máy này đang đăng nhập hoa@example.org." in page.text
    assert [form.get("action") for form in page.all("form")] == ["/tai-khoan/dang-xuat"]
    client.post(path, {"password": "một mật khẩu khác", "name": "Hoa"}, status=404)
    assert members(app, world) == []
    with app.app_context():
        assert people.authenticate(EMAIL, PASSWORD) is not None


def test_an_account_made_after_the_link_was_opened_is_not_taken_over(
    app: Flask, client: PageClient, world: World, path: str, clock: Clock
) -> None:
    form = client.get(path).form("") | {"password": "mật khẩu của kẻ lạ"}
    register(app, clock)
    answer = client.raw.post(path, data=form)
    assert (answer.status_code, members(app, world)) == (303, [])
    with app.app_context():
        assert people.authenticate(EMAIL, "mật khẩu của kẻ lạ") is None


def test_pressing_twice_leads_to_the_bench_both_times(
    app: Flask, client: PageClient, world: World, path: str, clock: Clock
) -> None:
    sign_in(client, register(app, clock))
    form = client.get(path).form("")
    client.post(path, form)
    client.get(path, status=404)
    assert members(app, world) == [EMAIL]


def test_a_link_is_over_after_a_week(client: PageClient, world: World, path: str, clock: Clock) -> None:
    clock.advance(days=7)
    for unknown in (path, "/nha-san-xuat/moi/x", f"/nha-san-xuat/moi/{'x' * 43}"):
        page = client.get(unknown, status=404)
        assert page.one("h1").text == "Lời mời này không còn dùng được"


def test_the_letter_brings_the_link_and_a_second_one_takes_its_place(
    app: Flask, client: PageClient, world: World, clock: Clock, letters: LetterBox
) -> None:
    with changing(app):
        maker_invitations.invite(world.cooperative, EMAIL, actor="user:1", at=clock.at)
    with app.app_context():
        job: Any = worker.Claimed(
            7, "mail.maker_invitation", {"producer": world.cooperative.id, "email": EMAIL, "about": ""}, 1
        )
        for attempt in (1, 2):
            worker.HANDLERS[job.kind](worker.Claimed(job.id, job.kind, job.payload, attempt))
    first, second = (
        re.search(r"http://127\.0\.0\.1:8000(/nha-san-xuat/moi/[\w-]{43})", x.text) for x in letters.letters
    )
    assert first
    assert second
    assert letters.letters[0].subject == "Mời bạn viết cho Hợp tác xã Nông sản Nà Thử"
    assert "Đường dẫn dùng được một lần, đến 09:00 30/11/2026." in letters.letters[0].text
    assert letters.letters[0].key != letters.letters[1].key
    client.get(first[1], status=404)
    client.get(second[1])
    with changing(app):
        maker_invitations.withdraw(world.cooperative, EMAIL, actor="user:1", at=clock.at)
    with app.app_context():
        worker.HANDLERS[job.kind](job)
    assert len(letters.letters) == 2


def test_who_gets_an_account_in_the_same_moment_is_led_to_sign_in(
    app: Flask, client: PageClient, world: World, path: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = client.get(path).form("") | {"password": PASSWORD}
    ask = maker_invitations.get_open
    opened: list[Any] = []

    def then_register(token: str, **when: Any) -> Any:
        opened.append(ask(token, **when))
        if len(opened) == 1:
            people.register(EMAIL, "một câu của chính họ", name="Lan", phone=None, at=clock.at)
            db.session.commit()
        return opened[-1]

    monkeypatch.setattr(maker_invitations, "get_open", then_register)
    page = client.post(path, form)
    assert not page.all("input", type="password")
    assert members(app, world) == []
    with app.app_context():
        assert people.authenticate(EMAIL, PASSWORD) is None
