"""Consignment statements as a page, a table and a sheet to sign."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from catalog import stock
from catalog.db import db
from catalog.lots import Lot
from catalog.stock import StockLevel
from checkout import statements
from storefront import printing, statement_words
from tests.checkout.factories import order_for
from tests.checkout.selling import open_till, sell
from tests.conftest import Clock
from tests.pages import PageClient
from tests.storefront.opining import BUYER, SECRETS, cells
from tests.world import MONDAY_NINE, World, changing, make_lot, variant_of


@pytest.fixture
def room(world: World) -> str:
    return f"/nha-san-xuat/{world.cooperative.code}/doi-soat"


@pytest.fixture
def member(maker: Callable[..., PageClient], world: World) -> PageClient:
    return maker(world.cooperative)


@pytest.fixture
def lot(app: Flask, world: World) -> Lot:
    """Ten consigned honeys at the quay, which sold its own three and two of them: 500.000 ₫."""
    with changing(app):
        lot = make_lot(variant_of(world.honey), code="ONG-1")
        stock.receive(lot, world.quay, 10, consigned=True, cause="receipt:PN-1", actor="user:1", at=MONDAY_NINE)
        clerk = open_till(world.quay)
        sell(world.quay, clerk, (world.honey, 5))
        order_for((world.honey, 1), contact=BUYER)
    return lot


def test_the_months_outlets_are_listed_with_their_sums(member: PageClient, room: str, lot: Lot) -> None:
    page = member.get(room)
    assert "11/2026 (chưa hết tháng)" in page.text
    assert "D01 Điểm bán OCOP Bến Hội An 0 2 8 500.000 ₫ khớp" in page.text
    assert "Cộng: bán 2 món, 500.000 ₫." in page.text
    assert "T01" not in page.text  # its shelves are the outlet's own


def test_the_last_month_that_is_over_comes_first(member: PageClient, room: str, lot: Lot, clock: Clock) -> None:
    clock.advance(days=10)
    page = member.get(room)
    chosen = [option.get("value") for option in page.all("option") if option.get("selected") is not None]
    assert chosen == ["2026-11"]
    page = member.get(f"{room}?thang=2026-12")
    assert "D01 Điểm bán OCOP Bến Hội An 8 0 8 0 ₫ khớp" in page.text
    assert "Tháng này chưa hết" in page.text
    for nonsense in ("2026-13", "x", "2031-01"):
        member.get(f"{room}?thang={nonsense}")


def test_one_outlets_month_is_told_lot_by_lot_and_ties(member: PageClient, room: str, lot: Lot) -> None:
    page = member.get(f"{room}/D01/2026-11")
    assert "tháng 11/2026, tạm tính đến 09:00 23/11/2026" in page.text
    assert "Khớp sổ kho" in page.text
    assert cells(page) == [["Mật ong rừng, chai lô ONG-1", "0", "10", "2", "0", "8", "500.000 ₫"]]
    assert "không phải là hóa đơn" in page.text


def test_what_does_not_tie_is_said_loudly(app: Flask, member: PageClient, room: str, lot: Lot) -> None:
    with changing(app):
        mine = update(StockLevel).where(StockLevel.lot_id == lot.id)
        db.session.execute(mine.values(on_hand=StockLevel.on_hand - 1))
    page = member.get(f"{room}/D01/2026-11")
    assert "Chưa khớp sổ kho: đừng ký, hãy báo cán bộ chương trình đối chiếu." in page.text
    assert "chưa khớp" in member.get(room).text
    with changing(app):
        db.session.execute(mine.values(on_hand=StockLevel.on_hand + 1))


@pytest.mark.parametrize(
    "path", ["D02/2026-11", "X99/2026-11", "D01/2026-12", "D01/2026-13", "D01/2026-1", "D01/x", "D01/1999-11"]
)
def test_where_there_is_none_there_is_no_page(member: PageClient, room: str, lot: Lot, path: str) -> None:
    for end in ("", "/bang.csv", "/phieu.pdf"):
        member.get(f"{room}/{path}{end}", status=404)


def test_another_producers_statements_do_not_exist(
    maker: Callable[..., PageClient], world: World, room: str, lot: Lot
) -> None:
    other = maker(world.household)
    home = f"/nha-san-xuat/{world.household.code}/doi-soat"
    assert "Chưa có hàng ký gửi ở điểm nào" in other.get(home).text
    page = other.get(f"{home}/D01/2026-11")  # its lantern stands there, bought
    assert "Mật ong" not in page.text
    other.get(f"{room}/D01/2026-11", status=404)


def test_the_table_has_every_column(member: PageClient, room: str, world: World, lot: Lot) -> None:
    answer = member.raw.get(f"{room}/D01/2026-11/bang.csv")
    assert answer.mimetype == "text/csv"
    name = f'attachment; filename="doi-soat-{world.cooperative.code}-D01-2026-11.csv"'
    assert answer.headers["Content-Disposition"] == name
    heads, row = answer.get_data(as_text=True).splitlines()
    assert heads.count(",") == len(statement_words.heads())  # one head has a comma of its own
    assert row.split(",")[1:] == (
        ["Mật ong rừng", "chai", "ONG-1", "", "0", "10", "0", "0", "2", "0", "0", "0", "0", "0", "8", "500000", "khớp"]
    )


def test_the_sheet_is_a_pdf_that_both_sign_and_no_invoice(
    app: Flask, member: PageClient, room: str, world: World, lot: Lot
) -> None:
    answer = member.raw.get(f"{room}/D01/2026-11/phieu.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    with app.test_request_context():
        found = statements.get_statement(world.cooperative.id, "D01", date(2026, 11, 1), at=MONDAY_NINE)
        facts = statement_words.sheet(found, world.cooperative)
    assert facts["title"] == "Bảng đối soát hàng ký gửi"
    assert "hóa đơn" not in facts["title"].lower()
    assert facts["rows"] == [
        ["Mật ong rừng, chai", "ONG-1", "0", "10", "0", "0", "2", "0", "0", "0", "8", "500.000"]
    ]  # fmt: skip
    assert facts["total"] == ["Cộng", "0", "10", "0", "0", "2", "0", "0", "0", "8", "500.000"]


def test_words_on_the_sheet_are_never_markup() -> None:
    evil = '#panic("x") $ ] \\ " */ // @a <b> `'
    cells = [evil] * 12
    facts = {
        "title": evil, "month": evil, "parties": [[evil, evil]], "heads": [evil] * 11, "rows": [cells] * 60,
        "total": [evil] * 11, "bought_title": evil, "bought": [[evil] * 5], "lost_title": evil, "lost": [[evil] * 5],
        "check": evil, "notes": [evil], "signs": [evil, evil], "made": "{p}/{n}", "none": evil,
    }  # fmt: skip
    assert printing.pdf("statement", facts).startswith(b"%PDF-")
    assert printing.pdf("statement", facts | {"rows": [], "bought": [], "lost": []}).startswith(b"%PDF-")


def test_no_customer_is_in_any_of_it(app: Flask, member: PageClient, room: str, world: World, lot: Lot) -> None:
    for path in (room, f"{room}/D01/2026-11", f"{room}/D01/2026-11/bang.csv"):
        text = member.raw.get(path).get_data(as_text=True)
        assert [secret for secret in (*SECRETS, "BL-") if secret in text] == []
    with app.test_request_context():
        found = statements.get_statement(world.cooperative.id, "D01", date(2026, 11, 1), at=MONDAY_NINE)
        written = str(statement_words.sheet(found, world.cooperative))
    assert [secret for secret in (*SECRETS, "BL-") if secret in written] == []


def test_they_ask_as_much_for_many(
    app: Flask, member: PageClient, room: str, world: World, lot: Lot, count_statements: Any
) -> None:
    def asked() -> tuple[int, ...]:
        counts = []
        for path in (room, f"{room}/D01/2026-11"):
            with count_statements() as sent:
                member.get(path)
            counts.append(len(sent))
        return tuple(counts)

    member.get(room)
    few = asked()
    with changing(app):
        for number in range(6):
            more = make_lot(variant_of(world.tea), code=f"CHE-{number}")
            for outlet in (world.quay, world.hill, world.centre):
                cause = f"receipt:PN-{number}"
                stock.receive(more, outlet, 2, consigned=True, cause=cause, actor="user:1", at=MONDAY_NINE)
    assert asked() == few
