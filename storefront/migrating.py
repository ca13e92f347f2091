"""Bring a database to the schema of this code; the schema has no other source."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask.cli import with_appcontext

from catalog.db import db

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

P = ParamSpec("P")
R = TypeVar("R")


def upgrade(url: str) -> None:
    """Run every migration the database has not seen. url: as SQLAlchemy writes it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")


def fault() -> str:
    """What is wrong with the schema of the application's database; empty when it is that of this code."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    with db.engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return "" if here == head else f"at {here}, code is at {head}"


def with_shop(command: Callable[P, R]) -> Callable[P, R]:
    """For a command that needs the shop's database: without one it says so and touches nothing."""

    @with_appcontext
    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if fault():
            raise click.ClickException(
                f"{db.engine.url} holds no shop of this code. With SHOP_VAR or DATABASE_URL set as for the shop itself?"
                " Then run: flask --app wsgi migrate"
            )
        return command(*args, **kwargs)

    return run
