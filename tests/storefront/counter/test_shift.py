"""Opening and closing the till, and the sheet that is signed."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.db import db
from catalog.memberships import Role, Staff, find_staff
from catalog.people import User
from checkout import sales, tills
from checkout.tills import Shift
from tests.checkout.selling import sell, wait_for_money
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, changing

ROOM = "/quay/D01/ca"


@pytest.fixture
def user(staff: Callable[..., User], world: World) -> User:
    return staff(world.quay)


@pytest.fixture
def seller(enter: SignIn, user: User) -> PageClient:
    return enter(user)


def close(words: str) -> str:
    """Without blanks: the cells of a table stand apart only for the eye."""
    return words.replace(" ", "")


def opened(browser: PageClient, amount: str, *, status: int = 200) -> Page:
    form = browser.get(ROOM).form(f"{ROOM}/mo")
    return browser.post(f"{ROOM}/mo", {**form, "float_amount": amount}, status=status)


def shifts(app: Flask) -> list[tuple[int, int | None]]:
    """(float, counted) of every shift."""
    with app.app_context():
        return [tuple(row) for row in db.session.execute(select(Shift.float_amount, Shift.counted).order_by(Shift.id))]


def staff_of(app: Flask, user: User) -> Staff:
    with app.app_context():
        someone = find_staff(user)
    assert someone is not None
    return someone


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("500.000", 500_000), (" 500 000 đ ", 500_000), ("0", 0), ("1,250,000", 1_250_000), ("75000₫", 75_000)],
)
def test_a_shift_is_opened_with_what_was_typed(app: Flask, seller: PageClient, typed: str, amount: int) -> None:
    page = opened(seller, typed)
    assert page.one("h1").text == "Bán hàng"
    assert "Đã mở ca." in page.text
    assert shifts(app) == [(amount, None)]


WRONG = {
    "": "Nhập số tiền",
    "-1": "không thể nhỏ hơn 0",
    "1.5": "số đồng chẵn",
    "1e3": "số đồng chẵn",
    "٣": "số đồng chẵn",
    "500.00": "số đồng chẵn",
    "1.000,000": "số đồng chẵn",
    "9" * 20: "quá lớn",
}


@pytest.mark.parametrize(("typed", "words"), WRONG.items())
def test_a_wrong_float_is_told_beside_its_field_and_kept(
    app: Flask, seller: PageClient, typed: str, words: str
) -> None:
    page = opened(seller, typed, status=422)
    assert words in "".join(page.one("p", id="float_amount-error").itertext())
    assert page.one("input", id="float_amount").get("value") == typed
    assert shifts(app) == []


def test_opening_twice_opens_one(app: Flask, seller: PageClient) -> None:
    form = seller.get(ROOM).form(f"{ROOM}/mo") | {"float_amount": "100"}
    seller.post(f"{ROOM}/mo", form)
    seller.post(f"{ROOM}/mo", form)
    page = seller.post(f"{ROOM}/mo", {**form, "key": "k" * 32}, status=422)
    assert "Ca đã được mở trước rồi." in page.text
    assert shifts(app) == [(100, None)]


def test_closing_prints_a_sheet_with_the_difference(app: Flask, seller: PageClient, user: User, world: World) -> None:
    opened(seller, "500.000")
    clerk = staff_of(app, user)
    with changing(app):
        sell(world.quay, clerk, (world.honey, 1))
        undone = sell(world.quay, clerk, (world.lantern, 1))
        transfer = wait_for_money(world.quay, clerk, (world.honey, 1))
        sales.confirm(transfer, by=clerk, at=MONDAY_NINE)
        sales.undo(undone, "vỡ khi gói", by=clerk, at=MONDAY_NINE)
        waits = wait_for_money(world.quay, clerk, (world.lantern, 1))
    page = seller.get(ROOM)
    assert "Tiền mặt phải có trong két 750.000 ₫" in page.text
    assert "Còn 1 phiếu đang chờ chuyển khoản" in page.text
    assert page.one("a", href=f"/quay/D01/ban/phieu/{waits.reference}/cho") is not None
    form = page.form(f"{ROOM}/dong") | {"counted": "740.000", "note": "thiếu tờ mười nghìn"}
    page = seller.post(f"{ROOM}/dong", form)
    assert page.one("h1").text == "Bảng ca bán hàng"
    for words in (
        "Đóng ca 09:00 23/11/2026, Người thử",
        "Ghi chú thiếu tờ mười nghìn",
        "Bán tại quầy 3 lần 670.000 ₫ 250.000 ₫",
        "Phiếu đã hủy 1 lần -420.000 ₫ 0 ₫",
        "Tiền mặt phải có 750.000 ₫",
        "Tiền mặt đếm được 740.000 ₫",
        "Chênh lệch -10.000 ₫",
        "8 % 500.000 ₫ 37.038 ₫",
        f"{undone.reference} 420.000 ₫, 09:00: vỡ khi gói",
    ):
        assert close(words) in close(page.text)
    assert shifts(app) == [(500_000, 740_000)]
    assert "thiếu 10.000 ₫" in seller.get(ROOM).text
    page = seller.post(f"{ROOM}/dong", {**form, "key": "k" * 32}, status=422)
    assert "Ca này đã đóng rồi." in page.text


@pytest.mark.parametrize(("typed", "words"), WRONG.items())
def test_a_wrong_count_is_told_beside_its_field_and_kept(
    app: Flask, seller: PageClient, typed: str, words: str
) -> None:
    opened(seller, "0")
    form = seller.get(ROOM).form(f"{ROOM}/dong")
    page = seller.post(f"{ROOM}/dong", {**form, "counted": typed, "note": "giữ lại"}, status=422)
    assert words in "".join(page.one("p", id="counted-error").itertext())
    assert page.one("input", id="counted").get("value") == typed
    assert page.one("textarea", id="note").text.strip() == "giữ lại"
    assert shifts(app) == [(0, None)]


def test_a_note_that_is_too_long_is_kept(app: Flask, seller: PageClient) -> None:
    opened(seller, "0")
    form = seller.get(ROOM).form(f"{ROOM}/dong") | {"counted": "0", "note": "x" * 301}
    page = seller.post(f"{ROOM}/dong", form, status=422)
    assert "Ghi chú dài quá 300 ký tự" in page.text
    assert shifts(app) == [(0, None)]


def test_another_s_shift_is_closed_by_a_manager_only(
    app: Flask, seller: PageClient, enter: SignIn, staff: Callable[..., User], world: World
) -> None:
    opened(seller, "0")
    colleague, manager = enter(staff(world.quay)), enter(staff(world.quay, Role.MANAGER))
    page = colleague.get(ROOM)
    assert "chỉ trưởng điểm đóng được" in page.text
    colleague.post(f"{ROOM}/dong", {"csrf_token": colleague.token(), "key": "k" * 32, "counted": "0"}, status=403)
    assert shifts(app) == [(0, None)]
    form = manager.get(ROOM).form(f"{ROOM}/dong") | {"counted": "0"}
    assert close("Đóng ca 09:00") in close(manager.post(f"{ROOM}/dong", form).text)
    assert shifts(app) == [(0, 0)]


def test_who_only_looks_sees_the_sums_and_no_form(
    app: Flask, seller: PageClient, enter: SignIn, staff: Callable[..., User], world: World
) -> None:
    supplier, foreign = enter(staff(world.centre, Role.MANAGER)), enter(staff(world.hill))
    assert "Chưa có ca nào đang mở." in supplier.get(ROOM).text
    supplier.post(f"{ROOM}/mo", {"csrf_token": supplier.token(), "key": "k" * 32, "float_amount": "0"}, status=403)
    opened(seller, "0")
    with app.app_context():
        shift = tills.current_shift(world.quay.id)
    assert shift is not None
    assert "Ca đang mở" in supplier.get(ROOM).text
    assert "chưa đóng" in supplier.get(f"{ROOM}/{shift.id}").text
    foreign.get(f"{ROOM}/{shift.id}", status=404)
    foreign.get(f"/quay/D02/ca/{shift.id}", status=404)
    for number in (0, 10**12, 10**30):
        seller.get(f"{ROOM}/{number}", status=404)
