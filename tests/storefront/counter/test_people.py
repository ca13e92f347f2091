"""Who works at the outlets: the officers' pages."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as db_event
from sqlalchemy import func, select

from catalog import invitations, memberships, people, second_factor
from catalog.db import db
from catalog.invitations import Invitation
from catalog.jobs import Job
from catalog.memberships import Membership, Role
from catalog.people import User
from storefront import worker
from tests.conftest import Clock, LetterBox
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import World, changing, make_staff

PEOPLE, GRANT = "/quay/nguoi", "/quay/nguoi/them"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LAN = {"email": "Lan@example.org", "name": "Lan", "role": "clerk", "outlet": "D01"}


@pytest.fixture
def officer(enter: SignIn, staff: Callable[..., User]) -> PageClient:
    """A browser of the programme."""
    return enter(staff(role=Role.OFFICER))


def grant(officer: PageClient, *, status: int = 200, **fields: str) -> Page:
    return officer.post(GRANT, officer.get(GRANT).form("") | LAN | fields, status=status)


def button(page: Page, part: str) -> tuple[str, dict[str, str]]:
    """The address and the values of the first form whose action has this part."""
    action = next(a for a in (form.get("action") or "" for form in page.all("form")) if part in a)
    return action, page.form(action)


def live(app: Flask) -> list[tuple[str, str, str | None]]:
    with app.app_context():
        rows = db.session.execute(memberships.live())
        return [(user.email, m.role.value, outlet.code if outlet else None) for m, user, outlet in rows]


def enrolled(app: Flask, world: World, clock: Clock) -> int:
    """Somebody with a password and an app, clerk of the hill; their key."""
    with changing(app):
        user = people.register("vy@example.org", "một câu đủ dài", name="Vy", phone=None, at=clock.at)
        memberships.grant(user, Role.CLERK, world.hill, actor="system", at=clock.at)
        second_factor.enrol(user.id, SECRET, second_factor.code_at(SECRET, clock.at), at=clock.at)
        return user.id


def test_somebody_new_gets_a_link_that_the_officer_sees_once(
    app: Flask, officer: PageClient, client: PageClient, world: World
) -> None:
    page = grant(officer)
    assert page.one("h1").text == "Lan"
    assert page.response.request.path.startswith("/quay/nguoi/")
    link = page.one("input", id="link").get("value") or ""
    assert re.fullmatch(r"http://localhost/quay/moi/[\w-]{43}", link)
    assert ("lan@example.org", "clerk", "D01") in live(app)
    assert "Chào Lan" in client.get(link.removeprefix("http://localhost")).text
    assert not officer.get(page.response.request.path).all("input", id="link")


def test_a_resent_form_grants_once(app: Flask, officer: PageClient, world: World) -> None:
    form = officer.get(GRANT).form("") | LAN
    places = [officer.post(GRANT, form).response.request.path for _ in range(2)]
    assert places[0] == places[1]
    assert [row for row in live(app) if row[0] == "lan@example.org"] == [("lan@example.org", "clerk", "D01")]


def test_a_customer_who_is_hired_gets_the_link_in_their_own_mailbox_only(
    app: Flask, officer: PageClient, client: PageClient, world: World, clock: Clock, letters: LetterBox
) -> None:
    with changing(app):
        people.register("lan@example.org", "một câu đủ dài", name="Nguyễn Thị Lan", phone=None, at=clock.at)
    page = grant(officer)
    assert "Thư mời đang gửi đến lan@example.org." in page.text
    assert page.one("h1").text == "Nguyễn Thị Lan"
    assert not page.all("input", id="link")
    with app.app_context():
        (job,) = db.session.scalars(select(Job).where(Job.kind == "mail.invitation"))
        assert set(job.payload) == {"user", "actor"}
        while worker.work_once():
            pass
    (letter,) = letters.letters
    assert (letter.to, letter.subject) == ("lan@example.org", "Đường vào Quầy OCOP của bạn")
    assert "Đường dẫn dùng được một lần, đến 09:00 30/11/2026." in letter.text
    path = re.search(r"http://127\.0\.0\.1:8000(/quay/moi/[\w-]{43})", letter.text)
    assert path
    assert path[1] in letter.html
    assert "Chào Nguyễn Thị Lan" in client.get(path[1]).text


def test_a_letter_sent_twice_leaves_one_link_that_works(
    app: Flask, officer: PageClient, world: World, clock: Clock, letters: LetterBox
) -> None:
    user_id = enrolled(app, world, clock)
    page = officer.get(f"{PEOPLE}/{user_id}")
    officer.post(*button(page, "/duong-vao"))
    with app.app_context():
        (job,) = db.session.scalars(select(Job).where(Job.kind == "mail.invitation"))
        claimed = worker.Claimed(job.id, job.kind, job.payload, 1)
        for attempt in (1, 2):
            worker.HANDLERS[job.kind](worker.Claimed(claimed.id, claimed.kind, claimed.payload, attempt))
        first, second = (re.search(r"/quay/moi/([\w-]{43})", letter.text) for letter in letters.letters)
        assert first
        assert second
        assert db.session.scalar(select(func.count(Invitation.user_id))) == 1
        assert invitations.get_open(second[1], at=clock.at).user.id == user_id
        assert letters.letters[0].key != letters.letters[1].key


def test_who_has_a_way_in_gets_another_role_at_once(
    app: Flask, officer: PageClient, enter: SignIn, world: World, clock: Clock
) -> None:
    user_id = enrolled(app, world, clock)
    with app.app_context():
        browser = enter(User(id=user_id))
    browser.get("/quay/D01", status=404)
    page = grant(officer, email="vy@example.org")
    assert "Đã giao vai. Người này vào bằng mật khẩu và mã sẵn có." in page.text
    browser.get("/quay/D01")
    browser.get("/quay/D02")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": ""}, "Nhập e-mail, người ấy sẽ dùng nó để đăng nhập"),
        ({"email": "lan"}, "E-mail chưa đúng, ví dụ ten@example.com"),
        ({"email": f"{'x' * 250}@example.org"}, "E-mail chưa đúng, ví dụ ten@example.com"),
        ({"name": " "}, "Nhập họ và tên"),
        ({"name": "x" * 121}, "Tên dài quá 120 ký tự"),
        ({"outlet": ""}, "Chọn điểm nơi người này làm việc"),
        ({"outlet": "X99"}, "Không có điểm này"),
        ({"role": "officer"}, "Cán bộ chương trình không thuộc điểm nào: hãy để trống"),
    ],
)
def test_every_fault_is_told_beside_its_field_and_nothing_has_changed(
    app: Flask, officer: PageClient, world: World, fields: dict[str, str], said: str
) -> None:
    before = live(app)
    page = grant(officer, status=422, **fields)
    assert page.text.count(said) == 2
    assert page.form("")["outlet"] == fields.get("outlet", "D01").replace("X99", "")
    assert live(app) == before


def test_a_role_nobody_has_and_a_stale_key_are_refused(app: Flask, officer: PageClient, world: World) -> None:
    before = live(app)
    grant(officer, status=422, role="boss")
    grant(officer, status=422, key="<>")
    assert live(app) == before


def test_the_same_role_twice_is_refused(app: Flask, officer: PageClient, world: World) -> None:
    grant(officer)
    before = live(app)
    assert grant(officer, status=422).text.count("Người này đã có vai ấy ở điểm ấy") == 2
    assert live(app) == before


def test_a_role_that_is_ended_shuts_the_pages_at_once(
    app: Flask, officer: PageClient, enter: SignIn, staff: Callable[..., User], world: World
) -> None:
    clerk = staff(world.quay)
    browser = enter(clerk)
    browser.get("/quay/D01")
    action, values = button(officer.get(f"{PEOPLE}/{clerk.id}"), "/thoi")
    for _ in range(2):
        page = officer.post(action, values)
        assert "Không còn vai nào: người này không vào được quầy." in page.text
    browser.get("/quay/D01", status=404)
    assert page.text.count("Thôi vai: Nhân viên quầy") == 1


def test_nobody_ends_their_own_role(app: Flask, officer: PageClient, world: World) -> None:
    with app.app_context():
        mine = db.session.scalars(select(Membership)).one()
        membership_id, user_id = mine.id, mine.user_id
    page = officer.get(f"{PEOPLE}/{user_id}")
    assert "vai của mình phải do một cán bộ khác cho thôi" in page.text
    assert not [form for form in page.all("form") if "/thoi" in (form.get("action") or "")]
    officer.post(f"{PEOPLE}/vai/{membership_id}/thoi", {"key": "abcdefgh"}, status=403)
    assert len(live(app)) == 1


def test_a_button_of_an_old_page_changes_nothing(
    app: Flask, officer: PageClient, staff: Callable[..., User], world: World
) -> None:
    clerk = staff(world.quay)
    action, values = button(officer.get(f"{PEOPLE}/{clerk.id}"), "/thoi")
    before = live(app)
    page = officer.post(action, values | {"key": ""}, status=422)
    assert "Trang này đã cũ" in page.text
    assert live(app) == before


def test_a_lost_phone_opens_nothing_from_the_moment_it_is_reported(
    app: Flask, officer: PageClient, enter: SignIn, world: World, clock: Clock
) -> None:
    user_id = enrolled(app, world, clock)
    with app.app_context():
        browser = enter(User(id=user_id))
    clock.advance(minutes=1)
    page = officer.post(*button(officer.get(f"{PEOPLE}/{user_id}"), "/duong-vao"))
    assert "Thư mời đang gửi đến vy@example.org." in page.text
    assert browser.get("/quay/D02").response.request.path == "/quay/dang-nhap"
    with app.app_context():
        assert second_factor.is_enrolled(user_id) is False


def test_a_customer_is_nobody_s_business(app: Flask, officer: PageClient, world: World, clock: Clock) -> None:
    with changing(app):
        customer = people.register("khach@example.org", "một câu đủ dài", name="Khách", phone=None, at=clock.at).id
    officer.get(f"{PEOPLE}/{customer}", status=404)
    officer.post(f"{PEOPLE}/{customer}/duong-vao", {"key": "abcdefgh"}, status=404)
    for unknown in ("0", "999", "99999999999999999999", "-1", "x"):
        officer.get(f"{PEOPLE}/{unknown}", status=404)
    with app.app_context():
        assert db.session.scalar(select(func.count(Invitation.user_id))) == 0


def test_the_list_is_found_by_parts_without_accents(
    app: Flask, officer: PageClient, world: World, clock: Clock
) -> None:
    with changing(app):
        make_staff(world.quay, name="Trần Thị Hạnh")
        make_staff(world.hill, Role.MANAGER, name="Lê Văn Phước")

    def found(query: str) -> list[str]:
        page = officer.get(f"{PEOPLE}?q={query}")
        links = [a.text for a in page.all("a") if re.fullmatch(r"/quay/nguoi/\d+", a.get("href") or "")]
        return [text or "" for text in links]

    assert found("") == ["Người thử", "Trần Thị Hạnh", "Lê Văn Phước"]
    assert found("hanh") == ["Trần Thị Hạnh"]
    assert found("d02") == found("tr%C6%B0%E1%BB%9Fng") == ["Lê Văn Phước"]
    assert "Không thấy ai" in officer.get(f"{PEOPLE}?q=kh%C3%B4ng-ai").text


def test_a_long_list_has_pages(app: Flask, officer: PageClient, world: World) -> None:
    with changing(app):
        for number in range(42):
            make_staff(world.quay, name=f"Người {number:02}")
    first, second = officer.get(PEOPLE), officer.get(f"{PEOPLE}?trang=2")
    assert "43 vai đang có." in first.text
    assert "Người 38" in first.text
    assert "Người 39" not in first.text
    assert "Người 39" in second.text
    for odd in ("0", "-3", "99", "x", "1e3"):
        officer.get(f"{PEOPLE}?trang={odd}")


def test_others_find_no_such_pages(enter: SignIn, staff: Callable[..., User], world: World, clerk: PageClient) -> None:
    manager = enter(staff(world.centre, Role.MANAGER))
    for browser in (clerk, manager):
        for path in (PEOPLE, GRANT, f"{PEOPLE}/1"):
            browser.get(path, status=404)


def test_pages_ask_the_database_a_constant_number_of_times(app: Flask, officer: PageClient, world: World) -> None:
    def asked(path: str) -> int:
        statements: list[Any] = []
        with app.app_context():
            engine = db.engine
        from_here = lambda *given: statements.append(given[2])  # noqa: E731
        db_event.listen(engine, "before_cursor_execute", from_here)
        officer.get(path)
        db_event.remove(engine, "before_cursor_execute", from_here)
        return len(statements)

    before = asked(PEOPLE)
    with changing(app):
        for _ in range(20):
            make_staff(world.quay)
    assert asked(PEOPLE) == before
