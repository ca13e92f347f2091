"""The page behind an invitation's link."""

from typing import Any

import pytest
from flask import Flask

from catalog import invitations, memberships, people, second_factor
from catalog.db import db
from catalog.invitations import LIFE
from catalog.memberships import Role
from catalog.people import User
from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.storefront.shop.buying import session_of
from tests.world import World, changing

PASSWORD = "chợ sớm bên sông"
GONE = "Lời mời này không còn dùng được"


@pytest.fixture
def token(app: Flask, world: World, clock: Clock) -> str:
    """Lan's, who is to be the clerk of the quay."""
    with changing(app):
        user = invitations.hire("lan@example.org", Role.CLERK, world.quay, name="Lan", actor="system", at=clock.at)
        return invitations.invite(user, actor="system", at=clock.at)


def secret_of(app: Flask, token: str, clock: Clock) -> str:
    with app.app_context():
        return invitations.get_open(token, at=clock.at).secret


def fill(client: PageClient, token: str, *, status: int = 200, **fields: str) -> Page:
    form = client.get(f"/quay/moi/{token}").form("")
    return client.post(f"/quay/moi/{token}", form | fields, status=status)


def lan(app: Flask) -> User:
    user = people.find_by_email("lan@example.org")
    assert user is not None
    return user


def test_three_steps_lead_into_the_counter(app: Flask, client: PageClient, token: str, clock: Clock) -> None:
    secret = secret_of(app, token, clock)
    page = client.get(f"/quay/moi/{token}")
    assert "Chào Lan" in page.text
    assert " ".join(secret[i : i + 4] for i in range(0, 32, 4)) in page.text
    (link,) = [a.get("href") for a in page.all("a") if (a.get("href") or "").startswith("otpauth:")]
    assert link == second_factor.address(secret, email="lan@example.org", issuer="OCOP Quảng Nam")
    page = fill(client, token, password=PASSWORD, code=second_factor.code_at(secret, clock.at))
    codes = ["".join(code.itertext()) for code in page.all("code")]
    assert len(codes) == 10
    assert "Chỉ hiện một lần" in page.text
    assert page.response.headers["Cache-Control"] == "no-store"
    assert client.get("/quay").response.request.path == "/quay/D01"
    with app.app_context():
        assert lan(app).last_sign_in_at == clock.at
        with changing(app):
            assert second_factor.verify(lan(app).id, codes[9], at=clock.at) is second_factor.Means.RECOVERY_CODE


def test_a_used_an_expired_and_an_unknown_link_get_the_same_page(
    app: Flask, client: PageClient, token: str, clock: Clock
) -> None:
    texts = {client.get(f"/quay/moi/{'x' * 43}", status=404).text}
    code = second_factor.code_at(secret_of(app, token, clock), clock.at)
    fill(client, token, password=PASSWORD, code=code)
    stranger = PageClient(app)
    texts.add(stranger.get(f"/quay/moi/{token}", status=404).text)
    with changing(app):
        later = invitations.invite(lan(app), actor="system", at=clock.at)
    clock.advance(seconds=LIFE.total_seconds())
    texts.add(stranger.get(f"/quay/moi/{later}", status=404).text)
    assert len(texts) == 1
    assert GONE in texts.pop()


def test_a_wrong_code_is_told_beside_its_field_and_nothing_has_changed(
    app: Flask, client: PageClient, token: str
) -> None:
    page = fill(client, token, status=422, password=PASSWORD, code="000000")
    assert page.text.count("Mã chưa đúng. Hãy quét lại hình QR") == 2
    assert "counter" not in session_of(client)
    with app.app_context():
        assert second_factor.is_enrolled(lan(app).id) is False
        assert people.authenticate("lan@example.org", PASSWORD) is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "", "code": "123456"}, "Đặt một mật khẩu"),
        ({"password": "ngan", "code": "123456"}, "Mật khẩu cần từ 10 đến 128 ký tự"),
        ({"password": "d" * 129, "code": "123456"}, "Mật khẩu cần từ 10 đến 128 ký tự"),
        ({"password": PASSWORD, "code": ""}, "Nhập mã 6 chữ số mà ứng dụng đang hiện"),
        ({"password": PASSWORD, "code": "12 ab"}, "Mã chưa đúng"),
        ({"password": PASSWORD, "code": "x" * 5000}, "Mã chưa đúng"),
    ],
)
def test_every_fault_is_told_and_the_link_still_works(
    client: PageClient, token: str, fields: dict[str, str], said: str
) -> None:
    assert said in fill(client, token, status=422, **fields).text
    assert "Chào Lan" in client.get(f"/quay/moi/{token}").text


def test_the_form_sent_again_makes_no_second_set_of_codes(
    app: Flask, client: PageClient, token: str, clock: Clock
) -> None:
    data = {"password": PASSWORD, "code": second_factor.code_at(secret_of(app, token, clock), clock.at)}
    fill(client, token, **data)
    page = client.post(f"/quay/moi/{token}", data, status=404)
    assert GONE in page.text
    with app.app_context():
        assert second_factor.codes_left(lan(app).id) == 10


def test_whoever_was_signed_in_before_is_not_any_more(app: Flask, client: PageClient, token: str, clock: Clock) -> None:
    with changing(app):
        people.register("khach@example.org", PASSWORD, name="Khách", phone=None, at=clock.at)
    client.post("/tai-khoan/dang-nhap", {"email": "khach@example.org", "password": PASSWORD})
    fill(client, token, password=PASSWORD, code=second_factor.code_at(secret_of(app, token, clock), clock.at))
    assert "Chào Lan" in client.get("/tai-khoan").text


def test_a_link_of_somebody_dismissed_opens_nothing(app: Flask, client: PageClient, token: str, clock: Clock) -> None:
    with changing(app):
        rows: Any = db.session.execute(memberships.live()).all()
        memberships.end(rows[0][0].id, actor="system", at=clock.at)
    assert GONE in client.get(f"/quay/moi/{token}", status=404).text
