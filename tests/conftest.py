"""The test bench: real services, one application per engine, a clean database and a fixed clock for each test."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, text, update

from catalog import sequence, stock
from catalog.columns import ColumnKeeper
from catalog.db import Base, db, transaction
from catalog.search.index import SearchIndex
from catalog.search.synonyms import seed
from config import Settings
from storefront import create_app, migrating
from storefront.extensions import limiter
from storefront.mail import Letter
from storefront.outside import Outside
from tests.pages import PageClient
from tests.services import ServiceMissing, Services
from tests.world import MONDAY_NINE, World, changing, make_world

ENGINES = ("sqlite", "postgresql")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    try:
        services = Services()
    except ServiceMissing as missing:
        pytest.exit(str(missing), returncode=4)
    config.stash[_SERVICES] = services
    os.environ["SHOP_TESTS_POSTGRESQL"] = services.postgresql_url
    os.environ["SHOP_TESTS_REDIS"] = services.redis_url


def pytest_unconfigure(config: pytest.Config) -> None:
    services = config.stash.get(_SERVICES, None)
    if services:
        services.stop()


_SERVICES = pytest.StashKey[Services]()


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = MONDAY_NINE) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **parts: float) -> None:
        self.at += timedelta(**parts)


class LetterBox:
    """A mailer that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)


@pytest.fixture(scope="session")
def databases() -> Iterator[dict[str, str]]:
    """One migrated database per engine for this worker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with tempfile.TemporaryDirectory(prefix="shop-db-") as folder:
        maintenance = create_engine(os.environ["SHOP_TESTS_POSTGRESQL"], isolation_level="AUTOCOMMIT")
        name = f"shop_{worker}_{os.getpid()}"
        with maintenance.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        urls = {
            "sqlite": f"sqlite:///{folder}/shop.sqlite3",
            "postgresql": os.environ["SHOP_TESTS_POSTGRESQL"].replace("/postgres?", f"/{name}?"),
        }
        for url in urls.values():
            migrating.upgrade(url)
        yield urls
        with maintenance.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        maintenance.dispose()


@pytest.fixture(scope="session", params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Every data test runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def shared_app(databases: dict[str, str], engine_name: str) -> Iterator[Flask]:
    """One application per engine and worker; ``app`` cleans it for each test."""
    with tempfile.TemporaryDirectory(prefix="shop-var-") as folder:
        settings = Settings(
            environment="test", var=Path(folder), database_url=databases[engine_name], demo=True, page_seconds=0,
            bank_account="1020304050", bank_holder="OCOP QUANG NAM",
        )  # fmt: skip
        app = create_app(settings, _outside(Clock(), Path(folder)))
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def letters() -> LetterBox:
    return LetterBox()


@pytest.fixture
def app(shared_app: Flask, clock: Clock, letters: LetterBox, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database, at Monday nine o'clock; proves afterwards that no shelf has drifted."""
    shared_app.extensions["outside"] = _outside(clock, tmp_path, letters)
    with shared_app.app_context():
        _empty()
        limiter.reset()
    yield shared_app
    with shared_app.app_context():
        assert stock.drift() == []
        db.session.rollback()


@pytest.fixture
def session(app: Flask) -> Iterator[Any]:
    """The session of a pushed application context."""
    with app.app_context():
        yield db.session
        db.session.rollback()


@pytest.fixture
def world(app: Flask) -> World:
    """The fixed cast, in this test's database."""
    with changing(app):
        return make_world()


@pytest.fixture
def choose(app: Flask) -> Iterator[Callable[..., None]]:
    """Other settings for this test: ``choose(lapsed="not_orderable")``."""
    before: Settings = app.extensions["settings"]

    def change(**changes: Any) -> None:
        app.extensions["settings"] = replace(before, **changes)

    yield change
    app.extensions["settings"] = before
    app.extensions["pages"].clear()


@pytest.fixture
def client(app: Flask) -> PageClient:
    """A browser without scripts that checks every page it fetches."""
    return PageClient(app)


def _outside(clock: Clock, folder: Path, letters: LetterBox | None = None) -> Outside:
    return Outside(
        now=clock,
        mailer=letters or LetterBox(),
        index=SearchIndex(folder / "index", seed()),
        columns=ColumnKeeper(alcohol=False),
    )


def _empty() -> None:
    with transaction(), _history_may_go():
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != sequence.CatalogueState.__tablename__:
                db.session.execute(delete(table))
        db.session.execute(update(sequence.CatalogueState).values(sequence=0))
    db.session.expunge_all()


@contextmanager
def _history_may_go() -> Iterator[None]:
    """What is only added to is emptied between tests, and refuses again afterwards."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        return
    made = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_refuse_%'")
    triggers = db.session.execute(made).all()
    for name, _sql in triggers:
        db.session.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _name, sql in triggers:
        db.session.execute(text(sql))
