"""What the programme lays down: its pages in the office, and the shop that follows."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import history
from catalog.db import db
from catalog.memberships import Role
from catalog.people import User
from catalog.rulebook import Entry
from checkout import regulations
from storefront import page_words, programme
from storefront.outside import outside
from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import HOI_AN, World, changing, make_officer

ROOM = "/van-phong/cai-dat"


def entries(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Entry)) or 0


def fill(officer: PageClient, name: str, **fields: Any) -> dict[str, Any]:
    """The form of a setting, filled."""
    return officer.get(f"{ROOM}/{name}").form(f"{ROOM}/{name}/xem") | {"note": "Quyết định thử"} | fields


def look(officer: PageClient, name: str, *, status: int = 200, **fields: Any) -> Page:
    return officer.post(f"{ROOM}/{name}/xem", fill(officer, name, **fields), status=status)


def lay(officer: PageClient, name: str, **fields: Any) -> Page:
    """Look, then write."""
    page = look(officer, name, **fields)
    return officer.post(f"{ROOM}/{name}", page.form(f"{ROOM}/{name}"))


def value(app: Flask, name: str) -> Any:
    with app.app_context():
        return programme.value(name)


def test_every_setting_is_in_the_list_and_has_a_page(officer: PageClient, world: World) -> None:
    page = officer.get(ROOM)
    links = [a.get("href") for a in page.all("a") if (a.get("href") or "").startswith(f"{ROOM}/")]
    assert links == [f"{ROOM}/{name}" for name in regulations.SETTINGS]
    for link in links:
        shown = officer.get(link or "")
        assert "Ghi giá trị mới" in shown.text
        assert not shown.text.endswith("name")


def test_a_change_is_looked_at_first_and_then_written(app: Flask, officer: PageClient, world: World) -> None:
    page = look(officer, "cod_limit", value="2.000.000")
    cells = ["".join(cell.itertext()).strip() for cell in page.one("tbody").iter("td")]
    assert cells == ["3.000.000\u00a0₫", "2.000.000\u00a0₫"]
    assert "Áp dụng ngay khi ghi. Chưa ghi gì." in page.text
    assert (entries(app), value(app, "cod_limit")) == (0, 3_000_000)
    page = officer.post(f"{ROOM}/cod_limit", page.form(f"{ROOM}/cod_limit"))
    assert "Đã ghi vào sổ." in page.text
    assert "2.000.000 ₫ Từ 23/11/2026, Người thử ghi." in page.text
    assert "3.000.000 ₫ → 2.000.000 ₫ Người thử ghi lúc 09:00 23/11/2026. Quyết định thử" in page.text
    assert (entries(app), value(app, "cod_limit")) == (1, 2_000_000)


def test_a_form_sent_twice_writes_once(app: Flask, officer: PageClient, world: World) -> None:
    form = look(officer, "cod_limit", value="2.000.000").form(f"{ROOM}/cod_limit")
    for _ in range(2):
        officer.post(f"{ROOM}/cod_limit", form)
    assert entries(app) == 1


def test_from_the_look_one_can_go_back_to_the_form_as_it_was(app: Flask, officer: PageClient, world: World) -> None:
    page = look(officer, "operator", value="Hợp tác xã Thử", note="vì thử")
    page = officer.post(f"{ROOM}/operator/xem", page.form(f"{ROOM}/operator") | {"sua": "1"})
    form = page.form(f"{ROOM}/operator/xem")
    assert (form["value"], form["note"], form["begins_on"]) == ("Hợp tác xã Thử", "vì thử", "2026-11-23")
    assert entries(app) == 0


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("cod_limit", {"value": ""}, "Chưa nhập gì"),
        ("cod_limit", {"value": "ba triệu"}, "Không phải là số, hãy viết chữ số"),
        ("cod_limit", {"value": "100000001"}, "Phải trong khoảng 0 đến 100000000"),
        ("cod_limit", {"value": "3000000"}, "Giá trị này đang áp dụng rồi, không có gì thay đổi"),
        ("cod_limit", {"value": "1", "note": " "}, "Chưa nhập gì"),
        ("cod_limit", {"value": "1", "note": "x" * 301}, "Dài quá 300 ký tự"),
        (
            "cod_limit",
            {"value": "1", "begins_on": "2026-11-22"},
            "Ngày này đã qua: thay đổi chỉ tính từ hôm nay trở đi",
        ),
        ("cod_limit", {"value": "1", "begins_on": "2026-02-30"}, "Không phải ngày có thật, hãy viết như 25/11/2026"),
        ("cod_limit", {"value": "1", "begins_on": "2099-01-01"}, "Ngày này xa quá, nhiều nhất 5 năm tới"),
        ("vat_standard", {"value": "80"}, "Phải trong khoảng 0 đến 20"),
        ("address", {"value": "Số 1 <script>alert(1)</script>"}, "Không dùng dấu < và >: chỗ này chỉ ghi chữ thường"),
        ("tax_code", {"value": "4000000001"}, "Mã số thuế chưa đúng: 10 chữ số, hoặc 13 như 0123456789-001"),
        ("moit_url", {"value": "javascript:alert(1)"}, "Địa chỉ trang chưa đúng, ví dụ https://example.org/0001"),
        ("lapsed", {"value": "maybe"}, "Chọn một trong các cách"),
        (
            "rate_usd",
            {"vnd": "26.345", "source": "Ngân hàng thử"},
            "Có thể hiểu hai cách: hãy viết 26345 hoặc 26.345,00",
        ),
        ("rate_usd", {"vnd": "26345", "source": ""}, "Chưa nhập gì"),
        ("holidays", {"value": "day,name_vi\n2026-11-22,Hôm qua"}, "Dòng 2, cột day, “2026-11-22”: ngày này đã qua."),
        ("tariff", {"value": "zone\nlocal"}, "Dòng 1, cột base_g: thiếu cột này."),
        ("tariff", {"value": ""}, "Cả tệp: tệp không có dòng dữ liệu nào."),
    ],
)
def test_every_fault_is_told_beside_its_field_and_nothing_is_written(
    app: Flask, officer: PageClient, world: World, name: str, fields: dict[str, str], said: str
) -> None:
    page = look(officer, name, status=422, **fields)
    assert page.text.count(said) >= 2
    assert (page.one("title").text or "").startswith("Lỗi:")
    kept = page.form(f"{ROOM}/{name}/xem")
    for field, text in fields.items():
        if field != "begins_on" and name != "lapsed":
            assert kept[field].strip() == text.strip()
    officer.post(f"{ROOM}/{name}", fill(officer, name, **fields), status=422)
    assert entries(app) == 0


def test_the_footer_the_terms_and_the_structured_data_follow_at_once(
    app: Flask, officer: PageClient, client: PageClient, world: World, choose: Callable[..., None]
) -> None:
    choose(page_seconds=10)
    client.get("/")
    lay(officer, "operator", value="Hợp tác xã Đứng Bán")
    lay(officer, "phone", value="0235 0002001")
    for path in ("/", "/thong-tin/gioi-thieu", "/thong-tin/dieu-kien-giao-dich"):
        assert "Hợp tác xã Đứng Bán" in client.get(path).text
    assert '"legalName": "Hợp tác xã Đứng Bán"' in client.get("/").response.get_data(as_text=True)
    assert "0235 000 2001" in client.get("/").text


def test_a_planned_change_counts_from_its_midnight(
    app: Flask, officer: PageClient, client: PageClient, world: World, clock: Clock
) -> None:
    page = lay(officer, "hold_collect_days", value="5", begins_on="2026-11-25")
    assert "chưa tới ngày" in page.text
    assert "Từ 25/11/2026: 5 ngày" in officer.get(ROOM).text
    clock.at += timedelta(hours=38, minutes=59, seconds=59)
    assert value(app, "hold_collect_days") == 3
    clock.advance(seconds=1)
    assert value(app, "hold_collect_days") == 5
    with app.app_context():
        assert programme.rules().collect_days == 5


def test_a_rate_of_tax_is_on_the_product_s_page_from_its_day(
    app: Flask, officer: PageClient, client: PageClient, world: World, clock: Clock
) -> None:
    assert "8 %" in client.get("/san-pham/mat-ong-rung").text
    lay(officer, "vat_standard", value="9,5", begins_on="2026-11-24")
    assert "9,5 %" not in client.get("/san-pham/mat-ong-rung").text
    clock.advance(days=1)
    assert "9,5 %" in client.get("/san-pham/mat-ong-rung").text


def test_holidays_and_tariffs_come_from_a_file_and_change_what_is_promised(
    app: Flask, officer: PageClient, client: PageClient, world: World
) -> None:
    sheet = officer.raw.get(f"{ROOM}/tariff/bang")
    assert sheet.headers["Content-Disposition"] == 'attachment; filename="tariff-2026-11-23.csv"'
    dearer = sheet.get_data(as_text=True).replace("local,2000,16000", "local,2000,19000")
    page = look(officer, "tariff", file=(io.BytesIO(dearer.encode()), "phi.csv"))
    assert "2 kg đầu 16.000 ₫, mỗi 500 g thêm 2.500 ₫, 1 ngày, nhận hàng tươi" in page.text
    assert "2 kg đầu 19.000 ₫, mỗi 500 g thêm 2.500 ₫, 1 ngày, nhận hàng tươi" in page.text
    assert len(list(page.one("tbody").iter("tr"))) == 1
    officer.post(f"{ROOM}/tariff", page.form(f"{ROOM}/tariff"))
    assert "19.000 ₫" in client.get("/thong-tin/van-chuyen").text
    lay(officer, "holidays", value="day,name_vi\n23/11/2026,Ngày thử\n")
    assert "Ngày thử" in client.get("/diem-ban/diem-ban-t01").text
    with app.app_context():
        assert programme.rules().holidays[outside().now().date()] == "Ngày thử"


@pytest.mark.parametrize(
    "data", [b"\xff\xfez\x00o\x00", b"PK\x03\x04\xff\xff", "zone;ngày".encode("cp1258", "ignore") + b"\xe0"]
)
def test_a_file_that_is_no_csv_is_refused(app: Flask, officer: PageClient, world: World, data: bytes) -> None:
    page = look(officer, "tariff", status=422, file=(io.BytesIO(data), "phi.xlsx"))
    assert "hãy lưu thành “CSV UTF-8”" in page.text
    assert entries(app) == 0


def test_what_is_no_table_has_no_file(officer: PageClient, world: World) -> None:
    officer.get(f"{ROOM}/cod_limit/bang", status=404)
    officer.get(f"{ROOM}/unknown", status=404)


def test_a_rate_that_nobody_renewed_is_marked_after_three_days(
    app: Flask, enter: SignIn, staff: Callable[..., User], world: World, clock: Clock
) -> None:
    user = staff(role=Role.OFFICER)
    officer = enter(user)
    assert "chưa có" in officer.get(ROOM).text
    lay(officer, "rate_usd", vnd="26.345,50", margin="1,5", source="Ngân hàng thử 8 giờ")
    assert "26.345,5 ₫, biên 1,5 %, theo Ngân hàng thử 8 giờ" in officer.get(ROOM).text
    clock.advance(days=3)
    officer = enter(user)
    assert "cũ quá 3 ngày" not in officer.get(ROOM).text
    clock.advance(days=1)
    officer = enter(user)
    assert "Tỷ giá đã cũ quá 3 ngày: Tỷ giá USD" in officer.get(ROOM).text
    lay(officer, "rate_usd")
    assert "cũ quá 3 ngày" not in officer.get(ROOM).text
    assert entries(app) == 2


def test_who_has_not_seen_another_s_change_is_told_and_sees_it(
    app: Flask, officer: PageClient, enter: SignIn, world: World
) -> None:
    with changing(app):
        other = make_officer()
    late = look(officer, "cod_limit", value="1.000.000").form(f"{ROOM}/cod_limit")
    lay(enter(other), "cod_limit", value="2.000.000")
    page = officer.post(f"{ROOM}/cod_limit", late, status=409)
    assert "Một cán bộ khác vừa ghi thay đổi cho mục này." in page.text
    assert "3.000.000 ₫ → 2.000.000 ₫ Cán bộ thử ghi lúc" in page.text
    assert page.form(f"{ROOM}/cod_limit/xem")["value"] == "1.000.000"
    assert (entries(app), value(app, "cod_limit")) == (1, 2_000_000)
    page = officer.post(f"{ROOM}/cod_limit/xem", page.form(f"{ROOM}/cod_limit/xem"))
    officer.post(f"{ROOM}/cod_limit", page.form(f"{ROOM}/cod_limit"))
    assert value(app, "cod_limit") == 1_000_000


def test_an_officer_of_some_communes_finds_no_such_pages(scoped: Callable[..., PageClient], world: World) -> None:
    browser = scoped(HOI_AN)
    for path in (ROOM, f"{ROOM}/cod_limit", f"{ROOM}/tariff/bang"):
        browser.get(path, status=404)
    for path in (f"{ROOM}/cod_limit/xem", f"{ROOM}/cod_limit"):
        browser.post(path, {"key": "abcdefgh", "value": "1", "note": "x", "seen": "0"}, status=404)
    assert "Cài đặt chương trình" not in browser.get("/van-phong").text


def test_it_is_noted_who_laid_down_what(app: Flask, officer: PageClient, world: World) -> None:
    lay(officer, "lapsed", value="not_orderable")
    with app.app_context():
        (event,) = db.session.scalars(history.of("setting:lapsed"))
        name = db.session.scalars(select(User.name).where(User.id == int(event.actor.removeprefix("user:")))).one()
        assert (name, event.facts["before"], event.facts["after"]) == ("Người thử", "hide_stars", "not_orderable")


def test_the_pages_ask_a_constant_number_of_questions(
    app: Flask, officer: PageClient, world: World, count_statements: Any
) -> None:
    def asked() -> list[int]:
        numbers = []
        for path in (ROOM, f"{ROOM}/cod_limit"):
            officer.get(path)
            with count_statements() as sent:
                officer.get(path)
            numbers.append(len(sent))
        return numbers

    lay(officer, "cod_limit", value="1")
    before = asked()
    for limit in range(2, 8):
        lay(officer, "cod_limit", value=str(limit))
    assert asked() == before


def test_the_words_that_writers_are_warned_of_come_from_the_book(app: Flask, officer: PageClient, world: World) -> None:
    page = {
        "group_code": "1.2b",
        "summary_vi": "Mật thần kỳ",
        "ingredients_vi": "mật ong, tôm, hạt sen",
        "allergens": [],
    }
    with app.test_request_context():
        assert page_words.claims_in(page) == {}
        assert page_words.unmarked_allergens(page) == ["“tôm”: chưa đánh dấu giáp xác"]
    claims = fill(officer, "claim_words")["value"] + "thần kỳ,promise,\n"
    lay(officer, "claim_words", value=claims)
    lay(officer, "allergen_words", value="word,allergen,unless\nhạt sen,nuts,\n")
    with app.test_request_context():
        assert page_words.claims_in(page) == {"summary_vi": ["“thần kỳ”: hứa chắc kết quả"]}
        assert page_words.unmarked_allergens(page) == ["“hạt sen”: chưa đánh dấu hạt cây"]
    look(officer, "allergen_words", status=422, value="word,allergen,unless\nhạt sen,moon,\n")
