"""The sale screen: scan, change, pay; every wrong thing is a sentence beside its field, and nothing has changed."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from catalog.db import db
from catalog.lots import Lot, LotState
from catalog.memberships import Role, find_staff
from catalog.money import Money
from catalog.people import User
from catalog.products import Product, Variant
from checkout import tills
from checkout.delivery import Collect
from checkout.sales import Sale, SaleState
from checkout.tickets import TicketLine
from checkout.tills import TillEntry
from tests.checkout.factories import levels, order_for
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, changing, make_product, variant_of

ROOM = "/quay/D01/ban"


@pytest.fixture
def seller(app: Flask, enter: SignIn, staff: Callable[..., User], world: World) -> PageClient:
    """The clerk of the quay, with an open till."""
    user = staff(world.quay)
    with changing(app):
        someone = find_staff(user)
        assert someone is not None
        tills.open_shift(world.quay.id, Money(500_000), by=someone, at=MONDAY_NINE)
    return enter(user)


def sku(app: Flask, product: Product) -> str:
    with changing(app):
        return variant_of(product).sku


def key_of(app: Flask, product: Product) -> int:
    with changing(app):
        return variant_of(product).id


def scan(browser: PageClient, code: str, *, status: int = 200) -> Page:
    form = browser.get(ROOM).form(f"{ROOM}/them")
    return browser.post(f"{ROOM}/them", {**form, "code": code}, status=status)


def statements(app: Flask, act: Callable[[], object]) -> int:
    """How many statements it takes."""
    sent: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    return len(sent)


def count(app: Flask, *tables: type) -> list[int]:
    with app.app_context():
        return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def pay(browser: PageClient, *, status: int = 200, **fields: str) -> Page:
    form = browser.get(ROOM).form(f"{ROOM}/thu-tien")
    return browser.post(f"{ROOM}/thu-tien", {**form, "method": "cash", **fields}, status=status)


def test_scanning_the_same_code_again_is_one_more(app: Flask, seller: PageClient, world: World) -> None:
    scan(seller, sku(app, world.honey))
    page = scan(seller, f"  {sku(app, world.honey).lower()} ")
    assert page.one("h2", id="ticket-title").text == "Trên phiếu: 2 món"
    assert "500.000 ₫" in page.text
    assert page.all("li", class_="flash")[0].get("data-beep") == "good"


def test_an_empty_ticket_says_what_to_do(seller: PageClient) -> None:
    page = seller.get(ROOM)
    assert "Phiếu đang trống" in page.text
    assert page.one("input", id="scan").get("autofocus") is not None
    assert page.all("form", id="pay") == []


def test_a_word_offers_what_may_be_meant(app: Flask, seller: PageClient, world: World) -> None:
    with changing(app):
        make_product("Mật ong ruồi", free={"D01": 1})
    page = scan(seller, "mat ong")
    assert page.one("h2", id="found-title").text == "Món nào là “mat ong”?"
    names = [button.get("value") for button in page.all("button", name="variant")]
    assert len(names) == 2
    form = page.form(f"{ROOM}/them") | {"variant": str(key_of(app, world.honey))}
    page = seller.post(f"{ROOM}/them", form)
    assert page.one("h2", id="ticket-title").text == "Trên phiếu: 1 món"


@pytest.mark.parametrize("code", ["", "KHONG-CO", "'; DROP TABLE sales; --", "%", "x" * 500, "٣"])
def test_what_is_not_here_is_said_beside_the_field(app: Flask, seller: PageClient, code: str) -> None:
    page = scan(seller, code, status=422)
    error = page.one("p", id="scan-error")
    assert "Quét hoặc gõ mã" in "".join(error.itertext()) if not code else "Không có mã" in "".join(error.itertext())
    assert page.one("input", id="scan").get("value") == code
    assert count(app, TicketLine) == [0]


def test_goods_of_another_outlet_only_are_not_here(app: Flask, seller: PageClient, world: World) -> None:
    page = scan(seller, sku(app, world.tea), status=422)
    assert "Chè dây: Theo sổ, điểm này không có món này." in page.text
    assert count(app, TicketLine) == [0]


def test_a_recalled_lot_and_a_tour_are_refused_in_words(app: Flask, seller: PageClient, world: World) -> None:
    with changing(app):
        db.session.execute(
            update(Lot).where(Lot.variant_id == variant_of(world.lantern).id).values(state=LotState.RECALLED)
        )
        wine = make_product("Rượu cần", group="2.1a", free={"D01": 1})
    assert "dừng bán hoặc thu hồi" in scan(seller, sku(app, world.lantern), status=422).text
    assert "không bán tại quầy" in scan(seller, sku(app, world.tour), status=422).text
    assert "Rượu, bia không bán tại quầy này" in scan(seller, sku(app, wine), status=422).text
    assert count(app, TicketLine) == [0]


WRONG = {
    "": "Nhập số lượng",
    "1,5": "số nguyên",
    "1e3": "số nguyên",
    "٣": "số nguyên",
    "-2": "nhỏ nhất là 0",
    "100000": "lớn nhất là 99.999",
    "9" * 40: "lớn nhất là 99.999",
    "4": "chỉ còn 3",
}


@pytest.mark.parametrize(("typed", "words"), WRONG.items())
def test_a_wrong_number_is_told_at_its_line_and_kept(
    app: Flask, seller: PageClient, world: World, typed: str, words: str
) -> None:
    page = scan(seller, sku(app, world.honey))
    variant = key_of(app, world.honey)
    page = seller.post(f"{ROOM}/doi", {**page.form(f"{ROOM}/doi"), "quantity": typed}, status=422)
    assert words in "".join(page.one("p", id=f"quantity-{variant}-error").itertext())
    assert page.one("input", id=f"quantity-{variant}").get("value") == typed
    with app.app_context():
        assert db.session.scalars(select(TicketLine.quantity)).all() == [1]


def test_lines_are_changed_and_taken_out(app: Flask, seller: PageClient, world: World) -> None:
    scan(seller, sku(app, world.lantern))
    page = scan(seller, sku(app, world.honey))
    page = seller.post(f"{ROOM}/doi", {**page.form(f"{ROOM}/doi"), "quantity": "3"})
    assert page.one("h2", id="ticket-title").text == "Trên phiếu: 4 món"
    page = seller.post(f"{ROOM}/bo", page.form(f"{ROOM}/doi"))
    assert page.one("h2", id="ticket-title").text == "Trên phiếu: 1 món"
    page = seller.post(f"{ROOM}/bo", page.form(f"{ROOM}/doi") | {"variant": str(key_of(app, world.honey))}, status=422)
    assert "không còn trên phiếu" in page.text
    page = seller.post(f"{ROOM}/xoa", page.form(f"{ROOM}/xoa"))
    assert "Phiếu đang trống" in page.text


@pytest.mark.parametrize("variant", ["", "abc", "-1", "9" * 30])
def test_a_line_that_names_nothing_is_not_understood(
    app: Flask, seller: PageClient, world: World, variant: str
) -> None:
    form = scan(seller, sku(app, world.honey)).form(f"{ROOM}/doi")
    seller.post(f"{ROOM}/doi", {**form, "variant": variant, "quantity": "2"}, status=422)
    seller.post(f"{ROOM}/doi", {"variant": form["variant"], "quantity": "2"}, status=422)
    with app.app_context():
        assert db.session.scalars(select(TicketLine.quantity)).all() == [1]


def test_cash_is_taken_and_the_change_is_told(app: Flask, seller: PageClient, world: World) -> None:
    scan(seller, sku(app, world.honey))
    page = pay(seller, given="300.000")
    assert page.one("h1").text == "Phiếu bán hàng"
    assert "Thối lại 50.000 ₫" in page.text
    with app.app_context():
        sale = db.session.scalars(select(Sale)).one()
        assert (sale.state, sale.total, sale.given) == (SaleState.PAID, 250_000, 300_000)
        assert levels(world.quay) == [(2, 0), (2, 0)]
    assert count(app, TicketLine) == [0]


def test_a_sale_sent_again_is_the_same_sale(app: Flask, seller: PageClient, world: World) -> None:
    scan(seller, sku(app, world.honey))
    form = seller.get(ROOM).form(f"{ROOM}/thu-tien") | {"method": "cash"}
    pages = [seller.post(f"{ROOM}/thu-tien", form) for _ in range(3)]
    assert len({page.response.request.path for page in pages}) == 1
    assert count(app, Sale, TillEntry) == [1, 1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("100.000", "Khách đưa chưa đủ: cần 250.000 ₫"),
        ("-5", "không thể nhỏ hơn 0"),
        ("1e9", "số đồng chẵn"),
        ("250.000,5", "số đồng chẵn"),
        ("9" * 30, "Số tiền quá lớn"),
        ("٢٥٠٠٠٠", "số đồng chẵn"),
    ],
)
def test_wrong_cash_is_told_beside_its_field(
    app: Flask, seller: PageClient, world: World, given: str, words: str
) -> None:
    scan(seller, sku(app, world.honey))
    page = pay(seller, status=422, given=given)
    assert words in "".join(page.one("p", id="given-error").itertext()).replace("\u00a0", " ")
    assert page.one("input", id="given").get("value") == given
    assert count(app, Sale, TicketLine) == [0, 1]


def test_a_price_that_changed_is_told_and_the_next_press_sells(app: Flask, seller: PageClient, world: World) -> None:
    scan(seller, sku(app, world.honey))
    form = seller.get(ROOM).form(f"{ROOM}/thu-tien") | {"method": "cash"}
    with changing(app):
        db.session.execute(update(Variant).where(Variant.product_id == world.honey.id).values(price=260_000))
    page = seller.post(f"{ROOM}/thu-tien", form, status=422)
    assert "Tổng tiền đã đổi từ 250.000 ₫ thành 260.000 ₫" in page.text
    assert "giá vừa đổi, trước là 250.000 ₫" in page.text
    assert count(app, Sale) == [0]
    seller.post(f"{ROOM}/thu-tien", page.form(f"{ROOM}/thu-tien") | {"method": "cash"})
    with app.app_context():
        assert db.session.scalars(select(Sale.total)).all() == [260_000]


def test_a_unit_sold_between_scan_and_payment_is_told_on_its_line(app: Flask, seller: PageClient, world: World) -> None:
    for _ in range(2):
        scan(seller, sku(app, world.lantern))
    with changing(app):
        order_for((world.lantern, 1), destination=Collect(world.quay.id))
    page = pay(seller, status=422)
    assert "Đèn lồng lụa: Ở đây chỉ còn 1, không đủ 2." in page.text
    assert len(page.all("li", class_="ticket-line-wrong")) == 1
    assert count(app, Sale, TicketLine) == [0, 1]


def test_without_a_shift_nothing_is_taken(app: Flask, clerk: PageClient, world: World) -> None:
    page = scan(clerk, sku(app, world.honey))
    assert "Chưa mở ca" in page.text
    for method in ("cash", "transfer"):
        assert "Chưa mở ca: mở ca rồi" in pay(clerk, status=422, method=method).text
    assert count(app, Sale, TicketLine) == [0, 1]


def test_pressing_with_nothing_on_the_ticket_says_so(app: Flask, seller: PageClient) -> None:
    key = seller.get(ROOM).form(f"{ROOM}/them")["key"]
    for shown in ("0", "", "x", "9" * 40):
        page = seller.post(f"{ROOM}/thu-tien", {"key": key, "shown_total": shown, "method": "cash"}, status=422)
        assert "Phiếu đang trống: quét hàng trước." in page.text
    assert count(app, Sale) == [0]


def test_a_page_of_long_ago_is_refused(app: Flask, seller: PageClient, world: World) -> None:
    scan(seller, sku(app, world.honey))
    page = pay(seller, status=422, key="x")
    assert "Trang này đã cũ" in page.text
    form = seller.get(ROOM).form(f"{ROOM}/them") | {"code": "a", "key": ""}
    assert "Trang này đã cũ" in seller.post(f"{ROOM}/them", form, status=422).text
    assert count(app, Sale) == [0]


def test_a_transfer_shows_its_code_and_leaves_when_it_is_seen(app: Flask, seller: PageClient, world: World) -> None:
    scan(seller, sku(app, world.honey))
    page = pay(seller, method="transfer")
    assert page.one("h1").text == "Quét để chuyển khoản"
    with app.app_context():
        sale = db.session.scalars(select(Sale)).one()
        assert sale.state is SaleState.AWAITING_MONEY
        assert levels(world.quay)[0] == (3, 1)
    assert sale.code in page.text
    assert "250.000 ₫" in page.text
    assert "Hàng được giữ đến 09:15" in page.text
    assert page.one("div", class_="qr-code").get("aria-label") == "Mã VietQR"


def test_a_shop_without_an_account_offers_no_transfer(
    app: Flask, seller: PageClient, world: World, choose: Callable[..., None]
) -> None:
    choose(demo=False, bank_account="")
    page = scan(seller, sku(app, world.honey))
    assert [button.get("value") for button in page.all("button", name="method")] == ["cash"]
    assert "chưa có tài khoản" in pay(seller, status=422, method="transfer").text
    assert count(app, Sale) == [0]


def test_who_only_looks_does_not_sell(
    enter: SignIn, staff: Callable[..., User], world: World, seller: PageClient
) -> None:
    supplier, foreign = enter(staff(world.centre, Role.MANAGER)), enter(staff(world.hill))
    for browser, status in ((supplier, 403), (foreign, 404)):
        browser.get(ROOM, status=status)
        for path in ("them", "doi", "bo", "xoa", "thu-tien"):
            browser.post(
                f"{ROOM}/{path}", {"csrf_token": browser.token(), "key": "a" * 32, "variant": "1"}, status=status
            )


def test_the_page_takes_the_same_queries_whatever_is_on_it(app: Flask, seller: PageClient, world: World) -> None:
    counts = []
    for n in (1, 4):
        for k in range(n):
            with changing(app):
                made = make_product(f"Hàng {n}-{k}", free={"D01": 2})
            scan(seller, sku(app, made))
        counts.append(statements(app, lambda: seller.get(ROOM)))
    assert counts[0] == counts[1] <= 10
