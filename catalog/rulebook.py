"""What the programme has laid down, with its history: limits, rates, tables, words, the shop's own data.

The book is only added to. An entry counts from its instant on. What counts at an instant is the entry that begins last
before it and, of several that begin together, the one written last; where there is none, a standing entry does, which
comes from the environment or from a table in ``data``.

Each application keeps the book in memory and reads it again when the catalogue's sequence has moved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol

from sqlalchemy import JSON, Integer, Select, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history, sequence
from catalog.clock import start_of, vietnam_day
from catalog.db import Base, BigKey, UtcDateTime, db, text_column
from catalog.errors import Conflict, Invalid
from catalog.memberships import Officer

LONGEST_NOTE = 300
_EVER = datetime.min.replace(tzinfo=UTC)
FARTHEST_DAYS = 5 * 366
"""Ahead, from which a change may begin."""


class Entry(Base):
    """One change of one setting. ``number`` counts the entries of a name from 1; ``value`` as its kind keeps it."""

    __tablename__ = "rulebook_entries"
    __table_args__ = (UniqueConstraint("name", "number"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(text_column(48))
    number: Mapped[int] = mapped_column(Integer)
    value: Mapped[Any] = mapped_column(JSON)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(text_column(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(text_column(LONGEST_NOTE))


@dataclass(frozen=True, slots=True)
class Laid:
    """An entry as plain data. number 0, begins_at or at None: a standing one, which nobody wrote.

    begins_at None: since ever.
    """

    value: Any
    number: int = 0
    begins_at: datetime | None = None
    actor: str = ""
    at: datetime | None = None
    note: str = ""

    @property
    def begins_on(self) -> date | None:
        """The day of Vietnam's calendar on which it begins."""
        return vietnam_day(self.begins_at) if self.begins_at else None


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """All entries of every name in the order in which they come to count, as of a number of the catalogue's sequence."""

    entries: Mapping[str, tuple[Laid, ...]] = field(default_factory=dict)
    at_sequence: int = -1

    def over(self, standing: Mapping[str, tuple[Laid, ...]]) -> "Book":
        """This book with what counts where nothing was laid down."""
        names = {*standing, *self.entries}
        return Book(
            {name: _in_order((*standing.get(name, ()), *self.entries.get(name, ()))) for name in names},
            self.at_sequence,
        )

    def of(self, name: str) -> tuple[Laid, ...]:
        """All entries of a name, the one that begins last at the end."""
        return self.entries.get(name, ())

    def seen(self, name: str) -> int:
        """How many were written: what ``lay_down`` compares."""
        return max((laid.number for laid in self.of(name)), default=0)

    def find_in_force(self, name: str, *, at: datetime) -> Laid | None:
        """What counts at this instant."""
        begun = [laid for laid in self.of(name) if laid.begins_at is None or laid.begins_at <= at]
        return begun[-1] if begun else None

    def value(self, name: str, *, at: datetime) -> Any:
        """Its value; None where nothing counts yet."""
        laid = self.find_in_force(name, at=at)
        return laid.value if laid else None


class Kind(Protocol):
    """What values a setting can have. fields: names of the form's fields that say a value."""

    @property
    def fields(self) -> tuple[str, ...]: ...

    def read(self, written: Mapping[str, str], *, standing: Any, today: date) -> Any:
        """The value to keep, which JSON can hold. standing: what counts when it begins.

        Raises Invalid naming the field, or BadFile for a table.
        """

    def written(self, value: Any, *, today: date) -> dict[str, str]:
        """A value as somebody would write it into the form."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Something the programme lays down. dated: begins with a day, from midnight, and not in the middle of one.

    renewed: writing the same value again means something, as with a rate that was looked up anew.
    """

    name: str
    section: str
    kind: Kind
    dated: bool = False
    renewed: bool = False


class BookKeeper:
    """Holds one shop's book and reads it again when the sequence has moved. Safe to share between threads."""

    def __init__(self) -> None:
        self.last = Book()

    def current(self) -> Book:
        """The book as of now: one query, two when something has changed."""
        now = sequence.current()
        book = self.last
        if book.at_sequence == now:
            return book
        book = read(now)
        if not db.session.info.get("writing"):  # what is not committed may yet be undone
            self.last = book
        return book


def read(at_sequence: int) -> Book:
    """All that was laid down. at_sequence: of the catalogue, read before."""
    found: dict[str, list[Laid]] = {}
    for row in db.session.scalars(select(Entry).order_by(Entry.id)):
        laid = Laid(row.value, row.number, row.begins_at, row.actor, row.at, row.note)
        found.setdefault(row.name, []).append(laid)
    return Book({name: _in_order(tuple(entries)) for name, entries in found.items()}, at_sequence)


def entries_of(name: str) -> Select[Entry]:
    """Everything ever laid down under a name, the last written first."""
    return select(Entry).where(Entry.name == name).order_by(Entry.number.desc())


def propose(
    setting: Setting, written: Mapping[str, str], *, standing: Book, begins_on: date | None, note: str, at: datetime
) -> Laid:
    """The entry that ``lay_down`` would write, checked; nothing is written.

    written: the form's fields.    standing: the book with what counts without it.    begins_on: None for at once.
    Raises Invalid with the field, BadFile for a table with bad rows.
    """
    today = vietnam_day(at)
    if begins_on is not None and begins_on < today:
        raise Invalid("begins_on", "past")
    if begins_on is not None and (begins_on - today).days > FARTHEST_DAYS:
        raise Invalid("begins_on", "far")
    if not note:
        raise Invalid("note", "required")
    if len(note) > LONGEST_NOTE:
        raise Invalid("note", "too_long", limit=LONGEST_NOTE)
    begins_at = _beginning(setting, begins_on, at)
    before = standing.value(setting.name, at=begins_at)
    value = setting.kind.read(written, standing=before, today=today)
    if value == before and not setting.renewed:
        raise Invalid(setting.kind.fields[0], "unchanged")
    return Laid(value, standing.seen(setting.name) + 1, begins_at, note=note)


def lay_down(
    setting: Setting,
    written: Mapping[str, str],
    *,
    seen: int,
    standing: Book,
    begins_on: date | None,
    note: str,
    by: Officer,
    at: datetime,
) -> Laid:
    """Write it into the book. seen: entries of this setting that the officer has seen. See ``propose``.

    Raises Conflict when somebody has written another meanwhile, Forbidden for an officer of some communes only.
    """
    by.must_serve_all()
    if seen != (db.session.scalar(select(func.max(Entry.number)).where(Entry.name == setting.name)) or 0):
        raise Conflict(f"setting {setting.name}: {seen} entries seen")
    laid = propose(setting, written, standing=standing, begins_on=begins_on, note=note, at=at)
    assert laid.begins_at is not None
    insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = insert(Entry).values(
        name=setting.name, number=seen + 1, value=laid.value, begins_at=laid.begins_at, actor=by.actor, at=at, note=note
    )
    added = row.on_conflict_do_nothing(index_elements=["name", "number"]).returning(Entry.id)
    if db.session.scalar(added) is None:
        raise Conflict(f"setting {setting.name}: {seen} entries seen")
    history.record(
        "setting.laid_down",
        f"setting:{setting.name}",
        actor=by.actor,
        at=at,
        before=standing.value(setting.name, at=laid.begins_at),
        after=laid.value,
        begins=laid.begins_at.isoformat(),
        note=note,
    )
    sequence.advance()
    return laid


def _beginning(setting: Setting, begins_on: date | None, at: datetime) -> datetime:
    """A dated setting begins with its day, the present one included; another one at once or with a later day."""
    today = vietnam_day(at)
    if setting.dated:
        return start_of(begins_on or today)
    return at if begins_on is None or begins_on == today else start_of(begins_on)


def _in_order(entries: tuple[Laid, ...]) -> tuple[Laid, ...]:
    return tuple(sorted(entries, key=lambda laid: (laid.begins_at or _EVER, laid.number)))
