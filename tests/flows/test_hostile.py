"""What a buyer never does: tampered forms, borrowed tokens, forged cookies, goods that are not on show, twenty fingers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog import people, places, sequence
from catalog.certificates import CertificateState
from catalog.db import db
from catalog.outlets import Outlet
from catalog.people import User
from catalog.products import Product, ProductState, RetiredSlug
from checkout import payments
from checkout.carts import CartLine
from checkout.orders import OrderState
from config import Settings
from storefront import create_app, indexing
from tests.conftest import Clock
from tests.pages import PageClient
from tests.storefront.shop.buying import add, collected, delivered, filled, orders_of, session_of, variant
from tests.world import (
    MONDAY,
    MONDAY_NINE,
    World,
    certificate_of,
    changing,
    make_certificate,
    make_producer,
    make_product,
)

HUGE = "9" * 5_000
LETTER = "🍯"
"""One character of four bytes: what is counted in characters must fit in every database."""


# ---- the checkout's form


@pytest.mark.parametrize("payment", ["", "bitcoin", "cash_on_collection", HUGE])
def test_a_way_of_paying_that_is_not_offered_is_asked_for_again(
    client: PageClient, app: Flask, world: World, payment: str
) -> None:
    add(client, app, world.honey)
    page = client.post("/thanh-toan", delivered(client, payment=payment), status=422)
    assert page.text.startswith("Lỗi:")
    assert page.form("/thanh-toan")["payment"] == "cash_on_delivery"
    assert not orders_of(app)


def test_a_form_without_its_fields_is_a_form_to_fill_in(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.get("/thanh-toan")
    page = client.post("/thanh-toan", {"step": "place"}, status=422)
    assert "Nhập họ tên người nhận" in page.text
    assert not orders_of(app)


@pytest.mark.parametrize("outlet", ["", "0", "-1", "x", "²", "1" + "0" * 30, HUGE])
def test_an_outlet_nobody_has_is_asked_for_again(client: PageClient, app: Flask, world: World, outlet: str) -> None:
    add(client, app, world.honey)
    values = collected(client, world.quay.id) | {"outlet": outlet}
    page = client.post("/thanh-toan", values, status=422)
    assert page.one("a", href="#outlet-0").text in (
        "Chọn điểm bán bạn sẽ đến lấy hàng",
        "Điểm này không giao hàng đặt trước; chọn điểm khác",
    )
    assert not orders_of(app)


@pytest.mark.parametrize("closed", ["pickup", "active"])
def test_an_outlet_that_hands_nothing_out_is_refused(client: PageClient, app: Flask, world: World, closed: str) -> None:
    add(client, app, world.honey)
    values = collected(client, world.quay.id)
    with changing(app):
        db.session.execute(update(Outlet).where(Outlet.id == world.quay.id).values({closed: False}))
    client.post("/thanh-toan", values, status=422)
    assert not orders_of(app)


@pytest.mark.parametrize("total", ["-1", "0", "1", "", "abc", HUGE, "٣"])
def test_the_price_is_the_shops_whatever_the_form_says(
    client: PageClient, app: Flask, world: World, total: str
) -> None:
    add(client, app, world.honey)
    page = client.post("/thanh-toan", delivered(client, shown_total=total), status=409)
    assert page.form("/thanh-toan")["shown_total"] == "272000"
    assert not orders_of(app)


def test_the_longest_texts_fit_and_one_letter_more_is_refused(client: PageClient, app: Flask, world: World) -> None:
    longest = {"name": 120, "street": 200, "old_address": 200, "note": 500, "company": 200, "invoice_address": 200}
    company = {"invoice": "y", "tax_code": "0100109106", "invoice_email": "ketoan@example.com"}
    add(client, app, world.honey)
    for field in longest:
        values = delivered(client, **{name: LETTER * most for name, most in longest.items()} | company)
        page = client.post("/thanh-toan", values | {field: LETTER * (longest[field] + 1)}, status=422)
        assert f"dài quá {longest[field]} ký tự" in page.text
    client.post("/thanh-toan", values)
    (order,) = orders_of(app)
    assert (order.name, order.street, order.note) == (LETTER * 120, LETTER * 200, LETTER * 500)
    assert order.invoice_company == LETTER * 200


def test_what_cannot_be_seen_does_not_hide_in_a_name(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.post(
        "/thanh-toan", delivered(client, name="\x07Trần\x1b[31m\u202eThử\u2066\u200b\x7f", street="1\r\nBcc: x")
    )
    (order,) = orders_of(app)
    assert (order.name, order.street) == ("Trần [31m Thử", "1 Bcc: x")


def test_markup_stays_text_on_the_page_and_in_the_letter(client: PageClient, app: Flask, world: World) -> None:
    bad = '</p><script>alert(1)</script><img src=x onerror="alert(1)">{{ 7 * 7 }}'
    add(client, app, world.honey)
    page = client.post("/thanh-toan", delivered(client, name=bad, street=bad, note=bad, email="lan@example.com"))
    assert bad in page.text
    assert not page.all("img", src="x")


def test_a_wall_of_text_does_not_push_the_cart_out_of_the_cookie(client: PageClient, app: Flask, world: World) -> None:
    """A browser forgets a cookie of more than 4,093 bytes, and the cart with it."""
    wall = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(5_000))
    add(client, app, world.honey)
    client.get("/thanh-toan")
    client.post("/thanh-toan", filled(client, street=wall, commune_text=wall, step="update"))
    assert session_of(client)["draft"]["name"] == "Trần Thị Thử"
    assert "street" not in session_of(client)["draft"]


def test_transfers_are_not_taken_without_an_account(
    client: PageClient, app: Flask, world: World, choose: object
) -> None:
    add(client, app, world.honey)
    values = delivered(client, payment="bank_transfer")
    choose(bank_account="", demo=False)  # type: ignore[operator]
    client.post("/thanh-toan", values, status=422)
    assert not orders_of(app)


@pytest.mark.parametrize(
    "email", ["nguyễn@example.com", "lan@example.com\r\nBcc: all@example.com", "a@b@example.com", "lan@"]
)
def test_an_address_no_letter_can_reach_is_asked_for_again(
    client: PageClient, app: Flask, world: World, email: str
) -> None:
    add(client, app, world.honey)
    page = client.post("/thanh-toan", delivered(client, email=email), status=422)
    assert "E-mail chưa đúng, ví dụ ten@example.com" in page.text
    company = {"invoice": "y", "company": "Công ty Thử", "tax_code": "0100109106", "invoice_address": "1 đường Thử"}
    page = client.post("/thanh-toan", delivered(client, invoice_email=email, **company), status=422)
    assert "E-mail nhận hóa đơn chưa đúng" in page.text
    assert not orders_of(app)


def test_fresh_goods_do_not_travel_far_though_the_form_says_so(client: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        fresh = make_product("Rau sống", export_class="N", free={"T01": 5})
    add(client, app, fresh)
    hanoi = places.communes("01")[0]
    values = delivered(client) | {"province": "01", "commune": hanoi.code}
    page = client.post("/thanh-toan", values, status=409)
    assert "Hàng tươi, không gửi xa được" in page.text
    assert not orders_of(app)


def test_cash_above_its_limit_is_refused_though_the_form_says_so(client: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        dear = make_product("Trầm", price=4_000_000, free={"T01": 5})
    add(client, app, dear)
    client.post("/thanh-toan", delivered(client, payment="cash_on_delivery"), status=422)
    assert not orders_of(app)


# ---- orders of other people


def test_an_order_opens_to_its_whole_secret_alone(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", delivered(client))
    (order,) = orders_of(app)
    stranger = PageClient(app)
    for guess in (order.reference, str(order.id), order.submit_token, order.token[:-1], order.token + "=", order.token.swapcase(), "%25", "x" * 5_000):  # fmt: skip
        stranger.get(f"/don-hang/{guess}", status=404)
        stranger.get(f"/don-hang/{guess}/qr.png", status=404)
        stranger.post(f"/don-hang/{guess}/huy", {}, status=404)
    assert orders_of(app)[0].state is OrderState.CONFIRMED


def test_a_press_made_up_by_somebody_else_opens_no_order(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", delivered(client))
    (order,) = orders_of(app)
    stranger = PageClient(app)
    for token in ("", "x", "A" * 43, order.token, order.reference, "%" * 43):
        page = stranger.post("/thanh-toan", {"step": "place", "token": token})
        assert page.response.request.path == "/gio-hang"


def test_a_lookup_tells_hit_and_miss_apart_by_nothing_else(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", delivered(client))
    (order,) = orders_of(app)
    stranger = PageClient(app)
    for phone, reference in ((order.phone, "QN-%"), (order.phone, "' OR 1=1 --"), ("0905123457", order.reference), (order.phone, HUGE)):  # fmt: skip
        page = stranger.post("/don-hang", {"phone": phone, "reference": reference}, status=422)
        assert "Không có đơn nào khớp" in page.text
        assert order.token not in page.response.get_data(as_text=True)


def test_a_cookie_of_somebody_else_or_of_another_shop_is_no_cookie(
    client: PageClient, app: Flask, world: World, tmp_path: Path
) -> None:
    add(client, app, world.honey)
    token = session_of(client)["cart"]
    other = create_app(Settings(environment="test", var=tmp_path, secret_key="another shop's secret, not ours"))
    with other.test_client() as forger, forger.session_transaction() as forged:
        forged["cart"], forged["_user_id"] = token, "1"
    forged_cookie = forger.get_cookie("shop")
    assert forged_cookie is not None
    own = client.raw.get_cookie("shop")
    assert own is not None
    for value in (forged_cookie.value, own.value[:-1], own.value[1:], own.value.split(".")[0], "", "x", "." * 50):
        stranger = PageClient(app)
        stranger.raw.set_cookie("shop", value)
        assert "Giỏ hàng còn trống" in stranger.get("/gio-hang").text
        assert stranger.get("/tai-khoan").response.request.path == "/tai-khoan/dang-nhap"


# ---- goods that are not on show


@pytest.fixture
def hidden(app: Flask, world: World) -> dict[str, Product]:
    """A spirit with five stars, a draft and a retired product, all with stock, all by one maker, all in the index.

    The decision about the retired one is no hidden page: its stars were real, and a label may still ask.
    """
    with changing(app):
        maker = make_producer("Lò nấu Thử")
        goods = {
            "spirit": make_product("Rượu cần Thử", slug="ruou-can-thu", producer=maker, group="2.1a", stars=5, free={"T01": 9}),
            "draft": make_product("Bánh nháp Thử", slug="banh-nhap-thu", producer=maker, state=ProductState.DRAFT, stars=5, free={"T01": 9}),
            "retired": make_product("Bánh cũ Thử", slug="banh-cu-thu", producer=maker, state=ProductState.RETIRED, stars=5, free={"T01": 9}),
        }  # fmt: skip
        for product in goods.values():
            db.session.add(RetiredSlug(slug=f"ten-cu-{product.slug}", product_id=product.id))
        slugs = [certificate_of(goods[name]).slug for name in ("spirit", "draft")]
        app.extensions["past decision"] = certificate_of(goods["retired"]).slug
    with app.app_context():
        indexing.rebuild_now()
    hidden_pages = [f"/chung-nhan/{slug}" for slug in slugs] + [f"/san-pham/{p.slug}" for p in goods.values()]
    hidden_pages += [f"/san-pham/ten-cu-{product.slug}" for product in goods.values()]
    app.extensions["hidden pages"] = hidden_pages
    return goods


def test_what_is_not_on_show_stands_on_no_page(client: PageClient, app: Flask, world: World, hidden: dict[str, Product]) -> None:  # fmt: skip
    for path in [*app.extensions["hidden pages"], "/nhom/ruou-trang", "/nhom/ruou-ngam"]:
        client.get(path, status=404)
    shown = ["/", "/san-pham", "/san-pham?nhom=ruou-trang", "/nhom/do-uong", "/san-pham?xep=moi", "/chu-the",
             "/diem-ban/diem-ban-t01", "/xa-phuong/tam-ky", "/san-pham?xa=20341", "/san-pham/mat-ong-rung",
             "/tim-kiem?q=ruou+can", "/tim-kiem?q=rượu+cần+thử", "/tim-kiem?q=banh+thu", "/tim-kiem?q=ruuo+can",
             f"/chung-nhan/{app.extensions['past decision']}"]  # fmt: skip
    for path in shown:
        page = client.get(path)
        addresses = {link.get("href") or "" for link in page.all("a")}
        assert not any(product.slug in address for product in hidden.values() for address in addresses), path
    suggestions = [
        client.raw.get(f"/tim-kiem/goi-y?q={q}").get_data(as_text=True) for q in ("ru", "ruou", "rượu c", "banh", "can")
    ]
    assert not any("ợu" in text or "Bánh" in text or "bánh" in text for text in suggestions), suggestions
    sitemap = client.raw.get("/sitemap.xml").get_data(as_text=True)
    assert "thu</loc>" not in sitemap
    assert "lo-nau-thu" not in sitemap
    assert "/nhom/ruou" not in sitemap


def test_what_is_not_on_show_goes_into_no_cart(client: PageClient, app: Flask, world: World, hidden: dict[str, Product]) -> None:  # fmt: skip
    for product in hidden.values():
        page = add(client, app, product)
        assert "chưa đặt qua mạng được" in page.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(CartLine)) == 0


def test_a_product_taken_off_show_leaves_the_cart_unorderable(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey)
    values = delivered(client)
    with changing(app):
        db.session.execute(update(Product).where(Product.id == world.honey.id).values(state=ProductState.DRAFT))
        sequence.advance()
    client.post("/thanh-toan", values, status=409)
    assert not orders_of(app)


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        (CertificateState.CANDIDATE, {}),
        (CertificateState.REVOKED, {"revoked_on": MONDAY}),
        (CertificateState.CERTIFIED, {"signed_on": MONDAY + timedelta(days=1)}),
        (CertificateState.CERTIFIED, {"signed_on": MONDAY - timedelta(days=400), "expires_on": MONDAY}),
    ],
    ids=["candidate", "revoked", "not yet signed", "ended today"],
)
def test_a_certificate_that_does_not_count_shines_nowhere(
    client: PageClient, app: Flask, world: World, state: CertificateState, facts: dict[str, object]
) -> None:
    with changing(app):
        maker = make_producer("Nhà Không Sao")
        plain = make_product("Bánh không sao", slug="banh-khong-sao", producer=maker, stars=None, free={"T01": 5})
        paper = make_certificate(plain, stars=5, state=state, **facts)  # type: ignore[arg-type]
    for path in ("/san-pham/banh-khong-sao", f"/chu-the/{maker.slug}", "/san-pham?sao=5&q=banh", f"/chung-nhan/{paper.slug}"):  # fmt: skip
        # a candidate has no number yet, whatever its row says
        unknown = state is CertificateState.CANDIDATE and path.startswith("/chung-nhan/")
        page = client.get(path, status=404 if unknown else 200)
        own = (
            page.all("div", class_="product")
            + page.all("div", id="chung-nhan")
            + [card for card in page.all("article") if "Bánh không sao" in " ".join(card.itertext())]
        )
        assert not [
            mark for part in own for mark in part.iter("span") if "seal" in (mark.get("class") or "").split()
        ], path
        assert "hasCertification" not in page.response.get_data(as_text=True), path
    add(client, app, plain)
    client.post("/thanh-toan", delivered(client))
    (order,) = orders_of(app)
    assert "sao OCOP khi đặt" not in client.get(f"/don-hang/{order.token}").text


# ---- many fingers, and money by hand


def test_a_button_pressed_twenty_times_at_once_makes_one_order(client: PageClient, app: Flask, world: World) -> None:
    add(client, app, world.honey, 2)
    values = delivered(client)
    cookie = client.raw.get_cookie("shop")
    assert cookie is not None

    def press(_: int) -> tuple[int, str]:
        browser = app.test_client()
        browser.set_cookie("shop", cookie.value)
        answer = browser.post("/thanh-toan", data=values)
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(20) as fingers:
        answers = set(fingers.map(press, range(20)))
    (order,) = orders_of(app)
    assert answers == {(303, f"/don-hang/{order.token}")}
    assert order.goods == 500_000


def test_signing_in_twice_at_once_is_signing_in(client: PageClient, app: Flask, world: World) -> None:
    with changing(app):
        people.register("lan@example.com", "mot-cau-de-nho", name="Lan", phone=None, at=MONDAY_NINE)
    add(client, app, world.honey, 2)
    values = {"csrf_token": client.token(), "email": "lan@example.com", "password": "mot-cau-de-nho"}
    cookie = client.raw.get_cookie("shop")
    assert cookie is not None

    def press(_: int) -> int:
        browser = app.test_client()
        browser.set_cookie("shop", cookie.value)
        return browser.post("/tai-khoan/dang-nhap", data=values).status_code

    with ThreadPoolExecutor(8) as fingers:
        assert set(fingers.map(press, range(8))) == {303}
    with app.app_context():
        assert list(db.session.scalars(select(CartLine.quantity))) == [2]


def test_registering_twice_at_once_makes_one_account(app: Flask, client: PageClient) -> None:
    values = {"csrf_token": client.token(), "name": "Lan", "email": "lan@example.com", "password": "mot-cau-de-nho"}
    cookie = client.raw.get_cookie("shop")
    assert cookie is not None

    def press(_: int) -> int:
        browser = app.test_client()
        browser.set_cookie("shop", cookie.value)
        return browser.post("/tai-khoan/dang-ky", data=values).status_code

    with ThreadPoolExecutor(4) as fingers:
        assert sorted(fingers.map(press, range(4))) == [303, 422, 422, 422]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 1


def test_an_address_made_up_by_the_visitor_does_not_evade_a_limit(client: PageClient) -> None:
    """Without a trusted proxy, X-Forwarded-For is what a stranger says of themselves."""
    data = {"csrf_token": client.token(), "phone": "0905123456", "reference": "QN-AAAAAA"}
    codes = [
        client.raw.post(
            "/don-hang", data=data, headers={"X-Forwarded-For": f"10.0.0.{n}", "X-Real-IP": f"10.0.1.{n}", "Forwarded": f"for=10.0.2.{n}"}
        ).status_code
        for n in range(6)
    ]  # fmt: skip
    assert codes == [422] * 5 + [429]


def test_money_told_by_hand_counts_once_and_revives_nothing(
    client: PageClient, app: Flask, world: World, clock: Clock
) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", delivered(client, payment="bank_transfer"))
    (order,) = orders_of(app)
    with app.app_context():
        code = payments.of_order(order.id).code
    officer = app.test_cli_runner()

    def confirm(*arguments: str) -> tuple[int, str]:
        done = officer.invoke(args=["payments", "confirm", *arguments])
        return done.exit_code, done.output.split(":")[0].strip()

    assert confirm(code.lower(), "100000", "--reference", "FT1") == (0, "applied")
    assert confirm(code, "100000", "--reference", "FT1") == (0, "applied")
    assert confirm(code, "172000", "--reference", "FT2") == (0, "applied")
    assert confirm(code, "272000", "--reference", "FT3") == (0, "duplicate")
    assert confirm(code, "272000") == (0, "duplicate")
    clock.advance(seconds=1)
    assert confirm(code, "272000") == (1, "Error")  # the arrow key and Enter
    assert confirm("OCOP0000000", "272000", "--reference", "FT4") == (0, "unmatched")
    for amount in ("0", "-1", "1.5", "một", "1" + "0" * 30):
        assert confirm(code, amount, "--reference", "FT5")[0] == 2
    assert confirm(code, "1", "--reference", "F" * 97)[0] == 2
    assert orders_of(app)[0].state is OrderState.CONFIRMED
    client.get(f"/don-hang/{order.token}")
    client.post(f"/don-hang/{order.token}/huy", {})
    assert confirm(code, "272000", "--reference", "FT6") == (0, "duplicate")
    assert orders_of(app)[0].state is OrderState.CANCELLED
    listed = officer.invoke(args=["payments", "exceptions"]).output.splitlines()
    assert [line.split(":")[0] for line in listed] == ["duplicate", "duplicate", "unmatched", "duplicate", "refund"]
    assert orders_of(app)[0].reference in listed[-1]


# ---- a production behind https


@pytest.fixture
def production(app: Flask, world: World, tmp_path: Path) -> Iterator[PageClient]:
    """The same shop as customers reach it."""
    settings: Settings = app.extensions["settings"]
    real = Settings(
        environment="production", var=tmp_path, secret_key="0123456789abcdef0123456789abcdef", base_url="https://shop.example.org",
        database_url=settings.database_url, bank_account="1020304050", page_seconds=0,
    )  # fmt: skip
    https = create_app(real, app.extensions["outside"])
    https.config["PREFERRED_URL_SCHEME"] = "https"  # what the test's browser asks with
    yield PageClient(https)
    with https.app_context():
        db.engine.dispose()


def test_a_buyer_can_cancel_though_the_address_goes_to_nobody_else(production: PageClient, app: Flask, world: World) -> None:  # fmt: skip
    """A browser sends with a form what its page's policy lets it say of where it comes from."""
    referrer = {"Referer": "https://localhost/"}
    token = production.token()
    values = {"csrf_token": token, "variant": str(variant(app, world.honey)), "quantity": "1"}
    production.post("/gio-hang/them", values, headers=referrer)
    production.get("/thanh-toan")
    update_form = filled(production, commune_text="Phường Hội An", step="update")
    page = production.post("/thanh-toan", update_form, headers=referrer)
    page = production.post("/thanh-toan", page.form("/thanh-toan") | {"step": "place"}, headers=referrer)
    address = page.response.request.path
    policy = page.response.headers["Referrer-Policy"]
    says = {"same-origin": {"Referer": f"https://localhost{address}"}, "no-referrer": {}}[policy]
    assert production.post(f"{address}/huy", {}, headers=says).one("h1").text == "Đơn đã hủy"


@pytest.mark.parametrize("host", ["evil.example", "shop.example.org.evil.example", "shop.example.org@evil.example", ""])
def test_the_shop_answers_to_no_other_name(production: PageClient, host: str) -> None:
    for path in ("/", "/sitemap.xml", "/khong-co"):
        answer = production.raw.get(path, headers={"Host": host, "X-Forwarded-Host": "evil.example"})
        assert answer.status_code == 400
        assert "evil" not in answer.get_data(as_text=True)


def test_the_shop_answers_to_its_own_name(production: PageClient) -> None:
    answer = production.raw.get(
        "/sitemap.xml", headers={"Host": "shop.example.org", "X-Forwarded-Host": "evil.example"}
    )
    assert answer.status_code == 200
    assert "https://shop.example.org/san-pham" in answer.get_data(as_text=True)
    assert "evil" not in answer.get_data(as_text=True)
