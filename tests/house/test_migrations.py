"""The schema has one source, the migrations, and it is the one the code means."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, create_engine, inspect, text

from catalog.db import Base
from storefront import migrating


@pytest.fixture
def engine(databases: dict[str, str], engine_name: str) -> Iterator[Engine]:
    """The migrated database of this worker."""
    engine = create_engine(databases[engine_name])
    yield engine
    engine.dispose()


@pytest.fixture
def empty(engine: Engine, engine_name: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database nobody has migrated yet."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    name = f"{engine.url.database}_empty"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield engine.url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def config(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(migrating.MIGRATIONS))
    made.attributes["url"] = url
    return made


def test_the_migrations_make_the_schema_the_code_means(engine: Engine) -> None:
    options = {"compare_type": True, "compare_server_default": True, "target_metadata": Base.metadata}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_every_check_of_the_code_is_in_the_database(engine: Engine) -> None:
    """Alembic does not compare these."""
    inspector = inspect(engine)
    for table in Base.metadata.sorted_tables:
        meant = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        there = {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
        assert there == meant, table.name


def test_every_check_says_what_the_code_says(databases: dict[str, str]) -> None:
    """SQLite keeps the words of a check, so they can be compared; both engines are made by the same migration."""
    engine = create_engine(databases["sqlite"])
    inspector = inspect(engine)
    for table in Base.metadata.sorted_tables:
        meant = {str(c.name): str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)}
        there = {str(check["name"]): check["sqltext"] for check in inspector.get_check_constraints(table.name)}
        assert there == meant, table.name
    engine.dispose()


def test_up_down_and_up_again(empty: str) -> None:
    migrating.upgrade(empty)
    made = tables(empty)
    assert made == {table.name for table in Base.metadata.sorted_tables} | {"alembic_version"}
    command.downgrade(config(empty), "base")
    assert tables(empty) == {"alembic_version"}
    migrating.upgrade(empty)
    assert tables(empty) == made


def test_upgrading_twice_changes_nothing(empty: str) -> None:
    for _ in range(2):
        migrating.upgrade(empty)
    engine = create_engine(empty)
    with engine.connect() as connection:
        rows: list[Any] = [tuple(row) for row in connection.execute(text("SELECT id, sequence FROM catalogue_state"))]
    engine.dispose()
    assert rows == [(1, 0)]


def test_there_is_one_line_of_migrations() -> None:
    scripts = ScriptDirectory(str(migrating.MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert [script.revision for script in scripts.walk_revisions()][-1] == "0001"


def test_every_constraint_has_a_name() -> None:
    """SQLite changes a table by copying it, and can only name what has a name."""
    nameless = [
        f"{table.name}: {constraint}"
        for table in Base.metadata.sorted_tables
        for constraint in (*table.constraints, *table.indexes)
        if constraint.name is None
    ]
    assert nameless == []
