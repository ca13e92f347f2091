"""What stands on the shelves here, in the browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from catalog import stock
from catalog.lots import LotState
from catalog.people import User
from tests.flows.test_queries import counted
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY, MONDAY_NINE, World, changing, levels_at, make_lot, make_product, put, variant_of

SHELVES = "/quay/D01/ke"


def names(page: Page) -> list[str]:
    """The goods listed, in order."""
    return [" ".join((e.text or "").split()) for e in page.all("span", class_="shelf-name")]


def test_the_list_shows_what_can_be_sold_here_and_nothing_of_others(clerk: PageClient, world: World) -> None:
    page = clerk.get(SHELVES)
    assert names(page) == ["Đèn lồng lụa", "Mật ong rừng"]
    assert [e.text for e in page.all("b") if e.text in ("2", "3")] == ["2", "2", "3"]  # the tab, then the shelves


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=mat ong", ["Mật ong rừng"]),
        ("?nhom=thu-cong-my-nghe", ["Đèn lồng lụa"]),
        ("?nhom=khong-co", ["Đèn lồng lụa", "Mật ong rừng"]),
        ("?q=ong&nhom=thu-cong-my-nghe", []),
        ("?xem=dung", ["Mật ong rừng"]),
        ("?xem=han", ["Mật ong rừng"]),
        ("?xem=thap", []),
        ("?xem=gi-do", ["Đèn lồng lụa", "Mật ong rừng"]),
    ],
)
def test_it_is_narrowed_by_words_group_and_what_needs_a_look(
    app: Flask, clerk: PageClient, world: World, query: str, found: list[str]
) -> None:
    with changing(app):
        put(make_lot(variant_of(world.honey), best_before=MONDAY - timedelta(days=1)), "D01", 4)
    assert names(clerk.get(f"{SHELVES}{query}")) == found


def test_one_product_shows_its_lots_its_numbers_and_what_happened(app: Flask, clerk: PageClient, world: World) -> None:
    with changing(app):
        sku = variant_of(world.honey).sku
        put(make_lot(variant_of(world.honey), code="CU", best_before=MONDAY - timedelta(days=1)), "D01", 4)
        put(make_lot(variant_of(world.honey), code="DUNG", state=LotState.QUARANTINED), "D01", 5)
        shelf = levels_at(world.quay)[0].id
        stock.hold(shelf, 1, order_ref="QN-7K3M9Q", until=None, actor="buyer", at=MONDAY_NINE)
    page = clerk.get(f"{SHELVES}/{sku}")
    numbers = {p.find("span").text: p.find("b").text for p in page.all("p", class_="big-number")}  # type: ignore[union-attr]
    assert numbers == {
        "Bán được ngay": "2", "Có trên kệ": "12", "Đã giữ cho đơn": "1", "Bán trong 4 tuần": "0",
    }  # fmt: skip
    assert "Quá hạn" in page.text
    assert "Tạm dừng bán" in page.text
    assert "Giữ cho đơn" in page.text
    assert [a.text for a in page.all("a", href="/quay/D01/quet?q=QN-7K3M9Q")] == ["Đơn QN-7K3M9Q"]
    assert len([a for a in page.all("a") if "/xuat-huy/" in (a.get("href") or "")]) == 3


def test_what_is_not_sold_any_more_says_so(app: Flask, clerk: PageClient, world: World) -> None:
    with changing(app):
        gone = make_product("Hàng cũ", state="retired", free={"D01": 1})
        sku = variant_of(gone).sku
    assert "Không còn bán trên gian hàng" in clerk.get(f"{SHELVES}/{sku}").text


def test_goods_of_another_outlet_are_not_here(
    app: Flask, clerk: PageClient, enter: SignIn, staff: Callable[..., User], world: World
) -> None:
    with app.app_context():
        tea, honey = variant_of(world.tea).sku, variant_of(world.honey).sku
    clerk.get(f"{SHELVES}/{tea}", status=404)
    clerk.get(f"{SHELVES}/KHONG-CO", status=404)
    stranger = enter(staff(world.hill))
    stranger.get(f"{SHELVES}/{honey}", status=404)
    assert "Kệ còn trống" in stranger.get("/quay/D02/ke").text
    assert "Không có hàng nào như vậy ở đây" in clerk.get(f"{SHELVES}?q=zzz").text


def test_a_long_list_comes_in_pages_and_asks_no_more_often(app: Flask, clerk: PageClient, world: World) -> None:
    clerk.get(SHELVES)
    with counted(app) as few:
        clerk.get(SHELVES)
    with changing(app):
        for n in range(45):
            make_product(f"Hàng {n:02d}", free={"D01": 1})
    with counted(app) as many:
        page = clerk.get(SHELVES)
    assert len(names(page)) == 40
    assert len(names(clerk.get(f"{SHELVES}?trang=2"))) == 7
    assert len(many) == len(few)
