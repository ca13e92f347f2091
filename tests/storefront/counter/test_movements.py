"""Every change of this outlet's shelves, in the browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from catalog import stock
from catalog.people import User
from tests.flows.test_queries import counted
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, changing, levels_at, make_lot, put, variant_of

MOVED = "/quay/D01/bien-dong"


def kinds(page: Page) -> list[str]:
    """What happened, as listed."""
    return [li.find("div/p/b").text or "" for ul in page.all("ul", class_="moved") for li in ul.findall("li")]  # type: ignore[union-attr]


@pytest.fixture
def busy(app: Flask, world: World, staff: Callable[..., User]) -> User:
    """One who sold a jar on Tuesday, for an order on Monday evening one was promised."""
    clerk = staff(world.quay)
    with changing(app):
        shelf = levels_at(world.quay)[0].id
        stock.hold(
            shelf, 1, order_ref="QN-1", until=None, actor="buyer", at=MONDAY_NINE + timedelta(hours=14, minutes=59)
        )
        stock.sell(shelf, 1, cause="sale:BL-1", actor=f"user:{clerk.id}", at=MONDAY_NINE + timedelta(hours=15))
    return clerk


def test_they_are_told_newest_first_with_who_and_why(clerk: PageClient, world: World, busy: User) -> None:
    page = clerk.get(MOVED)
    assert kinds(page) == ["Bán tại quầy", "Giữ cho đơn", "Nhập hàng", "Nhập hàng"]
    first = page.all("ul", class_="moved")[0].findall("li")[0]
    words = " ".join("".join(first.itertext()).split())
    assert "−1 trên kệ" in words
    assert f"00:00 24/11/2026 · {busy.name}" in words
    assert "Phiếu bán BL-1" in words
    assert "Khách đặt mạng" in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("loai=sold_at_counter", ["Bán tại quầy"]),
        ("loai=gi-do", ["Bán tại quầy", "Giữ cho đơn", "Nhập hàng", "Nhập hàng"]),
        ("tu=2026-11-24", ["Bán tại quầy"]),
        ("den=23/11/2026", ["Giữ cho đơn", "Nhập hàng", "Nhập hàng"]),
        ("tu=2026-11-23&den=2026-11-23&loai=held", ["Giữ cho đơn"]),
        ("tu=2026-11-25&den=2026-11-24", []),
    ],
)
def test_they_are_chosen_by_kind_and_day_of_vietnam(
    clerk: PageClient, busy: User, query: str, found: list[str]
) -> None:
    assert kinds(clerk.get(f"{MOVED}?{query}")) == found


def test_they_are_chosen_by_goods(app: Flask, clerk: PageClient, world: World, busy: User) -> None:
    with app.app_context():
        lantern, tea = variant_of(world.lantern).sku, variant_of(world.tea).sku
    assert kinds(clerk.get(f"{MOVED}?hang={lantern}")) == ["Nhập hàng"]
    page = clerk.get(f"{MOVED}?hang={tea}")
    assert "Điểm này chưa từng có hàng mang mã đó" in page.text
    assert kinds(page) == []


@pytest.mark.parametrize("day", ["31/02/2026", "hôm qua", "2026-13-01"])
def test_a_day_that_is_none_is_told_beside_its_field(clerk: PageClient, busy: User, day: str) -> None:
    page = clerk.get(f"{MOVED}?tu={day}")
    assert "Không phải ngày có thật" in "".join(page.one("p", id="tu-error").itertext())
    assert page.one("input", id="tu").get("value") == day
    assert kinds(page) == []


def test_an_outlet_without_any_says_so_and_another_s_are_not_there(
    enter: SignIn, staff: Callable[..., User], world: World, busy: User
) -> None:
    stranger = enter(staff(world.hill))
    assert "Không có biến động nào" in stranger.get("/quay/D02/bien-dong").text
    stranger.get(MOVED, status=404)


def test_many_come_in_pages_and_ask_no_more_often(app: Flask, clerk: PageClient, world: World, busy: User) -> None:
    clerk.get(MOVED)
    with counted(app) as few:
        clerk.get(MOVED)
    with changing(app):
        for _ in range(50):
            put(make_lot(variant_of(world.honey)), "D01", 1)
    with counted(app) as many:
        assert len(kinds(clerk.get(MOVED))) == 50
    assert len(kinds(clerk.get(f"{MOVED}?trang=2"))) == 4
    assert len(many) == len(few)
