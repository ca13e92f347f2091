"""All that is beyond this process, in one place. Tests pass their own; nothing is patched."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from flask import current_app

from catalog.columns import ColumnKeeper
from catalog.rulebook import BookKeeper
from catalog.search.index import SearchIndex
from catalog.search.synonyms import seed
from config import Settings
from storefront import sharing
from storefront.mail import FolderMailer, Mailer, SmtpMailer
from storefront.tally import FolderTally, MemoryTally, RedisTally, Tally


@dataclass(frozen=True, slots=True)
class Outside:
    """The clock, the post, the search index, the columns lists are filtered by, the book of rules, and what is counted.

    cellar: the columns with alcoholic drinks, which ``storefront.age`` opens to adults.
    """

    now: Callable[[], datetime]
    mailer: Mailer
    index: SearchIndex
    columns: ColumnKeeper
    cellar: ColumnKeeper = field(default_factory=lambda: ColumnKeeper(alcohol=True))
    book: BookKeeper = field(default_factory=BookKeeper)
    tally: Tally = field(default_factory=MemoryTally)

    @classmethod
    def real(cls, settings: Settings) -> "Outside":
        """What the settings ask for."""
        mailer: Mailer = (
            SmtpMailer(settings.smtp_url, settings.mail_from)
            if settings.smtp_url
            else FolderMailer(settings.var / "mail", settings.mail_from)
        )
        return cls(
            now=lambda: datetime.now(UTC),
            mailer=mailer,
            index=SearchIndex(settings.index_folder, seed()),
            columns=ColumnKeeper(alcohol=False),
            tally=RedisTally(sharing.connect(settings.redis_url))
            if settings.redis_url
            else FolderTally(settings.var / "scans"),
        )


def outside() -> Outside:
    """The one of the application that is running."""
    return cast(Outside, current_app.extensions["outside"])


def settings() -> Settings:
    """The settings of the application that is running."""
    return cast(Settings, current_app.extensions["settings"])
