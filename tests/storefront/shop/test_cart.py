from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event, select, update

from catalog.db import db
from catalog.products import Product, ProductState, Variant
from checkout.carts import CartLine
from tests.pages import PageClient
from tests.storefront.shop.buying import add, session_of, variant
from tests.world import World, changing, make_product


def test_an_empty_cart_says_where_to_go(client: PageClient) -> None:
    page = client.get("/gio-hang")
    assert "Giỏ hàng còn trống" in page.text
    assert "noindex" in page.one("meta", name="robots").get("content", "")


def test_the_cart_knows_goods_delivery_vat_and_total_before_any_question(
    client: PageClient, app: Flask, world: World
) -> None:
    page = add(client, app, world.honey, 2)
    assert "500.000 ₫" in page.text
    assert "Phí giao dự kiến thứ Tư 25/11" in page.text
    assert "16.000 ₫ Tổng cộng" in page.text
    assert "Đã gồm thuế GTGT 38.222 ₫" in page.text
    assert "Đặt hàng · 516.000 ₫" in page.text


def test_another_province_changes_the_estimate(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 2)
    page = client.get("/gio-hang?tinh=79")
    chosen = [option for option in page.all("option") if option.get("selected") is not None]
    assert [option.get("value") for option in chosen] == ["79"]
    assert "Đặt hàng · 542.000 ₫" in page.text


def test_a_province_nobody_knows_is_the_visitors_own(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 2)
    assert "Đặt hàng · 516.000 ₫" in client.get("/gio-hang?tinh=xx").text


def test_adding_again_adds_up_and_the_header_counts_units(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 2)
    add(client, app, world.honey, 1)
    page = add(client, app, world.tea, 4)
    assert page.one("input", id=f"quantity-{variant(app, world.honey)}").get("value") == "3"
    assert session_of(client)["cart_count"] == 7
    assert "7 món" in page.text


def test_more_than_there_is_gives_what_there_is_and_says_so(client: PageClient, app: Flask, world: World) -> None:
    page = add(client, app, world.honey, 50)
    assert "Chỉ đặt được 8" in page.text
    assert session_of(client)["cart_count"] == 8


def test_a_tour_does_not_go_into_the_cart(client: PageClient, app: Flask, world: World) -> None:
    page = add(client, app, world.tour)
    assert "chưa đặt qua mạng được" in page.text
    assert "cart" not in session_of(client)


def test_an_unknown_variant_is_not_found(client: PageClient) -> None:
    client.post("/gio-hang/them", {"variant": "999999", "quantity": "1"}, status=404)


def test_a_quantity_that_is_no_number_is_refused_and_changes_nothing(
    client: PageClient, app: Flask, world: World
) -> None:
    add(client, app, world.honey, 2)
    number = variant(app, world.honey)
    for quantity in ("-1", "2.5", "", "99999999999"):
        client.post("/gio-hang/doi", {"variant": str(number), "quantity": quantity}, status=422)
    assert session_of(client)["cart_count"] == 2


def test_nought_units_are_not_one(client: PageClient, app: Flask, world: World) -> None:
    client.get("/gio-hang")
    client.post("/gio-hang/them", {"variant": str(variant(app, world.honey)), "quantity": "0"}, status=422)
    assert "cart" not in session_of(client)


def test_what_cannot_be_sent_is_told_on_its_line_and_offered_for_collection(
    client: PageClient, app: Flask, world: World
) -> None:
    """The lantern lies at the quay only, which hands out but does not ship."""
    add(client, app, world.honey, 1)
    page = add(client, app, world.lantern, 1)
    assert "Món này chỉ có tại điểm bán không gửi hàng." in page.text
    assert "Phí giao dự kiến" not in page.text
    assert "Đặt hàng, đến lấy · 670.000 ₫" in page.text
    (button,) = [a for a in page.all("a") if "Đặt hàng, đến lấy" in "".join(a.itertext())]
    page = client.get(str(button.get("href")))
    assert "Đặt hàng · 670.000 ₫" in page.text


def test_what_is_gone_is_not_in_the_total(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 1)
    add(client, app, world.tea, 1)
    with changing(app):
        db.session.execute(update(Product).where(Product.id == world.tea.id).values(state=ProductState.RETIRED))
    page = client.get("/gio-hang")
    assert "Tổng cộng" in page.text
    assert "340.000 ₫" not in page.text


def test_changing_the_quantity_changes_the_line_and_the_total(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 1)
    page = client.post("/gio-hang/doi", {"variant": str(variant(app, world.honey)), "quantity": "4"})
    assert "1.000.000 ₫" in page.text
    assert session_of(client)["cart_count"] == 4


def test_quantity_nought_and_remove_both_take_the_line_out(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 1)
    add(client, app, world.tea, 1)
    client.post("/gio-hang/doi", {"variant": str(variant(app, world.honey)), "quantity": "0"})
    page = client.post("/gio-hang/bo", {"variant": str(variant(app, world.tea))})
    assert "Giỏ hàng còn trống" in page.text
    assert session_of(client)["cart_count"] == 0


def test_changing_without_a_cart_starts_afresh(client: PageClient, app: Flask, world: World) -> None:
    page = client.post("/gio-hang/doi", {"variant": str(variant(app, world.honey)), "quantity": "1"})
    assert "Giỏ hàng này đã cũ" in page.text


def test_a_new_price_is_told_on_its_line_and_accepted_by_the_next_change(
    client: PageClient, app: Flask, world: World
) -> None:
    add(client, app, world.honey, 1)
    number = variant(app, world.honey)
    with changing(app):
        db.session.execute(update(Variant).where(Variant.id == number).values(price=275_000))
    page = client.get("/gio-hang")
    assert "Giá đã đổi từ 250.000 ₫ thành 275.000 ₫." in page.text
    assert "Đặt hàng · 291.000 ₫" in page.text
    page = client.post("/gio-hang/doi", {"variant": str(number), "quantity": "2"})
    assert "Giá đã đổi" not in page.text


def test_what_is_gone_or_short_is_told_on_its_line_and_stops_the_order(
    client: PageClient, app: Flask, world: World
) -> None:
    add(client, app, world.honey, 2)
    add(client, app, world.tea, 1)
    with changing(app):
        db.session.execute(update(Product).where(Product.id == world.tea.id).values(state=ProductState.RETIRED))
        db.session.execute(update(CartLine).where(CartLine.quantity == 2).values(quantity=9))
    page = client.get("/gio-hang")
    assert "Chỉ còn 8. Giảm số lượng để đặt được." in page.text
    assert "Món này không còn bán." in page.text
    assert "Có 2 dòng cần xem lại" in page.text
    assert "Đặt hàng ·" not in page.text


def test_the_visitor_goes_back_only_to_this_shop(client: PageClient, app: Flask, world: World) -> None:
    data = {"csrf_token": client.token(), "variant": str(variant(app, world.tea)), "quantity": "1"}
    for target, place in (
        ("/san-pham/che-day", "/san-pham/che-day"),
        ("https://elsewhere.example/", "/gio-hang"),
        ("//elsewhere.example/", "/gio-hang"),
        ("/\\elsewhere.example/", "/gio-hang"),
    ):
        answer = client.raw.post("/gio-hang/them", data=data | {"next": target})
        assert (answer.status_code, answer.headers["Location"]) == (303, place)


def test_the_cart_takes_the_same_few_queries_however_much_is_in_it(
    client: PageClient, app: Flask, world: World
) -> None:
    add(client, app, world.honey)
    with counting(app) as one:
        client.get("/gio-hang")
    for number in range(6):
        with changing(app):
            product = make_product(f"Món thử {number}", free={"T01": 3})
        add(client, app, product)
    with counting(app) as seven:
        client.get("/gio-hang")
    assert len(one) == len(seven)
    assert len(seven) <= 12
    with app.app_context():
        assert len(list(db.session.scalars(select(CartLine)))) == 7


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
