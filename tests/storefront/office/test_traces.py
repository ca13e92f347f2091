"""Lots in the office: found by what is on a label, within one's communes; what is off sale may come back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from catalog import scans, stops
from catalog.db import db
from catalog.lots import Lot, LotState
from catalog.memberships import Role
from catalog.traces import Trace
from tests.catalog.tracing import published, told
from tests.pages import PageClient
from tests.world import (
    HOI_AN,
    MONDAY,
    MONDAY_NINE,
    TRA_MY,
    World,
    changing,
    make_member,
    make_staff,
    maker_of,
    put,
    staff_of,
)

ROOM = "/van-phong/truy-xuat"
NOW = MONDAY_NINE


@pytest.fixture
def lots(app: Flask, world: World) -> tuple[Trace, Trace, Trace]:
    """Published honey of Trà My at the quay, a draft of its tea, published lanterns of Hội An."""
    with changing(app):
        honey = published(world.cooperative, world.honey, quantity=10)
        put(db.session.get(Lot, honey.lot_id), "D01", 3)
        return honey, told(world.cooperative, world.tea, "T1"), published(world.household, world.lantern, "D1")


def listed(client: PageClient, query: str = "") -> list[str]:
    return [row[0].text or "" for row in client.get(ROOM + query).all("th", scope="row")]


def test_a_lot_is_found_by_whatever_is_on_its_label(officer: PageClient, lots: tuple[Trace, ...]) -> None:
    code = lots[0].code
    asked = ("", "?q=m1", f"?q={code[:3]}-{code[3:]}", "?q=mat ong", "?q=na thu", "?q=ben thu", "?q=%25", "?q=xyz")
    assert [listed(officer, q) for q in asked] == [
        ["D1", "T1", "M1"], ["M1"], ["M1"], ["M1"], ["T1", "M1"], ["D1"], [], [],
    ]  # fmt: skip


def test_what_is_suspicious_or_off_sale_has_a_list_of_its_own(
    app: Flask, officer: PageClient, world: World, lots: tuple[Trace, ...]
) -> None:
    with changing(app):
        scans.add({(lots[0].code, MONDAY): 60}, at=NOW)
        stops.quarantine_own(
            db.session.get(Lot, lots[2].lot_id), "phai màu", by=maker_of(make_member(world.household)), at=NOW
        )
    assert (listed(officer, "?xem=ngo"), listed(officer, "?xem=dung"), listed(officer, "?xem=zzz")) == (
        ["M1"], ["D1"], ["D1", "T1", "M1"],
    )  # fmt: skip
    assert "Mã được mở nhiều hơn hẳn số hàng đã làm" in officer.get(f"{ROOM}?xem=ngo").text


def test_an_officer_of_some_communes_finds_theirs_only(
    scoped: Callable[..., PageClient], lots: tuple[Trace, ...]
) -> None:
    coast, hills = scoped(HOI_AN), scoped(TRA_MY)
    assert (listed(coast), listed(hills)) == (["D1"], ["T1", "M1"])
    assert listed(coast, "?q=mat ong") == []
    coast.get(f"{ROOM}/{lots[0].code}", status=404)
    coast.post(f"{ROOM}/{lots[0].code}/cho-ban-lai", {}, status=404)
    hills.get(f"{ROOM}/{lots[0].code}")


def test_the_page_tells_all_and_leads_to_the_counter_where_lots_are_stopped(
    app: Flask, officer: PageClient, scoped: Callable[..., PageClient], world: World, lots: tuple[Trace, ...]
) -> None:
    with changing(app):
        scans.add({(lots[0].code, MONDAY): 7, (lots[0].code, MONDAY - timedelta(days=1)): 2}, at=NOW)
    page = officer.get(f"{ROOM}/{lots[0].code}")
    for words in ("Lượt mở mã 9", "Mở lần đầu 22/11/2026", "Mật thô", "Độ ẩm: 18 %", "Công bố", "Làm ra 10"):
        assert words in page.text, words
    way = f"/quay/D01/lo/{lots[0].lot_id}"
    assert page.all("a", href=way)
    assert officer.get(way).one("h1").text == "Lô M1 "
    assert not scoped(TRA_MY).get(f"{ROOM}/{lots[0].code}").all("a", href=way)


def test_a_producer_s_own_stop_is_lifted_by_an_officer_of_the_programme_only(
    app: Flask, officer: PageClient, scoped: Callable[..., PageClient], world: World, lots: tuple[Trace, ...]
) -> None:
    honey = lots[0]
    with changing(app):
        member = maker_of(make_member(world.cooperative, name="Hồ Thị Ong"))
        stops.quarantine_own(db.session.get(Lot, honey.lot_id), "nghi lẫn", by=member, at=NOW)
    hills, way = scoped(TRA_MY), f"{ROOM}/{honey.code}/cho-ban-lai"
    assert not hills.get(f"{ROOM}/{honey.code}").all("form", action=way)
    hills.post(way, {"key": "0123456789abcdef"}, status=403)
    page = officer.get(f"{ROOM}/{honey.code}")
    assert "Tạm dừng bán 09:00 23/11/2026, Hồ Thị Ong: nghi lẫn" in page.text
    form = page.form(way)
    for _ in range(2):
        assert "Cho bán lại" in officer.post(way, form).text
    with app.app_context():
        assert db.session.get(Lot, honey.lot_id).state is LotState.SELLABLE
    again = officer.post(way, {"key": "fedcba9876543210"}, status=422)
    assert "Lô này không còn ở trạng thái tạm dừng" in again.text


def test_a_recalled_lot_does_not_come_back(
    app: Flask, officer: PageClient, world: World, lots: tuple[Trace, ...]
) -> None:
    with changing(app):
        by = staff_of(make_staff(role=Role.OFFICER))
        stops.recall(db.session.get(Lot, lots[0].lot_id), "men vượt mức", by=by, at=NOW)
    way = f"{ROOM}/{lots[0].code}/cho-ban-lai"
    assert not officer.get(f"{ROOM}/{lots[0].code}").all("form", action=way)
    officer.post(way, {"key": "0123456789abcdef"}, status=422)
    with app.app_context():
        assert db.session.get(Lot, lots[0].lot_id).state is LotState.RECALLED


def test_lists_and_pages_ask_a_constant_number_of_questions(
    app: Flask, officer: PageClient, world: World, lots: tuple[Trace, ...], count_statements: Any
) -> None:
    counts = []
    officer.get(ROOM)
    for more in (0, 15):
        with changing(app):
            for number in range(more):
                published(world.cooperative, world.tea, f"T{number + 10}")
        with count_statements() as sent:
            officer.get(ROOM)
        with count_statements() as one:
            officer.get(f"{ROOM}/{lots[0].code}")
        counts.append((len(sent), len(one)))
    assert counts[0] == counts[1]


def test_nothing_is_here_before_somebody_registers(officer: PageClient, world: World) -> None:
    assert "Chưa chủ thể nào đăng ký lô" in officer.get(ROOM).text
    for code in ("7K3M9QXW4", "x", "'--", "%F0%9F%8D%AF", "7" * 500):
        officer.get(f"{ROOM}/{code}", status=404)
