from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog import stock
from catalog.db import db
from catalog.jobs import Job
from catalog.products import Variant
from checkout.delivery import Method
from checkout.orders import Order, OrderState
from checkout.rules import PaymentMethod
from config import Settings
from storefront.shop.forms import CheckoutForm
from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.storefront.shop.buying import add, collected, delivered, filled, orders_of, session_of, variant
from tests.world import HOI_AN, TAM_KY, World, changing


def test_an_empty_cart_has_no_checkout(client: PageClient) -> None:
    assert "Giỏ hàng còn trống" in client.get("/thanh-toan").text


def test_both_ways_are_offered_with_price_and_day(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 2)
    page = client.get("/thanh-toan")
    assert "Miễn phí, nhận từ 10:00 hôm nay tại Trung tâm OCOP Tam Kỳ" in page.text
    assert "Khoảng 16.000 ₫, thứ Tư 25/11" in page.text
    assert "Đặt hàng · 516.000 ₫" in page.text


def test_naming_the_commune_prices_the_journey_and_keeps_what_was_typed(
    client: PageClient, app: Flask, world: World
) -> None:
    add(client, app, world.honey, 2)
    client.get("/thanh-toan")
    page = client.post("/thanh-toan", filled(client, commune_text="Phường Hội An", step="update"))
    assert "22.000 ₫, thứ Tư 25/11 – thứ Năm 26/11" in page.text
    assert "Đặt hàng · 522.000 ₫" in page.text
    form = page.form("/thanh-toan")
    assert (form["phone"], form["name"], form["settled"]) == ("0905 123 456", "Trần Thị Thử", HOI_AN)
    assert not orders_of(app)


def test_a_name_that_fits_several_communes_asks_which(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.get("/thanh-toan")
    page = client.post("/thanh-toan", filled(client, commune_text="hoi an", step="update"))
    assert "Phường Hội An Đông, Đà Nẵng" in page.text
    page = client.post("/thanh-toan", filled(client, commune_text="hoi an", step="place"), status=422)
    assert page.text.startswith("Lỗi:")
    assert "chọn đúng xã, phường của bạn" in page.text
    page = client.post("/thanh-toan", filled(client, commune=HOI_AN, step="update"))
    form = page.form("/thanh-toan")
    assert (form["commune_text"], form["settled"]) == ("Phường Hội An", HOI_AN)
    assert "Chọn đúng xã, phường" not in page.text


def test_an_old_address_leads_to_todays_commune(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.get("/thanh-toan")
    old = "Minh An, Hội An, Quảng Nam"
    page = client.post("/thanh-toan", filled(client, old_address=old, step="update"))
    form = page.form("/thanh-toan")
    assert (form["commune_text"], form["settled"], form["old_address"]) == ("Phường Hội An", HOI_AN, old)
    assert "nay là Phường Hội An, Đà Nẵng" in page.text


def test_another_province_afterwards_asks_for_the_commune_anew(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    form = delivered(client)
    page = client.post("/thanh-toan", form | {"province": "79", "step": "update"})
    left = page.form("/thanh-toan")
    assert (left["province"], left["commune_text"], left["settled"]) == ("79", "", "")


def test_the_type_ahead_answers_with_choices_only(client: PageClient, world: World) -> None:
    answer = client.raw.get("/thanh-toan/xa-phuong?commune_text=hoi+an&province=48")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'value="{HOI_AN}"' in html
    assert "<html" not in html
    assert client.raw.get("/thanh-toan/xa-phuong?commune_text=zzzz").get_data(as_text=True).strip() == ""


def test_scripts_get_the_form_alone(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.get("/thanh-toan")
    form = filled(client, method="collect", step="update") | {"csrf_token": client.token()}
    html = client.raw.post("/thanh-toan", data=form, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert html.strip().startswith('<form class="till" id="checkout"')
    assert "Lấy ở điểm nào?" in html


def test_every_fault_is_told_on_top_and_beside_its_field(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.get("/thanh-toan")
    data = filled(client, phone="12", name="", street="", email="nobody", step="place")
    page = client.post("/thanh-toan", data, status=422)
    for field, words in (
        ("phone", "Số điện thoại chưa đúng: cần 10 chữ số, ví dụ 0905 123 456"),
        ("name", "Nhập họ tên người nhận"),
        ("email", "E-mail chưa đúng, ví dụ ten@example.com"),
        ("commune_text", "Nhập xã hoặc phường nơi nhận"),
        ("street", "Nhập số nhà, tên đường hoặc thôn để người giao tìm được bạn"),
    ):
        assert [link.text for link in page.all("a", href=f"#{field}")] == [words]
        assert page.text.count(words) == 2
        box = page.one("textarea" if field == "street" else "input", id=field)
        assert box.get("aria-invalid") == "true"
        assert f"{field}-error" in (box.get("aria-describedby") or "").split()
    assert "Có 5 chỗ cần sửa" in page.text
    assert page.text.startswith("Lỗi: Đặt hàng")
    assert page.form("/thanh-toan")["phone"] == "12"
    assert not orders_of(app)


def test_an_invoice_needs_a_true_tax_code_and_all_of_the_company(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    company = {"invoice": "y", "company": "", "tax_code": "0100109107", "invoice_address": "", "invoice_email": "x"}
    page = client.post("/thanh-toan", delivered(client) | company, status=422)
    assert "Mã số thuế chưa đúng" in page.text
    assert "Nhập tên công ty" in page.text
    assert "Nhập địa chỉ công ty" in page.text
    assert "E-mail nhận hóa đơn chưa đúng" in page.text
    whole = {
        "invoice": "y", "company": "Công ty Thử", "tax_code": "0100 109 106", "invoice_address": "1 đường Thử",
        "invoice_email": "ke-toan@example.com",
    }  # fmt: skip
    client.post("/thanh-toan", _again(client) | whole)
    (order,) = orders_of(app)
    assert (order.invoice_tax_code, order.invoice_company) == ("0100109106", "Công ty Thử")


def test_delivery_with_cash_is_placed_at_once(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 2)
    page = client.post("/thanh-toan", delivered(client, email="thu@example.com", note="Gọi trước"))
    (order,) = orders_of(app)
    assert "Đã nhận đơn" in page.text
    assert order.reference in page.text
    assert (order.state, order.method, order.total) == (OrderState.CONFIRMED, Method.DELIVER, 522_000)
    assert (order.phone, order.email, order.note) == ("0905123456", "thu@example.com", "Gọi trước")
    assert (order.commune_code, order.street, order.hold_until) == (HOI_AN, "12 đường Thử", None)
    assert session_of(client)["cart_count"] == 0
    assert "draft" not in session_of(client)
    with app.app_context():
        kinds = list(db.session.scalars(select(Job.kind)))
        left = stock.free_by_variant([variant(app, world.honey)], at=order.placed_at)
    assert kinds == ["mail.order_placed"]
    assert list(left.values()) == [6]


def test_collecting_needs_an_outlet_and_costs_no_journey(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 2)
    form = collected(client, world.quay.id)
    page = client.post("/thanh-toan", {k: v for k, v in form.items() if k != "outlet"}, status=422)
    assert "Chọn điểm bán bạn sẽ đến lấy hàng" in page.text
    page = client.post("/thanh-toan", form)
    (order,) = orders_of(app)
    assert (order.state, order.outlet_id, order.total) == (OrderState.CONFIRMED, world.quay.id, 500_000)
    assert order.payment_method is PaymentMethod.CASH_ON_COLLECTION
    assert order.collect_code is not None
    assert order.collect_code in page.text


def test_an_outlet_that_lacks_something_cannot_be_chosen_and_says_what(
    client: PageClient, app: Flask, world: World
) -> None:
    add(client, app, world.honey, 1)
    add(client, app, world.tea, 1)
    client.get("/thanh-toan")
    page = client.post("/thanh-toan", filled(client, method="collect", step="update"))
    choices = {box.get("value"): box.get("disabled") for box in page.all("input", name="outlet")}
    assert choices == {str(world.centre.id): None, str(world.quay.id): "", str(world.hill.id): ""}
    assert "Không đủ: Chè dây" in page.text
    form = filled(client, outlet=str(world.quay.id), step="place")
    page = client.post("/thanh-toan", form, status=409)
    assert "Điểm này chỉ có 0." in page.text
    assert not orders_of(app)


def test_goods_that_no_outlet_sends_are_told_on_their_line(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.lantern)
    page = client.post("/thanh-toan", delivered(client), status=409)
    assert "Món này chỉ có tại điểm bán không gửi hàng." in page.text
    assert "Có món chưa đặt được theo cách này." in page.text
    assert not orders_of(app)


def test_a_price_that_changed_meanwhile_is_shown_and_not_charged(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 2)
    form = delivered(client)
    with changing(app):
        db.session.execute(update(Variant).where(Variant.price == 250_000).values(price=260_000))
    page = client.post("/thanh-toan", form, status=409)
    assert "Tổng tiền đã đổi từ 522.000 ₫ thành 542.000 ₫." in page.text
    assert "Giá đã đổi từ 250.000 ₫ thành 260.000 ₫." in page.text
    assert not orders_of(app)
    client.post("/thanh-toan", _again(client))
    assert [order.total for order in orders_of(app)] == [542_000]


def test_what_sold_out_meanwhile_is_told_on_its_line(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 5)
    form = collected(client, world.centre.id)
    quicker = PageClient(app)
    add(quicker, app, world.honey, 3)
    quicker.post("/thanh-toan", collected(quicker, world.centre.id))
    page = client.post("/thanh-toan", form, status=409)
    assert "Điểm này chỉ có 2." in page.text
    assert len(orders_of(app)) == 1


def test_a_name_from_another_province_is_offered_with_its_province(app: Flask) -> None:
    with app.test_request_context():
        form = CheckoutForm(formdata=None, data={"commune_text": "Phường Hội An", "province": "79"})
        assert form.settle_place() is None
    assert "Phường Hội An, Đà Nẵng" in [commune.label for commune in form.candidates]


def test_double_click_back_and_reload_make_one_order(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    form = delivered(client)
    first = client.raw.post("/thanh-toan", data=form)
    again = client.raw.post("/thanh-toan", data=form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert len(orders_of(app)) == 1


def test_two_presses_at_the_same_moment_make_one_order(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    form = delivered(client)
    cookie = client.raw.get_cookie("shop")
    assert cookie is not None

    def press(_: int) -> str:
        browser = app.test_client()
        browser.set_cookie("shop", cookie.value)
        return browser.post("/thanh-toan", data=form).headers.get("Location", "")

    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(press, range(4)))
    assert len(places) == 1
    assert len(orders_of(app)) == 1


def test_the_last_one_goes_to_one_buyer_and_the_other_is_told(app: Flask, world: World) -> None:
    forms = []
    for _ in range(2):
        browser = PageClient(app)
        add(browser, app, world.lantern, 2)
        forms.append((browser, collected(browser, world.quay.id)))
    (one, first), (other, second) = forms
    one.post("/thanh-toan", first)
    page = other.post("/thanh-toan", second, status=409)
    assert "Món này vừa hết hàng." in page.text
    assert len(orders_of(app)) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Order)) == 1


def test_cash_on_delivery_ends_at_its_limit_and_says_so(client: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        db.session.execute(update(Variant).where(Variant.price == 250_000).values(price=1_600_000))
    add(client, app, world.honey, 2)
    form = delivered(client)
    assert form["payment"] == PaymentMethod.BANK_TRANSFER
    page = _last(client)
    assert "Chỉ cho đơn đến 3.000.000 ₫." in page.text
    client.post("/thanh-toan", form)
    assert [order.state for order in orders_of(app)] == [OrderState.AWAITING_PAYMENT]


def test_a_shop_without_an_account_takes_no_transfers(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    settings = app.extensions["settings"]
    app.extensions["settings"] = Settings(environment="test", var=settings.var, page_seconds=0)
    try:
        page = client.get("/thanh-toan")
    finally:
        app.extensions["settings"] = settings
    assert "Cửa hàng hiện chưa nhận chuyển khoản." in page.text
    assert page.one("input", name="payment", value="bank_transfer").get("disabled") is not None


def test_an_island_without_carrier_is_told_at_the_commune(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.get("/thanh-toan")
    page = client.post("/thanh-toan", filled(client, commune_text="Đặc khu Hoàng Sa", step="place"), status=422)
    assert "Chưa có nhà vận chuyển nào đến nơi này" in page.text
    assert not orders_of(app)


def test_leaving_and_coming_back_loses_nothing(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    delivered(client)
    client.get("/gio-hang")
    form = client.get("/thanh-toan").form("/thanh-toan")
    assert (form["phone"], form["name"], form["street"]) == ("0905 123 456", "Trần Thị Thử", "12 đường Thử")
    assert form["settled"] == HOI_AN


def test_a_token_this_shop_cannot_have_made_is_replaced(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", delivered(client, token="1"))
    (order,) = orders_of(app)
    assert len(order.submit_token) == 43


def test_placing_is_limited_per_minute(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.get("/thanh-toan")
    data = filled(client, phone="", step="place")
    codes = [client.raw.post("/thanh-toan", data=data).status_code for _ in range(21)]
    assert codes == [422] * 20 + [429]


@pytest.mark.parametrize(
    ("typed", "province", "code"),
    [
        ("Phường Tam Kỳ", "48", TAM_KY),
        ("p. tam kỳ", "48", TAM_KY),
        ("minh an", "48", ""),
        ("", "48", ""),
        ("không có xã này", "48", ""),
    ],
)
def test_a_commune_is_known_by_the_ways_people_write_it(app: Flask, typed: str, province: str, code: str) -> None:
    with app.test_request_context():
        form = CheckoutForm(formdata=None, data={"commune_text": typed, "province": province})
        form.settle_place()
    assert form.settled.data == code


def test_the_summary_names_the_day_when_the_outlet_is_shut(
    client: PageClient, app: Flask, world: World, clock: Clock
) -> None:
    clock.advance(hours=12)
    add(client, app, world.honey)
    collected(client, world.centre.id)
    assert "Nhận từ 08:30 thứ Tư 25/11" in _last(client).text  # the 24th is Vietnam Culture Day


def _again(client: PageClient) -> dict[str, str]:
    """The form as it came back, to be sent again by the big button."""
    return _last(client).form("/thanh-toan") | {"step": "place"}


def _last(client: PageClient) -> Page:
    assert client.last is not None
    return client.last
