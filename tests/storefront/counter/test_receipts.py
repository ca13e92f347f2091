"""Receiving goods against a producer's delivery note, in the browser."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import receipts
from catalog.db import db
from catalog.lots import Lot
from catalog.memberships import Role
from catalog.people import User
from catalog.receipts import Delivered, Receipt, ReceiptLine, Terms
from catalog.stock import StockMovement
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import (
    MONDAY,
    MONDAY_NINE,
    World,
    changing,
    levels_at,
    make_lot,
    make_producer,
    make_product,
    make_staff,
    make_variant,
    staff_of,
    variant_of,
)

NOTES = "/quay/D01/nhap"
SOON = (MONDAY + timedelta(days=200)).isoformat()


@pytest.fixture
def draft(app: Flask, world: World) -> str:
    """The reference of a draft of the cooperative's note 12/GH at the quay."""
    with changing(app):
        by = staff_of(make_staff(world.quay))
        made = receipts.open_receipt(
            world.quay, world.cooperative.id, "12/GH", terms=Terms.CONSIGNMENT, by=by, at=MONDAY_NINE
        )
        return made.reference


@pytest.fixture
def honey(app: Flask, world: World) -> str:
    """The SKU of the cooperative's honey."""
    with app.app_context():
        return variant_of(world.honey).sku


def line(clerk: PageClient, draft: str, honey: str, *, status: int = 200, **typed: str) -> Page:
    """Write a line of ten, or as typed."""
    address = f"{NOTES}/{draft}/dong"
    values = clerk.get(f"{address}?sku={honey}").form(address)
    defaults = {"announced": "10", "accepted": "10", "lot_code": "M1", "best_before": SOON}
    return clerk.post(f"{address}?sku={honey}", values | defaults | typed, status=status)


def press(clerk: PageClient, draft: str, verb: str, *, status: int = 200, **typed: str) -> Page:
    """Press a button of the draft's page."""
    action = f"{NOTES}/{draft}/{verb}"
    return clerk.post(action, clerk.get(f"{NOTES}/{draft}").form(action) | typed, status=status)


def there_is(app: Flask) -> tuple[int, ...]:
    with app.app_context():
        tables = (Receipt, ReceiptLine, Lot, StockMovement)
        return tuple(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def test_a_note_is_begun_checked_and_booked(app: Flask, clerk: PageClient, world: World, honey: str) -> None:
    assert "Chưa có phiếu nhập nào" in clerk.get(NOTES).text
    page = clerk.get(f"{NOTES}/moi?q=hop tac na thu")
    assert world.cooperative.name_vi in page.text
    begin = f"{NOTES}/moi?chu_the={world.cooperative.code}"
    values = clerk.get(begin).form(f"{NOTES}/moi")
    page = clerk.post(begin, values | {"number": "12/GH", "terms": "consignment"})
    draft = page.one("h1").text.split()[-1]  # type: ignore[union-attr]
    assert "Ký gửi: hàng vẫn của chủ thể tới khi bán" in page.text

    page = press(clerk, draft, "quet", code=honey)  # no line yet: its form
    assert "Mật ong rừng" in page.one("h1").text  # type: ignore[operator]
    page = line(clerk, draft, honey, announced="2", accepted="0", refusal="missing")
    assert "Đã ghi dòng 1." in page.text
    for counted in (1, 2):
        assert f"Mật ong rừng: {counted} trong 2" in press(clerk, draft, "quet", code="m1").text
    page = press(clerk, draft, "ghi-so")
    assert "Đã ghi sổ. Hàng đã lên kệ." in page.text
    assert "Người nhận ký" in page.text
    with app.app_context():
        shelf = levels_at(world.quay)[-1]
        assert (shelf.on_hand, shelf.consigned) == (2, True)
    assert "Đã ghi sổ" in clerk.get(NOTES).text


def test_what_was_refused_is_printed_with_its_reason(clerk: PageClient, draft: str, honey: str) -> None:
    line(clerk, draft, honey, accepted="7", refusal="other", refusal_words="nắp không khít")
    page = press(clerk, draft, "ghi-so")
    assert "Không nhận 3" in page.text
    assert "Lý do khác (ghi rõ): nắp không khít" in page.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Nhập số lượng"),
        ("0", "Số lượng nhỏ nhất là 1"),
        ("-3", "Số lượng nhỏ nhất là 1"),
        ("1,5", "Số lượng là số nguyên, chỉ gồm chữ số, ví dụ 12"),
        ("1.5", "Số lượng là số nguyên, chỉ gồm chữ số, ví dụ 12"),
        ("1e3", "Số lượng là số nguyên, chỉ gồm chữ số, ví dụ 12"),
        ("٣", "Số lượng là số nguyên, chỉ gồm chữ số, ví dụ 12"),
        ("100000", "Số lượng lớn nhất là 99.999"),
        ("9" * 60, "Số lượng lớn nhất là 99.999"),
    ],
)
def test_a_number_that_is_none_is_told_beside_its_field_and_kept(
    app: Flask, clerk: PageClient, draft: str, honey: str, typed: str, sentence: str
) -> None:
    before = there_is(app)
    page = line(clerk, draft, honey, announced=typed, status=422)
    assert sentence in "".join(page.one("p", id="announced-error").itertext())
    assert page.one("input", id="announced").get("value") == typed
    assert page.one("input", id="lot_code").get("value") == "M1"
    assert there_is(app) == before


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"accepted": "11"}, "accepted", "Không nhận quá 10 như phiếu giao ghi"),
        ({"best_before": "2026-11-22"}, "best_before", "Hàng đã quá hạn"),
        ({"best_before": "31/02/2027"}, "best_before", "Không phải ngày có thật"),
        ({"made_on": "2027-01-01"}, "made_on", "Ngày sản xuất ở tương lai"),
        ({"made_on": "2026-11-20", "best_before": "2026-11-20"}, "best_before", "sau ngày sản xuất"),
        ({"lot_code": "OLD"}, "best_before", "Lô OLD đã có trong sổ với hạn 01/01/2028"),
        ({"lot_code": "STOPPED"}, "lot_code", "Lô STOPPED đã bị thu hồi"),
        ({"lot_code": "x" * 39}, "lot_code", "Số lô dài quá 38 ký tự"),
        ({"accepted": "9", "refusal": "other"}, "refusal_words", "Ghi rõ lý do không nhận"),
    ],
)
def test_a_line_that_contradicts_something_is_told_beside_its_field(
    app: Flask,
    clerk: PageClient,
    world: World,
    draft: str,
    honey: str,
    typed: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    with changing(app):
        make_lot(variant_of(world.honey), code="OLD", best_before=MONDAY.replace(year=2028, month=1, day=1))
        make_lot(variant_of(world.honey), code="STOPPED", best_before=MONDAY + timedelta(days=200), state="recalled")
    before = there_is(app)
    page = line(clerk, draft, honey, status=422, **typed)
    assert sentence in "".join(page.one("p", id=f"{field}-error").itertext())
    assert "Lỗi:" in page.one("title").text  # type: ignore[operator]
    assert there_is(app) == before


def test_a_line_is_changed_and_taken_out(app: Flask, clerk: PageClient, draft: str, honey: str) -> None:
    line(clerk, draft, honey)
    address = f"{NOTES}/{draft}/dong"
    values = clerk.get(f"{address}?dong=1").form(address)
    assert (values["announced"], values["lot_code"], values["best_before"]) == ("10", "M1", SOON)
    page = clerk.post(f"{address}?dong=1", values | {"lot_code": "M2"})
    assert "M2" in page.text
    values = clerk.get(f"{address}?dong=1").form(f"{address}/bo")
    clerk.post(f"{address}/bo?dong=1", values)
    assert there_is(app)[1] == 0
    clerk.get(f"{address}?dong=1", status=404)
    clerk.get(f"{address}?sku=NONE", status=404)


def test_a_form_that_comes_twice_acts_once(app: Flask, clerk: PageClient, draft: str, honey: str) -> None:
    address = f"{NOTES}/{draft}/dong"
    values = clerk.get(f"{address}?sku={honey}").form(address)
    values |= {"announced": "2", "accepted": "1", "lot_code": "M1", "best_before": SOON, "refusal": "missing"}
    for _ in range(2):
        clerk.post(f"{address}?sku={honey}", values)
    scan = clerk.get(f"{NOTES}/{draft}").form(f"{NOTES}/{draft}/quet") | {"code": "M1"}
    for _ in range(2):
        clerk.post(f"{NOTES}/{draft}/quet", scan)
    with app.app_context():
        assert db.session.execute(select(ReceiptLine.announced, ReceiptLine.accepted)).all() == [(2, 2)]
    book = clerk.get(f"{NOTES}/{draft}").form(f"{NOTES}/{draft}/ghi-so")
    for _ in range(2):
        clerk.post(f"{NOTES}/{draft}/ghi-so", book)
    with app.app_context():
        assert db.session.scalar(
            select(func.sum(StockMovement.on_hand)).where(StockMovement.cause == f"receipt:{draft}")
        ) == 2  # fmt: skip


def test_what_was_booked_stays_as_it_is(app: Flask, clerk: PageClient, draft: str, honey: str) -> None:
    line(clerk, draft, honey)
    late = {verb: clerk.get(f"{NOTES}/{draft}").form(f"{NOTES}/{draft}/{verb}") for verb in ("ghi-so", "quet", "bo")}
    press(clerk, draft, "ghi-so")
    before = there_is(app)
    for verb, values in late.items():
        other = values | {"key": f"another-key-{verb}", "code": "M1"}
        page = clerk.post(f"{NOTES}/{draft}/{verb}", other, status=422)
        assert "không sửa được nữa" in page.text
    assert there_is(app) == before


def test_a_note_that_was_taken_in_before_is_shown(clerk: PageClient, world: World, draft: str) -> None:
    begin = f"{NOTES}/moi?chu_the={world.cooperative.code}"
    values = clerk.get(begin).form(f"{NOTES}/moi")
    page = clerk.post(begin, values | {"number": "12 gh", "terms": "purchase"}, status=422)
    assert f"Phiếu giao này đã nhập rồi: {draft}" in page.text
    assert page.one("input", id="number").get("value") == "12 gh"
    assert page.all("a", href=f"{NOTES}/{draft}")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"number": "", "terms": "purchase"}, "Ghi số in trên phiếu giao hàng"),
        ({"number": "x" * 41, "terms": "purchase"}, "Số phiếu dài quá 40 ký tự"),
        ({"number": "1", "terms": ""}, "Chọn ký gửi hay mua đứt"),
        ({"number": "1", "terms": "gift"}, "Chọn ký gửi hay mua đứt"),
        ({"number": "1", "terms": "purchase", "key": "no"}, "Trang này đã cũ"),
    ],
)
def test_a_note_without_number_or_terms_is_not_begun(
    app: Flask, clerk: PageClient, world: World, typed: dict[str, str], sentence: str
) -> None:
    begin = f"{NOTES}/moi?chu_the={world.cooperative.code}"
    before = there_is(app)
    assert sentence in clerk.post(begin, clerk.get(begin).form(f"{NOTES}/moi") | typed, status=422).text
    assert there_is(app) == before


def test_a_missing_reason_is_asked_for_by_line(app: Flask, clerk: PageClient, draft: str, honey: str) -> None:
    line(clerk, draft, honey, accepted="8")
    before = there_is(app)
    page = press(clerk, draft, "ghi-so", status=422)
    assert "Dòng 1 thiếu 2 so với phiếu giao. Chọn lý do không nhận đủ" in page.text
    assert there_is(app) == before


def test_an_empty_note_is_not_booked(clerk: PageClient, draft: str) -> None:
    action = f"{NOTES}/{draft}/ghi-so"
    values = clerk.get(f"{NOTES}/{draft}").form(f"{NOTES}/{draft}/bo")
    assert "Phiếu chưa có dòng nào" in clerk.post(action, values, status=422).text


def test_a_code_nobody_knows_is_told_and_several_goods_are_offered(
    app: Flask, clerk: PageClient, world: World, draft: str, honey: str
) -> None:
    with changing(app):
        make_variant(world.honey, unit_vi="can 5 lít")
    page = press(clerk, draft, "quet", code="KHONG-CO", status=422)
    assert "không có hàng nào mang mã hay tên này" in page.text
    assert page.one("input", id="scan").get("value") == "KHONG-CO"
    assert "Quét hoặc gõ mã hàng" in press(clerk, draft, "quet", code=" ", status=422).text
    page = press(clerk, draft, "quet", code="mật ong")
    assert [a.get("href") for a in page.all("a") if "sku=" in (a.get("href") or "")] == [
        f"{NOTES}/{draft}/dong?sku={sku}" for sku in page_skus(app, world)
    ]


def page_skus(app: Flask, world: World) -> list[str]:
    with app.app_context():
        return [goods.sku for goods in receipts.goods_of(world.cooperative.id, "mật ong")]


def test_counting_stops_where_the_note_stops(clerk: PageClient, draft: str, honey: str) -> None:
    line(clerk, draft, honey, announced="1", accepted="1")
    page = press(clerk, draft, "quet", code=honey, status=422)
    assert "Mật ong rừng đã đủ 1 như phiếu giao ghi. Phần dư trả lại người giao" in page.text


def test_a_draft_is_thrown_away(app: Flask, clerk: PageClient, draft: str, honey: str) -> None:
    line(clerk, draft, honey)
    assert f"Đã bỏ phiếu {draft}" in press(clerk, draft, "bo").text
    assert "Phiếu này đã bỏ" in clerk.get(f"{NOTES}/{draft}").text
    with app.app_context():
        assert levels_at(world_quay(app))[-1].on_hand == 2


def world_quay(app: Flask) -> Any:
    return db.session.scalars(select(receipts.Outlet).where(receipts.Outlet.code == "D01")).one()


def test_another_outlet_s_note_does_not_exist(
    app: Flask, enter: SignIn, staff: Callable[..., User], world: World, draft: str, honey: str
) -> None:
    stranger = enter(staff(world.hill))
    stranger.get(f"{NOTES}/{draft}", status=404)
    for verb in ("", "/dong", "/dong/bo", "/ghi-so", "/bo", "/quet"):
        stranger.get(
            f"/quay/D02/nhap/{draft}{verb}" if not verb or verb == "/dong" else f"/quay/D02/nhap/{draft}", status=404
        )
        if verb and verb != "/dong":
            token = stranger.token()
            assert stranger.raw.post(f"/quay/D02/nhap/{draft}{verb}", data={"csrf_token": token}).status_code == 404


def test_the_centre_looks_and_does_not_receive(
    enter: SignIn, staff: Callable[..., User], world: World, draft: str
) -> None:
    manager = enter(staff(world.centre, Role.MANAGER))
    assert "Ghi sổ" not in manager.get(f"{NOTES}/{draft}").text
    manager.get(f"{NOTES}/moi", status=403)
    token = manager.token()
    for verb in ("dong", "dong/bo", "ghi-so", "bo", "quet"):
        assert manager.raw.post(f"{NOTES}/{draft}/{verb}", data={"csrf_token": token}).status_code == 403


def test_old_notes_come_in_pages_and_an_outlet_without_producers_says_so(
    app: Flask, clerk: PageClient, enter: SignIn, staff: Callable[..., User], world: World
) -> None:
    with changing(app):
        by = staff_of(make_staff(world.quay))
        for n in range(21):
            made = receipts.open_receipt(
                world.quay, world.cooperative.id, str(n + 1), terms=Terms.PURCHASE, by=by, at=MONDAY_NINE
            )
            sku = variant_of(world.honey).sku
            receipts.write_line(made, Delivered(sku, 1, 1, lot_code="M1"), by=by, at=MONDAY_NINE)
            receipts.book(made, by=by, at=MONDAY_NINE)
    assert len(clerk.get(NOTES).all("tbody")[0].findall("tr")) == 20
    assert len(clerk.get(f"{NOTES}?trang=2").all("tbody")[0].findall("tr")) == 1
    assert len(clerk.get(f"{NOTES}?trang=x").all("tbody")[0].findall("tr")) == 20
    newcomer = enter(staff(world.hill))
    assert "Chưa chủ thể nào có hàng ở đây" in newcomer.get("/quay/D02/nhap/moi").text
    assert "Không có chủ thể nào tên “zzz”" in newcomer.get("/quay/D02/nhap/moi?q=zzz").text
    assert "Ai giao hàng tới?" in newcomer.get("/quay/D02/nhap/moi?chu_the=KHONG").text


def test_many_goods_are_cut_and_the_rest_is_told(app: Flask, clerk: PageClient, world: World) -> None:
    with changing(app):
        maker = make_producer("Hợp tác xã Nhiều Hàng")
        for n in range(32):
            make_product(f"Hàng {n}", producer=maker)
        by = staff_of(make_staff(world.quay))
        draft = receipts.open_receipt(world.quay, maker.id, "1", terms=Terms.PURCHASE, by=by, at=MONDAY_NINE).reference
    page = clerk.get(f"{NOTES}/{draft}?them=1")
    assert len([a for a in page.all("a") if "sku=" in (a.get("href") or "")]) == 30
    assert "Còn 2 mặt hàng nữa" in page.text
    assert "Không có hàng nào tên “zzz”" in clerk.get(f"{NOTES}/{draft}?q=zzz").text
