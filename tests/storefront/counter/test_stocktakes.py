"""Counting at the counter."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import stock
from catalog.db import db
from catalog.lots import Lot
from catalog.memberships import Role
from catalog.people import User
from catalog.stock import StockLevel
from catalog.stocktakes import Stocktake, StocktakeCount, StocktakeLine, StocktakeState
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, changing, make_lot, put, variant_of

HERE = "/quay/D01/kiem-ke"


def begin(client: PageClient, app: Flask, world: World) -> str:
    """A stocktake of the honey at the quay: three bottles."""
    form = client.get(f"{HERE}/moi").form(f"{HERE}/moi")
    client.post(f"{HERE}/moi", form | {"product": str(world.honey.id)})
    with app.app_context():
        return db.session.scalars(select(Stocktake.reference).order_by(Stocktake.id.desc()).limit(1)).one()


def line(app: Flask) -> StocktakeLine:
    with app.app_context():
        return db.session.scalars(select(StocktakeLine).order_by(StocktakeLine.id).limit(1)).one()


def press(client: PageClient, address: str, data: dict[str, str] | None = None, *, status: int = 200) -> Page:
    assert client.last is not None
    return client.post(address, client.last.form(address) | (data or {}), status=status)


def count(client: PageClient, app: Flask, paper: str, units: str, *, status: int = 200) -> Page:
    return press(client, f"{HERE}/{paper}/dem/{line(app).id}", {"units": units}, status=status)


def state(app: Flask) -> StocktakeState:
    with app.app_context():
        return db.session.scalars(select(Stocktake.state)).one()


def honey_at_quay(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(StockLevel.on_hand).where(StockLevel.id == line(app).level_id)).one()


def counts(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(StocktakeCount.counted).order_by(StocktakeCount.id)))


def waiting(client: PageClient, app: Flask, world: World, units: str = "2") -> str:
    """Counted and sent for approval."""
    paper = begin(client, app, world)
    count(client, app, paper, units)
    if units != "3":
        count(client, app, paper, units)
    press(client, f"{HERE}/{paper}/xong")
    return paper


def test_nothing_counted_yet_is_said(clerk: PageClient) -> None:
    assert "Chưa kiểm kê lần nào" in clerk.get(HERE).text


def test_a_group_is_counted(clerk: PageClient, app: Flask, world: World) -> None:
    page = clerk.get(f"{HERE}/moi")
    page = clerk.post(f"{HERE}/moi", page.form(f"{HERE}/moi") | {"group": "mat-ong-va-nong-san-kho"})
    assert page.one("h1").text == "Mật ong và nông sản khô"
    assert "Mật ong rừng" in page.text
    assert "Đèn lồng lụa" not in page.text
    assert "0/1" in clerk.get(HERE).text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"group": ""}, "Chọn một nhóm hàng, hoặc đánh dấu"),
        ({"group": "khong-co"}, "Chọn một nhóm hàng, hoặc đánh dấu"),
        ({"product": "x"}, "Chọn một nhóm hàng, hoặc đánh dấu"),
        ({"product": "999999"}, "Không có món nào trên kệ để đếm"),
        ({"group": "mat-ong-va-nong-san-kho", "product": "1"}, "không cả hai"),
    ],
)
def test_what_to_count_has_to_be_said(clerk: PageClient, app: Flask, data: dict[str, str], words: str) -> None:
    form = clerk.get(f"{HERE}/moi").form(f"{HERE}/moi")
    assert words in clerk.post(f"{HERE}/moi", form | data, status=422).text
    with app.app_context():
        assert db.session.scalars(select(Stocktake)).all() == []


def test_products_are_found_by_their_names(clerk: PageClient) -> None:
    page = clerk.get(f"{HERE}/moi?tim=den")
    assert [e.get("name") for e in page.all("input", type="checkbox")] == ["product"]
    assert "Không có mặt hàng nào" in clerk.get(f"{HERE}/moi?tim=zzz").text


def test_who_counts_is_not_told_what_to_find(clerk: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        put(make_lot(variant_of(world.honey), code="LONG"), "D01", 7654)
    paper = begin(clerk, app, world)
    page = clerk.get(f"{HERE}/{paper}")
    assert "7654" not in page.response.get_data(as_text=True)
    assert "7.654" not in page.text
    assert page.form(f"{HERE}/{paper}/dem/{line(app).id}")["units"] == ""


def test_a_count_that_agrees_is_finished_and_approved(
    clerk: PageClient, enter: SignIn, staff: Callable[..., User], app: Flask, world: World
) -> None:
    paper = waiting(clerk, app, world, "3")
    manager = enter(staff(world.quay, Role.MANAGER))
    page = manager.get(f"{HERE}/{paper}")
    assert "1 dòng khớp sổ" in page.text
    page = press(manager, f"{HERE}/{paper}/duyet")
    assert "Đã duyệt, số trên kệ đã đúng" in page.text
    assert (state(app), honey_at_quay(app)) == (StocktakeState.APPROVED, 3)


def test_a_difference_asks_for_a_second_count_and_says_nothing_of_the_books(
    clerk: PageClient, app: Flask, world: World
) -> None:
    paper = begin(clerk, app, world)
    page = count(clerk, app, paper, "2")
    assert "Mật ong rừng không khớp sổ. Đếm lại lần nữa" in page.text
    assert "Đếm lại 1" in page.text
    assert not page.all("form", action=f"{HERE}/{paper}/xong")
    page = count(clerk, app, paper, "2")
    assert "Đã ghi: Mật ong rừng." in page.text
    page = press(clerk, f"{HERE}/{paper}/xong")
    assert "Chỉ mình bạn" not in page.text
    assert "-1" in page.text
    assert "250.000 ₫" in page.text


def test_a_manager_approves_and_the_shelf_is_right(
    clerk: PageClient, enter: SignIn, staff: Callable[..., User], app: Flask, world: World
) -> None:
    paper = waiting(clerk, app, world, "2")
    with changing(app):
        stock.sell(line(app).level_id, 1, cause="sale:1", actor="user:1", at=MONDAY_NINE)
    manager = enter(staff(world.quay, Role.MANAGER))
    page = manager.get(f"{HERE}/{paper}/duyet")
    assert "Thiếu 250.000 ₫" in page.text
    press(manager, f"{HERE}/{paper}/duyet")
    assert honey_at_quay(app) == 1


def test_the_only_counter_and_a_clerk_do_not_approve(
    clerk: PageClient, enter: SignIn, staff: Callable[..., User], app: Flask, world: World
) -> None:
    paper = waiting(clerk, app, world, "2")
    assert "đến 500.000 ₫ do quản lý điểm duyệt" in clerk.get(f"{HERE}/{paper}/duyet").text
    clerk.post(f"{HERE}/{paper}/duyet", {"key": "12345678"}, status=403)
    clerk.get(f"{HERE}/{paper}/duyet")
    press(clerk, f"{HERE}/{paper}/tra-lai")
    press(clerk, f"{HERE}/{paper}/huy")
    manager = enter(staff(world.quay, Role.MANAGER))
    with app.app_context():
        assert state(app) is StocktakeState.CANCELLED
    mine = begin_as(manager, app, world)
    page = manager.post(f"{HERE}/{mine}/duyet", {"key": "12345678"}, status=422)
    assert "Chỉ mình bạn đếm phiếu này" in page.text


def begin_as(manager: PageClient, app: Flask, world: World) -> str:
    paper = begin(manager, app, world)
    with app.app_context():
        key = db.session.scalars(select(StocktakeLine.id).order_by(StocktakeLine.id.desc()).limit(1)).one()
    press(manager, f"{HERE}/{paper}/dem/{key}", {"units": "3"})
    press(manager, f"{HERE}/{paper}/xong")
    return paper


def test_above_the_limit_the_centre_approves(
    clerk: PageClient, enter: SignIn, staff: Callable[..., User], app: Flask, world: World
) -> None:
    paper = waiting(clerk, app, world, "0")
    manager, supplier = enter(staff(world.quay, Role.MANAGER)), enter(staff(world.centre, Role.MANAGER))
    assert "trên đó do trung tâm cấp hàng" in manager.get(f"{HERE}/{paper}/duyet").text
    manager.post(f"{HERE}/{paper}/duyet", {"key": "12345678"}, status=403)
    assert honey_at_quay(app) == 3
    supplier.get(f"{HERE}/{paper}/duyet")
    press(supplier, f"{HERE}/{paper}/duyet")
    assert (state(app), honey_at_quay(app)) == (StocktakeState.APPROVED, 0)


def test_the_limit_is_a_setting(
    clerk: PageClient, enter: SignIn, staff: Callable[..., User], app: Flask, world: World, choose: Callable[..., None]
) -> None:
    choose(count_limit=1_000_000)
    paper = waiting(clerk, app, world, "0")
    manager = enter(staff(world.quay, Role.MANAGER))
    manager.get(f"{HERE}/{paper}/duyet")
    press(manager, f"{HERE}/{paper}/duyet")
    assert honey_at_quay(app) == 0


def test_a_shelf_that_changed_meanwhile_shows_both_numbers(clerk: PageClient, app: Flask, world: World) -> None:
    paper = begin(clerk, app, world)
    with changing(app):
        stock.sell(line(app).level_id, 1, cause="sale:1", actor="user:1", at=MONDAY_NINE)
    page = count(clerk, app, paper, "3", status=422)
    assert "Kệ này đã đổi từ 3 thành 2 từ lúc bạn mở trang. Chưa ghi gì" in page.text
    assert page.form(f"{HERE}/{paper}/dem/{line(app).id}")["units"] == "3"
    assert counts(app) == []
    count(clerk, app, paper, "2")
    assert counts(app) == [2]


@pytest.mark.parametrize("units", ["-1", "1.5", "", "1e3", "٣", "100000", "9" * 40, "ba"])
def test_a_number_that_is_none_is_refused_and_kept(clerk: PageClient, app: Flask, world: World, units: str) -> None:
    paper = begin(clerk, app, world)
    page = count(clerk, app, paper, units, status=422)
    assert page.one("p", id=f"units-{line(app).id}-error").itertext()
    assert page.form(f"{HERE}/{paper}/dem/{line(app).id}")["units"] == units
    assert counts(app) == []


def test_a_mark_that_was_made_up_writes_nothing(clerk: PageClient, app: Flask, world: World) -> None:
    paper = begin(clerk, app, world)
    address = f"{HERE}/{paper}/dem/{line(app).id}"
    for mark in ("", "x", "-5", "9" * 30, "999999"):
        clerk.get(f"{HERE}/{paper}")
        press(clerk, address, {"units": "3", "mark": mark}, status=422)
    assert counts(app) == []


def test_a_count_sent_twice_counts_once(clerk: PageClient, app: Flask, world: World) -> None:
    paper = begin(clerk, app, world)
    assert clerk.last is not None
    address = f"{HERE}/{paper}/dem/{line(app).id}"
    form = clerk.last.form(address) | {"units": "2"}
    for _ in range(2):
        clerk.post(address, form)
    assert counts(app) == [2]


def test_what_is_not_settled_is_not_finished(clerk: PageClient, app: Flask, world: World) -> None:
    paper = begin(clerk, app, world)
    page = clerk.post(f"{HERE}/{paper}/xong", {"key": "12345678"}, status=422)
    assert "còn 1 dòng chưa đếm, 0 dòng phải đếm lại" in page.text
    assert state(app) is StocktakeState.COUNTING


def test_a_promised_unit_stops_approval_on_its_line(
    clerk: PageClient, enter: SignIn, staff: Callable[..., User], app: Flask, world: World
) -> None:
    paper = waiting(clerk, app, world, "1")
    with changing(app):
        stock.hold(line(app).level_id, 2, order_ref="QN-1", until=None, actor="buyer", at=MONDAY_NINE)
    supplier = enter(staff(world.centre, Role.MANAGER))
    supplier.get(f"{HERE}/{paper}/duyet")
    page = press(supplier, f"{HERE}/{paper}/duyet", status=422)
    assert "Duyệt thì còn 1, mà đã giữ 2 cho đơn" in page.text
    assert (state(app), honey_at_quay(app)) == (StocktakeState.REVIEW, 3)


def test_goods_not_on_the_list_are_added_by_lot(clerk: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        make_lot(variant_of(world.honey), code="MOI-1")
    paper = begin(clerk, app, world)
    page = press(clerk, f"{HERE}/{paper}/them", {"code": "moi-1"})
    assert "Đã thêm vào phiếu: Mật ong rừng." in page.text
    assert "Chưa đếm 2" in page.text
    page = press(clerk, f"{HERE}/{paper}/them", {"code": "MOI-1"}, status=422)
    assert "Lô này có trong phiếu rồi" in page.text
    with app.app_context():
        many = db.session.scalars(select(Lot).where(Lot.code == "MOI-1")).one().variant_id
        sku = variant_of(world.honey).sku
        assert many == variant_of(world.honey).id
    for code, words in (("", "Nhập mã lô"), ("ZZ", "Không có lô hay hàng nào"), (sku, "Mã này có nhiều lô")):
        page = press(clerk, f"{HERE}/{paper}/them", {"code": code}, status=422)
        assert words in page.text
        assert page.form(f"{HERE}/{paper}/them")["code"] == code


def test_a_shelf_is_found_by_its_code(clerk: PageClient, app: Flask, world: World) -> None:
    paper = begin(clerk, app, world)
    with app.app_context():
        sku = variant_of(world.honey).sku
    assert clerk.get(f"{HERE}/{paper}?q={sku.lower()}").all("form", action=f"{HERE}/{paper}/dem/{line(app).id}")
    assert "Trong phiếu không có món nào khớp" in clerk.get(f"{HERE}/{paper}?q=zzz").text


def test_two_papers_do_not_count_one_shelf(clerk: PageClient, app: Flask, world: World) -> None:
    paper = begin(clerk, app, world)
    form = clerk.get(f"{HERE}/moi").form(f"{HERE}/moi")
    page = clerk.post(f"{HERE}/moi", form | {"product": str(world.honey.id)}, status=422)
    assert f"đang được đếm ở phiếu {paper}" in page.text


def test_what_is_over_says_so(clerk: PageClient, app: Flask, world: World) -> None:
    paper = begin(clerk, app, world)
    assert clerk.last is not None
    address = f"{HERE}/{paper}/dem/{line(app).id}"
    form = clerk.last.form(address) | {"units": "3"}
    press(clerk, f"{HERE}/{paper}/huy")
    page = clerk.post(address, form, status=422)
    assert "Không làm được nữa: phiếu này đã hủy" in page.text
    assert counts(app) == []


def test_another_outlet_does_not_see_it(
    clerk: PageClient, enter: SignIn, staff: Callable[..., User], app: Flask, world: World
) -> None:
    paper = begin(clerk, app, world)
    other = enter(staff(world.hill))
    other.get(f"/quay/D02/kiem-ke/{paper}", status=404)
    other.get(f"/quay/D02/kiem-ke/{paper}/duyet", status=404)
    other.post(f"/quay/D02/kiem-ke/{paper}/huy", {"key": "12345678"}, status=404)
    supplier = enter(staff(world.centre, Role.MANAGER))
    supplier.get(f"{HERE}/{paper}")
    supplier.get(f"{HERE}/moi", status=403)
    supplier.post(f"{HERE}/{paper}/dem/{line(app).id}", {"key": "12345678"}, status=403)
    assert state(app) is StocktakeState.COUNTING


def test_the_counting_page_takes_the_same_queries_for_one_shelf_and_many(
    clerk: PageClient, app: Flask, world: World, count_statements: Any
) -> None:
    paper = begin(clerk, app, world)
    with count_statements() as one:
        clerk.get(f"{HERE}/{paper}")
    press(clerk, f"{HERE}/{paper}/huy")
    with changing(app):
        for n in range(8):
            put(make_lot(variant_of(world.honey), code=f"N{n}"), "D01", 1)
    paper = begin(clerk, app, world)
    with count_statements() as many:
        clerk.get(f"{HERE}/{paper}")
    assert len(one) == len(many)
