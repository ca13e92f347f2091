"""One's own recovery codes."""

from collections.abc import Callable

import pytest
from flask import Flask

from catalog import second_factor
from catalog.people import User
from catalog.second_factor import Means
from tests.conftest import Clock
from tests.pages import PageClient
from tests.storefront.conftest import SignIn
from tests.world import World, changing

PAGE = "/quay/ma-khoi-phuc"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def lan(app: Flask, staff: Callable[..., User], world: World, clock: Clock) -> int:
    """A clerk with an app; her key. It is a minute later now."""
    user = staff(world.quay)
    with changing(app):
        second_factor.enrol(user.id, SECRET, second_factor.code_at(SECRET, clock.at), at=clock.at)
    clock.advance(minutes=1)
    return user.id


@pytest.fixture
def browser(enter: SignIn, app: Flask, lan: int) -> PageClient:
    with app.app_context():
        return enter(User(id=lan))


def test_new_codes_are_shown_once_and_the_old_ones_stop(
    app: Flask, browser: PageClient, lan: int, clock: Clock
) -> None:
    page = browser.get(PAGE)
    assert "Bạn còn 10 mã chưa dùng." in page.text
    page = browser.post(PAGE, page.form("") | {"code": second_factor.code_at(SECRET, clock.at)})
    codes = ["".join(code.itertext()) for code in page.all("code")]
    assert len(codes) == 10
    assert "Các mã cũ không dùng được nữa." in page.text
    assert not browser.get(PAGE).all("code")
    with changing(app):
        assert second_factor.verify(lan, codes[0], at=clock.at) is Means.RECOVERY_CODE
        assert second_factor.codes_left(lan) == 9


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("000000", "Mã chưa đúng hoặc đã dùng rồi."),
        ("x" * 500, "Mã chưa đúng hoặc đã dùng rồi."),
        ("", "Nhập mã 6 chữ số trong ứng dụng xác thực"),
    ],
)
def test_without_the_app_there_are_no_new_ones(app: Flask, browser: PageClient, lan: int, code: str, said: str) -> None:
    with app.app_context():
        before = second_factor.codes_left(lan)
    page = browser.post(PAGE, browser.get(PAGE).form("") | {"code": code}, status=422)
    assert page.text.count(said) == 2
    assert not page.all("code")
    with app.app_context():
        assert second_factor.codes_left(lan) == before


def test_each_sees_only_their_own(
    app: Flask, enter: SignIn, staff: Callable[..., User], world: World, lan: int
) -> None:
    other = enter(staff(world.hill))
    page = other.get(PAGE)
    assert "Bạn còn 0 mã chưa dùng." in page.text
    with app.app_context():
        given = second_factor.unused_code(lan, at=app.extensions["outside"].now())
    other.post(PAGE, page.form("") | {"code": given}, status=422)
    with app.app_context():
        assert second_factor.codes_left(lan) == 10
