"""What a producer sees of their sales."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from catalog.db import db
from catalog.outlets import Outlet
from catalog.products import Product
from checkout.sales_figures import SalesChannel, SalesDay
from tests.conftest import Clock
from tests.pages import PageClient
from tests.storefront.opining import SECRETS, arrived, cells, said
from tests.world import World, changing, make_product

ONLINE, COUNTER, EXPORT = SalesChannel.ONLINE, SalesChannel.COUNTER, SalesChannel.EXPORT


def sold(
    app: Flask, product: Product, outlet: Outlet, day: date, *, units: int, amount: int, channel: SalesChannel = COUNTER
) -> None:
    with changing(app):
        db.session.add(
            SalesDay(day=day, product_id=product.id, outlet_id=outlet.id, channel=channel, units=units, amount=amount)
        )


@pytest.fixture
def room(world: World) -> str:
    return f"/nha-san-xuat/{world.cooperative.code}/doanh-thu"


@pytest.fixture
def member(maker: Callable[..., PageClient], world: World) -> PageClient:
    return maker(world.cooperative)


@pytest.fixture
def year(app: Flask, world: World) -> None:
    """November: honey at the counter and online, tea; a year before: honey; the household's lantern is not theirs."""
    sold(app, world.honey, world.quay, date(2026, 11, 2), units=2, amount=500_000)
    sold(app, world.honey, world.centre, date(2026, 11, 20), units=1, amount=250_000, channel=ONLINE)
    sold(app, world.tea, world.centre, date(2026, 10, 31), units=3, amount=270_000)
    sold(app, world.honey, world.quay, date(2025, 11, 5), units=1, amount=240_000)
    sold(app, world.lantern, world.quay, date(2026, 11, 3), units=9, amount=3_780_000)


def test_months_products_and_channels_are_told_in_full(member: PageClient, room: str, year: None) -> None:
    page = member.get(room)
    assert "Tất cả 1.020.000 ₫ 6 món" in page.text
    assert "Qua mạng 250.000 ₫ 1 món" in page.text
    assert "Tại quầy 770.000 ₫ 5 món" in page.text
    assert cells(page, "sums")[:2] == [
        ["11/2026", "250.000", "500.000", "750.000", "240.000"],
        ["10/2026", "0", "270.000", "270.000", "0"],
    ]
    assert cells(page) == [
        ["Mật ong rừng", "250.000 ₫", "500.000 ₫", "3", "750.000 ₫"],
        ["Chè dây", "0 ₫", "270.000 ₫", "3", "270.000 ₫"],
    ]
    assert "Đèn lồng" not in page.text
    assert "Ra nước ngoài" not in page.text
    assert page.all("{http://www.w3.org/2000/svg}svg", class_="chart")


def test_a_year_is_chosen_by_its_address_and_nonsense_is_the_last_twelve_months(
    member: PageClient, room: str, year: None
) -> None:
    page = member.get(f"{room}?nam=2025")
    assert "Tất cả 240.000 ₫ 1 món" in page.text
    assert "11/2026" not in page.text
    for nonsense in ("2027", "1999", "x", "20_5", "２０２５", "-202"):
        assert "Tất cả 1.020.000 ₫" in member.get(f"{room}?nam={nonsense}").text


def test_sales_abroad_get_a_column_once_there_are_some(app: Flask, member: PageClient, room: str, world: World) -> None:
    sold(app, world.honey, world.centre, date(2026, 9, 1), units=1, amount=300_000, channel=EXPORT)
    assert "Ra nước ngoài 300.000 ₫ 1 món" in member.get(room).text


def test_undone_sales_of_an_earlier_day_may_make_a_month_negative(
    app: Flask, member: PageClient, room: str, world: World
) -> None:
    sold(app, world.honey, world.quay, date(2026, 11, 2), units=-1, amount=-250_000)
    assert cells(member.get(room), "sums")[0] == ["11/2026", "0", "-250.000", "-250.000"]


def test_nothing_sold_is_a_page_too(member: PageClient, room: str) -> None:
    assert "Chưa bán được món nào trong thời gian này" in member.get(room).text


def test_the_table_has_one_row_a_month_product_and_channel(member: PageClient, room: str, year: None) -> None:
    answer = member.raw.get(f"{room}/bang.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_data(as_text=True).splitlines() == [
        "\ufeffTháng,Sản phẩm,Kênh,Số lượng,\"Tiền bán (đồng, gồm thuế)\"",
        "2026-10,Chè dây,Tại quầy,3,270000",
        "2026-11,Mật ong rừng,Tại quầy,2,500000",
        "2026-11,Mật ong rừng,Qua mạng,1,250000",
    ]  # fmt: skip
    assert "240000" in member.raw.get(f"{room}/bang.csv?nam=2025").get_data(as_text=True)


def test_a_name_is_no_formula(app: Flask, member: PageClient, room: str, world: World) -> None:
    with changing(app):
        product = make_product("=1+1", producer=world.cooperative)
    sold(app, product, world.quay, date(2026, 11, 2), units=1, amount=1)
    assert "'=1+1" in member.raw.get(f"{room}/bang.csv").get_data(as_text=True)


def test_it_asks_as_much_for_many(
    app: Flask, member: PageClient, room: str, world: World, year: None, count_statements: Any
) -> None:
    def asked() -> int:
        with count_statements() as sent:
            member.get(room)
        return len(sent)

    member.get(room)
    few = asked()
    for month in range(1, 11):
        sold(app, world.tea, world.quay, date(2026, month, 7), units=1, amount=90_000)
    assert asked() == few


def test_no_customer_is_in_any_of_it(app: Flask, member: PageClient, room: str, world: World, clock: Clock) -> None:
    order = arrived(app, world.honey, world.quay)
    said(app, order, published=True)
    sold(app, world.honey, world.quay, date(2026, 11, 23), units=1, amount=250_000, channel=ONLINE)
    for path in (room, f"{room}/bang.csv"):
        text = member.raw.get(path).get_data(as_text=True)
        assert [secret for secret in (*SECRETS, order.token, order.reference) if secret in text] == []
