"""Producers read what buyers say, and answer once."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.db import db
from checkout import reviews
from checkout.contact import Contact
from checkout.orders import Order
from checkout.reviews import Reason, Review, ReviewAnswer, ReviewState
from tests.pages import PageClient
from tests.storefront.opining import SECRETS, arrived, said
from tests.world import MONDAY_NINE, World, changing, make_officer, officer_of


@pytest.fixture
def order(app: Flask, world: World) -> Order:
    return arrived(app, world.honey, world.quay)


@pytest.fixture
def review(app: Flask, order: Order) -> Review:
    """Of the cooperative's honey, published."""
    return said(app, order, published=True)


@pytest.fixture
def room(world: World) -> str:
    return f"/nha-san-xuat/{world.cooperative.code}/danh-gia"


@pytest.fixture
def member(maker: Callable[..., PageClient], world: World) -> PageClient:
    return maker(world.cooperative)


def answers(app: Flask) -> list[tuple[str, ReviewState]]:
    with app.app_context():
        rows = db.session.execute(select(ReviewAnswer.words, ReviewAnswer.state))
        return [(words, state) for words, state in rows]


def judge(app: Flask, review: Review, reason: Reason | None, note: str = "") -> None:
    with changing(app):
        mine, by = db.session.get_one(Review, review.id), officer_of(make_officer())
        version = db.session.get_one(ReviewAnswer, review.id).version
        if reason is None:
            reviews.publish_answer(mine, version=version, by=by, at=MONDAY_NINE)
        else:
            reviews.refuse_answer(mine, reason, note, version=version, by=by, at=MONDAY_NINE)


def test_a_review_is_answered_once(app: Flask, member: PageClient, room: str, review: Review) -> None:
    page = member.get(room)
    assert "4/5 điểm Nguyễn M." in page.text
    form = member.get(f"{room}/{review.id}").form("")
    page = member.post(f"{room}/{review.id}", form | {"words": "Cảm ơn bạn.\r\nHẹn gặp lại."})
    assert "Lời trả lời hiện ra sau khi cán bộ đọc." in page.text
    assert "Bạn đã trả lời chờ cán bộ đọc" in page.text
    assert answers(app) == [("Cảm ơn bạn.\nHẹn gặp lại.", ReviewState.WRITTEN)]
    assert not member.get(f"{room}/{review.id}").all("textarea")
    member.post(f"{room}/{review.id}", form | {"words": "Lần nữa."})
    other = member.post(f"{room}/{review.id}", {"key": "another-key-1", "words": "Lần nữa."}, status=409)
    assert "đã có lời trả lời" in other.text
    assert answers(app) == [("Cảm ơn bạn.\nHẹn gặp lại.", ReviewState.WRITTEN)]


def test_a_refused_answer_tells_why_and_is_written_anew(
    app: Flask, member: PageClient, room: str, review: Review
) -> None:
    form = member.get(f"{room}/{review.id}").form("")
    member.post(f"{room}/{review.id}", form | {"words": "Bạn nói sai."})
    judge(app, review, Reason.INSULT, "Xin nhẹ lời.")
    assert "không đăng: xúc phạm người khác" in member.get(room).text
    page = member.get(f"{room}/{review.id}")
    assert "Lời trước không được đăng: xúc phạm người khác. Xin nhẹ lời." in page.text
    assert (page.one("textarea").text or "").strip() == "Bạn nói sai."
    member.post(f"{room}/{review.id}", page.form("") | {"words": "Xin lỗi bạn."})
    judge(app, review, None)
    assert answers(app) == [("Xin lỗi bạn.", ReviewState.PUBLISHED)]
    assert "Bạn đã trả lời đã đăng" in member.get(room).text


@pytest.mark.parametrize(
    ("words", "told"),
    [("", "Viết lời trả lời"), (" \u200b ", "Viết lời trả lời"), ("a" * 2001, "Viết nhiều nhất 2.000 ký tự")],
)
def test_an_answer_has_words_and_an_end(
    app: Flask, member: PageClient, room: str, review: Review, words: str, told: str
) -> None:
    form = member.get(f"{room}/{review.id}").form("")
    page = member.post(f"{room}/{review.id}", form | {"words": words}, status=422)
    assert told in page.text
    assert answers(app) == []


def test_what_is_not_published_is_not_there(app: Flask, member: PageClient, room: str, order: Order) -> None:
    review = said(app, order)
    assert "Thơm" not in member.get(room).text
    member.get(f"{room}/{review.id}", status=404)
    member.post(f"{room}/{review.id}", {"key": "x" * 12, "words": "Cảm ơn."}, status=404)
    assert answers(app) == []


def test_another_producers_reviews_do_not_exist(
    app: Flask, maker: Callable[..., PageClient], world: World, review: Review
) -> None:
    member = maker(world.household)
    room = f"/nha-san-xuat/{world.household.code}/danh-gia"
    assert "Chưa có đánh giá nào" in member.get(room).text
    member.get(f"{room}/{review.id}", status=404)
    member.post(f"{room}/{review.id}", {"key": "x" * 12, "words": "Cảm ơn."}, status=404)
    assert answers(app) == []


def test_what_is_open_comes_first(app: Flask, member: PageClient, room: str, world: World, review: Review) -> None:
    form = member.get(f"{room}/{review.id}").form("")
    member.post(f"{room}/{review.id}", form | {"words": "Cảm ơn."})
    contact = Contact("Trần Bình", "0912000199")
    said(app, arrived(app, world.tea, world.centre, contact=contact), published=True, words="Chè thơm.")
    text = member.get(room).text
    assert text.index("Chè thơm.") < text.index("Thơm, ngọt dịu.")


def test_the_list_asks_as_much_for_many(
    app: Flask, member: PageClient, room: str, world: World, review: Review, count_statements: Any
) -> None:
    def asked() -> int:
        with count_statements() as sent:
            member.get(room)
        return len(sent)

    one = asked()
    for number in range(8):
        contact = Contact("Trần Bình", f"09120001{number:02d}")
        said(app, arrived(app, world.tea, world.centre, contact=contact), published=True)
    assert asked() == one


def test_a_producer_never_learns_who_the_buyer_is(member: PageClient, room: str, order: Order, review: Review) -> None:
    for path in (room, f"{room}/{review.id}"):
        html = member.get(path).response.get_data(as_text=True)
        assert [secret for secret in (*SECRETS, order.token, order.reference) if secret in html] == []
