"""The door of the counter."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import attempts, history, invitations, memberships, people, second_factor
from catalog.db import db
from catalog.memberships import Membership, Role
from catalog.people import User
from catalog.second_factor import STEP
from storefront import demo, staff_door
from storefront.outside import outside
from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.storefront.shop.buying import session_of
from tests.world import HOI_AN, MONDAY_NINE, World, changing, make_officer, make_staff

DOOR = "/quay/dang-nhap"
EMAIL, PASSWORD = "lan@example.org", "chợ sớm bên sông"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
REFUSED = "Chưa vào được: e-mail, mật khẩu hoặc mã chưa đúng, hay mã đã dùng rồi. Sau 10 lần sai, phải đợi 15 phút."


@pytest.fixture
def codes(app: Flask, world: World, clock: Clock) -> list[str]:
    """Lan, clerk of the quay, came in a minute ago for the first time; her recovery codes."""
    with changing(app):
        user = invitations.hire(EMAIL, Role.CLERK, world.quay, name="Lan", actor="system", at=MONDAY_NINE)
        people.set_password(user.id, PASSWORD)
        made = second_factor.enrol(user.id, SECRET, second_factor.code_at(SECRET, clock.at), at=clock.at)
    clock.advance(minutes=1)
    return made


def code(clock: Clock) -> str:
    """What Lan's app shows now."""
    return second_factor.code_at(SECRET, clock.at)


def knock(client: PageClient, *, status: int = 200, **fields: str) -> Page:
    """Fill the form of the door and press its button."""
    form = client.get(DOOR).form("")
    return client.post(DOOR, form | {"email": EMAIL, "password": PASSWORD} | fields, status=status)


def charge(app: Flask, email: str, times: int, clock: Clock) -> None:
    """Somebody has tried so often."""
    with changing(app):
        for _ in range(times):
            attempts.charge(email, at=clock.at)


def test_a_stranger_is_led_to_the_door_and_from_there_to_where_they_wanted(
    app: Flask, client: PageClient, clock: Clock, codes: list[str]
) -> None:
    page = client.get("/quay/D01?trang=2")
    assert page.response.request.path == DOOR
    page = client.post(DOOR, page.form("") | {"email": EMAIL, "password": PASSWORD, "code": code(clock)})
    assert (page.response.request.path, page.response.request.query_string) == ("/quay/D01", b"trang=2")
    assert "Chào Lan. Đây là lần đầu bạn vào quầy." in page.text
    with app.app_context():
        user = db.session.scalars(select(User)).one()
        assert user.last_sign_in_at == clock.at
        (entered,) = [e for e in db.session.scalars(history.of(f"user:{user.id}")) if e.verb == "counter.entered"]
        assert entered.facts == {"means": "app"}


def test_the_door_leads_only_to_pages_of_this_shop(client: PageClient, clock: Clock, codes: list[str]) -> None:
    data = {"csrf_token": client.token(), "email": EMAIL, "password": PASSWORD, "code": code(clock)}
    answer = client.raw.post(f"{DOOR}?next=//elsewhere.example", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/quay")


def test_an_officer_without_an_outlet_lands_in_the_office_unless_they_asked_for_a_page(
    app: Flask, world: World, clock: Clock
) -> None:
    with changing(app):
        for email, communes in (("binh@example.org", ()), ("bich@example.org", (HOI_AN,))):
            user = invitations.hire(email, Role.OFFICER, None, name="Bình", actor="system", at=MONDAY_NINE)
            memberships.assign(
                memberships.get_officer_role(user.id), frozenset(communes), actor="system", at=MONDAY_NINE
            )
            people.set_password(user.id, PASSWORD)
            second_factor.enrol(user.id, SECRET, second_factor.code_at(SECRET, clock.at), at=clock.at)
    clock.advance(minutes=1)
    for email in ("binh@example.org", "bich@example.org"):
        page = knock(PageClient(app), email=email, code=code(clock))
        assert page.response.request.path == "/van-phong"
    clock.advance(minutes=1)
    browser = PageClient(app)
    form = browser.get("/quay/D01").form("")
    page = browser.post(DOOR, form | {"email": "bich@example.org", "password": PASSWORD, "code": code(clock)})
    assert page.response.request.path == "/quay/D01"
    assert "/van-phong" in [a.get("href") for a in page.all("a")]


def test_an_officer_who_also_works_at_an_outlet_lands_there(
    app: Flask, client: PageClient, clock: Clock, codes: list[str]
) -> None:
    with changing(app):
        invitations.hire(EMAIL, Role.OFFICER, None, name="Lan", actor="system", at=MONDAY_NINE)
    assert knock(client, code=code(clock)).response.request.path == "/quay"


def test_an_officer_of_communes_without_an_outlet_is_led_to_the_office(app: Flask, world: World, enter: SignIn) -> None:
    with changing(app):
        user = make_officer("20854")
    assert enter(user).get("/quay").response.request.path == "/van-phong"


def test_the_last_sign_in_is_shown(client: PageClient, clock: Clock, codes: list[str]) -> None:
    clock.advance(hours=5, minutes=4)
    knock(client, code=code(clock))
    clock.advance(days=1)
    page = knock(client, code=code(clock))
    assert "Chào Lan. Lần trước: 14:05 23/11/2026." in page.text


def test_every_failure_gets_the_same_words(
    app: Flask, client: PageClient, world: World, clock: Clock, codes: list[str]
) -> None:
    with changing(app):
        people.register("khach@example.org", PASSWORD, name="Khách", phone=None, at=clock.at)
        former = make_staff(world.quay, name="Người cũ")
        people.set_password(former.id, PASSWORD)
        second_factor.enrol(former.id, SECRET, second_factor.code_at(SECRET, MONDAY_NINE), at=MONDAY_NINE)
        last = db.session.scalars(select(Membership.id).where(Membership.user_id == former.id)).one()
        memberships.end(last, actor="system", at=clock.at)
        email = former.email
    right, wrong = code(clock), "000000"
    tries: list[dict[str, str]] = [
        {"password": "không phải câu này", "code": right},
        {"code": wrong},
        {"recovery": "AAAAA-AAAAA-AAAAA-AAAAA-AAAAAA"},
        {"email": "ai@example.org", "code": right},
        {"email": "khach@example.org", "code": right},
        {"email": email, "code": right},
    ]
    answers = []
    for fields in tries:
        page = knock(client, status=422, **fields)
        assert page.all("p", class_="error") == []
        answers.append(page.one("div", class_="error-summary"))
    texts = {" ".join("".join(answer.itertext()).split()) for answer in answers}
    assert texts == {f"Có 1 chỗ cần sửa {REFUSED}"}
    assert "counter" not in session_of(client)


def test_the_password_and_the_code_never_come_back_on_the_page(client: PageClient, codes: list[str]) -> None:
    page = knock(client, status=422, code="000000")
    assert not page.one("input", id="password").get("value")
    assert not page.one("input", id="code").get("value")
    assert page.one("input", id="email").get("value") == EMAIL


def test_what_is_missing_is_told_beside_its_field(app: Flask, client: PageClient, codes: list[str]) -> None:
    page = client.post(DOOR, {"email": "", "password": "", "code": ""}, status=422)
    for words in ("Nhập e-mail", "Nhập mật khẩu", "Nhập mã 6 chữ số trong ứng dụng xác thực"):
        assert page.text.count(words) == 2
    with app.app_context():
        assert db.session.scalars(select(attempts.SignInAttempts)).all() == []


def test_a_code_opens_once(app: Flask, client: PageClient, clock: Clock, codes: list[str]) -> None:
    given = code(clock)
    knock(client, code=given)
    assert REFUSED in knock(PageClient(app), status=422, code=given).text


def test_a_wrong_password_does_not_use_up_the_code(client: PageClient, clock: Clock, codes: list[str]) -> None:
    knock(client, status=422, password="không phải câu này", code=code(clock))
    assert "Chào Lan" in knock(client, code=code(clock)).text


def test_a_recovery_code_opens_without_a_phone_and_says_how_many_are_left(client: PageClient, codes: list[str]) -> None:
    page = knock(client, recovery=codes[3])
    assert "Còn 9 mã khôi phục. Tạo mã mới trong mục Mã khôi phục." in page.text
    assert page.response.request.path == "/quay/D01"


def test_ten_wrong_ones_lock_the_account_for_a_quarter_of_an_hour(
    app: Flask, client: PageClient, clock: Clock, codes: list[str]
) -> None:
    charge(app, EMAIL, attempts.MOST - 1, clock)
    knock(client, status=422, code="000000")
    page = knock(client, status=422, code=code(clock))
    assert REFUSED in page.text
    clock.advance(minutes=14)
    knock(client, status=422, code=code(clock))
    clock.advance(minutes=1)
    assert "Chào Lan" in knock(client, code=code(clock)).text


def test_a_lock_does_not_tell_that_there_is_such_an_account(
    app: Flask, client: PageClient, clock: Clock, codes: list[str]
) -> None:
    texts = []
    for email in (EMAIL, "ai@example.org"):
        charge(app, email, attempts.MOST, clock)
        texts.append(knock(client, status=422, email=email, code=code(clock)).text)
    assert texts[0] == texts[1]
    assert REFUSED in texts[0]


def test_one_address_knocks_twenty_times_a_minute(client: PageClient) -> None:
    data = {"csrf_token": client.token(), "email": "", "password": "", "code": ""}
    answers = [client.raw.post(DOOR, data=data).status_code for _ in range(21)]
    assert answers == [422] * 20 + [429]


def test_a_password_alone_does_not_open_the_counter(client: PageClient, clock: Clock, codes: list[str]) -> None:
    client.post("/tai-khoan/dang-nhap", {"email": EMAIL, "password": PASSWORD})
    assert client.get("/tai-khoan").response.request.path == "/tai-khoan"
    assert client.get("/quay/D01").response.request.path == DOOR


def test_signing_out_closes_the_counter_and_leads_back_to_the_door(
    client: PageClient, clock: Clock, codes: list[str]
) -> None:
    page = knock(client, code=code(clock))
    page = client.post("/tai-khoan/dang-xuat", page.form("/tai-khoan/dang-xuat"))
    assert page.response.request.path == DOOR
    assert client.get("/quay/D01").response.request.path == DOOR
    assert {"_user_id", "counter"} & set(session_of(client)) == set()


def test_a_sign_in_lasts_a_long_working_day(client: PageClient, clock: Clock, codes: list[str]) -> None:
    knock(client, code=code(clock))
    clock.advance(seconds=staff_door.SHIFT.total_seconds() - 1)
    assert client.get("/quay/D01").response.request.path == "/quay/D01"
    clock.advance(seconds=1)
    assert client.get("/quay/D01").response.request.path == DOOR


def test_a_form_sent_after_the_day_leads_to_the_door_without_a_way_back_to_the_form(
    client: PageClient, clock: Clock, codes: list[str]
) -> None:
    data = {"csrf_token": client.token()}
    answer = client.raw.post("/quay/D01", data=data)
    assert answer.status_code == 405
    answer = client.raw.post("/quay/ma-khoi-phuc", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, DOOR)


def test_who_is_dismissed_is_out_at_the_next_press(
    app: Flask, client: PageClient, clock: Clock, codes: list[str]
) -> None:
    knock(client, code=code(clock))
    with changing(app):
        (membership,) = db.session.scalars(select(Membership.id))
        memberships.end(membership, actor="system", at=clock.at)
    client.get("/quay/D01", status=404)
    client.get("/quay", status=404)
    clock.advance(minutes=1)
    assert REFUSED in knock(client, status=422, code=code(clock)).text


def test_a_new_way_in_closes_the_browsers_that_are_open(
    app: Flask, client: PageClient, clock: Clock, codes: list[str]
) -> None:
    knock(client, code=code(clock))
    clock.advance(minutes=1)
    with changing(app):
        user = people.find_by_email(EMAIL)
        assert user is not None
        invitations.invite(user, actor="system", at=clock.at)
    assert client.get("/quay/D01").response.request.path == DOOR
    assert REFUSED in knock(client, status=422, code=code(clock)).text


def test_the_session_of_one_person_does_not_open_the_counter_for_another(
    app: Flask, enter: SignIn, staff: Callable[..., User], world: World
) -> None:
    clerk, other = staff(world.quay), staff(world.hill)
    browser = enter(clerk)
    with app.app_context(), browser.raw.session_transaction() as session:
        session["_user_id"] = str(other.id)
    assert browser.get("/quay/D02").response.request.path == DOOR


@pytest.mark.parametrize("mark", [None, "yes", [], [1], ["1", "2026-11-23T02:00:00+00:00"], {"user": 1}, 7])
def test_a_mark_of_another_shape_opens_nothing(
    app: Flask, enter: SignIn, staff: Callable[..., User], world: World, mark: Any
) -> None:
    browser = enter(staff(world.quay))
    with browser.raw.session_transaction() as session:
        session["counter"] = mark
    assert browser.get("/quay/D01").response.request.path == DOOR


@pytest.fixture
def demo_staff(app: Flask, world: World, clock: Clock) -> None:
    """The demo's accounts at the outlets this world has."""
    with changing(app):
        demo.hire_staff(clock.at - timedelta(days=1))


def test_the_demo_shows_its_accounts_with_a_code_that_opens(
    app: Flask, client: PageClient, clock: Clock, demo_staff: None
) -> None:
    page = client.get(DOOR)
    for words in ("Tài khoản thử", "quay-hang-thu", "Nhân viên quầy D01", "quay@example.org", "Cán bộ chương trình"):
        assert words in page.text
    form = client.get(f"{DOOR}?thu=quay").form("")
    assert (form["email"], form["password"]) == ("quay@example.org", "")
    page = client.post(DOOR, form | {"password": "quay-hang-thu"})
    assert page.response.request.path == "/quay/D01"


def test_the_demo_shows_the_next_code_when_somebody_has_used_this_one(
    app: Flask, clock: Clock, demo_staff: None
) -> None:
    shown = []
    for _ in range(2):
        browser = PageClient(app)
        form = browser.get(f"{DOOR}?thu=can-bo").form("")
        shown.append(form["code"])
        browser.post(DOOR, form | {"password": "quay-hang-thu"})
    (officer,) = [staff for staff in demo.STAFF if staff.key == "can-bo"]
    assert shown == [second_factor.code_at(officer.secret, at) for at in (clock.at, clock.at + STEP)]
    clock.advance(seconds=10)
    page = PageClient(app).get(f"{DOOR}?thu=can-bo")
    assert page.form("")["code"] == ""
    assert "Mã vừa có người dùng. Mã mới sau 20 giây." in page.text


def test_a_shop_that_is_no_demo_shows_none_of_it_and_lets_none_of_them_in(
    app: Flask, client: PageClient, clock: Clock, demo_staff: None, choose: Callable[..., None]
) -> None:
    with app.app_context():
        given = demo.staff_accounts(at=outside().now())[0].code
    choose(demo=False)
    page = client.get(f"{DOOR}?thu=quay")
    assert "Tài khoản thử" not in page.text
    assert "quay@example.org" not in page.response.get_data(as_text=True)
    assert page.form("")["email"] == ""
    page = knock(client, status=422, email="quay@example.org", password="quay-hang-thu", code=given or "")
    assert REFUSED in page.text


def test_a_demo_without_its_data_shows_no_accounts(client: PageClient) -> None:
    assert "Tài khoản thử" not in client.get(DOOR).text
