"""Bring a database to the schema of this code; the schema has no other source."""

from pathlib import Path

from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade(url: str) -> None:
    """Run every migration the database has not seen. url: as SQLAlchemy writes it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")
