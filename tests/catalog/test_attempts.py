"""Attempts to sign in, counted per account."""

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from catalog import attempts
from catalog.attempts import KEEP, LOCK, MOST, WINDOW, SignInAttempts
from catalog.db import db, transaction
from tests.catalog.cast import at_once
from tests.world import MONDAY_NINE

LAN, VY = "lan@example.org", "vy@example.org"
SECOND = timedelta(seconds=1)


def charge(email: str = LAN, *, after: timedelta = timedelta()) -> bool:
    with transaction():
        return attempts.charge(email, at=MONDAY_NINE + after)


def test_ten_attempts_are_let_through_and_the_eleventh_is_not(session: Any) -> None:
    assert [charge() for _ in range(MOST + 2)] == [True] * MOST + [False] * 2
    assert charge(VY) is True


def test_the_lock_ends_fifteen_minutes_after_the_attempt_that_locked(session: Any) -> None:
    for minute in range(MOST):
        assert charge(after=timedelta(minutes=minute))
    locked = timedelta(minutes=MOST - 1)
    assert charge(after=locked + LOCK - SECOND) is False
    assert charge(after=locked + LOCK) is True
    assert session.scalars(select(SignInAttempts.count)).all() == [1]


def test_trying_while_it_is_locked_does_not_make_the_lock_longer(session: Any) -> None:
    for _ in range(MOST):
        charge()
    for minute in range(15):
        assert charge(after=timedelta(minutes=minute)) is False
    assert charge(after=LOCK) is True


def test_nine_wrong_ones_are_forgotten_after_a_quarter_of_an_hour(session: Any) -> None:
    for _ in range(MOST - 1):
        charge()
    assert [charge(after=WINDOW) for _ in range(MOST)] == [True] * MOST
    assert charge(after=WINDOW) is False


def test_who_signs_in_starts_anew(session: Any) -> None:
    for _ in range(MOST - 1):
        charge()
    with transaction():
        attempts.forgive(" LAN@example.org")
    assert [charge() for _ in range(MOST)] == [True] * MOST


def test_an_account_is_the_same_however_its_e_mail_is_written_and_is_kept_as_a_hash(session: Any) -> None:
    for email in (LAN, " LAN@example.org ", "Lan@Example.org"):
        charge(email)
    (kept,) = session.execute(select(SignInAttempts.account, SignInAttempts.count))
    assert kept.count == 3
    assert len(kept.account) == 64
    assert "lan" not in kept.account


def test_what_locks_nobody_any_more_is_deleted(session: Any) -> None:
    charge(LAN)
    charge(VY, after=timedelta(hours=1))
    with transaction():
        attempts.forget_old(at=MONDAY_NINE + KEEP + timedelta(minutes=1))
    assert session.scalars(select(SignInAttempts.since)).all() == [MONDAY_NINE + timedelta(hours=1)]


def test_a_hundred_guesses_at_once_are_ten(app: Flask) -> None:
    with app.app_context():
        acts = [lambda: str(attempts.charge(LAN, at=MONDAY_NINE))] * 24
        answers = at_once(app, *acts)
        assert sorted(answers) == ["False"] * 14 + ["True"] * 10
        assert db.session.scalars(select(SignInAttempts.count)).all() == [MOST + 1]
