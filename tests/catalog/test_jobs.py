"""The outbox: work that must happen after a commit is a row written inside it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import jobs
from catalog.db import db, transaction
from catalog.jobs import KEEP_DONE, LEASE, MAX_ATTEMPTS, Claimed, Job, JobState
from tests.world import MONDAY_NINE as NINE


def enqueue(kind: str, *, at: datetime = NINE, key: str | None = None) -> None:
    with transaction():
        jobs.enqueue(kind, {"n": 1}, at=at, key=key)


def claim(at: datetime = NINE) -> Claimed | None:
    with transaction():
        return jobs.claim(at=at)


def claimed(at: datetime = NINE) -> Claimed:
    job = claim(at)
    assert job is not None
    return job


def kinds(session: Any) -> list[str]:
    return list(session.scalars(select(Job.kind).order_by(Job.id)))


def test_a_job_exists_if_its_transaction_did(session: Any) -> None:
    with pytest.raises(KeyError), transaction():
        jobs.enqueue("mail.order_placed", {}, at=NINE)
        raise KeyError
    assert kinds(session) == []


def test_a_job_is_claimed_with_what_it_was_asked(session: Any) -> None:
    with transaction():
        jobs.enqueue("index.products", {"ids": [17, 4]}, at=NINE)
    job = claimed()
    assert (job.kind, job.payload, job.attempt) == ("index.products", {"ids": [17, 4]}, 1)


def test_a_job_is_claimed_by_one(session: Any) -> None:
    enqueue("mail.order_placed")
    assert claim() is not None
    assert claim() is None


def test_the_longest_due_comes_first(session: Any) -> None:
    enqueue("late", at=NINE - timedelta(minutes=1))
    enqueue("early", at=NINE - timedelta(minutes=2))
    enqueue("later the same minute", at=NINE - timedelta(minutes=1))
    assert [claimed().kind for _ in range(3)] == ["early", "late", "later the same minute"]


def test_a_job_waits_for_its_time(session: Any) -> None:
    enqueue("tomorrow", at=NINE + timedelta(days=1))
    assert claim(NINE + timedelta(days=1, seconds=-1)) is None
    assert jobs.waiting_count(NINE) == 0
    assert claimed(NINE + timedelta(days=1)).kind == "tomorrow"


def test_a_key_exists_once(session: Any) -> None:
    enqueue("orders.expire", key="orders.expire:2026-11-23T02:00")
    enqueue("orders.expire", key="orders.expire:2026-11-23T02:00")
    enqueue("orders.expire", key="orders.expire:2026-11-23T02:01")
    assert len(kinds(session)) == 2


def test_a_key_stays_taken_when_its_job_is_done(session: Any) -> None:
    enqueue("orders.expire", key="the minute")
    with transaction():
        jobs.done(jobs.claim(at=NINE) or pytest.fail("nothing to claim"), at=NINE)
    enqueue("orders.expire", key="the minute")
    assert claim() is None


def test_what_is_done_is_not_done_again(session: Any) -> None:
    enqueue("mail.order_placed")
    job = claimed()
    with transaction():
        jobs.done(job, at=NINE + timedelta(seconds=1))
    assert claim(NINE + LEASE * 2) is None
    assert jobs.waiting_count(NINE + LEASE * 2) == 0
    assert jobs.last_done_at("mail.order_placed") == NINE + timedelta(seconds=1)
    assert jobs.last_done_at("orders.expire") is None


def test_a_worker_that_died_loses_its_lease(session: Any) -> None:
    enqueue("mail.order_placed")
    first = claimed()
    assert claim(NINE + LEASE) is None
    second = claimed(NINE + LEASE + timedelta(seconds=1))
    assert (second.id, second.attempt) == (first.id, 2)


def test_a_failure_waits_twice_as_long_each_time(session: Any) -> None:
    enqueue("mail.order_placed")
    at, waits = NINE, []
    for _ in range(3):
        job = claimed(at)
        with transaction():
            jobs.failed(job, "SMTPServerDisconnected", at=at)
        run_at = session.scalars(select(Job.run_at)).one()
        waits.append((run_at - at).total_seconds())
        at = run_at
    assert waits == [10, 20, 40]


def test_after_eight_failures_a_job_waits_for_a_person(session: Any) -> None:
    enqueue("mail.order_placed")
    at = NINE
    for _ in range(MAX_ATTEMPTS):
        job = claimed(at)
        with transaction():
            jobs.failed(job, f"attempt {job.attempt} failed", at=at)
        at += timedelta(hours=1)
    assert claim(at + timedelta(days=30)) is None
    session.expunge_all()
    dead = session.scalars(jobs.dead()).one()
    assert (dead.state, dead.attempts, dead.error) == (JobState.DEAD, 8, "attempt 8 failed")


def test_a_worker_back_from_the_dead_undoes_nothing(session: Any) -> None:
    enqueue("mail.order_placed")
    slow = claimed()
    quick = claimed(NINE + LEASE + timedelta(seconds=1))
    with transaction():
        jobs.done(quick, at=NINE + LEASE + timedelta(seconds=2))
        jobs.failed(slow, "too late", at=NINE + LEASE + timedelta(seconds=3))
    job = session.scalars(select(Job)).one()
    assert (job.state, job.error, job.done_at) == (JobState.DONE, None, NINE + LEASE + timedelta(seconds=2))


def test_only_what_was_done_long_ago_is_forgotten(session: Any) -> None:
    for kind in ("long ago", "lately", "never"):
        enqueue(kind)
    for at in (NINE - timedelta(seconds=1), NINE):
        job = claimed()
        with transaction():
            jobs.done(job, at=at)
    with transaction():
        jobs.forget_done(at=NINE + KEEP_DONE)
    assert kinds(session) == ["lately", "never"]


def test_two_workers_in_open_transactions_take_two_jobs(app: Flask, engine_name: str, session: Any) -> None:
    """SQLite lets one writer in at a time; on PostgreSQL the second skips the row the first has locked."""
    enqueue("one")
    enqueue("two")
    session.rollback()
    with transaction():
        first = jobs.claim(at=NINE)
        if engine_name == "postgresql":
            with app.app_context(), transaction():
                second = jobs.claim(at=NINE)
    if engine_name == "sqlite":
        second = claim()
    assert first is not None
    assert second is not None
    assert (first.kind, second.kind) == ("one", "two")
    db.session.rollback()
