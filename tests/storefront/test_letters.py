from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from catalog import jobs, memberships, renewals
from catalog.clock import start_of, vietnam_day
from catalog.db import transaction
from catalog.jobs import Claimed
from catalog.money import Money
from checkout import fulfilment, orders, payments, settlement
from checkout.fulfilment import Back
from checkout.orders import Courier, Order
from checkout.rules import Rules
from storefront import letters as writing
from storefront import sweeps, worker
from storefront.mail import FolderMailer, Letter
from storefront.outside import Outside
from tests.conftest import Clock, LetterBox
from tests.pages import PageClient
from tests.storefront.shop.buying import add, collected, delivered, orders_of
from tests.world import MONDAY_NINE, World, certificate_of, changing, make_certificate, make_member, make_staff


@pytest.fixture
def transfer(client: PageClient, app: Flask, world: World) -> Order:
    """An order to Hội An that waits for its transfer, of somebody with an e-mail."""
    add(client, app, world.honey, 2)
    client.post("/thanh-toan", delivered(client, payment="bank_transfer", email="thu@example.com"))
    return orders_of(app)[0]


def work(app: Flask) -> None:
    """The worker does all that is due."""
    with app.app_context():
        while worker.work_once():
            pass


def test_the_first_letter_says_what_where_when_and_how_to_pay(app: Flask, transfer: Order, letters: LetterBox) -> None:
    work(app)
    (letter,) = letters.letters
    with app.app_context():
        code = payments.of_order(transfer.id).code
    assert (letter.to, letter.subject) == ("thu@example.com", f"Đơn {transfer.reference}: đã nhận đơn")
    assert letter.key == f"mail.order_placed:{transfer.reference}"
    text = letter.text.replace("\u00a0", " ")
    for words in (
        "Chờ bạn chuyển khoản",
        "2 × Mật ong rừng (chai): 500.000 ₫",
        "Phí giao: 22.000 ₫",
        "Tổng cộng: 522.000 ₫. Đã gồm thuế GTGT 8 %: 38.667 ₫.",
        "Số tài khoản: 1020304050",
        f"Nội dung: {code}",
        "Hàng được giữ đến 10:00 23/11/2026",
        "Giao đến: Trần Thị Thử, 12 đường Thử, Phường Hội An, Đà Nẵng",
        "Giao thứ Tư 25/11 – thứ Năm 26/11",
        f"http://127.0.0.1:8000/don-hang/{transfer.token}",
    ):
        assert words in text
        assert code in letter.html


def test_money_cancellation_and_expiry_each_send_one_letter(
    app: Flask, client: PageClient, transfer: Order, letters: LetterBox
) -> None:
    with app.app_context(), transaction():
        code = payments.of_order(transfer.id).code
        settlement.receive_transfer(
            code, Money(522_000), provider="test", provider_id="1", at=MONDAY_NINE, actor="test"
        )
    with app.app_context(), transaction():
        orders.cancel(orders.get_order(transfer.reference), actor="buyer", at=MONDAY_NINE)
    work(app)
    assert [letter.subject for letter in letters.letters] == [
        f"Đơn {transfer.reference}: đã nhận đơn",
        f"Đơn {transfer.reference}: đã nhận tiền",
        f"Đơn {transfer.reference}: đã hủy",
    ]
    assert "Số tiền đã nhận, 522.000\xa0₫, sẽ được hoàn lại cho bạn." in letters.letters[-1].text


def test_an_order_that_ran_out_says_so(app: Flask, transfer: Order, letters: LetterBox, clock: Clock) -> None:
    work(app)
    clock.at = MONDAY_NINE + timedelta(minutes=61)
    with app.app_context(), transaction():
        orders.expire_overdue(at=clock.at)
    work(app)
    assert letters.letters[-1].subject == f"Đơn {transfer.reference}: hết hạn giữ hàng"
    assert "Tiền chưa đến trong thời gian giữ hàng." in letters.letters[-1].text
    assert "1020304050" not in letters.letters[-1].text


def test_a_collection_brings_its_code(app: Flask, client: PageClient, world: World, letters: LetterBox) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", collected(client, world.quay.id, email="thu@example.com"))
    work(app)
    (order,) = orders_of(app)
    (letter,) = letters.letters
    assert f"MÃ NHẬN HÀNG: {order.collect_code}" in letter.text
    assert "Nhận tại: Điểm bán OCOP Bến Hội An" in letter.text
    assert "Chuyển khoản" not in letter.html


def test_who_left_no_email_gets_no_letter(app: Flask, client: PageClient, world: World, letters: LetterBox) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", collected(client, world.quay.id))
    work(app)
    assert letters.letters == []
    with app.app_context():
        assert jobs.waiting_count(MONDAY_NINE) == 0


def test_a_job_that_runs_twice_sends_the_same_letter(app: Flask, transfer: Order, letters: LetterBox) -> None:
    job = Claimed(1, "mail.order_placed", {"order": transfer.reference}, 1)
    with app.app_context():
        writing.about_order(job)
        writing.about_order(job)
    one, other = letters.letters
    assert one == other


def test_what_a_buyer_writes_stays_text_in_the_letter(
    app: Flask, client: PageClient, world: World, letters: LetterBox
) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", delivered(client, email="thu@example.com", name="<b>Thử</b> & Con"))
    work(app)
    (letter,) = letters.letters
    assert "<b>Thử</b> & Con" in letter.text
    assert "&lt;b&gt;Thử&lt;/b&gt; &amp; Con" in letter.html


def test_an_enquiry_goes_to_the_producer_and_to_the_shop(
    app: Flask, client: PageClient, world: World, letters: LetterBox
) -> None:
    facts: dict[str, Any] = {"name": "Trần Thử", "phone": "0905123456", "day": "2026-12-05", "people": "4", "note": ""}
    client.get("/san-pham/mot-ngay-o-lang-rau")
    client.post("/san-pham/mot-ngay-o-lang-rau/hoi-dat-cho", facts)
    work(app)
    assert [letter.to for letter in letters.letters] == [world.household.email, "shop@example.org"]
    assert letters.letters[0].subject == "Hỏi đặt chỗ: Một ngày ở làng rau, 05/12/2026"
    assert "Ngày muốn đi: thứ Bảy 5/12/2026" in letters.letters[0].text
    assert "Điện thoại: 0905 123 456" in letters.letters[0].text
    assert len({letter.key for letter in letters.letters}) == 2


def test_letters_of_this_machine_are_readable_in_the_browser(
    app: Flask, client: PageClient, transfer: Order, tmp_path: Path
) -> None:
    before: Outside = app.extensions["outside"]
    mailer = FolderMailer(tmp_path / "mail", "Cửa hàng <shop@example.org>")
    app.extensions["outside"] = Outside(before.now, mailer, before.index, before.columns)
    assert "Chưa có thư nào" in client.get("/dev/mail").text
    work(app)
    page = client.get("/dev/mail")
    (link,) = [a for a in page.all("a") if (a.get("href") or "").startswith("/dev/mail/")]
    assert link.text == f"Đơn {transfer.reference}: đã nhận đơn"
    assert "Chờ bạn chuyển khoản" in client.get(link.get("href", "")).text
    html = client.raw.get(f"{link.get('href')}/html")
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert "Xem đơn hàng" in html.get_data(as_text=True)
    client.get("/dev/mail/..%2f..%2fshop", status=404)


def test_a_shop_with_a_mail_server_has_no_such_page(client: PageClient) -> None:
    client.get("/dev/mail", status=404)


def test_the_folder_writes_one_file_for_one_key(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path, "shop@example.org")
    letter = Letter("thu@example.com", "Chào", "Chào", "<p>Chào</p>", "mail.order_placed:QN-1", MONDAY_NINE)
    mailer.send(letter)
    mailer.send(letter)
    (file,) = tmp_path.iterdir()
    assert "Message-ID: <mail.order_placed.QN-1@example.org>" in file.read_text()


def test_who_does_not_come_is_reminded_once_and_not_after_they_have_come(
    app: Flask, client: PageClient, world: World, letters: LetterBox, clock: Clock
) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", collected(client, world.quay.id, email="thu@example.com"))
    (order,) = orders_of(app)
    with changing(app):
        by = memberships.find_staff(make_staff(world.quay))
        assert by is not None
        share = fulfilment.get_fulfilment(world.quay.id, order.reference)
        fulfilment.make_ready(share, by=by, at=MONDAY_NINE, rules=Rules())
    work(app)
    assert letters.letters[-1].subject == f"Đơn {order.reference}: đã đóng gói xong"
    clock.at = MONDAY_NINE + timedelta(days=2, hours=13)
    with app.app_context():
        sweeps.remind_collectors(Claimed(1, "orders.remind", {}, 1))
    work(app)
    assert letters.letters[-1].subject == f"Đơn {order.reference}: hàng đang chờ bạn đến lấy"
    assert "Mời bạn đến lấy. Hàng được giữ đến 21:00 26/11/2026." in letters.letters[-1].text
    assert f"MÃ NHẬN HÀNG: {order.collect_code}" in letters.letters[-1].text
    count = len(letters.letters)
    with app.app_context():
        sweeps.remind_collectors(Claimed(2, "orders.remind", {}, 1))
    work(app)
    clock.advance(days=2)
    with app.app_context():
        writing.about_order(Claimed(3, "mail.order_reminder", {"order": order.reference}, 1))
    assert len(letters.letters) == count


def test_a_sent_parcel_brings_its_carrier_and_number(
    app: Flask, client: PageClient, world: World, letters: LetterBox
) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", delivered(client, payment="cash_on_delivery", email="thu@example.com"))
    (order,) = orders_of(app)
    with changing(app):
        by = memberships.find_staff(make_staff(world.centre))
        assert by is not None
        share = fulfilment.get_fulfilment(world.centre.id, order.reference)
        fulfilment.make_ready(share, by=by, at=MONDAY_NINE, rules=Rules())
        fulfilment.ship(share, courier=Courier.VNPOST, tracking="ee123456789vn", by=by, at=MONDAY_NINE)
        whole = {pick.id: Back(pick.quantity, 0, 0) for pick in share.picks}
    work(app)
    line = "Kiện từ Trung tâm OCOP Tam Kỳ: Vietnam Post (VNPost), mã vận đơn EE123456789VN, đang trên đường"
    assert line in letters.letters[-1].text
    assert line in letters.letters[-1].html
    with changing(app):
        share = fulfilment.get_fulfilment(world.centre.id, order.reference)
        fulfilment.take_back(share, whole, reason="Không gặp", by=by, at=MONDAY_NINE)
    work(app)
    assert letters.letters[-1].subject == f"Đơn {order.reference}: hàng đã quay về"


# A certificate that ends


def test_a_producer_and_its_people_are_told_before_a_certificate_ends(
    app: Flask, world: World, letters: LetterBox, clock: Clock
) -> None:
    with changing(app):
        member = make_member(world.cooperative)
    clock.at = start_of(certificate_ends(app, world)) - timedelta(days=90)
    with app.app_context():
        asked: dict[str, str] = {}
        for _ in range(2):
            worker.ask_for_periodic(clock.at, asked)
            asked.clear()
    work(app)
    told = [letter for letter in letters.letters if "Mật ong rừng" in letter.subject]
    assert [letter.to for letter in told] == [world.cooperative.email, member.email]
    assert told[0].subject == "Chứng nhận OCOP của Mật ong rừng hết hạn ngày 23/11/2028"
    assert "còn 90 ngày" in told[0].text
    assert "còn 90 ngày" in told[0].html
    count = len(letters.letters)
    clock.advance(days=1)
    with app.app_context():
        worker.ask_for_periodic(clock.at, {})
    work(app)
    assert len(letters.letters) == count


def test_nobody_is_told_of_what_has_been_renewed_in_the_meantime(
    app: Flask, world: World, letters: LetterBox, clock: Clock
) -> None:
    clock.at = start_of(certificate_ends(app, world)) - timedelta(days=30)
    with changing(app):
        renewals.remind(at=clock.at)
    with changing(app):
        for product in (world.honey, world.tea, world.lantern):
            make_certificate(product, signed_on=vietnam_day(clock.at))
    work(app)
    assert letters.letters == []


def certificate_ends(app: Flask, world: World) -> date:
    with app.app_context():
        ends = certificate_of(world.honey).expires_on
    assert ends is not None
    return ends
