"""Who is asked for a review, when, and how often."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from catalog.clock import start_of
from catalog.db import db, transaction
from catalog.jobs import Job
from catalog.lots import Lot, LotState
from checkout import orders, review_requests, reviews
from checkout.orders import Fulfilment, FulfilmentState, Order, OrderState
from tests.world import MONDAY, MONDAY_NINE, World

NOW = MONDAY_NINE


def test_buyers_with_an_e_mail_are_asked_once_some_days_later(world: World, order: Order) -> None:
    def asked(days: float) -> list[str]:
        with transaction():
            return review_requests.ask(at=NOW + timedelta(days=days))

    def letters() -> list[str]:
        return [job.payload["order"] for job in db.session.scalars(select(Job).where(Job.kind == "mail.review"))]

    assert (asked(4.9), letters()) == ([], [])
    assert (asked(5), letters()) == ([order.reference], [order.reference])
    assert (asked(6), letters()) == ([order.reference], [order.reference])
    assert (asked(12), letters()) == ([], [order.reference])


def test_nobody_is_woken_for_their_opinion(world: World, order: Order) -> None:
    midnight = start_of(MONDAY + timedelta(days=6))
    with transaction():
        review_requests.ask(at=midnight)
    run_at = db.session.scalars(select(Job.run_at).where(Job.kind == "mail.review")).one()
    assert run_at == midnight + timedelta(hours=9)


@pytest.mark.parametrize("why", ["no e-mail", "all said", "recalled", "returned", "not yet all there"])
def test_others_are_not_asked(world: World, order: Order, why: str) -> None:
    with transaction():
        if why == "no e-mail":
            db.session.execute(update(Order).values(email=None))
        elif why == "all said":
            mine = orders.get_order(order.reference)
            for line in mine.lines:
                reviews.write(mine, line.position, rating=5, words="", named=False, at=NOW)
        elif why == "recalled":
            db.session.execute(update(Lot).values(state=LotState.RECALLED))
        elif why == "returned":
            db.session.execute(update(Fulfilment).values(state=FulfilmentState.RETURNED))
        else:
            db.session.execute(update(Order).values(state=OrderState.READY))
    with transaction():
        assert review_requests.ask(at=NOW + timedelta(days=6)) == []
    assert db.session.scalars(select(Job).where(Job.kind == "mail.review")).all() == []
