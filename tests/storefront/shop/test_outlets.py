"""Where to go: the finder, and one page for each place."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from catalog.db import db
from catalog.outlets import Outlet
from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.world import World, changing

CENTRE, QUAY, HILL = "diem-ban-t01", "diem-ban-d01", "diem-ban-d02"


def found(page: Page) -> list[str]:
    (shown,) = page.all("div", class_="finder-list")
    return [str(a.get("href")).removeprefix("/diem-ban/") for h in shown.iter("h2") for a in h.iter("a")]


def test_all_outlets_stand_by_code_while_nobody_knows_where_the_visitor_is(client: PageClient, world: World) -> None:
    page = client.get("/diem-ban")
    assert found(page) == [QUAY, HILL, CENTRE]
    assert "3 điểm bán" in page.text
    assert "cách " not in page.text


@pytest.mark.parametrize(
    ("q", "order"),
    [("Hội An", [QUAY, CENTRE, HILL]), ("tam ky", [CENTRE, HILL, QUAY]), ("trà my", [HILL, CENTRE, QUAY])],
)
def test_the_nearest_to_the_named_place_comes_first(client: PageClient, world: World, q: str, order: list[str]) -> None:
    page = client.get("/diem-ban", query_string={"q": q})
    assert found(page) == order
    assert "cách 0 m" in page.text


def test_an_old_name_is_understood(client: PageClient, world: World) -> None:
    page = client.get("/diem-ban?q=Minh An")  # a ward of Hội An until 2025
    assert found(page)[0] == QUAY
    assert "gần Phường Hội An trước" in page.text


def test_a_name_of_the_programmes_land_is_not_looked_for_elsewhere(client: PageClient, world: World) -> None:
    """Bình Minh was a commune of Thăng Bình, Quảng Nam; today there is one of that name in Đồng Nai."""
    assert "gần Xã Thăng An trước" in client.get("/diem-ban?q=Bình Minh").text
    assert "gần Phường Biên Hòa, Đồng Nai trước" in client.get("/diem-ban?q=Biên Hòa").text


def test_the_place_is_remembered(client: PageClient, world: World) -> None:
    client.get("/diem-ban?q=Hội An")
    assert found(client.get("/diem-ban"))[0] == QUAY
    assert "cách bạn 0 m" in client.get(f"/diem-ban/{QUAY}").text


def test_a_place_nobody_knows_is_said_and_changes_nothing(client: PageClient, world: World) -> None:
    client.get("/diem-ban?q=Hội An")
    page = client.get("/diem-ban?q=zzzz qqqq")
    assert "Chưa nhận ra “zzzz qqqq”" in page.text
    assert found(page)[0] == QUAY


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cap=provincial_centre", [CENTRE]),
        ("noi=515", [HILL]),
        ("noi=503&cap=sales_point", [QUAY]),
        ("noi=503&cap=regional_centre", []),
        ("cap=palace&noi=999", [QUAY, HILL, CENTRE]),
        ("q=%20&cap=", [QUAY, HILL, CENTRE]),
    ],
)
def test_level_and_district_narrow_the_list(client: PageClient, world: World, query: str, expected: list[str]) -> None:
    assert found(client.get(f"/diem-ban?{query}")) == expected


def test_an_outlet_has_its_hours_its_way_and_its_shelf(client: PageClient, world: World) -> None:
    page = client.get(f"/diem-ban/{QUAY}")
    assert "Đang mở cửa" in page.text
    assert "08:00–21:00" in page.text
    assert "2 món đang có tại đây" in page.text
    (today,) = page.all("tr", class_="today")
    assert ["".join(cell.itertext()) for cell in today] == ["Thứ Hai hôm nay", "08:00–21:00"]
    way = next(urlsplit(str(a.get("href"))) for a in page.all("a") if "maps" in str(a.get("href")))
    assert parse_qs(way.query)["destination"] == [f"{world.quay.lat},{world.quay.lon}"]
    facts = json.loads("".join(page.one("script", type="application/ld+json").itertext()))
    assert (facts["@type"], facts["address"]) == ("Store", "Đường thử số 1, Phường Hội An")


def test_a_closed_day_says_when_it_opens(client: PageClient, world: World, clock: Clock) -> None:
    clock.advance(days=6)  # Sunday
    page = client.get(f"/diem-ban/{HILL}")
    assert "Đã đóng cửa" in page.text
    assert "mở lúc 07:00 ngày mai" in page.text
    assert "Hiện kệ ở đây đang trống" in page.text


def test_an_outlet_out_of_business_is_not_found(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        db.session.get_one(Outlet, world.quay.id).active = False
    client.get(f"/diem-ban/{QUAY}", status=404)
    client.get("/diem-ban/khong-co", status=404)
    assert found(client.get("/diem-ban")) == [HILL, CENTRE]


def test_days_on_which_it_will_be_shut_are_told_beforehand(client: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        db.session.get_one(Outlet, world.quay.id).closed_days = "2026-12-03; 2027-01-20"
    page = client.get(f"/diem-ban/{QUAY}")
    assert "Sắp nghỉ: thứ Ba 24/11 (Ngày Văn hóa Việt Nam), thứ Năm 3/12" in page.text
    assert "20/1" not in page.text


def test_on_a_holiday_nobody_is_sent_to_a_closed_door(
    client: PageClient, app: Flask, world: World, clock: Clock
) -> None:
    clock.advance(days=1)
    page = client.get(f"/diem-ban/{QUAY}")
    assert "Đã đóng cửa, mở lúc 08:00 ngày mai" in page.text
