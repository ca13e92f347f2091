"""The counter while the shop is busy: buyers at the same shelf, a lot recalled everywhere, a clerk with a phone."""

import re
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from catalog import stock
from catalog.db import db
from catalog.lots import Lot
from catalog.memberships import Role
from catalog.people import User
from catalog.stock import StockMovement
from checkout import tills
from checkout.delivery import Collect
from checkout.orders import Order
from checkout.sales import Sale
from checkout.tills import EntryKind, Tender
from tests.browser import phone
from tests.checkout import selling
from tests.checkout.factories import buyer, order_for
from tests.flows.counter_crowd import SOLD, in_processes
from tests.pages import PageClient
from tests.storefront.conftest import SignIn, enter, staff  # noqa: F401
from tests.storefront.shop.buying import add
from tests.world import World, changing, levels_at, make_lot, make_product, put, variant_of


def test_twenty_buyers_and_a_clerk_share_five_units_from_four_processes(app: Flask, world: World) -> None:
    with changing(app):
        jam = make_product("Mứt gừng", free={"D01": 5})
        clerk = selling.open_till(world.quay)
        variant = variant_of(jam).id
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    quay = world.quay.id
    crowd = [("buyer", quay, variant, 0, name, tries) for name, tries in (("A", 7), ("B", 7), ("C", 6))]
    answers = in_processes(url, *crowd, ("clerk", quay, variant, clerk.user_id, "D", 5))

    assert Counter(answers)[SOLD] == 5
    assert set(answers) - {SOLD} <= {"Shortage", "NotOrderable", "Unsellable", "OutOfStock", "PriceChanged"}
    with app.app_context():
        (shelf,) = [level for level in levels_at(world.quay) if level.variant_id == variant]
        ordered = db.session.scalar(select(func.count(Order.id)))
        sold = db.session.scalar(select(func.count(Sale.id)))
        assert (shelf.on_hand, shelf.held) == (5 - (sold or 0), ordered)
        assert shelf.on_hand == shelf.held
        assert (ordered or 0) + (sold or 0) == 5
        shift = tills.current_shift(quay)
        assert shift is not None
        assert tills.sheet(shift).amount(EntryKind.SALE, Tender.CASH).minor == 250_000 * (sold or 0)
        assert stock.drift() == []


def test_a_recall_stops_three_outlets_two_carts_and_five_orders_at_once(
    app: Flask,
    world: World,
    client: PageClient,
    enter: SignIn,  # noqa: F811
    staff: Callable[..., User],  # noqa: F811
) -> None:
    with changing(app):
        jam = make_product("Mứt gừng")
        lot = make_lot(variant_of(jam), code="L-HONG")
        for outlet, units in (("T01", 9), ("D01", 9), ("D02", 9)):
            put(lot, outlet, units)
        places = [world.centre, world.centre, world.quay, world.quay, world.hill]
        orders = [
            order_for((jam, 1), destination=Collect(outlet.id), contact=buyer(number))
            for number, outlet in enumerate(places)
        ]
    second = PageClient(app)
    for browser in (client, second):
        add(browser, app, jam, 2)
        assert "Đặt hàng" in browser.get("/gio-hang").text

    officer = enter(staff(role=Role.OFFICER))
    address = f"/quay/D01/lo/{lot.id}/thu-hoi"
    page = officer.get(address)
    form = page.form(address) | {
        "reason": "Kiểm nghiệm thấy nấm mốc",
        "advice": "Ngừng dùng, mang lại để được hoàn tiền",
    }
    page = officer.post(address, form)

    assert "Đã thu hồi" in page.text
    for order in orders:
        assert order.reference in page.text
    for code in ("T01", "D01", "D02"):
        assert code in page.text
    for browser in (client, second):
        text = browser.get("/gio-hang").text
        assert "Món này vừa hết hàng" in text
    with app.app_context():
        assert stock.shelves([variant_of(jam).id], at=app.extensions["outside"].now()) == []
        sold = select(func.count(StockMovement.id)).where(StockMovement.on_hand < 0)
        assert db.session.scalar(sold) == 0
    again = officer.post(address, form)
    assert "Đã thu hồi" in again.text
    with app.app_context():
        assert db.session.get_one(Lot, lot.id).stop_reason == "Kiểm nghiệm thấy nấm mốc"


@pytest.mark.browser
@pytest.mark.parametrize(("scripts", "account"), [(True, "quay"), (False, "truong-diem")], ids=["scripts", "plain"])
def test_a_clerk_opens_the_till_and_sells_a_jar_on_a_phone(
    shop: str, browser: Browser, scripts: bool, account: str
) -> None:
    errors: list[str] = []
    page = phone(browser, scripts=scripts, errors=errors)
    _enter(page, shop, account)
    if page.get_by_role("link", name="Mở ca").count():
        page.get_by_role("link", name="Mở ca").click()
        page.get_by_label("Tiền lẻ đầu ca").fill("500.000")
        page.get_by_role("button", name="Mở ca").click()
        page.goto(f"{shop}/quay/D01")
    page.get_by_role("link", name="Bán hàng").click()
    page.get_by_label("Quét hoặc gõ mã, tên hàng").fill("mat ong")
    page.get_by_role("button", name="Thêm").click()
    page.locator(".found button").first.click()
    page.get_by_label("Khách đưa").fill("1.000.000")
    page.get_by_role("button", name="Tiền mặt").click()
    expect(page.locator("h1")).to_have_text("Phiếu bán hàng")
    expect(page.locator("main")).to_contain_text(re.compile(r"BL-[0-9A-Z]{6}"))
    expect(page.locator("main")).to_contain_text("Tiền mặt")
    assert errors == []
    page.context.close()


def _enter(page: Page, shop: str, account: str) -> None:
    """Through the door, with what the demo shows there."""
    page.goto(f"{shop}/quay/dang-nhap?thu={account}")
    page.get_by_label("Mật khẩu").fill("quay-hang-thu")
    page.get_by_role("button", name="Vào quầy").click()
    expect(page.locator("h1")).to_contain_text("Hội An")
