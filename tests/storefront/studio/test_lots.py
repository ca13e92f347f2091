"""A producer's lots: register, tell, publish, print, stop; and nobody else's."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import func, select, update

from catalog import evidence, history, scans, traces
from catalog.db import db
from catalog.evidence import TraceNote, TraceParent, TraceSource, TraceTest
from catalog.lots import Lot, LotState
from catalog.products import Product, ProductState
from catalog.traces import Trace
from storefront import filters, labels, printing
from tests.catalog.tracing import ACTOR, SOURCED, TESTED, published, told
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY, MONDAY_NINE, World, changing, make_lot, make_staff, put, variant_of

NOW = MONDAY_NINE
MADE = MONDAY - timedelta(days=10)
SOURCE = {"material": "Mật thô", "supplier": "Tổ ong Nóc Thử", "place": "Nóc 3", "got_on": "", "their_lot": ""}
TEST = {"what": "Độ ẩm", "tested_by": "Phòng thử", "tested_on": "2026-11-18", "result": "18 %", "paper": ""}


@pytest.fixture
def member(maker: Callable[..., PageClient], world: World) -> PageClient:
    """Of the cooperative."""
    return maker(world.cooperative)


def home(world: World) -> str:
    return f"/nha-san-xuat/{world.cooperative.code}/lo"


def lot_page(client: PageClient, world: World, trace: Trace) -> Page:
    return client.get(f"{home(world)}/{trace.code}")


def send(client: PageClient, world: World, trace: Trace, way: str, status: int = 200, **fields: str) -> Page:
    """Send the form of a fold, as its page has it."""
    action = f"{home(world)}/{trace.code}/{way}"
    form = lot_page(client, world, trace).form(action)
    return client.post(action, form | fields, status=status)


def shape(app: Flask) -> tuple[Any, ...]:
    """Everything these pages could change."""
    with app.app_context():
        counts = [db.session.scalar(select(func.count()).select_from(kind)) for kind in (
            Trace, Lot, TraceSource, TraceTest, TraceNote, TraceParent, history.Event,
        )]  # fmt: skip
        rows = db.session.execute(
            select(Trace.code, Trace.state, Trace.quantity, Lot.code, Lot.made_on, Lot.state).join(Lot)
        )
        return counts, sorted(map(str, rows))


def registered(client: PageClient, world: World, *, status: int = 200, sku: str, **fields: str) -> Page:
    path = f"{home(world)}/dang-ky"
    form = client.get(path).form("")
    values = {"sku": sku, "code": "M1", "made_on": MADE.isoformat(), "quantity": "120"}
    return client.post(path, form | values | fields, status=status)


def only(app: Flask) -> Trace:
    with app.app_context():
        return db.session.scalars(traces.every()).one()


def test_from_a_form_to_a_label_that_a_phone_reads(
    app: Flask, client: PageClient, member: PageClient, world: World
) -> None:
    with app.app_context():
        sku = variant_of(world.honey).sku
    page = registered(member, world, sku=sku, process_vi="Lọc nguội")
    assert page.one("h1").text == "Lô M1 "
    assert "Còn thiếu: nguyên liệu từ đâu" in page.text
    trace = only(app)
    assert "Chưa công bố được" in send(member, world, trace, "cong-bo", 422).text
    assert member.raw.get(f"{home(world)}/{trace.code}/nhan.pdf").status_code == 404
    assert "Mật thô" in send(member, world, trace, "nguon", **SOURCE).text
    assert "Độ ẩm: 18 %" in send(member, world, trace, "kiem-nghiem", **TEST).text
    page = send(member, world, trace, "cong-bo")
    assert "Đã công bố. Bây giờ in nhãn được." in page.text
    made = member.raw.get(f"{home(world)}/{trace.code}/nhan.pdf?kho=24&so=7")
    assert (made.status_code, made.mimetype) == (200, "application/pdf")
    assert made.headers["Cache-Control"] == "no-store"
    assert made.data.startswith(b"%PDF")
    with app.test_request_context():
        facts = labels.facts(traces.get_trace(world.cooperative.id, trace.code), labels.FORMATS["24"], 7)

    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(printing.png("lot_labels", facts))))
    assert len(found) == 7
    path = found[0].text.removeprefix("http://127.0.0.1:8000")
    assert "Lọc nguội" in client.get(path).text


def test_a_form_sent_twice_registers_once(app: Flask, member: PageClient, world: World) -> None:
    with app.app_context():
        sku = variant_of(world.honey).sku
    path = f"{home(world)}/dang-ky"
    form = member.get(path).form("") | {"sku": sku, "code": "M1", "made_on": MADE.isoformat(), "quantity": "12"}
    places = {member.post(path, form).response.request.path for _ in range(2)}
    assert places == {f"{home(world)}/{only(app).code}"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sku": ""}, "Chọn sản phẩm"),
        ({"sku": "SKU-NONE"}, "Không có sản phẩm này trong danh sách của bạn"),
        ({"code": " "}, "Nhập số lô như in trên nhãn"),
        ({"code": "x" * 39}, "Viết ngắn lại, nhiều nhất 38 ký tự"),
        ({"made_on": ""}, "Nhập ngày sản xuất"),
        ({"made_on": "2026-02-30"}, "Không phải ngày có thật, hãy viết như 25/11/2026"),
        ({"made_on": "2027-01-01"}, "Ngày này ở tương lai"),
        ({"quantity": ""}, "Nhập số lượng"),
        ({"quantity": "-3"}, "Số lượng nhỏ nhất là 1"),
        ({"quantity": "1e3"}, "Số lượng là số nguyên, chỉ gồm chữ số, ví dụ 12"),
        ({"quantity": "9" * 40}, "Số lượng lớn nhất là 99.999"),
        ({"best_before": MADE.isoformat()}, "Hạn sử dụng phải sau ngày sản xuất"),
        ({"packed_on": "2026-11-01"}, "Ngày đóng gói không thể trước ngày sản xuất"),
        ({"process_vi": "x" * 2001}, "Viết ngắn lại, nhiều nhất 2000 ký tự"),
        ({"key": "x"}, "Trang này đã cũ, hãy tải lại rồi gửi lần nữa"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_lost(
    app: Flask, member: PageClient, world: World, fields: dict[str, str], words: str
) -> None:
    with app.app_context():
        sku = variant_of(world.honey).sku
    before = shape(app)
    page = registered(member, world, status=422, **({"sku": sku, "code": "M1", "process_en": "kept"} | fields))
    assert words in page.text
    assert page.one("textarea", id="process_en").text.strip() == "kept"
    assert page.one("div", class_="error-summary") is not None
    assert shape(app) == before


def test_the_last_day_comes_of_the_shelf_life(app: Flask, member: PageClient, world: World) -> None:
    with changing(app):
        db.session.execute(update(Product).where(Product.id == world.honey.id).values(shelf_life="12m"))
        sku = variant_of(world.honey).sku
    assert "Mật ong rừng: 12 tháng" in member.get(f"{home(world)}/dang-ky").text
    assert "13/11/2027" in registered(member, world, sku=sku).text


def test_goods_that_nobody_has_approved_have_no_lots(app: Flask, member: PageClient, world: World) -> None:
    with changing(app):
        db.session.execute(
            update(Product).where(Product.producer_id == world.cooperative.id).values(state=ProductState.DRAFT)
        )
    assert "Chưa có sản phẩm nào được duyệt" in member.get(f"{home(world)}/dang-ky").text


def test_a_lot_that_is_registered_already_leads_to_it(app: Flask, member: PageClient, world: World) -> None:
    with changing(app):
        trace = told(world.cooperative, world.honey)
        sku = variant_of(world.honey).sku
    page = registered(member, world, status=422, sku=sku, code="m1")
    assert "Lô này đã đăng ký" in page.text
    assert page.all("a", href=f"{home(world)}/{trace.code}")


def test_a_lot_that_an_outlet_reads_otherwise_is_told_what_it_read(
    app: Flask, member: PageClient, world: World
) -> None:
    with changing(app):
        make_lot(variant_of(world.honey), code="M1", made_on=MADE, best_before=MONDAY)
        sku = variant_of(world.honey).sku
    page = registered(member, world, status=422, sku=sku)
    assert f"Điểm bán đã nhận lô này với hạn dùng {MONDAY:%d/%m/%Y}." in page.text


def test_a_draft_is_changed_and_its_rows_are_taken_out(app: Flask, member: PageClient, world: World) -> None:
    with changing(app):
        trace = told(world.cooperative, world.honey, packed_on=MONDAY)
        evidence.add_source(trace, SOURCED, actor=ACTOR, at=NOW)
        evidence.add_test(trace, TESTED, actor=ACTOR, at=NOW)
    page = send(member, world, trace, "sua", code="M7", packed_on="", quantity="33")
    assert page.one("h1").text == "Lô M7 "
    again = only(app)
    assert (again.quantity, again.packed_on) == (33, None)
    taken = send(member, world, trace, "bo-dong")
    assert "Đã bỏ dòng." in taken.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(TraceSource)) == 0
        assert db.session.scalar(select(func.count()).select_from(TraceTest)) == 1
    left = send(member, world, trace, "bo-nhap")
    assert left.response.request.path == home(world)
    assert shape(app)[0][0] == 0


@pytest.mark.parametrize(
    "fields",
    [{"kind": "Trace", "row": "1"}, {"kind": "source", "row": "x"}, {"kind": "", "row": ""}, {"row": "9" * 40}],
)
def test_a_row_that_is_none_changes_nothing(
    app: Flask, member: PageClient, world: World, fields: dict[str, str]
) -> None:
    with changing(app):
        trace = told(world.cooperative, world.honey)
        evidence.add_source(trace, SOURCED, actor=ACTOR, at=NOW)
    before = shape(app)
    send(member, world, trace, "bo-dong", 422, **fields)
    assert shape(app) == before


def test_a_published_lot_is_only_added_to(app: Flask, member: PageClient, world: World) -> None:
    with changing(app):
        trace = published(world.cooperative, world.honey)
    page = lot_page(member, world, trace)
    for way in ("sua", "bo-dong", "bo-nhap", "cong-bo"):
        assert not [f for f in page.all("form") if (f.get("action") or "").endswith(f"/{way}")]
    assert f"Độ ẩm · Phòng thử Minh Họa · {MONDAY - timedelta(days=5):%d/%m/%Y} · 18 %" in page.text
    before = shape(app)
    key = {"key": "0123456789abcdef"}
    state = {"code": "M2", "made_on": MADE.isoformat(), "quantity": "3"}
    for way, fields in (("sua", state), ("bo-dong", {"kind": "source", "row": "1"}), ("bo-nhap", {}), ("cong-bo", {})):
        answer = member.post(f"{home(world)}/{trace.code}/{way}", key | fields, status=422)
        assert "Lô này vừa đổi ở nơi khác" in answer.text
    assert shape(app) == before
    assert "Nắp đổi màu" in send(member, world, trace, "ghi-them", words="Nắp đổi màu").text
    page = send(member, world, trace, "so-luong", recounted="118", why="vỡ hai chai")
    assert "120 thành 118: vỡ hai chai" in page.text
    assert (
        "Số lượng này đang được ghi rồi" in send(member, world, trace, "so-luong", 422, recounted="118", why="x").text
    )


def test_an_own_lot_goes_into_a_later_one_and_a_foreign_one_does_not_exist(
    app: Flask, member: PageClient, world: World
) -> None:
    with changing(app):
        foreign = told(world.household, world.lantern, "D1")
        raw = told(world.cooperative, world.tea, "THO-1")
        trace = told(world.cooperative, world.honey)
    assert (
        "Không có lô này trong danh sách của bạn"
        in send(member, world, trace, "lo-truoc", 422, parent=foreign.code).text
    )
    page = send(member, world, trace, "lo-truoc", parent=raw.code)
    assert page.all("a", href=f"{home(world)}/{raw.code}")
    assert f"Ghi lô trước đã dùng 09:00 23/11/2026, Người làm thử: {filters.trace_code(raw.code)}" in page.text
    assert "M1" in lot_page(member, world, raw).text
    assert "D1" not in [option.text for option in page.all("option")]


def test_a_producer_stops_a_lot_and_officers_see_who(
    app: Flask, member: PageClient, officer: PageClient, world: World
) -> None:
    with changing(app):
        trace = published(world.cooperative, world.honey)
        put(db.session.get(Lot, trace.lot_id), "D01", 3)
    assert "Hãy điền" not in send(member, world, trace, "dung-ban", 422, reason=" ").text
    page = send(member, world, trace, "dung-ban", reason="nghi lẫn đường")
    assert "Đã dừng bán lô này ở mọi điểm." in page.text
    assert not [f for f in page.all("form") if (f.get("action") or "").endswith("/dung-ban")]
    with app.app_context():
        assert db.session.get(Lot, trace.lot_id).state is LotState.QUARANTINED
    assert "nghi lẫn đường" in officer.get(f"/quay/D01/lo/{trace.lot_id}").text
    again = member.post(
        f"{home(world)}/{trace.code}/dung-ban", {"key": "0123456789abcdef", "reason": "nữa"}, status=422
    )
    assert "Lô này vừa đổi ở nơi khác" in again.text


def test_names_of_the_programme_s_people_stay_with_the_programme(app: Flask, member: PageClient, world: World) -> None:
    with changing(app):
        trace = published(world.cooperative, world.honey)
        clerk = make_staff(world.quay, name="Nguyễn Thị Quầy")
        history.record("lot.tested", f"lot:{trace.lot_id}", actor=f"user:{clerk.id}", at=NOW, tests="giấy số 9")
    page = lot_page(member, world, trace)
    assert "Người của chương trình: giấy số 9" in page.text
    assert "Nguyễn Thị Quầy" not in page.text


def test_lots_of_others_do_not_exist(
    app: Flask, member: PageClient, maker: Callable[..., PageClient], world: World
) -> None:
    with changing(app):
        mine, foreign = published(world.cooperative, world.honey), published(world.household, world.lantern, "D1")
    other = maker(world.household)
    before = shape(app)
    assert [link.text for link in member.get(home(world)).all("a") if link.text in ("M1", "D1")] == ["M1"]
    for path in ("", "/nhan.pdf"):
        assert member.raw.get(f"{home(world)}/{foreign.code}{path}").status_code == 404
    for way in (
        "sua",
        "nguon",
        "kiem-nghiem",
        "lo-truoc",
        "ghi-them",
        "bo-dong",
        "so-luong",
        "cong-bo",
        "dung-ban",
        "bo-nhap",
    ):
        member.post(f"{home(world)}/{foreign.code}/{way}", {"key": "0123456789abcdef", "reason": "x"}, status=404)
    other.get(f"{home(world)}/{mine.code}", status=404)
    other.get(home(world), status=404)
    assert shape(app) == before


def test_the_list_is_found_by_lot_goods_and_code_and_asks_a_constant_number_of_questions(
    app: Flask, member: PageClient, world: World, count_statements: Any
) -> None:
    with changing(app):
        honey = published(world.cooperative, world.honey, "M_1%")
        told(world.cooperative, world.tea, "T1")

    def listed(query: str) -> list[str]:
        rows = member.get(f"{home(world)}?q={query}").all("th", scope="row")
        return [row[0].text or "" for row in rows]

    assert [listed(q) for q in ("", "m_1%25", "t1", "che day", honey.code[:3] + "-" + honey.code[3:], "%25", "_", "xyz")] == [
        ["T1", "M_1%"], ["M_1%"], ["T1"], ["T1"], ["M_1%"], ["M_1%"], ["M_1%"], [],
    ]  # fmt: skip
    with count_statements() as few:
        member.get(home(world))
    with changing(app):
        for number in range(12):
            told(world.cooperative, world.tea, f"T{number + 10}")
    with count_statements() as many:
        member.get(home(world))
    assert len(few) == len(many) <= 8


def test_the_page_of_a_lot_asks_a_constant_number_of_questions(
    app: Flask, member: PageClient, world: World, count_statements: Any
) -> None:
    with changing(app):
        trace = published(world.cooperative, world.honey)
    lot_page(member, world, trace)
    counts = []
    for more in (0, 10):
        with changing(app):
            for number in range(more):
                evidence.add_test(trace, TESTED, actor=ACTOR, at=NOW)
                evidence.add_note(trace, f"điều {number}", actor=ACTOR, at=NOW)
                scans.add({(trace.code, MONDAY - timedelta(days=number)): 1}, at=NOW)
        with count_statements() as sent:
            lot_page(member, world, trace)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 20


def test_openings_and_what_is_suspicious_are_shown(app: Flask, member: PageClient, world: World) -> None:
    with changing(app):
        trace = published(world.cooperative, world.honey, quantity=10)
        scans.add({(trace.code, MONDAY): 60, (trace.code, MONDAY - timedelta(days=3)): 5}, at=NOW)
    page = lot_page(member, world, trace)
    assert "Lượt mở 65" in page.text
    assert "Lần đầu 20/11/2026" in page.text
    assert "Mã được mở nhiều hơn hẳn số hàng đã làm" in page.text
    assert "Mã được mở nhiều hơn hẳn số hàng đã làm" in member.get(home(world)).text


def test_words_that_promise_a_cure_are_pointed_out(app: Flask, member: PageClient, world: World) -> None:
    with changing(app):
        trace = told(world.cooperative, world.honey, process_vi="Mật này điều trị ung thư")
    assert "luật không cho viết về thực phẩm: " in lot_page(member, world, trace).text


@pytest.mark.parametrize("query", ["", "?kho=99&so=-1", "?kho=&so=abc", "?so=99999", "?so=" + "9" * 30, "?kho=24&so=0"])
def test_whatever_is_asked_of_labels_a_sheet_comes(app: Flask, member: PageClient, world: World, query: str) -> None:
    with changing(app):
        trace = published(world.cooperative, world.honey)
    made = member.raw.get(f"{home(world)}/{trace.code}/nhan.pdf{query}")
    assert (made.status_code, made.data[:5]) == (200, b"%PDF-")


def test_a_former_member_finds_nothing(app: Flask, enter: SignIn, world: World) -> None:
    with changing(app):
        trace = published(world.cooperative, world.honey)
        stranger = make_staff(world.quay)
    assert enter(stranger).raw.get(f"{home(world)}/{trace.code}").status_code == 404
