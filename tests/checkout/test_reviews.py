"""What buyers say, what officers let stand, what producers answer."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from catalog import history, makers, people, sequence
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.makers import Maker
from catalog.memberships import Officer
from checkout import orders, review_requests, reviews
from checkout.delivery import Collect
from checkout.orders import Fulfilment, FulfilmentPick, FulfilmentState, Order, OrderLine, OrderState
from checkout.placing import BUYER
from checkout.reviews import NEXT, Reason, Review, ReviewAnswer, ReviewState, Score
from checkout.rules import PaymentMethod
from tests.catalog.cast import at_once
from tests.checkout.factories import TO_HOI_AN, arrive, buyer, order_for, rows
from tests.world import HOI_AN, MONDAY_NINE, TRA_MY, World, make_member, make_officer, maker_of, officer_of

NOW = MONDAY_NINE
CASH = PaymentMethod.CASH_ON_COLLECTION


@pytest.fixture
def officer(world: World) -> Officer:
    with transaction():
        return officer_of(make_officer())


@pytest.fixture
def maker(world: World) -> Maker:
    """A member of the cooperative that makes the honey."""
    with transaction():
        return maker_of(make_member(world.cooperative))


def line_of(order: Order, world: World) -> int:
    """The position of the honey."""
    return position_of(order, world.honey.id)


def position_of(order: Order, product_id: int) -> int:
    lines = orders.get_order(order.reference).lines
    return next(line.position for line in lines if line.product_id == product_id)


def say(order: Order, position: int = 1, **facts: Any) -> Review:
    told: dict[str, Any] = {"rating": 4, "words": "Thơm, ngọt dịu.", "named": True} | facts
    with transaction():
        return reviews.write(orders.get_order(order.reference), position, at=NOW, **told)


def now(review: Review) -> Review:
    db.session.rollback()
    return db.session.get_one(Review, review.id, populate_existing=True)


def publish(review: Review, officer: Officer, **facts: Any) -> None:
    with transaction():
        reviews.publish(review, **{"version": review.version, "by": officer, "at": NOW} | facts)


def refuse(review: Review, officer: Officer, reason: Reason = Reason.INSULT, note: str = "", **facts: Any) -> None:
    with transaction():
        reviews.refuse(review, reason, note, **{"version": review.version, "by": officer, "at": NOW} | facts)


def answer(review: Review, maker: Maker, words: str = "Cảm ơn bạn.") -> None:
    with transaction():
        reviews.answer(review, words, by=maker, at=NOW)


def answer_of(review: Review) -> ReviewAnswer:
    return db.session.get_one(ReviewAnswer, review.id, populate_existing=True)


def verbs(review: Review) -> list[tuple[str, str]]:
    return [(event.verb, event.actor) for event in db.session.scalars(history.of(f"review:{review.id}"))]


def test_a_buyers_words_wait_and_are_seen_once_an_officer_lets_them(
    world: World, order: Order, officer: Officer
) -> None:
    review = say(order, line_of(order, world), rating=4, words="Thơm,  ngọt\u200b dịu.\r\n\r\n\r\n\r\nSẽ mua lại. ")
    assert (review.state, review.rating, review.shown_name, review.language) == (
        ReviewState.WRITTEN,
        4,
        "Nguyễn T.",
        "vi",
    )
    assert review.words == "Thơm, ngọt dịu.\n\nSẽ mua lại."
    assert reviews.opinions(world.honey.id) == reviews.Opinions(Score(), ())
    assert reviews.count_waiting(officer) == 1
    before = sequence.current()
    publish(review, officer)
    assert sequence.current() == before + 1
    found = reviews.opinions(world.honey.id)
    assert found.score.counts == (0, 1, 0, 0, 0)
    (opinion,) = found.shown
    assert (opinion.rating, opinion.words, opinion.name, opinion.answer) == (4, review.words, "Nguyễn T.", None)
    assert reviews.count_waiting(officer) == 0
    assert verbs(review) == [("review.written", BUYER), ("review.published", officer.actor)]
    (written, published) = db.session.scalars(history.of(f"review:{review.id}"))
    assert written.facts == {"before": None, "after": "written", "rating": 4}
    assert published.facts == {"before": "written", "after": "published", "reason": None}


def test_a_rating_without_words_shows_at_once(world: World, order: Order, officer: Officer) -> None:
    review = say(order, line_of(order, world), rating=1, words=" \n ")
    assert (review.state, review.decided_by, review.decided_at) == (ReviewState.PUBLISHED, orders.SYSTEM, NOW)
    assert reviews.score_of(world.honey.id).counts == (0, 0, 0, 0, 1)
    assert reviews.count_waiting(officer) == 0


def test_one_line_is_said_of_once(world: World, order: Order) -> None:
    review = say(order)
    with pytest.raises(Conflict):
        say(order, rating=1)
    assert (now(review).rating, rows(Review)) == (4, [1])
    say(order, 2)
    assert rows(Review) == [2]


@pytest.mark.parametrize(
    ("state", "of_order"),
    [
        (FulfilmentState.TO_PICK, OrderState.CONFIRMED),
        (FulfilmentState.READY, OrderState.READY),
        (FulfilmentState.SHIPPED, OrderState.SHIPPED),
        (FulfilmentState.RETURNED, OrderState.RETURNED),
        (FulfilmentState.RETURNED, OrderState.CLOSED),
    ],
)
def test_goods_that_have_not_arrived_are_not_reviewed(
    world: World, order: Order, state: FulfilmentState, of_order: OrderState
) -> None:
    with transaction():
        db.session.execute(update(Fulfilment).values(state=state))
        db.session.execute(update(Order).values(state=of_order))
    assert reviews.received(order.id) == frozenset()
    with pytest.raises(Conflict):
        say(order)
    assert rows(Review) == [0]


def test_of_two_parcels_only_what_arrived_is_reviewed(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 1), (world.tea, 1), destination=TO_HOI_AN)
        (share,) = db.session.scalars(select(Fulfilment).where(Fulfilment.order_id == order.id))
        other = Fulfilment(
            order_id=order.id, position=2, outlet_id=world.quay.id, chargeable_g=1, state=FulfilmentState.RETURNED
        )
        db.session.add(other)
        db.session.flush()
        tea = db.session.scalars(select(OrderLine.id).where(OrderLine.product_id == world.tea.id)).one()
        db.session.execute(update(FulfilmentPick).where(FulfilmentPick.line_id == tea).values(fulfilment_id=other.id))
        db.session.execute(update(Fulfilment).where(Fulfilment.id == share.id).values(state=FulfilmentState.DELIVERED))
    order = orders.get_order(order.reference)
    honey = next(line for line in order.lines if line.product_id == world.honey.id)
    assert reviews.received(order.id) == {honey.id}
    assert [line.id for line in review_requests.unsaid(order)] == [honey.id]
    said = honey.position
    say(order, said)
    with pytest.raises(Conflict):
        say(order, 3 - said)


@pytest.mark.parametrize("rating", [0, 6, -1, 99])
def test_a_rating_is_whole_points_of_five(world: World, order: Order, rating: int) -> None:
    with pytest.raises(Invalid) as wrong:
        say(order, rating=rating)
    assert (wrong.value.field, wrong.value.reason) == ("rating", "range")
    assert rows(Review) == [0]


def test_words_have_an_end_and_a_line_has_to_be_one_of_the_orders(world: World, order: Order) -> None:
    with pytest.raises(Invalid) as wrong:
        say(order, words="a" * 2001)
    assert (wrong.value.field, wrong.value.facts) == ("words", {"most": 2000})
    with pytest.raises(NotFound):
        say(order, 3)
    assert rows(Review) == [0]
    assert len(say(order, words="ơ" * 2000).words) == 2000


def test_nobody_reviews_their_own_goods(world: World) -> None:
    with transaction():
        member = make_member(world.cooperative)
        order = order_for((world.honey, 1), destination=Collect(world.quay.id), payment=CASH)
        db.session.execute(update(Order).values(customer_id=member.id))
    order = arrive(order)
    with pytest.raises(Forbidden):
        say(order)
    assert rows(Review) == [0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Nguyễn Thị Thử", "Nguyễn T."),
        ("  trần   an ", "trần A."),
        ("Lan", "L."),
        ("John Smith", "John S."),
        ("O'Neil Đ.", "O'Neil Đ."),
        ("Nguye\u0302\u0303n Đức", "Nguyễn Đ."),
        ("a" * 30 + " Bình", "B."),
        ("0905123456", ""),
        ("thu@example.org", ""),
        ("Anh 0905 123 456", ""),
        ("Lan <b>", ""),
        (".", ""),
        ("", ""),
    ],
)
def test_only_a_family_name_and_an_initial_are_shown(name: str, shown: str) -> None:
    assert reviews.shown_name(name) == shown


def test_a_buyer_may_stay_unnamed(world: World, order: Order) -> None:
    assert say(order, named=False).shown_name == ""


def test_a_refusal_has_a_reason_the_buyer_reads_and_may_mend(world: World, order: Order, officer: Officer) -> None:
    review = say(order, line_of(order, world))
    refuse(review, officer, Reason.PERSONAL_DATA, "Có số điện thoại.")
    assert (review.state, review.reason, review.note) == (
        ReviewState.REFUSED,
        Reason.PERSONAL_DATA,
        "Có số điện thoại.",
    )
    again = say(order, line_of(order, world), rating=2, words="Không số nữa.", named=False)
    assert (again.id, again.state, again.reason, again.note) == (review.id, ReviewState.WRITTEN, None, "")
    assert (again.rating, again.words, again.shown_name, again.decided_at) == (2, "Không số nữa.", "", None)
    assert [verb for verb, _ in verbs(review)] == ["review.written", "review.refused", "review.written"]


def test_what_was_published_can_be_taken_off_and_put_back_with_a_reason(
    world: World, order: Order, officer: Officer
) -> None:
    review = say(order, line_of(order, world))
    publish(review, officer)
    before = sequence.current()
    refuse(review, officer, Reason.UNLAWFUL)
    assert sequence.current() == before + 1
    assert reviews.opinions(world.honey.id).shown == ()
    publish(review, officer)
    assert reviews.score_of(world.honey.id).count == 1


def test_a_low_rating_is_no_reason_and_there_are_only_four() -> None:
    assert set(Reason) == {Reason.OFF_TOPIC, Reason.INSULT, Reason.PERSONAL_DATA, Reason.UNLAWFUL}


def test_what_is_withdrawn_is_gone_words_and_name(world: World, order: Order, officer: Officer) -> None:
    review = say(order, line_of(order, world))
    publish(review, officer)
    with transaction():
        reviews.withdraw(review, at=NOW)
    assert (review.state, review.words, review.shown_name) == (ReviewState.WITHDRAWN, "", "")
    assert reviews.opinions(world.honey.id) == reviews.Opinions(Score(), ())
    for act in (lambda: publish(review, officer), lambda: say(order, line_of(order, world))):
        with pytest.raises(Conflict):
            act()
    with pytest.raises(NotFound):
        reviews.get_seen(officer, review.id)
    with pytest.raises(Conflict), transaction():
        reviews.withdraw(review, at=NOW)
    assert now(review).state is ReviewState.WITHDRAWN


def test_nobody_judges_what_has_changed_since_they_read_it(world: World, order: Order, officer: Officer) -> None:
    review = say(order)
    read = review.version
    refuse(review, officer)
    say(order, words="Lời khác hẳn.")
    with pytest.raises(Conflict):
        publish(now(review), officer, version=read)
    assert now(review).state is ReviewState.WRITTEN


def test_an_officer_judges_only_in_their_communes_and_not_what_concerns_them(world: World, order: Order) -> None:
    with transaction():
        foreign, near = officer_of(make_officer(HOI_AN)), officer_of(make_officer(TRA_MY))
        member = make_officer()
        bound = officer_of(member)
        db.session.execute(update(Order).values(customer_id=member.id))
    review = say(order, line_of(order, world))
    assert (reviews.count_waiting(foreign), reviews.count_waiting(near)) == (0, 1)
    with pytest.raises(NotFound):
        publish(review, foreign)
    with pytest.raises(NotFound):
        reviews.get_seen(foreign, review.id)
    with pytest.raises(Forbidden):
        publish(review, bound)
    assert now(review).state is ReviewState.WRITTEN
    publish(review, near)
    assert now(review).state is ReviewState.PUBLISHED


def test_a_member_of_the_producer_does_not_judge_even_as_an_officer(world: World, order: Order) -> None:
    with transaction():
        user = make_officer()
        officer = officer_of(user)
        makers.join(user, world.cooperative, actor="system", at=NOW)
    review = say(order, line_of(order, world))
    with pytest.raises(Forbidden):
        refuse(review, officer)
    assert now(review).state is ReviewState.WRITTEN


def test_a_producer_answers_once_and_an_officer_judges_that_too(
    world: World, order: Order, officer: Officer, maker: Maker
) -> None:
    review = say(order, line_of(order, world))
    with pytest.raises(Conflict):
        answer(review, maker)
    publish(review, officer)
    assert reviews.count_to_answer(world.cooperative.id) == 1
    answer(review, maker, "Cảm ơn bạn.\nHẹn gặp lại.")
    assert (reviews.count_to_answer(world.cooperative.id), reviews.count_waiting(officer)) == (0, 1)
    assert reviews.opinions(world.honey.id).shown[0].answer is None
    with pytest.raises(Conflict):
        answer(review, maker, "Lần nữa.")
    with transaction():
        reviews.publish_answer(review, version=answer_of(review).version, by=officer, at=NOW)
    assert reviews.opinions(world.honey.id).shown[0].answer == "Cảm ơn bạn.\nHẹn gặp lại."
    with pytest.raises(Conflict):
        answer(review, maker, "Lần nữa.")
    assert verbs(review)[2:] == [("review.answer_written", maker.actor), ("review.answer_published", officer.actor)]


def test_a_refused_answer_may_be_written_anew(world: World, order: Order, officer: Officer, maker: Maker) -> None:
    review = say(order, line_of(order, world))
    publish(review, officer)
    answer(review, maker)
    read = answer_of(review).version
    with transaction():
        reviews.refuse_answer(review, Reason.INSULT, "Xin nói nhẹ hơn.", version=read, by=officer, at=NOW)
    assert reviews.count_to_answer(world.cooperative.id) == 1
    answer(review, maker, "Xin lỗi bạn.")
    found = answer_of(review)
    assert (found.state, found.words, found.reason, found.note) == (ReviewState.WRITTEN, "Xin lỗi bạn.", None, "")
    with pytest.raises(Conflict), transaction():
        reviews.publish_answer(review, version=read, by=officer, at=NOW)
    assert answer_of(review).state is ReviewState.WRITTEN


@pytest.mark.parametrize(("words", "reason"), [("  \n", "required"), ("a" * 2001, "too_long")])
def test_an_answer_has_words_and_an_end(
    world: World, order: Order, officer: Officer, maker: Maker, words: str, reason: str
) -> None:
    review = say(order, line_of(order, world))
    publish(review, officer)
    with pytest.raises(Invalid) as wrong:
        answer(review, maker, words)
    assert (wrong.value.field, wrong.value.reason) == ("words", reason)
    assert rows(ReviewAnswer) == [0]


def test_another_producers_review_does_not_exist(world: World, order: Order, officer: Officer, maker: Maker) -> None:
    lantern = position_of(order, world.lantern.id)
    review = say(order, lantern)
    publish(review, officer)
    with pytest.raises(NotFound):
        answer(review, maker)
    with pytest.raises(NotFound):
        reviews.get_published(world.cooperative.id, review.id)
    assert reviews.count_to_answer(world.cooperative.id) == 0
    assert rows(ReviewAnswer) == [0]


def test_the_newest_come_first_whatever_their_rating(world: World, officer: Officer) -> None:
    for number, rating in enumerate((5, 1, 3)):
        with transaction():
            contact = buyer(number)
            order = order_for((world.tea, 1), destination=Collect(world.centre.id), payment=CASH, contact=contact)
        arrive(order)
        with transaction():
            order = orders.get_order(order.reference)
            reviews.write(order, 1, rating=rating, words="", named=False, at=NOW + timedelta(days=number))
    found = reviews.opinions(world.tea.id, limit=2)
    assert [opinion.rating for opinion in found.shown] == [3, 1]
    assert (found.score.count, found.score.average) == (3, Decimal("3.0"))
    assert [opinion.rating for opinion in reviews.opinions(world.tea.id, offset=2, limit=2).shown] == [5]


@pytest.mark.parametrize(
    ("counts", "average"),
    [
        ((0, 0, 0, 0, 0), None),
        ((1, 0, 0, 0, 0), "5.0"),
        ((0, 0, 0, 0, 3), "1.0"),
        ((7, 1, 1, 0, 0), "4.7"),
        ((1, 0, 0, 0, 3), "2.0"),
        ((9, 11, 0, 0, 0), "4.5"),
        ((1, 19, 0, 0, 0), "4.1"),
        ((0, 19, 1, 0, 0), "4.0"),
    ],
)
def test_an_average_is_exact_to_a_tenth_half_up(counts: tuple[int, ...], average: str | None) -> None:
    five, four, three, two, one = counts
    score = Score((five, four, three, two, one))
    assert score.average == (Decimal(average) if average else None)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=400))
def test_an_average_is_what_whole_numbers_say(ratings: list[int]) -> None:
    five, four, three, two, one = (ratings.count(rating) for rating in reviews.RATINGS)
    score = Score((five, four, three, two, one))
    points, count = sum(ratings), len(ratings)
    assert score.average is not None
    assert int(score.average * 10) == (20 * points + count) // (2 * count)
    assert Decimal(1) <= score.average <= Decimal(5)
    assert all(0 <= share <= 100 and (share > 0) == (number > 0) for _, number, share in score.rows)


def test_every_state_has_its_next_ones() -> None:
    assert set(NEXT) == set(ReviewState)
    assert {state for following in NEXT.values() for state in following} == set(ReviewState)


def test_of_two_reviews_of_one_line_at_once_one_is_kept(app: Flask, world: World, order: Order) -> None:
    def say_it(rating: int) -> str:
        mine = orders.get_order(order.reference)
        return str(reviews.write(mine, 1, rating=rating, words="Ngon.", named=True, at=NOW).rating)

    answers = at_once(app, *(lambda rating=rating: say_it(rating) for rating in (1, 5, 3)))
    (kept,) = db.session.scalars(select(Review.rating))
    assert sorted(answers) == sorted([str(kept), "Conflict", "Conflict"])


def test_of_two_answers_at_once_one_is_kept(
    app: Flask, world: World, order: Order, officer: Officer, maker: Maker
) -> None:
    review = say(order, line_of(order, world))
    publish(review, officer)

    def reply(words: str) -> str:
        reviews.answer(db.session.get_one(Review, review.id), words, by=maker, at=NOW)
        return words

    answers = at_once(app, lambda: reply("một"), lambda: reply("hai"))
    (kept,) = db.session.scalars(select(ReviewAnswer.words))
    assert sorted(answers) == sorted([kept, "Conflict"])


def test_of_two_officers_at_once_one_decides(app: Flask, world: World, order: Order, officer: Officer) -> None:
    review = say(order, line_of(order, world))
    key, version = review.id, review.version

    def let() -> str:
        reviews.publish(db.session.get_one(Review, key), version=version, by=officer, at=NOW)
        return "published"

    def stop() -> str:
        reviews.refuse(db.session.get_one(Review, key), Reason.OFF_TOPIC, version=version, by=officer, at=NOW)
        return "refused"

    answers = at_once(app, let, stop)
    assert sorted(answers) == sorted([now(review).state.value, "Conflict"])


def test_a_customers_account_is_not_needed(world: World, order: Order) -> None:
    with transaction():
        customer = people.register("khach@example.org", "một câu đủ dài", name="Khách", phone=None, at=NOW)
        db.session.execute(update(Order).values(customer_id=customer.id))
    assert say(order).state is ReviewState.WRITTEN
