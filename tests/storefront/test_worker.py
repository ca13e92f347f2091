"""The worker: takes jobs from the outbox, does them, and asks for the periodic ones."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import attempts, jobs, submissions
from catalog.attempts import SignInAttempts
from catalog.db import db, transaction
from catalog.jobs import KEEP_DONE, Job, JobState
from catalog.submissions import Submission
from checkout import sales_figures
from storefront import worker
from storefront.outside import outside
from tests.checkout.selling import open_till, sell
from tests.conftest import Clock
from tests.world import MONDAY, MONDAY_NINE, TRA_MY, World, changing, make_product


def enqueue(kind: str, payload: dict[str, Any] | None = None) -> None:
    with transaction():
        jobs.enqueue(kind, payload or {}, at=MONDAY_NINE)


def all_jobs() -> list[tuple[str, JobState, int]]:
    return [(j.kind, j.state, j.attempts) for j in db.session.scalars(select(Job).order_by(Job.id))]


@pytest.fixture
def here(app: Flask) -> Any:
    with app.app_context():
        yield


def test_with_nothing_due_there_is_nothing_to_do(here: None) -> None:
    assert worker.work_once() is False


def test_a_job_is_done_once(app: Flask, here: None, world: World) -> None:
    enqueue("index.rebuild")
    assert worker.work_once() is True
    assert worker.work_once() is False
    assert all_jobs() == [("index.rebuild", JobState.DONE, 1)]
    assert outside().index.find("mật ong").ids == (world.honey.id,)


def test_a_job_nobody_knows_is_tried_again_later(here: None, clock: Clock) -> None:
    enqueue("no.such.work")
    assert worker.work_once() is True
    job = db.session.scalars(select(Job)).one()
    assert (job.state, job.attempts, job.error) == (JobState.WAITING, 1, "KeyError: 'no.such.work'")
    assert worker.work_once() is False
    clock.advance(seconds=10)
    assert worker.work_once() is True
    assert all_jobs() == [("no.such.work", JobState.WAITING, 2)]


def test_one_bad_job_does_not_stop_the_next(here: None, world: World) -> None:
    enqueue("mail.order_placed", {"order": "QN-NOBODY"})
    enqueue("index.rebuild")
    assert [worker.work_once() for _ in range(3)] == [True, True, False]
    assert all_jobs() == [("mail.order_placed", JobState.WAITING, 1), ("index.rebuild", JobState.DONE, 1)]


def test_a_failed_job_leaves_no_transaction_open(here: None) -> None:
    enqueue("no.such.work")
    worker.work_once()
    with transaction():
        jobs.enqueue("next", {}, at=MONDAY_NINE)
    assert [kind for kind, _, _ in all_jobs()] == ["no.such.work", "next"]


def test_changed_products_are_indexed_as_they_are_now(app: Flask, here: None, world: World) -> None:
    enqueue("index.rebuild")
    worker.work_once()
    with changing(app):
        new = make_product("Bánh tráng gạo")
        jobs.enqueue("index.products", {"ids": [new.id, world.tea.id, 999_999]}, at=MONDAY_NINE)
    assert worker.work_once() is True
    assert outside().index.find("bánh tráng").ids == (new.id,)


def test_periodic_work_is_asked_for_once_a_minute_and_once_a_day(here: None, clock: Clock) -> None:
    asked: dict[str, str] = {}
    for seconds in (0, 30, 30, 0):
        clock.advance(seconds=seconds)
        worker.ask_for_periodic(clock(), asked)
    kinds = ("orders.expire", "orders.remind", "jobs.tidy")
    assert [job.key for job in db.session.scalars(select(Job).where(Job.kind.in_(kinds)).order_by(Job.id))] == [
        "orders.expire:2026-11-23T02:00",
        "orders.remind:2026-11-23T02",
        "jobs.tidy:2026-11-23",
        "orders.expire:2026-11-23T02:01",
    ]


def test_the_day_of_periodic_work_is_vietnams(here: None, clock: Clock) -> None:
    clock.advance(hours=15)
    worker.ask_for_periodic(clock(), {})
    assert db.session.scalar(select(Job.key).where(Job.kind == "jobs.tidy")) == "jobs.tidy:2026-11-24"


def test_two_workers_ask_for_the_same_work_once(here: None, clock: Clock) -> None:
    worker.ask_for_periodic(clock(), {})
    worker.ask_for_periodic(clock(), {})
    assert sorted(kind for kind, _, _ in all_jobs()) == sorted(worker.EVERY)


def test_a_worker_that_sleeps_through_a_minute_goes_on_with_the_next(here: None, clock: Clock) -> None:
    asked: dict[str, str] = {}
    worker.ask_for_periodic(clock(), asked)
    clock.advance(hours=3)
    worker.ask_for_periodic(clock(), asked)
    expiries = db.session.scalars(select(Job.key).where(Job.kind == "orders.expire").order_by(Job.key)).all()
    assert expiries == ["orders.expire:2026-11-23T02:00", "orders.expire:2026-11-23T05:00"]


def test_sales_are_counted_to_the_last(here: None, world: World) -> None:
    with transaction():
        clerk = open_till(world.quay)
        sell(world.quay, clerk, (world.honey, 2))
    for kind in ("figures.sales", "figures.sales", "figures.months"):
        enqueue(kind)
        assert worker.work_once() is True
    (found,) = sales_figures.of_producer(world.cooperative.id, from_on=MONDAY, to_on=MONDAY)
    assert (found.units, found.amount) == (2, 500_000)
    assert sales_figures.of_communes([TRA_MY], from_on=MONDAY, to_on=MONDAY) == [found]


def test_what_was_done_long_ago_is_tidied_away(here: None, clock: Clock) -> None:
    enqueue("jobs.tidy")
    worker.work_once()
    clock.at = MONDAY_NINE + KEEP_DONE + timedelta(seconds=1)
    enqueue("jobs.tidy")
    worker.work_once()
    assert all_jobs() == [("jobs.tidy", JobState.DONE, 1)]


def test_every_kind_of_job_the_shop_asks_for_has_a_handler() -> None:
    assert set(worker.EVERY) <= set(worker.HANDLERS)


def test_the_daily_tidying_forgets_forms_and_attempts_of_long_ago(here: None, clock: Clock) -> None:
    with transaction():
        submissions.first("an-old-form", actor="user:1", at=MONDAY_NINE)
        attempts.charge("lan@example.org", at=MONDAY_NINE)
    clock.advance(days=31)
    with transaction():
        submissions.first("a-new-form", actor="user:1", at=clock.at)
        attempts.charge("vy@example.org", at=clock.at)
    enqueue("jobs.tidy")
    assert worker.work_once() is True
    assert db.session.scalars(select(Submission.key)).all() == ["a-new-form"]
    assert db.session.scalars(select(SignInAttempts.since)).all() == [clock.at]
