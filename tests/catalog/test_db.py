"""The ground floor: one way to write, and columns that mean the same on both engines."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from catalog import history
from catalog.db import db, prepare_engine, transaction
from catalog.history import Event
from catalog.outlets import OutletLevel
from catalog.products import Variant
from tests.world import MONDAY_NINE, changing, make_outlet, make_product, make_variant, variant_of


def count_events() -> int:
    return db.session.scalar(select(func.count()).select_from(Event)) or 0


def note(verb: str) -> None:
    history.record(verb, "thing:1", actor="system", at=MONDAY_NINE)


def test_a_transaction_commits_at_its_end(session: Any) -> None:
    with transaction():
        note("done")
    session.rollback()
    assert count_events() == 1


def test_an_error_undoes_everything(session: Any) -> None:
    with pytest.raises(KeyError), transaction():
        note("done")
        db.session.flush()
        raise KeyError
    assert count_events() == 0


def test_a_transaction_does_not_nest(session: Any) -> None:
    with transaction():
        note("outer")
        with pytest.raises(RuntimeError, match="nest"), transaction():
            note("inner")
    assert count_events() == 1


def test_after_an_error_the_next_transaction_is_whole(session: Any) -> None:
    with pytest.raises(KeyError), transaction():
        raise KeyError
    with transaction():
        note("done")
    assert count_events() == 1


def test_a_read_that_is_open_ends_before_a_write_begins(app: Flask, session: Any) -> None:
    assert count_events() == 0
    with app.app_context(), transaction():
        note("somebody else")
    with transaction():
        assert count_events() == 1
        note("done")
    assert count_events() == 2


def test_what_was_loaded_can_be_read_after_the_commit(session: Any) -> None:
    with transaction():
        outlet = make_outlet(name_vi="Điểm bán Bến Thử")
    assert outlet.name_vi == "Điểm bán Bến Thử"


def test_an_instant_comes_back_as_utc(session: Any) -> None:
    vietnam = timezone(timedelta(hours=7))
    with transaction():
        history.record("done", "thing:1", actor="system", at=datetime(2026, 11, 24, 0, 30, tzinfo=vietnam))
    session.expunge_all()
    at = session.scalars(select(Event.at)).one()
    assert at == datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
    assert at.utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused(session: Any) -> None:
    with pytest.raises(StatementError, match="needs a time zone"), transaction():
        history.record("done", "thing:1", actor="system", at=datetime(2026, 11, 23, 9, 0))
    assert count_events() == 0


def test_an_enum_is_stored_as_its_value(session: Any) -> None:
    with transaction():
        make_outlet("X9", level=OutletLevel.REGIONAL_CENTRE)
    assert session.scalar(text("SELECT level FROM outlets WHERE code = 'X9'")) == "regional_centre"


def test_foreign_keys_hold(session: Any) -> None:
    with pytest.raises(IntegrityError), transaction():
        make_product(free={}).producer_id = 999_999
    assert session.scalar(select(func.count()).select_from(Variant)) == 0


def test_checks_hold(session: Any) -> None:
    with pytest.raises(IntegrityError, match="price_positive"), transaction():
        make_variant(make_product(), price=0)


def test_prices_are_wider_than_32_bits(session: Any) -> None:
    with transaction():
        dear = make_product(price=3_000_000_000)
    session.expunge_all()
    assert variant_of(dear).price == 3_000_000_000


def test_sqlite_is_durable_and_lets_readers_in(databases: dict[str, str]) -> None:
    engine = create_engine(databases["sqlite"])
    prepare_engine(engine)
    with engine.connect() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        pragmas = {name: connection.scalar(text(f"PRAGMA {name}")) for name in names}
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}


def test_a_writer_does_not_keep_readers_out(app: Flask, session: Any) -> None:
    assert count_events() == 0
    session.rollback()
    with app.app_context(), transaction():
        note("in hand")
        db.session.flush()
        with app.app_context():
            assert count_events() == 0
    assert count_events() == 1
    with changing(app):
        note("another")
    session.rollback()
    assert count_events() == 2
