"""A counter sale after the press of the button: waiting for money, the receipt, undoing, the list of a day."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import history
from catalog.db import db
from catalog.jobs import Job
from catalog.lots import Lot, LotState
from catalog.memberships import Role, Staff, find_staff
from catalog.money import Money
from catalog.people import User
from checkout import sales, tills
from checkout.sales import Sale, SaleState
from checkout.tills import Shift, TillEntry
from storefront import worker
from tests.checkout.factories import RULES, levels
from tests.checkout.selling import put
from tests.checkout.selling import sell as sell_cash
from tests.conftest import Clock, LetterBox
from tests.pages import PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, certificate_of, changing

SHELF = "/quay/D01/ban/phieu"


@pytest.fixture
def someone(app: Flask, staff: Callable[..., User], world: World) -> tuple[User, Staff]:
    """The clerk of the quay, with an open till."""
    user = staff(world.quay)
    with changing(app):
        clerk = find_staff(user)
        assert clerk is not None
        tills.open_shift(world.quay.id, Money(500_000), by=clerk, at=MONDAY_NINE)
    return user, clerk


@pytest.fixture
def seller(enter: SignIn, someone: tuple[User, Staff]) -> PageClient:
    return enter(someone[0])


@pytest.fixture
def paid(app: Flask, world: World, someone: tuple[User, Staff]) -> Sale:
    """Two jars of honey for cash."""
    with changing(app):
        return sell_cash(world.quay, someone[1], (world.honey, 2))


@pytest.fixture
def waiting(app: Flask, world: World, someone: tuple[User, Staff]) -> str:
    """The reference of one jar whose money is on its way."""
    with changing(app):
        put(world.quay, someone[1], (world.honey, 1))
        return sales.await_transfer(
            world.quay.id, shown_total=Money(250_000), by=someone[1], at=MONDAY_NINE, rules=RULES
        )


def close(words: str) -> str:
    """Without blanks: the cells of a table stand apart only for the eye."""
    return words.replace(" ", "")


def state(app: Flask, reference: str) -> SaleState:
    with app.app_context():
        return db.session.scalars(select(Sale.state).where(Sale.reference == reference)).one()


def stand(app: Flask, world: World) -> list[tuple[int, int]]:
    with app.app_context():
        return levels(world.quay)


def test_a_receipt_says_what_was_bought_where_and_for_how_much(
    app: Flask, seller: PageClient, paid: Sale, world: World
) -> None:
    page = seller.get(f"{SHELF}/{paid.reference}")
    with app.app_context():
        number = certificate_of(world.honey).number
    for words in (
        "Điểm bán OCOP Bến Hội An",
        "Phiếu bán hàng",
        f"{paid.reference} · 09:00 23/11/2026",
        "Người bán: Người thử",
        "Mật ong rừng OCOP 4 sao",
        f"2 × 250.000 ₫ · chai · {number}",
        "Tổng cộng 500.000 ₫",
        "Trả bằng Tiền mặt",
        "Trong đó thuế GTGT 8 %: 37.037 ₫",
        "Phiếu này không phải hóa đơn giá trị gia tăng.",
    ):
        assert close(words) in close(page.text)
    assert page.one("article").get("class") == "receipt"


@pytest.mark.parametrize(
    ("size", "class_"), [("80mm", "receipt receipt-80mm"), ("a5", "receipt receipt-a5"), ("x", "receipt")]
)
def test_a_receipt_is_printed_on_two_sizes(seller: PageClient, paid: Sale, size: str, class_: str) -> None:
    assert seller.get(f"{SHELF}/{paid.reference}?kho={size}").one("article").get("class") == class_


def test_a_receipt_is_mailed(app: Flask, seller: PageClient, paid: Sale, letters: LetterBox) -> None:
    form = seller.get(f"{SHELF}/{paid.reference}").form(f"{SHELF}/{paid.reference}/gui")
    page = seller.post(f"{SHELF}/{paid.reference}/gui", {**form, "email": "khach@example.org"})
    assert "Phiếu đang được gửi tới khach@example.org." in page.text
    with app.app_context():
        while worker.work_once():
            pass
    (letter,) = letters.letters
    assert (letter.to, letter.subject) == ("khach@example.org", f"Phiếu bán hàng {paid.reference}")
    text = letter.text.replace("\u00a0", " ")
    for words in ("2 × Mật ong rừng (chai), OCOP 4 sao", "Tổng cộng: 500.000 ₫", "Tiền mặt", "không phải hóa đơn"):
        assert words in text
        assert words.split(" (")[0].split(": ")[0] in letter.html


@pytest.mark.parametrize("email", ["", "khach", "a@b", "a@example.org, b@example.org", "x" * 300 + "@example.org"])
def test_a_wrong_address_is_told_and_kept(app: Flask, seller: PageClient, paid: Sale, email: str) -> None:
    form = seller.get(f"{SHELF}/{paid.reference}").form(f"{SHELF}/{paid.reference}/gui")
    page = seller.post(f"{SHELF}/{paid.reference}/gui", {**form, "email": email}, status=422)
    assert page.one("input", id="email").get("value") == email
    assert page.one("p", id="email-error") is not None
    with app.app_context():
        assert db.session.scalar(select(Job.id).where(Job.kind == "mail.receipt")) is None


def test_money_that_was_seen_ends_the_wait(app: Flask, seller: PageClient, waiting: str, world: World) -> None:
    page = seller.get(f"{SHELF}/{waiting}")
    assert page.response.request.path == f"{SHELF}/{waiting}/cho"
    form = page.form(f"{SHELF}/{waiting}/da-nhan")
    for _ in range(2):
        page = seller.post(f"{SHELF}/{waiting}/da-nhan", form)
        assert page.one("h1").text == "Phiếu bán hàng"
    assert close("Trả bằng Chuyển khoản") in close(page.text)
    assert stand(app, world)[0] == (2, 0)
    with app.app_context():
        assert len(db.session.scalars(select(TillEntry)).all()) == 1
    assert seller.get(f"{SHELF}/{waiting}/cho").one("h1").text == "Phiếu bán hàng"


def test_giving_up_brings_the_ticket_back(app: Flask, seller: PageClient, waiting: str, world: World) -> None:
    page = seller.get(f"{SHELF}/{waiting}/cho")
    page = seller.post(f"{SHELF}/{waiting}/thoi", page.form(f"{SHELF}/{waiting}/thoi"))
    assert page.one("h2", id="ticket-title").text == "Trên phiếu: 1 món"
    assert state(app, waiting) is SaleState.ABANDONED
    assert stand(app, world)[0] == (3, 0)
    page = seller.get(f"{SHELF}/{waiting}")
    assert "Khách không trả" in page.text
    for act in ("thoi", "da-nhan"):
        page = seller.post(f"{SHELF}/{waiting}/{act}", {"key": "k" * 32})
        assert "không còn chờ tiền nữa" in page.text
    assert page.all("a", href=f"{SHELF}/{waiting}?kho=a5") == []


def test_a_wait_that_is_over_says_so(app: Flask, seller: PageClient, waiting: str, clock: Clock) -> None:
    clock.at = MONDAY_NINE + timedelta(minutes=15)
    assert "Đã quá giờ giữ hàng (09:15)" in seller.get(f"{SHELF}/{waiting}/cho").text
    with changing(app):
        sales.expire_overdue(at=clock.at)
    assert "Quá giờ chờ chuyển khoản" in seller.get(f"{SHELF}/{waiting}/cho").text
    assert "không còn chờ tiền nữa" in seller.post(f"{SHELF}/{waiting}/da-nhan", {"key": "k" * 32}).text
    assert state(app, waiting) is SaleState.EXPIRED


def test_a_lot_that_was_stopped_meanwhile_is_not_handed_over(
    app: Flask, seller: PageClient, waiting: str, world: World
) -> None:
    with changing(app):
        db.session.execute(update(Lot).values(state=LotState.RECALLED))
    form = seller.get(f"{SHELF}/{waiting}/cho").form(f"{SHELF}/{waiting}/da-nhan")
    page = seller.post(f"{SHELF}/{waiting}/da-nhan", form, status=422)
    assert "Mật ong rừng vừa bị dừng bán. Đừng giao" in page.text
    assert state(app, waiting) is SaleState.AWAITING_MONEY
    assert stand(app, world)[0] == (3, 1)


def test_money_is_not_taken_between_shifts(
    app: Flask, seller: PageClient, waiting: str, someone: tuple[User, Staff]
) -> None:
    with changing(app):
        shift = db.session.scalars(select(Shift)).one()
        tills.close_shift(shift, Money(500_000), "", by=someone[1], at=MONDAY_NINE)
    form = seller.get(f"{SHELF}/{waiting}/cho").form(f"{SHELF}/{waiting}/da-nhan")
    assert "Chưa mở ca" in seller.post(f"{SHELF}/{waiting}/da-nhan", form, status=422).text
    assert state(app, waiting) is SaleState.AWAITING_MONEY


def test_a_sale_is_undone_with_a_reason(app: Flask, seller: PageClient, paid: Sale, world: World) -> None:
    path = f"{SHELF}/{paid.reference}/huy"
    form = seller.get(f"{SHELF}/{paid.reference}").form(path)
    page = seller.post(path, {**form, "reason": "  "}, status=422)
    assert "Nhập lý do hủy" in "".join(page.one("p", id="reason-error").itertext())
    page = seller.post(path, {**form, "reason": "x" * 201}, status=422)
    assert page.one("input", id="reason").get("value") == "x" * 201
    assert state(app, paid.reference) is SaleState.PAID
    page = seller.post(path, {**form, "reason": "Khách đổi ý"})
    assert "Phiếu đã hủy lúc 09:00 23/11/2026: Khách đổi ý" in page.text
    assert state(app, paid.reference) is SaleState.UNDONE
    assert stand(app, world)[0] == (3, 0)
    page = seller.post(path, {"key": "n" * 32, "reason": "lần nữa"}, status=422)
    assert "Phiếu này đã hủy rồi" in page.text
    with app.app_context():
        verbs = [event.verb for event in db.session.scalars(history.of(f"sale:{paid.reference}"))]
    assert verbs == ["sale.paid", "sale.undone"]


def test_a_sale_of_a_closed_shift_stays(
    app: Flask, seller: PageClient, paid: Sale, someone: tuple[User, Staff], world: World
) -> None:
    with changing(app):
        shift = db.session.scalars(select(Shift)).one()
        tills.close_shift(shift, Money(0), "", by=someone[1], at=MONDAY_NINE)
    page = seller.get(f"{SHELF}/{paid.reference}")
    path = f"{SHELF}/{paid.reference}/huy"
    assert path not in [form.get("action") for form in page.all("form")]
    page = seller.post(path, {"key": "k" * 32, "reason": "muộn"}, status=422)
    assert "Ca bán phiếu này đã đóng" in page.text
    assert stand(app, world)[0] == (1, 0)


def test_a_day_lists_its_sales_with_what_stands(
    app: Flask, seller: PageClient, paid: Sale, waiting: str, someone: tuple[User, Staff], world: World
) -> None:
    with changing(app):
        undone = sell_cash(world.quay, someone[1], (world.lantern, 1))
        sales.undo(undone, "vỡ", by=someone[1], at=MONDAY_NINE)
    page = seller.get(SHELF)
    assert "Tiền bán được 500.000 ₫" in page.text
    assert "Số phiếu 1" in page.text
    listed = [link.text for link in page.all("a") if (link.text or "").startswith("BL-")]
    assert listed == [undone.reference, waiting, paid.reference]
    assert "vỡ" in page.text
    assert "Chưa bán phiếu nào" in seller.get(f"{SHELF}?ngay=2026-11-22").text
    for nonsense in ("x", "2026-13-40", "0001-01-01", "9999-12-31", "'"):
        seller.get(f"{SHELF}?ngay={nonsense}")


def test_another_outlet_s_sale_does_not_exist(
    enter: SignIn, staff: Callable[..., User], seller: PageClient, paid: Sale, world: World
) -> None:
    foreign, supplier = enter(staff(world.hill)), enter(staff(world.centre, Role.MANAGER))
    for path in (SHELF, f"{SHELF}/{paid.reference}", f"{SHELF}/{paid.reference}/cho"):
        foreign.get(path, status=404)
        foreign.get(path.replace("D01", "D02"), status=404 if "BL-" in path else 200)
        supplier.get(path)
    for act in ("da-nhan", "thoi", "huy", "gui"):
        data = {"csrf_token": supplier.token(), "key": "k" * 32, "reason": "vì thế", "email": "a@example.org"}
        supplier.post(f"{SHELF}/{paid.reference}/{act}", data, status=403)
        seller.post(f"{SHELF}/BL-000000/{act}", {"key": "k" * 32}, status=404)
    page = supplier.get(f"{SHELF}/{paid.reference}")
    assert [form.get("action") for form in page.all("form")] == ["/tai-khoan/dang-xuat"]
