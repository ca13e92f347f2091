"""Rows of text into rows of values, each with its place in the file."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import Invalid
from catalog.importing.cells import Parser
from catalog.importing.changes import Problem, Reason
from catalog.importing.table import Row, Table


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that could be read. values: column → value."""

    row: Row
    values: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


def read(table: Table, parsers: Mapping[str, Parser], problems: list[Problem]) -> list[Entry]:
    """The rows whose every cell is understood. ``problems`` gets a line for each cell that is not."""
    entries = []
    for row in table.rows:
        bad = len(problems)
        values = {}
        for column, parser in parsers.items():
            if column in row.cells:
                try:
                    values[column] = parser(row.cells[column])
                except Invalid as wrong:
                    problems.append(row.problem(column, Reason(wrong.reason), **wrong.facts))
        if len(problems) == bad:
            entries.append(Entry(row, values))
    return entries


def unique(
    entries: Iterable[Entry], key: Callable[[Entry], Hashable], column: str, problems: list[Problem]
) -> Iterator[Entry]:
    """Each key once. ``problems`` gets a line, under ``column``, for each row that says a key again."""
    first: dict[Hashable, int] = {}
    for entry in entries:
        number = first.setdefault(key(entry), entry.row.number)
        if number == entry.row.number:
            yield entry
        else:
            problems.append(entry.row.problem(column, Reason.REPEATED, first=number))
