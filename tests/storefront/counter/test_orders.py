"""The orders of an outlet, as its staff see and move them."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from catalog import memberships
from catalog.db import db
from catalog.lots import Lot, LotState
from catalog.memberships import Role
from catalog.money import Money
from catalog.people import User
from checkout import fulfilment, orders, tills
from checkout.delivery import Collect
from checkout.orders import Fulfilment, FulfilmentState, Order, OrderState
from checkout.rules import PaymentMethod
from storefront.counter import orders as room
from tests.checkout.factories import buyer, levels, order_for
from tests.conftest import Clock
from tests.flows.test_queries import counted
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, changing

CASH, COD = PaymentMethod.CASH_ON_COLLECTION, PaymentMethod.CASH_ON_DELIVERY
Hire = Callable[..., User]


@pytest.fixture
def waiting(app: Flask, world: World) -> Order:
    """Two honeys that are fetched at the quay and paid there."""
    with changing(app):
        return order_for((world.honey, 2), destination=Collect(world.quay.id), payment=CASH)


@pytest.fixture
def parcel(app: Flask, world: World) -> Order:
    """Two honeys that the centre sends to Hội An, paid at the door."""
    with changing(app):
        return order_for((world.honey, 2), payment=COD)


@pytest.fixture
def packer(enter: SignIn, staff: Hire, world: World) -> PageClient:
    """The clerk of the centre, signed in."""
    return enter(staff(world.centre))


@pytest.fixture
def shift(app: Flask, staff: Hire, world: World) -> None:
    """The till of the quay is open."""
    cashier = staff(world.quay)
    with changing(app):
        by = memberships.find_staff(cashier)
        assert by is not None
        tills.open_shift(world.quay.id, Money(0), by=by, at=MONDAY_NINE)


def share_of(app: Flask, order: Order) -> Fulfilment:
    with app.app_context():
        outlet = orders.get_order(order.reference).fulfilments[0].outlet_id
        return fulfilment.get_fulfilment(outlet, order.reference)


def state_of(app: Flask, order: Order) -> tuple[FulfilmentState, OrderState]:
    share = share_of(app, order)
    return share.state, share.order.state


def press(client: PageClient, page: str, action: str, *, status: int = 200, **typed: str) -> Page:
    """Open a page and send one of its forms."""
    form = client.get(page).form(f"{page.split('/soan')[0].split('/tra-ve')[0]}{action}")
    return client.post(f"{page.split('/soan')[0].split('/tra-ve')[0]}{action}", form | typed, status=status)


def at_quay(order: Order) -> str:
    return f"/quay/D01/don/{order.reference}"


def at_centre(order: Order) -> str:
    return f"/quay/T01/don/{order.reference}"


def pack(client: PageClient, path: str) -> Page:
    return press(client, f"{path}/soan", "/soan")


def said(page: Page, field: str) -> str:
    """The error beside a field."""
    return " ".join("".join(page.one("p", id=f"{field}-error").itertext()).split())


def test_the_queue_says_what_waits_and_leads_to_it(clerk: PageClient, waiting: Order) -> None:
    page = clerk.get("/quay/D01/don")
    (link,) = page.all("a", href=at_quay(waiting))
    words = " ".join("".join(link.itertext()).replace("\u00a0", " ").split())
    assert words.startswith(f"{waiting.reference} Cần soạn Nguyễn Thị Thử 2 món · lấy tại quầy · thu 500.000 ₫")
    assert "Hẹn 10:00 23/11/2026" in words
    assert "Cần soạn 1 Chờ lấy, chờ gửi 0 Đã gửi 0 Xong 0" in page.text
    for tab in ("cho", "gui", "xong"):
        assert "Không có đơn nào ở mục này" in clerk.get(f"/quay/D01/don?muc={tab}").text


def test_another_outlets_order_does_not_exist(clerk: PageClient, parcel: Order) -> None:
    for path in ("", "/soan", "/phieu", "/tra-ve"):
        clerk.get(f"/quay/D01/don/{parcel.reference}{path}", status=404)
    assert parcel.reference not in clerk.get("/quay/D01/don").text
    foreign = clerk.get(f"/quay/D01/don?q={parcel.reference}")
    unknown = clerk.get("/quay/D01/don?q=QN-000000")
    assert "Không có đơn này ở đây." in foreign.text
    assert foreign.text.replace(parcel.reference, "") == unknown.text.replace("QN-000000", "")


def test_the_buyers_qr_opens_the_order_with_its_code(clerk: PageClient, app: Flask, waiting: Order) -> None:
    pack(clerk, at_quay(waiting))
    page = clerk.get("/quay/D01/don", query_string={"q": fulfilment.scan_text(waiting).lower()})
    assert page.response.request.path == at_quay(waiting)
    assert page.one("input", id="code").get("value") == waiting.collect_code
    by_phone = clerk.get("/quay/D01/don", query_string={"q": "0912 345 678"})
    assert by_phone.all("a", href=at_quay(waiting))


def test_picking_makes_it_ready(clerk: PageClient, app: Flask, waiting: Order) -> None:
    page = clerk.get(f"{at_quay(waiting)}/soan")
    assert f"Lô {share_of(app, waiting).picks[0].lot.code}" in page.text
    page = pack(clerk, at_quay(waiting))
    assert "Đã soạn xong." in page.text
    assert state_of(app, waiting) == (FulfilmentState.READY, OrderState.READY)
    assert "Chờ khách lấy" in page.text


def test_a_missing_unit_is_named_and_the_order_stays(clerk: PageClient, app: Flask, waiting: Order) -> None:
    key = share_of(app, waiting).picks[0].id
    page = press(clerk, f"{at_quay(waiting)}/soan", "/soan", **{f"missing_{key}": "1"})
    assert "Thiếu 1" in page.text
    assert "Thiếu hàng" in page.text
    assert state_of(app, waiting) == (FulfilmentState.TO_PICK, OrderState.CONFIRMED)


@pytest.mark.parametrize("typed", ["-1", "3", "1,5", "", "1e3", "٣", "99999999999"])
def test_a_number_that_cannot_be_missing_is_told_beside_its_field(
    clerk: PageClient, app: Flask, waiting: Order, typed: str
) -> None:
    key = share_of(app, waiting).picks[0].id
    page = press(clerk, f"{at_quay(waiting)}/soan", "/soan", status=422, **{f"missing_{key}": typed})
    assert said(page, f"missing_{key}") == "Lỗi: Cần một số nguyên từ 0 đến 2"
    assert page.one("input", id=f"missing_{key}").get("value") == typed
    assert state_of(app, waiting) == (FulfilmentState.TO_PICK, OrderState.CONFIRMED)
    assert share_of(app, waiting).picks[0].missing == 0


def test_handing_over_takes_the_cash_once(
    clerk: PageClient, app: Flask, world: World, waiting: Order, shift: None
) -> None:
    pack(clerk, at_quay(waiting))
    form = clerk.get(at_quay(waiting)).form(f"{at_quay(waiting)}/giao")
    form |= {"code": fulfilment.scan_text(waiting), "name": "Con gái"}
    page = clerk.post(f"{at_quay(waiting)}/giao", form)
    assert "Đã giao hàng và thu 500.000 ₫." in page.text
    assert "Người nhận thay: Con gái" in page.text
    again = clerk.post(f"{at_quay(waiting)}/giao", form)
    assert again.response.request.path == at_quay(waiting)
    assert state_of(app, waiting) == (FulfilmentState.HANDED_OVER, OrderState.HANDED_OVER)
    with app.app_context():
        assert levels(world.quay) == [(1, 0), (2, 0)]
        assert [entry.amount for entry in db.session.query(tills.TillEntry)] == [500_000]
    assert waiting.reference in clerk.get("/quay/D01/don?muc=xong").text


def test_without_a_shift_the_page_says_so_and_keeps_what_was_typed(
    clerk: PageClient, app: Flask, waiting: Order
) -> None:
    pack(clerk, at_quay(waiting))
    page = press(clerk, at_quay(waiting), "/giao", status=422, code=waiting.collect_code or "", name="Con gái")
    assert "Chưa mở ca nên chưa nhận tiền được." in page.text
    assert page.one("input", id="name").get("value") == "Con gái"
    assert state_of(app, waiting) == (FulfilmentState.READY, OrderState.READY)


def test_five_wrong_codes_lock_it_and_the_manager_unlocks(
    clerk: PageClient, app: Flask, enter: SignIn, staff: Hire, world: World, waiting: Order, shift: None
) -> None:
    pack(clerk, at_quay(waiting))
    wrong = f"{(int(waiting.collect_code or 0) + 1) % 10**6:06d}"
    clerk.get(at_quay(waiting))
    for left in (4, 3, 2, 1):
        assert clerk.last is not None
        form = clerk.last.form(f"{at_quay(waiting)}/giao") | {"code": wrong}
        page = clerk.post(f"{at_quay(waiting)}/giao", form, status=422)
        assert said(page, "code") == f"Lỗi: Mã chưa đúng, còn {left} lần thử"
    form = page.form(f"{at_quay(waiting)}/giao") | {"code": wrong}
    assert "đơn đã khóa" in clerk.post(f"{at_quay(waiting)}/giao", form, status=422).text
    page = clerk.get(at_quay(waiting))
    assert not page.all("input", id="code")
    clerk.post(f"{at_quay(waiting)}/mo-khoa", {"key": "a" * 32}, status=403)
    assert share_of(app, waiting).wrong_codes == 5
    manager = enter(staff(world.quay, Role.MANAGER))
    press(manager, at_quay(waiting), "/mo-khoa")
    assert share_of(app, waiting).wrong_codes == 0
    assert "Đã giao hàng" in press(clerk, at_quay(waiting), "/giao", code=waiting.collect_code or "").text


def test_what_was_kept_too_long_is_put_away_not_handed_over(
    clerk: PageClient, app: Flask, waiting: Order, clock: Clock, enter: SignIn, staff: Hire, world: World
) -> None:
    pack(clerk, at_quay(waiting))
    form = clerk.get(at_quay(waiting)).form(f"{at_quay(waiting)}/giao") | {"code": waiting.collect_code or ""}
    clock.advance(days=4)
    clerk = enter(staff(world.quay))
    page = clerk.post(f"{at_quay(waiting)}/giao", form | {"csrf_token": clerk.token()}, status=422)
    assert "Đơn đã hết thời gian giữ" in page.text
    page = clerk.get("/quay/D01/don?muc=cho")
    assert "Quá hạn, cất lại kệ" in page.text
    page = press(clerk, at_quay(waiting), "/cat")
    assert "Đã cất lại kệ." in page.text
    assert state_of(app, waiting) == (FulfilmentState.RETURNED, OrderState.EXPIRED)


def test_a_recalled_lot_is_not_handed_over(clerk: PageClient, app: Flask, waiting: Order, shift: None) -> None:
    pack(clerk, at_quay(waiting))
    with changing(app):
        db.session.execute(update(Lot).values(state=LotState.RECALLED))
    page = press(clerk, at_quay(waiting), "/giao", status=422, code=waiting.collect_code or "")
    assert "đã dừng bán hoặc hết hạn, không được giao" in page.text
    assert state_of(app, waiting) == (FulfilmentState.READY, OrderState.READY)


def test_a_parcel_is_sent_with_carrier_and_number_and_the_buyer_sees_them(
    packer: PageClient, client: PageClient, app: Flask, parcel: Order
) -> None:
    pack(packer, at_centre(parcel))
    slip = packer.get(f"{at_centre(parcel)}/phieu")
    assert "Thu khi giao 522.000 ₫" in slip.text
    assert slip.one("div", class_="qr-code").get("aria-label") == "Mã QR của mã đơn"
    page = press(packer, at_centre(parcel), "/gui", status=422, courier="ghn", tracking="12")
    assert said(page, "tracking") == "Lỗi: Mã vận đơn gồm 6 đến 40 chữ cái không dấu, chữ số và dấu gạch"
    page = press(packer, at_centre(parcel), "/gui", status=422, courier="nobody", tracking="GHN123456")
    assert "Chọn nhà vận chuyển" in page.text
    assert state_of(app, parcel) == (FulfilmentState.READY, OrderState.READY)
    page = press(packer, at_centre(parcel), "/gui", courier="ghn", tracking="ghn 123 456")
    assert "Giao Hàng Nhanh, mã vận đơn GHN123456" in page.text
    buyers = client.get(f"/don-hang/{parcel.token}")
    assert buyers.one("h1").text == "Đang trên đường giao"
    assert "Kiện từ Trung tâm OCOP Tam Kỳ: Giao Hàng Nhanh, mã vận đơn GHN123456, đang trên đường" in buyers.text
    press(packer, at_centre(parcel), "/da-giao")
    assert state_of(app, parcel) == (FulfilmentState.DELIVERED, OrderState.DELIVERED)


def test_a_refused_parcel_comes_back_unit_by_unit(packer: PageClient, app: Flask, world: World, parcel: Order) -> None:
    pack(packer, at_centre(parcel))
    press(packer, at_centre(parcel), "/gui", courier="own", tracking="")
    key = share_of(app, parcel).picks[0].id
    parts = {f"sellable_{key}": "1", f"damaged_{key}": "0", f"lost_{key}": "0", "reason": "Khách không nhận"}
    page = press(packer, f"{at_centre(parcel)}/tra-ve", "/tra-ve", status=422, **parts)
    assert said(page, f"lost_{key}") == "Lỗi: Ba số cộng lại phải đủ 2"
    page = press(packer, f"{at_centre(parcel)}/tra-ve", "/tra-ve", status=422, **parts | {f"damaged_{key}": "x"})
    assert said(page, f"damaged_{key}") == "Lỗi: Cần một số nguyên từ 0 đến 2"
    page = press(packer, f"{at_centre(parcel)}/tra-ve", "/tra-ve", status=422, **parts | {"reason": " "})
    assert said(page, "reason") == "Lỗi: Ghi lý do"
    with app.app_context():
        assert levels(world.centre)[0] == (3, 0)
    page = press(packer, f"{at_centre(parcel)}/tra-ve", "/tra-ve", **parts | {f"damaged_{key}": "1"})
    assert "Đã nhận lại hàng." in page.text
    assert state_of(app, parcel) == (FulfilmentState.RETURNED, OrderState.RETURNED)
    with app.app_context():
        assert levels(world.centre)[0] == (4, 0)


def test_a_button_pressed_at_the_wrong_time_says_so_and_changes_nothing(
    packer: PageClient, app: Flask, parcel: Order
) -> None:
    page = packer.post(f"{at_centre(parcel)}/da-giao", {"key": "b" * 32}, status=422)
    assert "vừa đổi trạng thái" in page.text
    page = packer.post(f"{at_centre(parcel)}/gui", {"key": "!", "courier": "ghn", "tracking": "GHN123456"}, status=422)
    assert "Trang này đã cũ" in page.text
    assert state_of(app, parcel) == (FulfilmentState.TO_PICK, OrderState.CONFIRMED)


def test_who_only_looks_sees_no_buttons_and_may_not_press(
    app: Flask, enter: SignIn, staff: Hire, world: World, waiting: Order
) -> None:
    supplier = enter(staff(world.centre, Role.MANAGER))
    page = supplier.get(at_quay(waiting))
    assert waiting.name in page.text
    assert not page.all("form", action=f"{at_quay(waiting)}/soan")
    for action in ("soan", "giao", "gui", "da-giao", "tra-ve", "cat", "mo-khoa", "huy"):
        supplier.post(f"{at_quay(waiting)}/{action}", {"key": "c" * 32}, status=403)
    assert state_of(app, waiting) == (FulfilmentState.TO_PICK, OrderState.CONFIRMED)


def test_a_manager_calls_off_what_cannot_be_filled(
    app: Flask, enter: SignIn, staff: Hire, world: World, waiting: Order
) -> None:
    manager = enter(staff(world.quay, Role.MANAGER))
    page = press(manager, at_quay(waiting), "/huy", status=422, reason="")
    assert said(page, "reason") == "Lỗi: Ghi lý do"
    page = press(manager, at_quay(waiting), "/huy", reason="Vỡ hết")
    assert "Đã hủy đơn và báo cho người mua." in page.text
    assert state_of(app, waiting) == (FulfilmentState.TO_PICK, OrderState.CANCELLED)


def test_a_long_queue_is_shown_page_by_page(
    app: Flask, world: World, packer: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with changing(app):
        placed = [order_for((world.tea, 1), payment=COD, contact=buyer(n)).reference for n in range(3)]
    monkeypatch.setattr(room, "PAGE_SIZE", 2)
    first, second = packer.get("/quay/T01/don"), packer.get("/quay/T01/don?trang=2")
    assert [reference in first.text for reference in placed] == [True, True, False]
    assert [reference in second.text for reference in placed] == [False, False, True]
    for nonsense in ("99", "-1", "x"):
        packer.get(f"/quay/T01/don?trang={nonsense}")


def test_the_queue_asks_the_database_as_much_of_many_orders_as_of_one(
    app: Flask, world: World, packer: PageClient
) -> None:
    def asked() -> int:
        with counted(app) as sent:
            packer.get("/quay/T01/don")
        return len(sent)

    with changing(app):
        order_for((world.tea, 1), payment=COD, contact=buyer(0))
    one = asked()
    with changing(app):
        for n in range(1, 6):
            order_for((world.tea, 1), (world.honey, 1), payment=COD, contact=buyer(n))
    assert asked() == one
    assert one <= 8
