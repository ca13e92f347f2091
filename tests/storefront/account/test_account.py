from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import people
from catalog.db import db, transaction
from catalog.people import User
from storefront import demo_village
from tests.pages import PageClient
from tests.storefront.shop.buying import add, collected, orders_of, session_of
from tests.world import MONDAY_NINE, TRA_MY, World, changing, make_producer

LAN = {"email": "lan@example.com", "password": "mot-cau-de-nho"}


@pytest.fixture
def lan(app: Flask) -> str:
    """A customer; her e-mail."""
    with app.app_context(), transaction():
        people.register(LAN["email"], LAN["password"], name="Nguyễn Thị Lan", phone="0905123456", at=MONDAY_NINE)
    return LAN["email"]


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: PageClient, lan: str) -> None:
    page = client.get("/tai-khoan")
    assert page.response.request.path == "/tai-khoan/dang-nhap"
    page = client.post("/tai-khoan/dang-nhap", page.form("") | LAN)
    assert page.response.request.path == "/tai-khoan"
    assert page.one("h1").text == "Chào Nguyễn Thị Lan"
    assert "Chưa có đơn nào" in page.text


def test_an_unknown_email_and_a_wrong_password_get_the_same_words(client: PageClient, lan: str) -> None:
    answers = []
    for email, password in ((lan, "khong-phai-cau-nay"), ("ai@example.com", LAN["password"])):
        page = client.post("/tai-khoan/dang-nhap", {"email": email, "password": password}, status=422)
        answers.append(page.text)
    assert answers[0] == answers[1]
    assert "E-mail hoặc mật khẩu chưa đúng" in answers[0]
    assert answers[0].startswith("Lỗi: Đăng nhập")


def test_the_password_never_comes_back_on_the_page(client: PageClient, lan: str) -> None:
    page = client.post("/tai-khoan/dang-nhap", {"email": lan, "password": "khong-phai-cau-nay"}, status=422)
    assert not page.one("input", id="password").get("value")
    assert page.one("input", id="email").get("value") == lan


def test_signing_in_is_limited_to_ten_a_minute(client: PageClient) -> None:
    data = {"csrf_token": client.token(), "email": "", "password": ""}
    codes = [client.raw.post("/tai-khoan/dang-nhap", data=data).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


def test_signing_in_leads_only_to_pages_of_this_shop(client: PageClient, lan: str) -> None:
    data = LAN | {"csrf_token": client.token(), "next": "https://elsewhere.example/"}
    assert client.raw.post("/tai-khoan/dang-nhap", data=data).headers["Location"] == "/tai-khoan"


def test_a_new_customer_is_signed_in_at_once(client: PageClient, app: Flask) -> None:
    data = {"name": " Trần  Thử ", "email": "Thu@Example.com", "phone": "+84 905 123 456", "password": "du-dai-lam-roi"}
    page = client.post("/tai-khoan/dang-ky", data)
    assert page.one("h1").text == "Chào Trần Thử"
    with app.app_context():
        user = db.session.scalars(select(User)).one()
    assert (user.name, user.email, user.phone) == ("Trần Thử", "thu@example.com", "0905123456")


def test_every_fault_of_a_registration_is_told_beside_its_field(client: PageClient, app: Flask) -> None:
    data = {"name": "", "email": "khong-co-a-cong", "phone": "123", "password": "ngan"}
    page = client.post("/tai-khoan/dang-ky", data, status=422)
    for words in (
        "Nhập họ và tên",
        "E-mail chưa đúng, ví dụ ten@example.com",
        "Số điện thoại chưa đúng: cần 10 chữ số, ví dụ 0905 123 456",
        "Mật khẩu cần từ 10 đến 128 ký tự",
    ):
        assert page.text.count(words) == 2
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []


def test_an_email_registers_once(client: PageClient, app: Flask, lan: str) -> None:
    data = {"name": "Người Khác", "email": "LAN@example.com", "phone": "", "password": "du-dai-lam-roi"}
    page = client.post("/tai-khoan/dang-ky", data, status=422)
    assert "E-mail này đã có tài khoản" in page.text
    with app.app_context():
        assert db.session.scalars(select(User.name)).all() == ["Nguyễn Thị Lan"]


def test_the_cart_comes_along_and_waits_in_the_account(client: PageClient, app: Flask, world: World, lan: str) -> None:
    add(client, app, world.honey, 2)
    client.post("/tai-khoan/dang-nhap", LAN)
    assert session_of(client)["cart_count"] == 2
    client.post("/tai-khoan/dang-xuat", {})
    assert "Giỏ hàng còn trống" in client.get("/gio-hang").text
    add(client, app, world.honey, 3)
    client.post("/tai-khoan/dang-nhap", LAN)
    assert "5 món" in client.get("/gio-hang").text


def test_what_no_longer_fits_when_carts_meet_is_told(client: PageClient, app: Flask, world: World, lan: str) -> None:
    add(client, app, world.honey, 6)
    client.post("/tai-khoan/dang-nhap", LAN)
    client.post("/tai-khoan/dang-xuat", {})
    add(client, app, world.honey, 6)
    page = client.post("/tai-khoan/dang-nhap", LAN)
    assert "Một số món trong giỏ đã giảm số lượng" in page.text
    assert session_of(client)["cart_count"] == 8


def test_orders_of_a_customer_are_listed_and_the_checkout_knows_them(
    client: PageClient, app: Flask, world: World, lan: str
) -> None:
    client.post("/tai-khoan/dang-nhap", LAN)
    add(client, app, world.tea, 2)
    form = client.get("/thanh-toan").form("/thanh-toan")
    assert (form["name"], form["phone"], form["email"]) == ("Nguyễn Thị Lan", "0905123456", lan)
    client.post("/thanh-toan", collected(client, world.centre.id))
    (order,) = orders_of(app)
    page = client.get("/tai-khoan")
    assert page.one("a", href=f"/don-hang/{order.token}").text == order.reference
    assert "180.000 ₫" in page.text
    assert order.customer_id is not None


def test_signing_out_needs_a_press_of_the_button_and_forgets_everything(client: PageClient, lan: str) -> None:
    client.post("/tai-khoan/dang-nhap", LAN)
    client.get("/tai-khoan/dang-xuat", status=405)
    client.post("/tai-khoan/dang-xuat", {})
    assert client.get("/tai-khoan").response.request.path == "/tai-khoan/dang-nhap"
    assert "_user_id" not in session_of(client)


@pytest.fixture
def demo_maker(app: Flask) -> None:
    """The demo's member, of a producer with the demo's code."""
    with changing(app):
        make_producer("Hợp tác xã Thử", code=demo_village.PRODUCER, commune=TRA_MY)
        demo_village.join(MONDAY_NINE)


def test_the_demo_shows_its_member_to_who_is_on_the_way_to_the_bench(client: PageClient, demo_maker: None) -> None:
    page = client.get("/nha-san-xuat")
    assert page.response.request.path == "/tai-khoan/dang-nhap"
    for words in ("Tài khoản thử", "Hợp tác xã Thử", "nha-lam@example.org", "lam-hang-thu", "Gửi hồ sơ xin tham gia"):
        assert words in page.text
    fill = next(a.get("href") or "" for a in page.all("a") if "thu=1" in (a.get("href") or ""))
    form = client.get(fill).form("")
    assert (form["email"], form["password"], form["next"]) == ("nha-lam@example.org", "", "/nha-san-xuat")
    page = client.post("/tai-khoan/dang-nhap", form | {"password": "lam-hang-thu"})
    assert page.response.request.path == f"/nha-san-xuat/{demo_village.PRODUCER}"
    assert "/nha-san-xuat" in [a.get("href") for a in client.get("/tai-khoan").all("a") if "producer" not in a.attrib]


def test_customers_are_shown_no_member_of_the_demo(client: PageClient, demo_maker: None) -> None:
    for path in (
        "/tai-khoan/dang-nhap",
        "/tai-khoan/dang-nhap?next=/gio-hang",
        "/tai-khoan/dang-nhap?next=//x.example",
    ):
        assert "nha-lam@example.org" not in client.get(path).text


def test_a_shop_that_is_no_demo_does_not_let_its_member_to_the_bench(
    client: PageClient, demo_maker: None, choose: Callable[..., None]
) -> None:
    choose(demo=False)
    page = client.get("/nha-san-xuat")
    assert "nha-lam@example.org" not in page.text
    form = page.form("") | {"email": "nha-lam@example.org", "password": "lam-hang-thu"}
    client.post("/tai-khoan/dang-nhap", form, status=404)
    client.get(f"/nha-san-xuat/{demo_village.PRODUCER}", status=404)


def test_the_account_of_a_customer_leads_to_no_bench(client: PageClient, lan: str) -> None:
    page = client.get("/tai-khoan/dang-nhap")
    page = client.post("/tai-khoan/dang-nhap", page.form("") | LAN)
    assert "Trang của nhà sản xuất" not in page.one("main").itertext()
