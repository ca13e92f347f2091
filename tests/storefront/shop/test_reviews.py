"""Reviews as buyers write them and everybody reads them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog.db import db
from catalog.jobs import Job
from checkout import reviews
from checkout.contact import Contact
from checkout.orders import Fulfilment, FulfilmentState, Order
from checkout.reviews import Reason, Review, ReviewState
from storefront import sweeps, worker
from tests.conftest import Clock, LetterBox
from tests.pages import Page, PageClient
from tests.storefront.opining import BUYER, arrived, said
from tests.world import MONDAY_NINE, World, changing, make_member, make_officer, maker_of, officer_of

HONEY = "/san-pham/mat-ong-rung"


@pytest.fixture
def order(app: Flask, world: World) -> Order:
    """A honey that was fetched at the quay."""
    return arrived(app, world.honey, world.quay)


def write(client: PageClient, order: Order, *, status: int = 200, **fields: str) -> Page:
    path = f"/don-hang/{order.token}/danh-gia/1"
    filled = client.get(path).form("") | {"rating": "4", "words": "Thơm, ngọt dịu."} | fields
    return client.post(path, filled, status=status)


def written(app: Flask) -> list[tuple[Any, ...]]:
    with app.app_context():
        query = select(Review.rating, Review.words, Review.shown_name, Review.state).order_by(Review.id)
        return [tuple(row) for row in db.session.execute(query)]


def linked(page: Page) -> dict[str, Any]:
    blocks = [json.loads(script.text or "") for script in page.all("script", type="application/ld+json")]
    (product,) = [block for block in blocks if block.get("@type") == "Product"]
    return dict(product)


def test_who_has_the_goods_writes_from_the_orders_page(app: Flask, client: PageClient, order: Order) -> None:
    page = client.get(f"/don-hang/{order.token}")
    (link,) = [a for a in page.all("a") if (a.text or "") == "Viết đánh giá"]
    form = client.get(link.get("href") or "")
    assert form.one("h1").text == "Viết đánh giá"
    assert "cấm ẩn ý kiến chê" in form.text
    assert "Nguyễn M." in form.text
    after = write(client, order)
    assert "Cảm ơn bạn. Đánh giá sẽ hiện sau khi cán bộ đọc." in after.text
    assert "Bạn đã cho 4/5 điểm. Lời bạn viết đang chờ cán bộ đọc." in after.text
    assert written(app) == [(4, "Thơm, ngọt dịu.", "Nguyễn M.", ReviewState.WRITTEN)]
    assert "Thơm, ngọt dịu." not in client.get(HONEY).text


@pytest.mark.parametrize(
    "state", [FulfilmentState.TO_PICK, FulfilmentState.READY, FulfilmentState.SHIPPED, FulfilmentState.RETURNED]
)
def test_before_the_goods_are_there_nothing_is_asked(
    app: Flask, client: PageClient, order: Order, state: FulfilmentState
) -> None:
    with changing(app):
        db.session.execute(update(Fulfilment).values(state=state))
    assert "Viết đánh giá" not in client.get(f"/don-hang/{order.token}").text
    client.get(f"/don-hang/{order.token}/danh-gia/1", status=404)
    client.post(f"/don-hang/{order.token}/danh-gia/1", {"rating": "5", "key": "x" * 12}, status=404)
    assert written(app) == []


def test_a_wrong_token_or_line_opens_nothing(client: PageClient, order: Order) -> None:
    for path in (f"{order.token[:-1]}/danh-gia/1", f"{order.token}/danh-gia/2", f"{order.token}/danh-gia/0"):
        client.get(f"/don-hang/{path}", status=404)


def test_the_page_behind_the_secret_address_is_kept_secret(client: PageClient, order: Order) -> None:
    headers = client.raw.get(f"/don-hang/{order.token}/danh-gia/1").headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "same-origin")
    assert headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("fields", "said_"),
    [
        ({"rating": ""}, "Chọn từ 1 đến 5 điểm"),
        ({"rating": "6"}, "Chọn từ 1 đến 5 điểm"),
        ({"rating": "4.5"}, "Chọn từ 1 đến 5 điểm"),
        ({"rating": "٤"}, "Chọn từ 1 đến 5 điểm"),
        ({"words": "a" * 2001}, "Viết nhiều nhất 2.000 ký tự"),
        ({"words": "a" * 5000}, "Viết nhiều nhất 2.000 ký tự"),
        ({"key": ""}, "Trang này đã cũ"),
    ],
)
def test_what_is_wrong_is_said_and_the_words_are_kept(
    app: Flask, client: PageClient, order: Order, fields: dict[str, str], said_: str
) -> None:
    page = write(client, order, status=422, **fields)
    if "key" not in fields:
        assert said_ in page.text
        assert page.one("textarea").text.strip() == fields.get("words", "Thơm, ngọt dịu.")
    assert written(app) == []


def test_a_form_sent_twice_makes_one_review_and_another_is_told(app: Flask, client: PageClient, order: Order) -> None:
    path = f"/don-hang/{order.token}/danh-gia/1"
    form = client.get(path).form("") | {"rating": "2", "words": ""}
    other = client.get(path).form("") | {"rating": "5", "words": "Khác."}
    for _ in range(2):
        assert "Bạn đã cho 2/5 điểm, ai cũng đọc được." in client.post(path, form).text
    again = client.post(path, other, status=409)
    assert "Món này đã được đánh giá rồi." in again.text
    assert written(app) == [(2, "", "Nguyễn M.", ReviewState.PUBLISHED)]


def test_a_buyer_who_would_not_be_named_is_not(app: Flask, client: PageClient, order: Order) -> None:
    write(client, order, rating="5", words="", named="khong")
    assert written(app) == [(5, "", "", ReviewState.PUBLISHED)]
    page = client.get(HONEY)
    assert "5/5 điểm Khách mua 23/11/2026 · đã mua hàng tại OCOP Quảng Nam" in page.text
    assert "Nguyễn" not in page.text


def test_who_has_no_name_to_show_is_not_asked_for_it(app: Flask, client: PageClient, world: World) -> None:
    order = arrived(app, world.honey, world.quay, contact=Contact("0912 345 678", "0912345678"))
    page = client.get(f"/don-hang/{order.token}/danh-gia/1")
    assert [box.get("value") for box in page.all("input", name="named")] == ["khong"]
    write(client, order)
    assert written(app) == [(4, "Thơm, ngọt dịu.", "", ReviewState.WRITTEN)]


def test_a_members_own_goods_are_not_theirs_to_review(
    app: Flask, client: PageClient, world: World, order: Order
) -> None:
    with changing(app):
        member = make_member(world.cooperative)
        db.session.execute(update(Order).values(customer_id=member.id))
    page = write(client, order, status=422)
    assert "Đây là hàng của chính chủ thể bạn tham gia" in page.text
    assert written(app) == []


def test_a_refusal_is_told_with_its_reason_and_can_be_mended(app: Flask, client: PageClient, order: Order) -> None:
    review = said(app, order, words="Gọi chị Hoa 0905 111 222 nhé")
    with changing(app):
        mine = db.session.get_one(Review, review.id)
        officer = officer_of(make_officer())
        reviews.refuse(mine, Reason.PERSONAL_DATA, "Bỏ số điện thoại nhé.", version=1, by=officer, at=MONDAY_NINE)
    page = client.get(f"/don-hang/{order.token}")
    assert "Đánh giá của bạn chưa được đăng: lộ thông tin cá nhân của ai đó." in page.text
    form = client.get(f"/don-hang/{order.token}/danh-gia/1")
    assert "Cán bộ ghi: Bỏ số điện thoại nhé." in form.text
    assert (form.one("textarea").text or "").strip() == "Gọi chị Hoa 0905 111 222 nhé"
    write(client, order, rating="5", words="Ngon.")
    assert written(app) == [(5, "Ngon.", "Nguyễn M.", ReviewState.WRITTEN)]


def test_a_buyer_takes_it_back_and_it_is_gone_everywhere(app: Flask, client: PageClient, order: Order) -> None:
    said(app, order, published=True)
    assert "Thơm, ngọt dịu." in client.get(HONEY).text
    path = f"/don-hang/{order.token}/danh-gia/1"
    own = client.get(path)
    assert "Thơm, ngọt dịu." in own.text
    assert not own.all("textarea")
    form = own.form(f"{path}/rut")
    page = client.post(f"{path}/rut", form)
    assert "Bạn đã rút đánh giá này." in page.text
    assert written(app) == [(4, "", "", ReviewState.WITHDRAWN)]
    assert "/5 điểm" not in client.get(HONEY).text
    assert "Bạn đã rút đánh giá này." in client.post(f"{path}/rut", form).text
    other = client.post(f"{path}/rut", {"key": "another-key-1"}, status=409)
    assert "đã được rút rồi" in other.text


def test_the_product_page_tells_points_in_words_and_bars_and_never_in_stars(
    app: Flask, client: PageClient, world: World
) -> None:
    before = client.get(HONEY)
    assert "lượt đánh giá" not in before.text
    for number, rating in enumerate((5, 5, 4), start=1):
        contact = Contact(f"Trần Văn A{'bc'[number % 2]}", f"091200000{number}")
        order = arrived(app, world.honey, world.centre, contact=contact)
        said(app, order, rating=rating, published=True, words=f"Lời {number}", at=MONDAY_NINE + timedelta(hours=number))
    page = client.get(HONEY)
    assert "4,7/5 điểm · 3 lượt đánh giá" in page.text
    assert "Điểm do khách đã nhận hàng cho, không phải hạng sao OCOP." in page.text
    assert "5 điểm 2 4 điểm 1 3 điểm 0" in page.text
    section = page.one("section", id="y-kien")
    words = " ".join("".join(section.itertext()).split())
    assert words.index("Lời 3") < words.index("Lời 2") < words.index("Lời 1")
    assert "★" not in words
    drawn = [element for element in section.iter() if str(element.tag).endswith(("}rect", "}use"))]
    assert [str(element.tag)[-5:] for element in drawn] == ["}rect"] * 7  # a ground for each of five, a bar for two
    assert "lượt đánh giá" not in client.get("/san-pham").text


def test_structured_data_has_a_rating_only_from_published_reviews(app: Flask, client: PageClient, order: Order) -> None:
    review = said(app, order, words='Ngon "lắm" </script><b>')
    facts = linked(client.get(HONEY))
    assert "aggregateRating" not in facts
    assert "review" not in facts
    with changing(app):
        mine = db.session.get_one(Review, review.id)
        reviews.publish(mine, version=1, by=officer_of(make_officer()), at=MONDAY_NINE)
    page = client.get(HONEY)
    facts = linked(page)
    assert facts["aggregateRating"] == {
        "@type": "AggregateRating", "ratingValue": "4.0", "reviewCount": 1, "bestRating": 5, "worstRating": 1
    }  # fmt: skip
    assert facts["review"] == [
        {
            "@type": "Review",
            "author": {"@type": "Person", "name": "Nguyễn M."},
            "datePublished": "2026-11-23",
            "reviewRating": {"@type": "Rating", "ratingValue": 4, "bestRating": 5, "worstRating": 1},
            "reviewBody": 'Ngon "lắm" </script><b>',
        }
    ]
    assert "<b>" in page.text


def test_an_answer_is_shown_under_its_review_with_the_producers_name(
    app: Flask, client: PageClient, world: World, order: Order
) -> None:
    review = said(app, order, published=True)
    with changing(app):
        mine = db.session.get_one(Review, review.id)
        maker, officer = maker_of(make_member(world.cooperative)), officer_of(make_officer())
        reviews.answer(mine, "Cảm ơn bạn.\n<script>alert(1)</script>", by=maker, at=MONDAY_NINE)
        reviews.publish_answer(mine, version=1, by=officer, at=MONDAY_NINE)
    page = client.get(HONEY)
    assert "Hợp tác xã Nông sản Nà Thử trả lời 23/11/2026 Cảm ơn bạn. <script>alert(1)</script>" in page.text


def test_all_reviews_have_pages_of_ten(app: Flask, client: PageClient, world: World) -> None:
    assert "Chưa có ai viết đánh giá." in client.get(f"{HONEY}/danh-gia").text
    for number in range(12):
        contact = Contact("Trần Bình", f"09120001{number:02d}")
        order = arrived(app, world.tea, world.centre, contact=contact)
        said(app, order, published=True, words=f"Lời {number:02d}.", at=MONDAY_NINE + timedelta(hours=number))
    product = client.get("/san-pham/che-day")
    assert "Đọc hết 12 đánh giá" in product.text
    assert "Lời 02." in product.text
    assert "Lời 01." not in product.text
    second = client.get("/san-pham/che-day/danh-gia?trang=2")
    assert [text in second.text for text in ("Lời 02.", "Lời 01.", "Lời 00.")] == [False, True, True]
    assert "Lời 00." in client.get("/san-pham/che-day/danh-gia?trang=999").text
    assert "Lời 11." in client.get("/san-pham/che-day/danh-gia?trang=x").text
    client.get("/san-pham/khong-co/danh-gia", status=404)


def test_a_product_page_asks_as_much_with_reviews_as_without(
    app: Flask, client: PageClient, world: World, count_statements: Any
) -> None:
    def asked() -> int:
        client.raw.get("/san-pham/che-day")
        with count_statements() as sent:
            client.raw.get("/san-pham/che-day")
        return len(sent)

    none = asked()
    for number in range(3):
        contact = Contact("Trần Bình", f"09120001{number:02d}")
        said(app, arrived(app, world.tea, world.centre, contact=contact), published=True)
    assert asked() == none


def test_nobody_reads_who_the_buyer_is(app: Flask, client: PageClient, order: Order) -> None:
    said(app, order, published=True)
    for path in (HONEY, f"{HONEY}/danh-gia"):
        text = client.get(path).response.get_data(as_text=True)
        for secret in (BUYER.name, BUYER.phone, "bi-mat", order.reference, order.token):
            assert secret not in text


def test_a_letter_asks_once_some_days_later_and_says_why(
    app: Flask, client: PageClient, order: Order, clock: Clock, letters: LetterBox
) -> None:
    def days(number: int) -> None:
        clock.advance(days=number)
        with app.app_context():
            sweeps.ask_for_reviews(worker.Claimed(1, "reviews.ask", {}, 1))
            while worker.work_once():
                pass

    def asking() -> list[Any]:
        return [letter for letter in letters.letters if letter.key.startswith("mail.review")]

    days(4)
    assert asking() == []
    days(1)
    days(1)
    (letter,) = asking()
    assert (letter.to, letter.key) == ("bi-mat@example.org", f"mail.review:{order.reference}")
    assert letter.subject == "Món bạn mua ở OCOP Quảng Nam thế nào?"
    assert "Mật ong rừng" in letter.text
    assert f"http://127.0.0.1:8000/don-hang/{order.token}" in letter.text
    assert "chỉ gửi một lần" in letter.text
    assert "chỉ gửi một lần" in letter.html


def test_who_has_written_meanwhile_gets_no_letter(app: Flask, order: Order, clock: Clock, letters: LetterBox) -> None:
    clock.advance(days=5)
    with app.app_context():
        sweeps.ask_for_reviews(worker.Claimed(1, "reviews.ask", {}, 1))
        assert db.session.scalar(select(Job.kind).where(Job.kind == "mail.review")) == "mail.review"
    said(app, order)
    with app.app_context():
        while worker.work_once():
            pass
    assert [letter for letter in letters.letters if letter.key.startswith("mail.review")] == []
