"""An outlet's figures to take along."""

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask

from catalog import stock
from catalog.memberships import Role
from catalog.people import User
from tests.checkout.selling import open_till, sell
from tests.conftest import Clock
from tests.pages import PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, changing, levels_at, make_lot, make_product, put, variant_of

FILE = "/quay/D01/xuat/tep"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def table(browser: PageClient, **asked: str) -> list[dict[str, str]]:
    """The rows of a CSV, as a spreadsheet reads them."""
    answer = browser.raw.get(FILE, query_string={"dang": "csv", **asked})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_the_page_offers_this_month(clerk: PageClient, world: World) -> None:
    page = clerk.get("/quay/D01/xuat")
    assert (page.one("input", name="tu").get("value"), page.one("input", name="den").get("value")) == (
        "2026-11-01", "2026-11-23",
    )  # fmt: skip


def test_the_stock_is_told_lot_by_lot(app: Flask, clerk: PageClient, world: World) -> None:
    with changing(app):
        level = levels_at(world.quay)[0]
        stock.hold(level.id, 2, order_ref="QN-1", until=None, actor="buyer", at=MONDAY_NINE)
        sku = variant_of(world.honey).sku
    (honey,) = [row for row in table(clerk, bang="ton-kho") if row["Mã hàng"] == sku]
    wanted = ("Tên", "Quy cách", "Tình trạng", "Của ai", "Có", "Đang giữ", "Còn bán được", "Giá bán", "Hạn dùng")
    assert [honey[name] for name in wanted] == [
        "Mật ong rừng", "chai", "Bán được", "Điểm bán", "3", "2", "1", "250000", "",
    ]  # fmt: skip


def test_movements_are_those_of_the_days_asked_for(app: Flask, clock: Clock, clerk: PageClient, world: World) -> None:
    with changing(app):
        level = levels_at(world.quay)[0]
        stock.correct(level.id, 1, cause="stocktake:KK-1", actor="system", at=MONDAY_NINE)
    rows = table(clerk, bang="bien-dong", tu="2026-11-23", den="2026-11-23")
    assert [rows[-1][n] for n in ("Lúc", "Việc", "Thay đổi số có", "Thay đổi số giữ", "Chứng từ", "Ai làm")] == [
        "23/11/2026 09:00", "Sửa theo kiểm kê", "1", "0", "KK-1", "hệ thống",
    ]  # fmt: skip
    assert table(clerk, bang="bien-dong", tu="22/11/2026", den="22/11/2026") == []
    assert len(table(clerk, bang="bien-dong")) == len(rows)


def test_a_name_that_looks_like_a_formula_is_text_in_both_files(app: Flask, clerk: PageClient, world: World) -> None:
    name = '=HYPERLINK("http://x","y")'
    with changing(app):
        lot = make_lot(variant_of(make_product(name)), code="+1")
        put(lot, "D01", 1)
    (row,) = [row for row in table(clerk, bang="ton-kho") if "HYPERLINK" in row["Tên"]]
    assert (row["Tên"], row["Lô"]) == (f"'{name}", "'+1")
    with zipfile.ZipFile(io.BytesIO(xlsx(clerk, bang="ton-kho"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    texts = ["".join(cell.itertext()) for cell in ElementTree.fromstring(sheet).iter(f"{MAIN}c")]
    assert {f"'{name}", "'+1"} <= set(texts)


def xlsx(browser: PageClient, **asked: str) -> bytes:
    with browser.raw.get(FILE, query_string={"dang": "xlsx", **asked}) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("application/vnd.openxmlformats-officedocument.spreadsheetml")
        assert answer.headers["Content-Disposition"] == "attachment; filename=ton-kho-D01-2026-11-23.xlsx"
        data: bytes = answer.data
    return data


def test_both_files_say_the_same(clerk: PageClient, world: World) -> None:
    rows = table(clerk, bang="ton-kho")
    with zipfile.ZipFile(io.BytesIO(xlsx(clerk, bang="ton-kho"))) as book:
        tree = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    sheet = [["".join(cell.itertext()) for cell in row.iter(f"{MAIN}c")] for row in tree.iter(f"{MAIN}row")]
    assert sheet[0] == list(rows[0])
    assert sheet[1:] == [[value for value in row.values() if value] for row in rows]


def test_nothing_of_another_outlet_is_in_a_file(
    enter: SignIn, staff: Callable[..., User], world: World, app: Flask, clerk: PageClient
) -> None:
    with changing(app):
        tea = variant_of(world.tea).sku  # only at the centre
    for name in ("ton-kho", "bien-dong"):
        assert tea not in {row["Mã hàng"] for row in table(clerk, bang=name)}
    manager = enter(staff(world.centre, Role.MANAGER))
    assert tea not in {row["Mã hàng"] for row in table(manager, bang="ton-kho")}  # of the quay, which the centre sees
    assert clerk.raw.get("/quay/T01/xuat/tep?bang=ton-kho&dang=csv").status_code == 404
    assert clerk.raw.get("/quay/T01/xuat/tep?bang=ton-kho&dang=xlsx").status_code == 404


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"bang": "tat-ca"}, "Chọn một bảng"),
        ({"tu": "2026-02-30"}, "Không phải ngày có thật, hãy viết như 25/11/2026"),
        ({"den": "hôm qua"}, "Không phải ngày có thật, hãy viết như 25/11/2026"),
        ({"tu": "2026-11-23", "den": "2026-11-22"}, "Ngày cuối phải từ ngày đầu trở đi, cả thảy nhiều nhất 366 ngày"),
        ({"tu": "2025-11-22", "den": "2026-11-23"}, "Ngày cuối phải từ ngày đầu trở đi, cả thảy nhiều nhất 366 ngày"),
        ({"tu": "٢٠٢٦-١١-٠١"}, "Không phải ngày có thật, hãy viết như 25/11/2026"),
    ],
)
def test_a_question_that_cannot_be_answered_is_named_beside_its_field(
    clerk: PageClient, world: World, asked: dict[str, Any], words: str
) -> None:
    for form in ("csv", "xlsx"):
        page = clerk.get(f"{FILE}?" + "&".join(f"{k}={v}" for k, v in {"bang": "ton-kho", "dang": form, **asked}.items()),
                         status=422)  # fmt: skip
        (error,) = page.all("p", class_="error")
        assert "".join(error.itertext()).endswith(words)


def test_a_whole_year_may_be_asked_for(clerk: PageClient, world: World) -> None:
    assert table(clerk, bang="bien-dong", tu="2025-11-23", den="2026-11-23") != []


def test_sales_are_told_line_by_line_with_how_they_were_paid(app: Flask, clerk: PageClient, world: World) -> None:
    with changing(app):
        sale = sell(world.quay, open_till(world.quay), (world.honey, 2))
        reference = sale.reference
    (row,) = table(clerk, bang="ban-hang")
    wanted = ("Lúc trả tiền", "Phiếu", "Cách trả", "Tên", "Số lượng", "Đơn giá", "Thành tiền", "Thuế suất (phần trăm)")
    assert [row[name] for name in wanted] == [
        "23/11/2026 09:00", reference, "Tiền mặt", "Mật ong rừng", "2", "250000", "500000", "8.0",
    ]  # fmt: skip
    assert (row["Hủy lúc"], row["Lý do hủy"]) == ("", "")
