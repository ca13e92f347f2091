from datetime import timedelta
from io import BytesIO

import pytest
import segno
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import update

from catalog import stock
from catalog.db import db, transaction
from catalog.money import Money
from catalog.products import Product, ProductState
from checkout import fulfilment, orders, payments, settlement
from checkout.orders import Fulfilment, FulfilmentState, Order
from tests.conftest import Clock
from tests.pages import PageClient
from tests.storefront.shop.buying import add, collected, delivered, orders_of, variant
from tests.world import MONDAY_NINE, World


@pytest.fixture
def waiting(client: PageClient, app: Flask, world: World) -> Order:
    """An order of two honeys to Hội An that waits for a transfer."""
    add(client, app, world.honey, 2)
    client.post("/thanh-toan", delivered(client, payment="bank_transfer"))
    return orders_of(app)[0]


@pytest.fixture
def collecting(client: PageClient, app: Flask, world: World) -> Order:
    """An order of one honey that waits at the quay, paid in cash there."""
    add(client, app, world.honey)
    client.post("/thanh-toan", collected(client, world.quay.id))
    return orders_of(app)[0]


def pay(app: Flask, order: Order, amount: int) -> None:
    """A transfer with the order's code arrives."""
    with app.app_context(), transaction():
        code = payments.of_order(order.id).code
        settlement.receive_transfer(
            code, Money(amount), provider="test", provider_id=f"{amount}", at=MONDAY_NINE, actor="test"
        )


def test_an_unpaid_order_shows_how_to_pay_and_until_when(client: PageClient, app: Flask, waiting: Order) -> None:
    page = client.get(f"/don-hang/{waiting.token}")
    with app.app_context():
        code = payments.of_order(waiting.id).code
    assert page.one("h1").text == "Chờ bạn chuyển khoản"
    assert "Chuyển khoản 522.000 ₫" in page.text
    assert "1020304050" in page.text
    assert [button.get("data-copy") for button in page.all("button") if button.get("data-copy")] == [
        "1020304050", "522000", code
    ]  # fmt: skip
    assert "Hàng được giữ đến 10:00 23/11/2026" in page.text
    assert "Đã đặt hàng 09:00 23/11/2026" in page.text
    assert "0905 *** 456" in page.text
    assert "0905123456" not in page.text


def test_the_picture_to_save_holds_the_same_payment(client: PageClient, app: Flask, waiting: Order) -> None:
    answer = client.raw.get(f"/don-hang/{waiting.token}/qr.png")
    assert answer.mimetype == "image/png"
    with app.app_context():
        code = payments.of_order(waiting.id).code
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(answer.data)).convert("L"))
    assert "5406522000" in found.text
    assert code in found.text


def test_money_in_full_confirms_and_the_slip_goes(client: PageClient, app: Flask, waiting: Order) -> None:
    pay(app, waiting, 200_000)
    page = client.get(f"/don-hang/{waiting.token}")
    assert "Chuyển khoản 322.000 ₫" in page.text
    assert "Đã nhận200.000 ₫" in page.text
    pay(app, waiting, 322_000)
    page = client.get(f"/don-hang/{waiting.token}")
    assert page.one("h1").text == "Đã nhận đơn"
    assert "Tiền đã đến 09:00 23/11/2026" in page.text
    assert "Chuyển khoản 322" not in page.text
    client.get(f"/don-hang/{waiting.token}/qr.png", status=404)


def test_the_page_is_kept_secret(client: PageClient, waiting: Order) -> None:
    headers = client.raw.get(f"/don-hang/{waiting.token}").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"] == "noindex"
    client.get(f"/don-hang/{waiting.token[:-1]}", status=404)


def test_a_collection_shows_its_code_its_outlet_and_what_to_pay(client: PageClient, collecting: Order) -> None:
    page = client.get(f"/don-hang/{collecting.token}")
    assert page.one("p", class_="ticket-code").text == collecting.collect_code
    assert "Điểm bán OCOP Bến Hội An" in page.text
    assert "xem hàng rồi trả 250.000 ₫" in page.text
    assert "Nhận từ 10:00 23/11/2026" in page.text
    assert "4 sao OCOP khi đặt" in page.text


def test_the_buyer_cancels_once_and_the_goods_go_back(
    client: PageClient, app: Flask, world: World, waiting: Order
) -> None:
    client.get(f"/don-hang/{waiting.token}")
    page = client.post(f"/don-hang/{waiting.token}/huy", {})
    assert page.one("h1").text == "Đơn đã hủy"
    assert "Bạn không phải trả khoản nào." in page.text
    assert not page.all("form", action=f"/don-hang/{waiting.token}/huy")
    again = client.post(f"/don-hang/{waiting.token}/huy", {})
    assert "không tự hủy được nữa" in again.text
    with app.app_context():
        left = stock.free_by_variant([variant(app, world.honey)], at=MONDAY_NINE)
    assert list(left.values()) == [8]


def test_what_is_packed_is_not_cancelled_by_the_buyer(client: PageClient, app: Flask, collecting: Order) -> None:
    with app.app_context(), transaction():
        db.session.execute(update(Fulfilment).values(state=FulfilmentState.READY))
        orders.follow(orders.get_order(collecting.reference), actor="user:1", at=MONDAY_NINE)
    page = client.post(f"/don-hang/{collecting.token}/huy", {})
    assert page.one("h1").text == "Hàng đã sẵn sàng tại quầy"
    assert "không tự hủy được nữa" in page.text


def test_a_cancelled_order_that_was_paid_promises_the_money_back(
    client: PageClient, app: Flask, waiting: Order
) -> None:
    pay(app, waiting, 522_000)
    page = client.post(f"/don-hang/{waiting.token}/huy", {})
    assert "Số tiền đã nhận, 522.000 ₫, sẽ được hoàn lại cho bạn." in page.text


def test_money_that_came_too_late_is_told_and_goes_back(client: PageClient, app: Flask, waiting: Order) -> None:
    client.get(f"/don-hang/{waiting.token}")
    client.post(f"/don-hang/{waiting.token}/huy", {})
    pay(app, waiting, 522_000)
    page = client.get(f"/don-hang/{waiting.token}")
    assert page.one("h1").text == "Đơn đã hủy"
    assert "Số tiền đã nhận, 522.000 ₫, sẽ được hoàn lại cho bạn." in page.text


def test_too_much_money_is_told_and_goes_back(client: PageClient, app: Flask, waiting: Order) -> None:
    pay(app, waiting, 600_000)
    page = client.get(f"/don-hang/{waiting.token}")
    assert page.one("h1").text == "Đã nhận đơn"
    assert "Bạn đã chuyển thừa 78.000 ₫; chúng tôi sẽ hoàn lại." in page.text


def test_from_the_second_its_time_is_over_nobody_is_asked_to_pay(
    client: PageClient, app: Flask, waiting: Order, clock: Clock
) -> None:
    """The units are free for others by then, whether or not the worker has tidied up."""
    clock.at = MONDAY_NINE + timedelta(minutes=60) - timedelta(seconds=1)
    assert "Chuyển khoản 522.000 ₫" in client.get(f"/don-hang/{waiting.token}").text
    clock.at = MONDAY_NINE + timedelta(minutes=60)
    page = client.get(f"/don-hang/{waiting.token}")
    assert page.one("h1").text == "Đơn đã hết hạn"
    assert "Chuyển khoản 522" not in page.text
    assert not page.all("form", action=f"/don-hang/{waiting.token}/huy")
    client.get(f"/don-hang/{waiting.token}/qr.png", status=404)


def test_an_order_nobody_paid_says_that_its_time_is_over(
    client: PageClient, app: Flask, waiting: Order, clock: Clock
) -> None:
    clock.at = MONDAY_NINE + timedelta(minutes=61)
    with app.app_context(), transaction():
        orders.expire_overdue(at=clock.at)
    page = client.get(f"/don-hang/{waiting.token}")
    assert page.one("h1").text == "Đơn đã hết hạn"
    assert "Hết hạn giữ hàng 10:01 23/11/2026" in page.text


def test_phone_and_reference_lead_to_the_order(client: PageClient, collecting: Order) -> None:
    short = collecting.reference.removeprefix("QN-").lower()
    page = client.post("/don-hang", {"phone": "+84 905 123 456", "reference": short})
    assert page.response.request.path == f"/don-hang/{collecting.token}"


def test_a_wrong_phone_and_a_wrong_reference_get_the_same_words(client: PageClient, collecting: Order) -> None:
    token = client.token()
    answers = []
    for phone, reference in (("0905999999", collecting.reference), ("0905123456", "QN-000000")):
        page = client.post("/don-hang", {"csrf_token": token, "phone": phone, "reference": reference}, status=422)
        answers.append(page.text.replace(phone, "").replace(reference, ""))
    assert answers[0] == answers[1]
    assert "Không có đơn nào khớp cả số điện thoại và mã đơn này" in answers[0]


def test_looking_up_is_limited_to_five_a_minute(client: PageClient, world: World) -> None:
    data = {"csrf_token": client.token(), "phone": "0905123456", "reference": "QN-000000"}
    codes = [client.raw.post("/don-hang", data=data).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]


def test_a_product_that_is_no_longer_shown_is_named_without_a_link(
    client: PageClient, app: Flask, world: World, collecting: Order
) -> None:
    assert client.get(f"/don-hang/{collecting.token}").all("a", href="/san-pham/mat-ong-rung")
    with app.app_context(), transaction():
        db.session.get_one(Product, world.honey.id).state = ProductState.RETIRED
    page = client.get(f"/don-hang/{collecting.token}")
    assert not page.all("a", href="/san-pham/mat-ong-rung")
    assert "Mật ong rừng" in page.text


def test_the_collection_code_can_be_scanned_from_the_page(
    client: PageClient, app: Flask, world: World, collecting: Order
) -> None:
    page = client.get(f"/don-hang/{collecting.token}")
    assert page.one("div", aria_label="Mã QR nhận hàng của đơn này") is not None
    with app.app_context():
        words = fulfilment.scan_text(orders.get_order(collecting.reference))
        picture = BytesIO()
        segno.make_qr(words, error="m").save(picture, kind="png", scale=8, border=4)
        assert fulfilment.find_reference(world.quay.id, words) == collecting.reference
    (found,) = zxingcpp.read_barcodes(Image.open(picture).convert("L"))
    assert found.text == f"{collecting.reference}:{collecting.collect_code}"


def test_once_packed_the_page_says_until_when_and_offers_no_cancellation(
    client: PageClient, app: Flask, collecting: Order
) -> None:
    with app.app_context(), transaction():
        db.session.execute(update(Fulfilment).values(state=FulfilmentState.READY))
        orders.follow(orders.get_order(collecting.reference), actor="user:1", at=MONDAY_NINE)
    page = client.get(f"/don-hang/{collecting.token}")
    assert "Mời bạn đến lấy. Hàng được giữ đến 21:00 26/11/2026." in page.text
    assert not page.all("form", action=f"/don-hang/{collecting.token}/huy")


def test_money_for_goods_that_came_back_is_promised(client: PageClient, app: Flask, waiting: Order) -> None:
    pay(app, waiting, 522_000)
    with app.app_context(), transaction():
        order = orders.get_order(waiting.reference)
        for state in (FulfilmentState.READY, FulfilmentState.SHIPPED, FulfilmentState.RETURNED):
            db.session.execute(update(Fulfilment).values(state=state))
            orders.follow(order, actor="user:1", at=MONDAY_NINE)
        payments.note_return(payments.of_order(order.id), Money(522_000))
    page = client.get(f"/don-hang/{waiting.token}")
    assert page.one("h1").text == "Hàng đã quay về điểm bán"
    assert "Tiền của phần hàng quay về, 522.000 ₫, sẽ được hoàn lại." in page.text
    assert "Hàng đã quay về 09:00 23/11/2026" in page.text
