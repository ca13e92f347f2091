"""What a centre sees of its outlets, and an outlet's own minimums."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import replenishment, stock
from catalog.db import db
from catalog.memberships import Role
from catalog.people import User
from catalog.replenishment import MinimumLevel
from catalog.stock import StockLevel
from catalog.transfers import Transfer, TransferLine
from tests.pages import PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, changing, make_outlet, put, variant_of

CENTRE = "/quay/T01/cap-hang"
POINT = "/quay/D01/cap-hang"


@pytest.fixture
def supplier(enter: SignIn, staff: Callable[..., User], world: World) -> PageClient:
    """The manager of the centre (T01), signed in."""
    return enter(staff(world.centre, Role.MANAGER))


@pytest.fixture
def manager(enter: SignIn, staff: Callable[..., User], world: World) -> PageClient:
    """The manager of the quay (D01), signed in."""
    return enter(staff(world.quay, Role.MANAGER))


def variant(app: Flask, product: Any) -> int:
    with app.app_context():
        return variant_of(product).id


def minimum(client: PageClient, app: Flask, product: Any, units: str, *, status: int = 200) -> Any:
    page = client.get(f"{POINT}/muc-toi-thieu")
    address = f"{POINT}/muc-toi-thieu/{variant(app, product)}"
    return client.post(address, page.form(address) | {"units": units}, status=status)


def minimums(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(MinimumLevel.units)))


def test_a_centre_sees_what_its_outlets_lack_the_neediest_first(
    supplier: PageClient, manager: PageClient, app: Flask, world: World
) -> None:
    page = supplier.get(CENTRE)
    assert page.text.index("D01 · Điểm bán OCOP Bến Hội An") < page.text.index("D02 · Điểm bán OCOP Trà My")
    minimum(manager, app, world.honey, "7")
    page = supplier.get(f"{CENTRE}/D01")
    (row,) = [tr for tr in page.all("tr") if "Mật ong rừng" in "".join(tr.itertext())]
    cells = {td.get("data-label"): "".join(td.itertext()).strip() for td in row.iter("td")}
    assert cells == {
        "Còn": "3", "Bán mỗi tuần": "0", "Tối thiểu": "7", "Đang tới": "", "Thiếu": "4", "Ở đây dư": "5",
    }  # fmt: skip


def test_weekly_sales_come_from_movements(supplier: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        shelf = db.session.scalars(select(StockLevel).where(StockLevel.on_hand == 3)).one()
        stock.sell(shelf.id, 3, cause="sale:1", actor="user:1", at=MONDAY_NINE)
    page = supplier.get(f"{CENTRE}/D01")
    assert "0,8" in page.text


def test_one_click_drafts_what_is_lacking(supplier: PageClient, manager: PageClient, app: Flask, world: World) -> None:
    minimum(manager, app, world.honey, "7")
    page = supplier.get(f"{CENTRE}/D01")
    page = supplier.post(f"{CENTRE}/D01/soan", page.form(f"{CENTRE}/D01/soan"))
    assert "Đã soạn phiếu" in page.text
    with app.app_context():
        assert db.session.execute(select(TransferLine.variant_id, TransferLine.quantity)).all() == [
            (variant_of(world.honey).id, 4)
        ]
    page = supplier.get(f"{CENTRE}/D01")
    assert "soạn 4" in page.text
    page = supplier.post(f"{CENTRE}/D01/soan", {"key": "12345678"})
    assert "không thiếu món nào mà ở đây còn dư" in page.text
    with app.app_context():
        assert len(list(db.session.scalars(select(Transfer)))) == 1


def test_a_draft_is_filled_from_the_paper_itself(
    supplier: PageClient, manager: PageClient, app: Flask, world: World
) -> None:
    minimum(manager, app, world.honey, "7")
    form = supplier.get("/quay/T01/chuyen/moi?den=D01").form("/quay/T01/chuyen/moi")
    assert form["target"] == "D01"
    page = supplier.post("/quay/T01/chuyen/moi", form)
    with app.app_context():
        paper = db.session.scalars(select(Transfer.reference)).one()
    address = f"/quay/T01/chuyen/{paper}/goi-y"
    page = supplier.post(address, page.form(address))
    assert "Đã thêm 1 mặt hàng mà nơi nhận đang thiếu" in page.text
    page = supplier.post(address, page.form(address))
    assert "Nơi nhận không thiếu món nào" in page.text


def test_a_clerk_of_the_centre_is_not_told_about_its_outlets(
    enter: SignIn, staff: Callable[..., User], world: World
) -> None:
    clerk = enter(staff(world.centre))
    page = clerk.get(CENTRE)
    assert "D01" not in page.text
    clerk.get(f"{CENTRE}/D01", status=404)
    clerk.post(f"{CENTRE}/D01/soan", {"key": "12345678"}, status=404)


def test_an_outlet_that_is_not_supplied_is_not_found(supplier: PageClient, app: Flask) -> None:
    with changing(app):
        make_outlet("X01")
    supplier.get(f"{CENTRE}/X01", status=404)
    supplier.get(f"{CENTRE}/T01", status=404)


def test_an_officer_looks_and_does_nothing(enter: SignIn, staff: Callable[..., User], app: Flask, world: World) -> None:
    officer = enter(staff(role=Role.OFFICER))
    assert "D01" in officer.get(CENTRE).text
    officer.post(f"{CENTRE}/D01/soan", {"key": "12345678"}, status=403)
    officer.post(f"{POINT}/muc-toi-thieu/{variant(app, world.honey)}", {"key": "12345678", "units": "5"}, status=403)
    assert minimums(app) == []


def test_what_is_low_here_is_shown(clerk: PageClient, manager: PageClient, app: Flask, world: World) -> None:
    assert "Không có món nào dưới mức" in clerk.get(POINT).text
    minimum(manager, app, world.honey, "4")
    page = clerk.get(POINT)
    assert "Mật ong rừng" in page.text
    assert "không cấp hàng cho điểm nào" in page.text
    with app.app_context():
        assert [need.free for need in replenishment.low(world.quay.id, at=MONDAY_NINE)] == [3]


def test_a_minimum_is_set_and_taken_away(manager: PageClient, app: Flask, world: World) -> None:
    assert "Đã lưu mức tối thiểu" in minimum(manager, app, world.honey, "4").text
    assert minimums(app) == [4]
    minimum(manager, app, world.honey, "0")
    assert minimums(app) == []


@pytest.mark.parametrize("units", ["-1", "1.5", "", "1e3", "٣", "100000", "bốn"])
def test_a_minimum_that_is_no_number_is_refused_and_kept(
    manager: PageClient, app: Flask, world: World, units: str
) -> None:
    page = minimum(manager, app, world.honey, units, status=422)
    key = variant(app, world.honey)
    assert page.one("p", id=f"units-{key}-error").itertext()
    assert page.form(f"{POINT}/muc-toi-thieu/{key}")["units"] == units
    assert minimums(app) == []


def test_minimums_are_the_manager_s_and_found_by_name(
    clerk: PageClient, manager: PageClient, app: Flask, world: World
) -> None:
    key = variant(app, world.honey)
    page = clerk.get(f"{POINT}/muc-toi-thieu?q=mat%20ong")
    assert not page.all("form", action=f"{POINT}/muc-toi-thieu/{key}")
    clerk.post(f"{POINT}/muc-toi-thieu/{key}", {"key": "12345678", "units": "5"}, status=403)
    page = manager.get(f"{POINT}/muc-toi-thieu?q=mat%20ong")
    assert page.all("form", action=f"{POINT}/muc-toi-thieu/{key}")
    assert "Không có món nào khớp" in manager.get(f"{POINT}/muc-toi-thieu?q=zzz").text
    manager.post(f"{POINT}/muc-toi-thieu/999999", {"key": "12345678", "units": "5"}, status=404)


def test_the_view_takes_the_same_queries_however_many_outlets(
    supplier: PageClient, app: Flask, world: World, count_statements: Any
) -> None:
    with count_statements() as two:
        supplier.get(CENTRE)
    with changing(app):
        for n in range(5):
            outlet = make_outlet(f"E{n}", supplied_by_id=world.centre.id)
            with db.session.no_autoflush:
                lot = db.session.scalars(select(StockLevel).where(StockLevel.on_hand == 3)).first()
            assert lot is not None
            put(db.session.get_one(stock.Lot, lot.lot_id), outlet.code, 3)
    with count_statements() as seven:
        supplier.get(CENTRE)
    assert len(two) == len(seven)
