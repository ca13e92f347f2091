"""The demo's reviews: made up, said to be, and of every kind."""

from flask import Flask
from sqlalchemy import select

from catalog import makers, people
from catalog.db import db
from checkout import reviews
from checkout.reviews import Reason, Review, ReviewAnswer, ReviewState
from storefront import demo_opinions, demo_village
from tests.checkout.factories import RULES
from tests.conftest import Clock
from tests.world import World, changing, make_officer, make_producer, make_product, make_staff


def test_they_are_of_every_kind_and_say_that_they_are_made_up(app: Flask, world: World, clock: Clock) -> None:
    with changing(app):
        officer = make_officer()
        demo_opinions.write(officer.email, at=clock.at, rules=RULES)
        assert db.session.scalars(select(Review)).all() == []  # nobody writes for the demo's producer yet
        producer = make_producer("Nhà thử", code=demo_village.PRODUCER)
        product = make_product("Món thử", producer=producer, free={"D01": 9, "D02": 20})
        make_staff(world.quay)
        user = people.register(
            demo_village.MAKER_EMAIL, demo_village.MAKER_PASSWORD, name="Người thử", phone=None, at=clock.at
        )
        makers.join(user, producer, actor="system", at=clock.at)
        demo_opinions.write(officer.email, at=clock.at, rules=RULES)
        found = list(db.session.scalars(select(Review).order_by(Review.id)))
        (answer,) = db.session.scalars(select(ReviewAnswer))
    assert [(review.state, review.rating) for review in found] == [
        (ReviewState.PUBLISHED, 5),
        (ReviewState.PUBLISHED, 4),
        (ReviewState.PUBLISHED, 2),
        (ReviewState.WRITTEN, 3),
        (ReviewState.REFUSED, 4),
    ]
    assert {review.product_id for review in found} == {product.id}
    assert all("(lời thử)" in review.words for review in found)
    assert [review.reason for review in found if review.reason] == [Reason.PERSONAL_DATA]
    assert (answer.review_id, answer.state) == (found[0].id, ReviewState.PUBLISHED)
    with app.app_context():
        assert reviews.score_of(product.id).counts == (1, 1, 0, 1, 0)
