"""Units that leave the shelf for good, in the browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from catalog import stock
from catalog.db import db
from catalog.lots import Lot
from catalog.memberships import Role
from catalog.people import User
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY, MONDAY_NINE, World, changing, levels_at

OFF = "/quay/D01/xuat-huy"


@pytest.fixture
def shelf(app: Flask, world: World) -> int:
    """The quay's honey: three jars."""
    with app.app_context():
        return levels_at(world.quay)[0].id


def off(clerk: PageClient, shelf: int, *, status: int = 200, **typed: str) -> Page:
    values = clerk.get(f"{OFF}/{shelf}").form(f"{OFF}/{shelf}")
    typed = {"quantity": "2", "kind": "damaged", "reason": "rơi vỡ"} | typed
    return clerk.post(f"{OFF}/{shelf}", values | typed, status=status)


def honey(app: Flask, world: World) -> tuple[int, int]:
    with app.app_context():
        level = levels_at(world.quay)[0]
        return level.on_hand, level.held


def test_broken_jars_leave_with_a_reason(app: Flask, clerk: PageClient, world: World, shelf: int) -> None:
    assert "Chưa xuất hủy món nào" in clerk.get(OFF).text
    assert "Đã xuất hủy 2 chai Mật ong rừng." in off(clerk, shelf).text
    assert honey(app, world) == (1, 0)
    text = clerk.get(OFF).text
    assert "Hư hỏng" in text
    assert "rơi vỡ" in text


def test_the_same_form_again_takes_nothing_more(app: Flask, clerk: PageClient, world: World, shelf: int) -> None:
    values = clerk.get(f"{OFF}/{shelf}").form(f"{OFF}/{shelf}")
    for _ in range(2):
        clerk.post(f"{OFF}/{shelf}", values | {"quantity": "1", "kind": "sample", "reason": "khách nếm thử"})
    assert honey(app, world) == (2, 0)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"quantity": ""}, "quantity", "Nhập số lượng"),
        ({"quantity": "0"}, "quantity", "Số lượng nhỏ nhất là 1"),
        ({"quantity": "-1"}, "quantity", "Số lượng nhỏ nhất là 1"),
        ({"quantity": "1e3"}, "quantity", "Số lượng là số nguyên"),
        ({"quantity": "٣"}, "quantity", "Số lượng là số nguyên"),
        ({"quantity": "4"}, "quantity", "Chỉ còn 3 chưa giữ cho đơn"),
        ({"reason": " "}, "reason", "Ghi rõ vì sao"),
        ({"reason": "x" * 201}, "reason", "Lý do dài quá 200 ký tự"),
        ({"kind": "expired"}, "kind", "Lô này chưa quá hạn"),
        ({"kind": "stolen"}, "kind", "Chọn một lý do"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(
    app: Flask, clerk: PageClient, world: World, shelf: int, typed: dict[str, str], field: str, sentence: str
) -> None:
    page = off(clerk, shelf, status=422, **typed)
    assert sentence in "".join(page.one("p", id=f"{field}-error").itertext())
    if field == "quantity":
        assert page.one("input", id="quantity").get("value") == typed["quantity"]
    assert honey(app, world) == (3, 0)


def test_a_jar_promised_since_the_page_was_opened_is_not_taken(
    app: Flask, clerk: PageClient, world: World, shelf: int
) -> None:
    values = clerk.get(f"{OFF}/{shelf}").form(f"{OFF}/{shelf}")
    with changing(app):
        stock.hold(shelf, 3, order_ref="QN-1", until=None, actor="buyer", at=MONDAY_NINE)
    page = clerk.post(f"{OFF}/{shelf}", values | {"quantity": "1", "kind": "damaged", "reason": "vỡ"}, status=422)
    assert "không còn món nào trống" in page.text
    assert honey(app, world) == (3, 3)


def test_what_is_past_its_day_needs_no_words(app: Flask, clerk: PageClient, world: World, shelf: int) -> None:
    with changing(app):
        lot = levels_at(world.quay)[0].lot_id
        db.session.execute(update(Lot).where(Lot.id == lot).values(best_before=MONDAY - timedelta(days=1)))
    page = clerk.get(f"{OFF}/{shelf}")
    assert page.form(f"{OFF}/{shelf}")["kind"] == "expired"
    off(clerk, shelf, quantity="3", kind="expired", reason="")
    assert honey(app, world) == (0, 0)


def test_nobody_else_takes_them(
    app: Flask, enter: SignIn, staff: Callable[..., User], world: World, shelf: int
) -> None:
    manager = enter(staff(world.centre, Role.MANAGER))
    manager.get(f"{OFF}/{shelf}", status=403)
    stranger = enter(staff(world.hill))
    stranger.get(f"/quay/D02/xuat-huy/{shelf}", status=404)
    stranger.get(f"{OFF}/{shelf}", status=404)
    assert "Chưa xuất hủy món nào" in stranger.get("/quay/D02/xuat-huy").text
    assert honey(app, world) == (3, 0)
