"""Sending and receiving at the counter."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from catalog import stock, transfers
from catalog.db import db
from catalog.lots import Lot
from catalog.memberships import Role
from catalog.people import User
from catalog.stock import StockLevel
from catalog.transfers import Transfer, TransferDifference, TransferState
from storefront.outside import settings
from tests.pages import Page, PageClient, check
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, changing, make_outlet, make_product, variant_of

HERE, THERE = "/quay/T01/chuyen", "/quay/D01/chuyen"


@pytest.fixture
def sender(enter: SignIn, staff: Callable[..., User], world: World) -> PageClient:
    """A clerk of the centre (T01), signed in."""
    return enter(staff(world.centre))


def sku(app: Flask, product: Any) -> str:
    with app.app_context():
        return variant_of(product).sku


def reference(app: Flask) -> str:
    """Of the newest paper."""
    with app.app_context():
        return db.session.scalars(select(Transfer.reference).order_by(Transfer.id.desc()).limit(1)).one()


def state(app: Flask) -> TransferState:
    with app.app_context():
        return db.session.scalars(select(Transfer.state).order_by(Transfer.id.desc()).limit(1)).one()


def shelves(app: Flask, code: str) -> list[int]:
    with app.app_context():
        query = select(StockLevel.on_hand).join(StockLevel.outlet).filter_by(code=code).order_by(StockLevel.id)
        return list(db.session.scalars(query))


def begin(client: PageClient, app: Flask, target: str = "D01") -> str:
    form = client.get(f"{HERE}/moi").form(f"{HERE}/moi")
    client.post(f"{HERE}/moi", form | {"target": target, "note": "xe chiều"})
    return reference(app)


def press(client: PageClient, address: str, data: dict[str, str] | None = None, *, status: int = 200) -> Page:
    """Send the form with this address on the page that is open."""
    assert client.last is not None
    return client.post(address, client.last.form(address) | (data or {}), status=status)


def draft(client: PageClient, app: Flask, world: World, units: int = 4) -> str:
    paper = begin(client, app)
    press(client, f"{HERE}/{paper}/them", {"code": sku(app, world.tea), "units": str(units)})
    return paper


def sent(client: PageClient, app: Flask, world: World, units: int = 4) -> str:
    paper = draft(client, app, world, units)
    press(client, f"{HERE}/{paper}/gui")
    return paper


def line(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(transfers.TransferLine.id)).one()


def test_nothing_on_the_way_is_said(clerk: PageClient) -> None:
    assert "Không có hàng nào đang tới" in clerk.get(THERE).text


def test_a_paper_goes_from_draft_to_shelf(sender: PageClient, clerk: PageClient, app: Flask, world: World) -> None:
    paper = draft(sender, app, world)
    assert sender.last is not None
    assert "Hàng trong phiếu (1 dòng)" in sender.last.text
    page = press(sender, f"{HERE}/{paper}/gui")
    assert "Đã gửi, chờ nơi nhận" in page.text
    assert shelves(app, "T01")[1] == 16

    assert "từ Trung tâm OCOP Tam Kỳ" in clerk.get(THERE).text
    clerk.get(f"{THERE}/{paper}/nhan")
    assert clerk.last is not None
    assert clerk.last.form(f"{THERE}/{paper}/nhan")[f"arrived-{line(app)}"] == "4"
    page = press_receive(clerk, paper, {})
    assert "Đã nhận xong" in page.text
    assert shelves(app, "D01")[-1] == 4


def press_receive(client: PageClient, paper: str, data: dict[str, str], *, status: int = 200) -> Page:
    return press(client, f"{THERE}/{paper}/nhan", data, status=status)


def test_four_sent_arrive_as_three_and_one_broken_with_its_picture(
    sender: PageClient, clerk: PageClient, app: Flask, world: World
) -> None:
    paper = sent(sender, app, world)
    clerk.get(f"{THERE}/{paper}/nhan")
    key = line(app)
    page = press_receive(
        clerk, paper,
        {f"arrived-{key}": "3", f"differing-{key}": "1", f"cause-{key}": "broken", f"note-{key}": "rơi khỏi xe"},
    )  # fmt: skip
    assert "1 · Vỡ, hỏng" in page.text
    assert "rơi khỏi xe" in page.text
    with app.app_context():
        difference = db.session.scalars(select(TransferDifference.id)).one()
    page = show_picture(clerk, f"{THERE}/{paper}/anh/{difference}", picture(exif=True))
    assert page.all("img", src=f"{THERE}/{paper}/anh/{difference}.webp")
    for client, face in ((clerk, THERE), (sender, HERE)):
        with client.raw.get(f"{face}/{paper}/anh/{difference}.webp") as answer:
            assert (answer.status_code, answer.mimetype) == (200, "image/webp")
            assert "no-store" in answer.headers["Cache-Control"]
            data = answer.data
        with Image.open(BytesIO(data)) as upright:
            assert (upright.size, dict(upright.getexif())) == ((20, 40), {})
    before = kept(app)
    page = show_picture(clerk, f"{THERE}/{paper}/anh/{difference}", picture(), key="another-key", status=422)
    assert "Chỗ lệch này đã có ảnh" in page.text
    assert kept(app) == before
    assert "1 · Vỡ, hỏng" in sender.get(f"{HERE}/{paper}").text


def kept(app: Flask) -> set[str]:
    """Names of the pictures that are stored."""
    with app.app_context():
        return {path.name for path in settings().uploads_folder.glob("*")}


def show_picture(client: PageClient, address: str, data: bytes, *, key: str = "", status: int = 200) -> Page:
    """Send the form for a picture as a browser would."""
    assert client.last is not None
    form = {"csrf_token": client.token(), "key": key or client.last.form(address)["key"]}
    boundary, body = encode_multipart(form | {"picture": FileStorage(BytesIO(data), "x.jpg")})
    kind = f"multipart/form-data; boundary={boundary}"
    response = client.raw.post(address, data=body, content_type=kind, follow_redirects=True)
    assert response.status_code == status
    client.last = check(response)
    return client.last


def picture(*, exif: bool = False, size: tuple[int, int] = (40, 20), kind: str = "JPEG") -> bytes:
    out = BytesIO()
    image = Image.new("RGB", size, "red")
    tags = image.getexif()
    if exif:
        tags[0x0112], tags[0x010F] = 6, "a phone"  # lying on its side
    image.save(out, kind, exif=tags)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Chọn một ảnh"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "không phải ảnh JPEG"),
        (picture()[:200], "Ảnh bị hỏng"),
        (picture(kind="GIF"), "không phải ảnh JPEG"),
        (picture() + b"\0" * (8 * 1024 * 1024), "nặng quá 8 MB"),
        (picture(size=(8000, 6251), kind="PNG"), "trên 50 triệu điểm"),
    ],
    ids=["nothing", "svg", "cut short", "gif", "heavy", "large"],
)
def test_what_is_no_picture_is_refused_beside_its_field(
    sender: PageClient, clerk: PageClient, app: Flask, world: World, data: bytes, words: str
) -> None:
    paper = sent(sender, app, world)
    clerk.get(f"{THERE}/{paper}/nhan")
    key = line(app)
    press_receive(clerk, paper, {f"arrived-{key}": "0", f"differing-{key}": "4", f"cause-{key}": "missing"})
    with app.app_context():
        difference = db.session.scalars(select(TransferDifference.id)).one()
    before = kept(app)
    page = show_picture(clerk, f"{THERE}/{paper}/anh/{difference}", data, status=422)
    assert words in page.text
    assert page.form(f"{THERE}/{paper}/anh/{difference}")
    with app.app_context():
        assert db.session.scalars(select(TransferDifference.photo)).one() == ""
    assert kept(app) == before
    clerk.get(f"{THERE}/{paper}/anh/{difference}.webp", status=404)


@pytest.mark.parametrize("units", ["0", "-1", "1.5", "", "1e3", "٣", "100000", "9" * 40, "hai"])
def test_a_number_that_is_none_is_refused_and_the_form_kept(
    sender: PageClient, app: Flask, world: World, units: str
) -> None:
    paper = begin(sender, app)
    code = sku(app, world.tea)
    page = press(sender, f"{HERE}/{paper}/them", {"code": code, "units": units}, status=422)
    assert page.one("p", id="units-error").itertext()
    assert page.form(f"{HERE}/{paper}/them")["code"] == code
    assert page.form(f"{HERE}/{paper}/them")["units"] == units
    assert "Chưa có món nào" in page.text


def test_more_than_there_is_names_what_is_left(sender: PageClient, app: Flask, world: World) -> None:
    paper = begin(sender, app)
    page = press(sender, f"{HERE}/{paper}/them", {"code": sku(app, world.tea), "units": "21"}, status=422)
    assert "Ở đây chỉ còn 20 chưa có trong phiếu" in page.text


def test_goods_are_found_by_words_and_chosen(sender: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        make_product("Chè dây túi lọc", price=50_000, free={"T01": 7})
    paper = begin(sender, app)
    page = press(sender, f"{HERE}/{paper}/them", {"code": "che day", "units": "2"}, status=422)
    assert "Chè dây túi lọc" in page.text
    forms = [f for f in page.all("form", action=f"{HERE}/{paper}/them") if f.get("class") is None]
    assert len(forms) == 2
    page = press(sender, f"{HERE}/{paper}/them", {"code": "không có", "units": "2"}, status=422)
    assert "Ở đây không có hàng nào với mã hay tên này" in page.text
    page = press(sender, f"{HERE}/{paper}/them", {"code": "", "units": "2"}, status=422)
    assert "Quét hoặc gõ mã hàng" in page.text


def test_a_lot_is_added_by_its_code(sender: PageClient, app: Flask, world: World) -> None:
    with app.app_context():
        code = db.session.scalars(select(Lot.code).where(Lot.variant_id == variant_of(world.honey).id)).one()
    paper = begin(sender, app)
    page = press(sender, f"{HERE}/{paper}/them", {"code": code.lower(), "units": "2"})
    assert f"lô {code}" in page.text


def test_a_line_is_changed_and_taken_off(sender: PageClient, app: Flask, world: World) -> None:
    paper = draft(sender, app, world)
    address = f"{HERE}/{paper}/dong/{line(app)}"
    press(sender, address, {"units": "6"})
    assert sender.last is not None
    assert sender.last.form(address)["units"] == "6"
    page = press(sender, address, {"units": "21"}, status=422)
    assert "chỉ còn 20 bán được của lô này" in page.text
    assert page.form(address)["units"] == "21"
    page = press(sender, address, {"remove": "1"})
    assert "Chưa có món nào" in page.text


def test_a_form_sent_twice_acts_once(sender: PageClient, app: Flask, world: World) -> None:
    paper = begin(sender, app)
    assert sender.last is not None
    address = f"{HERE}/{paper}/them"
    form = sender.last.form(address) | {"code": sku(app, world.tea), "units": "3"}
    for _ in range(2):
        page = sender.post(address, form)
    assert page.text.count("Số lượng Chè dây") == 1
    assert page.form(f"{HERE}/{paper}/dong/{line(app)}")["units"] == "3"


def test_receiving_sent_twice_counts_once_and_leads_to_the_same_page(
    sender: PageClient, clerk: PageClient, app: Flask, world: World
) -> None:
    paper = sent(sender, app, world)
    form = clerk.get(f"{THERE}/{paper}/nhan").form(f"{THERE}/{paper}/nhan")
    for _ in range(2):
        page = clerk.post(f"{THERE}/{paper}/nhan", form)
        assert "Đã nhận xong" in page.text
    assert shelves(app, "D01")[-1] == 4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"arrived": "5"}, "Cộng lại nhiều hơn số đang trên đường"),
        ({"arrived": "4", "differing": "1", "cause": "missing"}, "Cộng lại nhiều hơn số đang trên đường"),
        ({"arrived": "3", "differing": "1"}, "Chọn vì sao lệch"),
        ({"arrived": "3", "differing": "1", "cause": "theft"}, "Chọn vì sao lệch"),
        ({"arrived": "-1"}, "Số lượng nhỏ nhất là 0"),
        ({"arrived": "1,5"}, "Số lượng là số nguyên"),
        ({"arrived": "3", "differing": "x"}, "Số lượng là số nguyên"),
        ({"arrived": "0"}, "Chưa ghi món nào"),
        ({"arrived": "3", "note": "n" * 201}, "Ghi chú dài quá 200 ký tự"),
    ],
)
def test_an_arrival_that_cannot_be_is_refused_beside_its_field(
    sender: PageClient, clerk: PageClient, app: Flask, world: World, data: dict[str, str], words: str
) -> None:
    paper = sent(sender, app, world)
    clerk.get(f"{THERE}/{paper}/nhan")
    typed = {f"{name}-{line(app)}": value for name, value in data.items()}
    page = press_receive(clerk, paper, typed, status=422)
    assert words in page.text
    kept = page.form(f"{THERE}/{paper}/nhan")
    assert {name: kept[name] for name in typed if "cause" not in name} == {
        name: value for name, value in typed.items() if "cause" not in name
    }
    assert shelves(app, "D01") == [3, 2]
    assert state(app) is TransferState.SENT


def test_who_was_overtaken_sees_what_is_left(sender: PageClient, clerk: PageClient, app: Flask, world: World) -> None:
    paper = sent(sender, app, world)
    clerk.get(f"{THERE}/{paper}/nhan")
    stale = clerk.last.form(f"{THERE}/{paper}/nhan") if clerk.last else {}
    press_receive(clerk, paper, {f"arrived-{line(app)}": "1"})
    clerk.last = clerk.get(f"{THERE}/{paper}/nhan")
    page = clerk.post(
        f"{THERE}/{paper}/nhan", stale | {"key": "another-key-2", f"arrived-{line(app)}": "2"}, status=422
    )
    assert "Có người vừa nhận một phần phiếu này" in page.text
    assert "Trên đường: 3" in page.text
    assert shelves(app, "D01")[-1] == 1


def test_a_closed_paper_says_so(sender: PageClient, clerk: PageClient, app: Flask, world: World) -> None:
    paper = sent(sender, app, world)
    stale = clerk.get(f"{THERE}/{paper}/nhan").form(f"{THERE}/{paper}/nhan")
    press_receive(clerk, paper, {})
    page = clerk.post(f"{THERE}/{paper}/nhan", stale | {"key": "another-key-1"}, status=422)
    assert "Không làm được nữa: phiếu này đã nhận xong" in page.text
    assert shelves(app, "D01")[-1] == 4


def test_what_was_sold_meanwhile_is_named_beside_its_line(sender: PageClient, app: Flask, world: World) -> None:
    paper = draft(sender, app, world, 20)
    with changing(app):
        shelf = db.session.scalars(select(StockLevel.id).where(StockLevel.on_hand == 20)).one()
        stock.sell(shelf, 5, cause="sale:1", actor="user:1", at=MONDAY_NINE)
    page = press(sender, f"{HERE}/{paper}/gui", status=422)
    assert "Chỉ còn 15, phần kia vừa bán hoặc đã giữ cho đơn" in page.text
    assert state(app) is TransferState.DRAFT
    assert shelves(app, "T01")[1] == 15


def test_a_promise_whose_time_has_run_out_does_not_stop_the_driver(
    sender: PageClient, app: Flask, world: World, clock: Any
) -> None:
    paper = draft(sender, app, world, 20)
    with changing(app):
        shelf = db.session.scalars(select(StockLevel.id).where(StockLevel.on_hand == 20)).one()
        stock.hold(shelf, 1, order_ref="QN-NOORDER", until=MONDAY_NINE, actor="buyer", at=MONDAY_NINE)
        stock.release("QN-NOORDER", actor="system", at=MONDAY_NINE)
    clock.advance(minutes=5)
    press(sender, f"{HERE}/{paper}/gui")
    assert state(app) is TransferState.SENT


def test_an_expired_lot_is_not_sent(sender: PageClient, app: Flask, world: World, clock: Any) -> None:
    paper = draft(sender, app, world)
    with changing(app):
        db.session.execute(update(Lot).values(best_before=MONDAY_NINE.date()))
    clock.advance(days=1)
    with sender.raw.session_transaction() as session:
        session["counter"] = [session["counter"][0], clock().isoformat()]
    page = press(sender, f"{HERE}/{paper}/gui", status=422)
    assert "Lô này đã dừng bán hoặc hết hạn" in page.text
    assert state(app) is TransferState.DRAFT


def test_goods_come_back_when_the_driver_does(sender: PageClient, app: Flask, world: World) -> None:
    paper = sent(sender, app, world)
    page = press(sender, f"{HERE}/{paper}/lay-lai")
    assert "Đã lấy lại" in page.text
    assert shelves(app, "T01") == [5, 20]


def test_a_draft_is_thrown_away(sender: PageClient, app: Flask, world: World) -> None:
    paper = draft(sender, app, world)
    page = press(sender, f"{HERE}/{paper}/huy")
    assert "Đã hủy" in page.text
    assert shelves(app, "T01") == [5, 20]


def test_a_target_that_is_not_offered_is_refused(sender: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        make_outlet("X01")
    form = sender.get(f"{HERE}/moi").form(f"{HERE}/moi")
    for target, words in (("X01", "không gửi hàng đến nơi đó"), ("", "Chọn nơi nhận")):
        page = sender.post(f"{HERE}/moi", form | {"target": target, "note": "giữ lại"}, status=422)
        assert words in page.text
        assert page.form(f"{HERE}/moi")["note"] == "giữ lại"
    with app.app_context():
        assert db.session.scalars(select(Transfer)).all() == []


def test_an_outlet_without_partners_is_told(enter: SignIn, staff: Callable[..., User], app: Flask) -> None:
    with changing(app):
        lonely = make_outlet("X01")
    assert "Chưa có nơi nào để gửi" in enter(staff(lonely)).get("/quay/X01/chuyen/moi").text


def test_the_paper_to_print_carries_its_code(sender: PageClient, app: Flask, world: World) -> None:
    paper = sent(sender, app, world)
    page = sender.get(f"{HERE}/{paper}/phieu")
    assert page.one("h1").text == "Phiếu chuyển kho"
    assert paper in page.text
    assert page.one("div", role="img").get("aria-label") == f"Mã của phiếu {paper}"
    assert 'class="qr' in page.response.get_data(as_text=True)


def test_a_third_outlet_and_a_draft_s_target_see_nothing(
    sender: PageClient, clerk: PageClient, enter: SignIn, staff: Callable[..., User], app: Flask, world: World
) -> None:
    paper = draft(sender, app, world)
    clerk.get(f"{THERE}/{paper}", status=404)
    press(sender, f"{HERE}/{paper}/gui")
    third = enter(staff(world.hill))
    for address in ("", "/phieu", "/nhan", "/anh/1.webp"):
        third.get(f"/quay/D02/chuyen/{paper}{address}", status=404)
    sender.get(f"{HERE}/{paper}/nhan", status=404)
    clerk.get(f"{THERE}/{paper}")


def test_who_only_looks_may_do_nothing(
    sender: PageClient, enter: SignIn, staff: Callable[..., User], app: Flask, world: World
) -> None:
    paper = draft(sender, app, world)
    officer = enter(staff(role=Role.OFFICER))
    page = officer.get(f"{HERE}/{paper}")
    assert not page.all("form", action=f"{HERE}/{paper}/gui")
    officer.get(f"{HERE}/moi", status=403)
    for verb in ("gui", "huy", "them", "goi-y", "lay-lai"):
        officer.post(f"{HERE}/{paper}/{verb}", {"key": "12345678"}, status=403)
    assert state(app) is TransferState.DRAFT


def test_a_form_without_a_key_is_refused(sender: PageClient, app: Flask, world: World) -> None:
    paper = draft(sender, app, world)
    sender.post(f"{HERE}/{paper}/huy", {"key": "x"}, status=422)
    assert state(app) is TransferState.DRAFT


def test_lists_are_cut_into_pages(sender: PageClient, app: Flask, world: World, monkeypatch: Any) -> None:
    for _ in range(2):
        begin(sender, app)
    page = sender.get(f"{HERE}?xem=nhap&trang=999")
    assert page.text.count("đến Điểm bán OCOP Bến Hội An") == 2
