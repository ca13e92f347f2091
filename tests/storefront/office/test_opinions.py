"""Officers judge what buyers and producers wrote."""

from collections.abc import Callable

import pytest
from flask import Flask

from catalog import makers
from catalog.db import db
from checkout import reviews
from checkout.contact import Contact
from checkout.orders import Order
from checkout.reviews import Reason, Review, ReviewAnswer, ReviewState
from tests.pages import Page, PageClient
from tests.storefront.opining import SECRETS, arrived, said
from tests.world import HOI_AN, MONDAY_NINE, TRA_MY, World, changing, make_member, make_officer, maker_of, officer_of

ROOM = "/van-phong/danh-gia"


@pytest.fixture
def order(app: Flask, world: World) -> Order:
    return arrived(app, world.honey, world.quay)


@pytest.fixture
def review(app: Flask, order: Order) -> Review:
    """One that waits, of the cooperative's honey (Trà My)."""
    return said(app, order)


def press(officer: PageClient, review: Review, act: str, *, status: int = 200, **fields: str) -> Page:
    page = officer.get(f"{ROOM}/{review.id}")
    action = f"{ROOM}/{review.id}/{act}"
    return officer.post(action, page.form(action) | fields, status=status)


def state(app: Flask, review: Review) -> tuple[ReviewState, Reason | None, str]:
    with app.app_context():
        found = db.session.get_one(Review, review.id)
        return found.state, found.reason, found.note


def answered(app: Flask, world: World, review: Review, words: str = "Cảm ơn bạn.") -> None:
    with changing(app):
        mine = db.session.get_one(Review, review.id)
        reviews.answer(mine, words, by=maker_of(make_member(world.cooperative)), at=MONDAY_NINE)


def test_what_waits_is_listed_read_and_published(
    app: Flask, officer: PageClient, client: PageClient, review: Review
) -> None:
    page = officer.get(ROOM)
    assert "Luật 19/2023/QH15 cấm ẩn ý kiến chê" in page.text
    assert "Chờ duyệt 1" in page.text
    assert "Thơm, ngọt dịu." in page.text
    after = press(officer, review, "dang")
    assert "Đã đăng." in after.text
    assert "Không lời nào chờ duyệt." in after.text
    assert state(app, review) == (ReviewState.PUBLISHED, None, "")
    assert "Thơm, ngọt dịu." in client.get("/san-pham/mat-ong-rung").text
    assert "Thơm, ngọt dịu." in officer.get(f"{ROOM}?xem=da-dang").text


def test_a_refusal_needs_one_of_four_reasons(app: Flask, officer: PageClient, review: Review) -> None:
    page = press(officer, review, "khong-dang", status=422)
    assert "Chọn một lý do; chê sản phẩm không phải là lý do" in page.text
    press(officer, review, "khong-dang", reason="low_rating", status=422)
    page = press(officer, review, "khong-dang", reason="insult", note="a" * 301, status=422)
    assert "Viết nhiều nhất 300 ký tự" in page.text
    assert state(app, review) == (ReviewState.WRITTEN, None, "")
    boxes = officer.get(f"{ROOM}/{review.id}").all("input", name="reason")
    assert [box.get("value") for box in boxes] == ["off_topic", "insult", "personal_data", "unlawful"]
    press(officer, review, "khong-dang", reason="personal_data", note="Bỏ số điện thoại.")
    assert state(app, review) == (ReviewState.REFUSED, Reason.PERSONAL_DATA, "Bỏ số điện thoại.")
    page = officer.get(f"{ROOM}/{review.id}")
    assert "Không đăng: Lộ thông tin cá nhân của ai đó. Bỏ số điện thoại." in page.text
    assert "Thơm" in officer.get(f"{ROOM}?xem=khong-dang").text


def test_what_was_published_can_be_taken_off(app: Flask, officer: PageClient, client: PageClient, order: Order) -> None:
    review = said(app, order, published=True)
    press(officer, review, "khong-dang", reason="unlawful")
    assert state(app, review)[:2] == (ReviewState.REFUSED, Reason.UNLAWFUL)
    assert "Thơm" not in client.get("/san-pham/mat-ong-rung").text


def test_an_answer_is_judged_on_the_same_page(
    app: Flask, officer: PageClient, client: PageClient, world: World, order: Order
) -> None:
    review = said(app, order, published=True)
    answered(app, world, review)
    page = officer.get(ROOM)
    assert "Lời trả lời của chủ thể chờ duyệt" in page.text
    page = press(officer, review, "tra-loi/khong-dang", status=422)
    assert "Chọn một lý do" in page.text
    press(officer, review, "tra-loi/khong-dang", **{"tl-reason": "insult", "tl-note": "Xin nhẹ lời."})
    assert "Cảm ơn bạn." not in client.get("/san-pham/mat-ong-rung").text
    press(officer, review, "tra-loi/dang")
    assert "Cảm ơn bạn." in client.get("/san-pham/mat-ong-rung").text
    assert state(app, review)[0] is ReviewState.PUBLISHED


def test_who_reads_an_old_version_is_told_and_nothing_is_published(
    app: Flask, officer: PageClient, scoped: Callable[..., PageClient], client: PageClient, order: Order, review: Review
) -> None:
    action = f"{ROOM}/{review.id}/dang"
    old = officer.get(f"{ROOM}/{review.id}").form(action)
    press(scoped(TRA_MY), review, "khong-dang", reason="insult")
    path = f"/don-hang/{order.token}/danh-gia/1"
    client.post(path, client.get(path).form("") | {"rating": "1", "words": "Lời mới."})
    page = officer.post(action, old, status=409)
    assert "Hãy đọc lại rồi quyết." in page.text
    assert "Lời mới." in page.text
    assert state(app, review)[0] is ReviewState.WRITTEN


def test_a_form_sent_twice_judges_once(app: Flask, officer: PageClient, review: Review) -> None:
    action = f"{ROOM}/{review.id}/dang"
    form = officer.get(f"{ROOM}/{review.id}").form(action)
    for _ in range(2):
        officer.post(action, form)
    with app.app_context():
        assert db.session.get_one(Review, review.id).version == 2


@pytest.mark.parametrize("act", ["dang", "khong-dang", "tra-loi/dang", "tra-loi/khong-dang"])
def test_another_communes_reviews_do_not_exist(
    app: Flask, scoped: Callable[..., PageClient], review: Review, act: str
) -> None:
    officer = scoped(HOI_AN)
    assert "Thơm" not in officer.get(ROOM).text
    officer.get(f"{ROOM}/{review.id}", status=404)
    form = {"key": "x" * 12, "version": "1", "tl-key": "x" * 12, "tl-version": "1", "reason": "insult"}
    officer.post(f"{ROOM}/{review.id}/{act}", form, status=404)
    assert state(app, review)[0] is ReviewState.WRITTEN


@pytest.mark.parametrize("version", ["", "x", "-1", "٣", "9" * 30])
def test_a_broken_version_is_an_old_page(app: Flask, officer: PageClient, review: Review, version: str) -> None:
    page = press(officer, review, "dang", status=422, version=version)
    assert "Trang này đã cũ" in page.text
    assert state(app, review)[0] is ReviewState.WRITTEN


def test_who_is_concerned_is_told_and_cannot(
    app: Flask, enter: Callable[..., PageClient], world: World, review: Review
) -> None:
    with changing(app):
        user = make_officer()
        makers.join(user, world.cooperative, actor="system", at=MONDAY_NINE)
    browser = enter(user)
    page = browser.get(f"{ROOM}/{review.id}")
    assert "nên để cán bộ khác quyết" in page.text
    assert not page.all("form", action=f"{ROOM}/{review.id}/dang")
    browser.post(f"{ROOM}/{review.id}/dang", {"key": "x" * 12, "version": "1"}, status=403)
    assert state(app, review)[0] is ReviewState.WRITTEN


def test_an_officer_does_not_learn_who_the_buyer_is(officer: PageClient, review: Review) -> None:
    for path in (ROOM, f"{ROOM}/{review.id}"):
        html = officer.get(path).response.get_data(as_text=True)
        assert [secret for secret in SECRETS if secret in html] == []


def test_the_list_has_pages_and_asks_as_much_for_many(
    app: Flask, officer: PageClient, world: World, review: Review, count_statements: Callable[..., object]
) -> None:
    def asked() -> int:
        with count_statements() as sent:  # type: ignore[attr-defined]
            officer.get(ROOM)
        return len(sent)

    one = asked()
    for number in range(12):
        contact = Contact("Trần Bình", f"09120001{number:02d}")
        said(app, arrived(app, world.tea, world.centre, contact=contact), words=f"Lời {number}")
    assert asked() == one
    assert "Chờ duyệt 13" in officer.get(ROOM).text
    officer.get(f"{ROOM}?xem=x&trang=99")


def test_an_answer_that_is_gone_cannot_be_judged(app: Flask, officer: PageClient, review: Review) -> None:
    officer.post(f"{ROOM}/{review.id}/tra-loi/dang", {"tl-key": "x" * 12, "tl-version": "1"}, status=404)
    with app.app_context():
        assert db.session.get(ReviewAnswer, review.id) is None


def test_counting_what_waits_keeps_to_the_communes(app: Flask, review: Review) -> None:
    with changing(app):
        counts = [reviews.count_waiting(officer_of(make_officer(*codes))) for codes in ((), (TRA_MY,), (HOI_AN,))]
    assert counts == [1, 1, 0]


@pytest.mark.parametrize("version", ["00000001" + "9" * 5000, "00000001" + "9" * 30, "9" * 19, "-1", "²", ""])
def test_a_version_that_is_none_is_an_old_page(app: Flask, officer: PageClient, review: Review, version: str) -> None:
    page = press(officer, review, "dang", status=422, version=version)
    assert "Trang này đã cũ" in page.text
    assert state(app, review) == (ReviewState.WRITTEN, None, "")
