"""A CSV file from anywhere, as rows of text: Excel's, LibreOffice's, a phone's. Whatever is wrong is named.

Understood: UTF-8 with or without a byte order mark; comma, semicolon or tab; any line ends; blank rows; empty cells
behind the last column. Rows are numbered as the spreadsheet that shows the file numbers them.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.importing.changes import Problem, Reason
from catalog.text import nfc

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000

_DELIMITERS = (",", ";", "\t")
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data. number: the spreadsheet's, from 2.    cells: column → text as it stands."""

    number: int
    cells: dict[str, str]

    def problem(self, column: str, reason: Reason, **facts: object) -> Problem:
        """Something wrong with the cell in this column, or (``""``) with the row."""
        return Problem(self.number, column, _shown(self.cells.get(column, "")), reason, facts)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that could be read, and what is wrong with the file and the others."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def load(path: Path, *, required: Collection[str], optional: Collection[str] = ()) -> Table:
    """The table in a file; see ``read``. No more than the limit is read into memory."""
    with path.open("rb") as file:
        return read(file.read(MAX_BYTES + 1), required=required, optional=optional)


def read(data: bytes, *, required: Collection[str], optional: Collection[str] = ()) -> Table:
    """The table in these bytes. Each row has a cell for every column of the header.

    required: columns that must be there, in any order.    optional: columns that may be.
    """
    if len(data) > MAX_BYTES:
        return _refused(Reason.TOO_LARGE, limit=MAX_BYTES // 1024 // 1024)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff")):
        return _refused(Reason.NOT_CSV)
    text = data.decode("utf-8-sig", "surrogateescape")
    known = [*required, *optional]
    records = _records(text, _delimiter(text, known))
    header, problem = next(records, ([], None))
    names = [nfc(name).lower() for name in header]
    while names and not names[-1]:
        names.pop()
    problems = [problem] if problem else _header_problems(names, required, known)
    if problems:
        return Table((), tuple(problems))
    return _rows(names, records, suspect=bool(_NOT_UTF_8.search(text) or _CONTROL.search(text)))


def _rows(names: list[str], records: Iterator[tuple[list[str], Problem | None]], *, suspect: bool) -> Table:
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, (record, problem) in enumerate(records, start=2):
        if problem:
            problems.append(problem)
        elif any(cell.strip() for cell in record):
            row = Row(number, dict(zip(names, record, strict=False)))
            extra = any(cell.strip() for cell in record[len(names) :])
            if len(record) < len(names) or extra:
                problems.append(row.problem("", Reason.CELLS, cells=len(record), columns=len(names)))
            elif suspect and (bad := _unreadable(row)):
                problems += bad
            else:
                rows.append(row)
        if len(rows) > MAX_ROWS:
            return _refused(Reason.TOO_MANY_ROWS, limit=MAX_ROWS)
    if not rows and not problems:
        return _refused(Reason.EMPTY_FILE)
    return Table(tuple(rows), tuple(problems))


def _records(text: str, delimiter: str) -> Iterator[tuple[list[str], Problem | None]]:
    """Record by record; a broken quote makes the rest unreadable, so it is the last."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield [], Problem(number, "", "", Reason.QUOTES)
            return
        yield record, None
        number += 1


def _delimiter(text: str, known: Collection[str]) -> str:
    """The one that finds most of our columns in the first line."""
    first = text[: text.find("\n") + 1 or None].rstrip("\r\n")

    def found(delimiter: str) -> int:
        return sum(nfc(name.strip(' "')).lower() in known for name in first.split(delimiter))

    return max(_DELIMITERS, key=found)


def _header_problems(names: list[str], required: Collection[str], known: Collection[str]) -> list[Problem]:
    if not names:
        return [Problem(None, "", "", Reason.EMPTY_FILE)]
    wrong = [
        Problem(1, _shown(name), "", Reason.UNKNOWN_COLUMN, {"known": ", ".join(known)})
        for name in dict.fromkeys(names)
        if name not in known
    ]
    wrong += [
        Problem(1, n, "", Reason.REPEATED_COLUMN) for n in dict.fromkeys(names) if n in known and names.count(n) > 1
    ]
    return wrong + [Problem(1, name, "", Reason.MISSING_COLUMN) for name in required if name not in names]


def _unreadable(row: Row) -> list[Problem]:
    problems = []
    for column, cell in row.cells.items():
        if _NOT_UTF_8.search(cell):
            problems.append(row.problem(column, Reason.ENCODING))
        elif _CONTROL.search(cell):
            problems.append(row.problem(column, Reason.CONTROL))
    return problems


def _refused(reason: Reason, **facts: object) -> Table:
    return Table((), (Problem(None, "", "", reason, facts),))


def _shown(text: str) -> str:
    """Fit for a message: no bytes that are not text, one line, not endless."""
    plain = nfc(_CONTROL.sub("\ufffd", _NOT_UTF_8.sub("\ufffd", text)))
    return plain if len(plain) <= 60 else plain[:59] + "…"
