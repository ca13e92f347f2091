"""Who is told before a certificate ends, once a step, and what an officer has to see to."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import history, renewals
from catalog.certificates import Certificate, CertificateState
from catalog.clock import start_of
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid, NotFound
from catalog.jobs import Job
from catalog.memberships import Officer
from catalog.products import Product
from tests.catalog.cast import at_once
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, TRA_MY, make_certificate, make_officer, make_producer, make_product
from tests.world import officer_of as officer_is

ENDS, DAY = date(2028, 11, 23), timedelta(days=1)


@pytest.fixture
def product(session: Any) -> Product:
    """Made in Trà My; its certificate ends on ENDS."""
    with transaction():
        product = make_product(producer=make_producer(commune=TRA_MY), stars=None)
        make_certificate(product, signed_on=date(2025, 11, 23))
        return product


@pytest.fixture
def officer(session: Any) -> Officer:
    with transaction():
        return officer_is(make_officer())


def certificate(product: Product) -> Certificate:
    return db.session.scalars(select(Certificate).filter_by(product_id=product.id).order_by(Certificate.id)).first()  # type: ignore[return-value]


def remind(days_left: int) -> int:
    with transaction():
        return renewals.remind(at=start_of(ENDS - days_left * DAY))


def letters() -> list[int]:
    jobs = db.session.scalars(select(Job).where(Job.kind == "mail.certificate_due").order_by(Job.id))
    return [job.payload["days"] for job in jobs]


@pytest.mark.parametrize(
    ("left", "step"),
    [(181, None), (180, 180), (91, 180), (90, 90), (31, 90), (30, 30), (1, 30), (0, None), (-5, None)],
)
def test_a_step_is_reached_on_its_day(left: int, step: int | None) -> None:
    assert renewals.step_of(ENDS, ENDS - left * DAY) == step


def test_each_step_is_told_once_however_often_the_job_runs(product: Product, officer: Officer) -> None:
    told = [remind(left) for left in (200, 181, 180, 180, 179, 91, 90, 90, 31, 30, 29, 1, 0, -1)]
    assert told == [0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0]
    assert letters() == [180, 90, 30]


def test_a_shop_that_begins_late_tells_only_of_the_nearest_step(product: Product) -> None:
    assert (remind(20), remind(19)) == (1, 0)
    assert letters() == [30]


def test_workers_at_once_tell_once(app: Flask, product: Product) -> None:
    def act() -> str:
        return str(renewals.remind(at=start_of(ENDS - 90 * DAY)))

    assert sorted(at_once(app, act, act, act)) == ["0", "0", "1"]
    assert letters() == [90]


def test_what_is_renewed_revoked_or_over_is_nobodys_concern(product: Product, officer: Officer) -> None:
    with transaction():
        gone, revoked = make_product(stars=None), make_product(stars=None)
        make_certificate(gone, signed_on=date(2020, 1, 1))
        make_certificate(
            revoked, signed_on=date(2025, 11, 23), state=CertificateState.REVOKED, revoked_on=date(2026, 1, 1)
        )
    assert remind(90) == 1
    at = start_of(ENDS - 89 * DAY)
    assert [task.product.id for task in renewals.tasks(officer, at=at)] == [product.id]
    assert renewals.still_due(certificate(product).id, at=at)
    with transaction():
        make_certificate(product, signed_on=ENDS - 95 * DAY)
    assert renewals.tasks(officer, at=at) == []
    assert not renewals.still_due(certificate(product).id, at=at)
    assert (remind(30), letters()) == (0, [90])


def test_an_officer_sees_the_tasks_of_their_communes_the_nearest_step_of_each(
    product: Product, officer: Officer
) -> None:
    with transaction():
        here, there = officer_is(make_officer(TRA_MY)), officer_is(make_officer(HOI_AN))
    remind(180)
    remind(90)
    at = start_of(ENDS - 88 * DAY)
    [task] = renewals.tasks(here, at=at)
    assert (task.days, task.days_left(ENDS - 88 * DAY), task.producer.id) == (90, 88, product.producer_id)
    assert len(renewals.tasks(officer, at=at)) == 1
    assert renewals.tasks(there, at=at) == []
    assert [renewals.count_waiting(who, at=at) for who in (officer, here, there)] == [1, 1, 0]


def test_a_task_seen_to_is_done_until_the_next_step(product: Product, officer: Officer) -> None:
    remind(180)
    remind(90)
    at, mine = start_of(ENDS - 88 * DAY), certificate(product)
    with transaction():
        renewals.see_to(mine, product, "Đã gọi, đang làm hồ sơ", by=officer, at=at)
    assert renewals.tasks(officer, at=at) == []
    assert renewals.count_waiting(officer, at=at) == 0
    event = db.session.scalars(history.of(f"product:{product.code}")).all()[-1]
    assert (event.verb, event.facts["days"], event.facts["note"]) == (
        "certificate.seen_to",
        90,
        "Đã gọi, đang làm hồ sơ",
    )
    with pytest.raises(Conflict), transaction():
        renewals.see_to(mine, product, "Lần nữa", by=officer, at=at)
    remind(30)
    assert [task.days for task in renewals.tasks(officer, at=start_of(ENDS - 30 * DAY))] == [30]


def test_a_task_is_seen_to_in_words_by_who_serves_the_commune(product: Product) -> None:
    remind(90)
    with transaction():
        here, there = officer_is(make_officer(TRA_MY)), officer_is(make_officer(HOI_AN))
    at, mine = start_of(ENDS - 88 * DAY), certificate(product)
    for note, reason in ((" ", "required"), ("x" * 301, "too_long")):
        with pytest.raises(Invalid) as refused, transaction():
            renewals.see_to(mine, product, note, by=here, at=at)
        assert refused.value.reason == reason
    with pytest.raises(NotFound), transaction():
        renewals.see_to(mine, product, "Đã gọi", by=there, at=at)
    assert len(renewals.tasks(here, at=at)) == 1


def test_candidates_that_wait_for_points_or_a_decision_are_counted(session: Any, officer: Officer) -> None:
    facts: dict[str, Any] = {"number": "", "slug": "", "stars": None, "state": CertificateState.CANDIDATE}
    with transaction():
        for score, gone in ((None, None), (75, None), (49, None), (75, MONDAY)):
            one = make_certificate(make_product(stars=None), **facts, score=score, withdrawn_on=gone)
            one.signed_on = one.expires_on = None
    assert renewals.count_waiting(officer, at=MONDAY_NINE) == 2
