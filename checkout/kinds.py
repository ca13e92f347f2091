"""Kinds of values that the programme lays down: how each is read from a form, refused, and written back. Pure.

Each is a ``catalog.rulebook.Kind``. A refusal is Invalid with the form's field and a reason, for a table BadFile.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from catalog.errors import Invalid
from catalog.importing import amounts, rows, table
from catalog.importing.cells import Parser
from catalog.importing.changes import BadFile, Problem, Reason
from catalog.text import nfc

MOST_BYTES = 64 * 1024
"""Of a table: it travels in a page between looking and writing."""

Rows = list[dict[str, Any]]
_GROUPS = re.compile(r"^[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,4}$")
_ONE_GROUP = re.compile(r"^[0-9]{1,3}[.,][0-9]{3}$")


@dataclass(frozen=True, slots=True)
class Text:
    """One line without markup. parser: what else it has to be.    optional: whether it may be empty."""

    limit: int = 160
    optional: bool = False
    parser: Callable[[str], str] | None = None
    fields: tuple[str, ...] = ("value",)

    def read(self, written: Mapping[str, str], *, standing: Any, today: date) -> str:
        text = nfc(written["value"])
        if not text and not self.optional:
            raise Invalid("value", "required")
        if len(text) > self.limit:
            raise Invalid("value", "too_long", limit=self.limit)
        if "<" in text or ">" in text:
            raise Invalid("value", "markup")
        return _as_value(self.parser, text) if text and self.parser else text

    def written(self, value: Any, *, today: date) -> dict[str, str]:
        return {"value": value or ""}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, both ends included. unit: ``dong``, ``minutes`` or ``days``."""

    low: int
    high: int
    unit: str
    fields: tuple[str, ...] = ("value",)

    def read(self, written: Mapping[str, str], *, standing: Any, today: date) -> int:
        number: int = _as_value(amounts.whole(self.low, self.high), written["value"])
        return number

    def written(self, value: Any, *, today: date) -> dict[str, str]:
        return {"value": str(value)}


@dataclass(frozen=True, slots=True)
class Percent:
    """Per cent, at most two digits behind the comma; kept as text, exactly."""

    high: int
    fields: tuple[str, ...] = ("value",)

    def read(self, written: Mapping[str, str], *, standing: Any, today: date) -> str:
        text = written["value"].replace("%", "")
        return _plain(_as_value(amounts.decimal(0, self.high, places=2), text))

    def written(self, value: Any, *, today: date) -> dict[str, str]:
        return {"value": str(value).replace(".", ",")}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few."""

    choices: type[StrEnum]
    fields: tuple[str, ...] = ("value",)

    def read(self, written: Mapping[str, str], *, standing: Any, today: date) -> str:
        if written["value"] not in set(self.choices):
            raise Invalid("value", "choice")
        return written["value"]

    def written(self, value: Any, *, today: date) -> dict[str, str]:
        return {"value": value}


@dataclass(frozen=True, slots=True)
class Foreign:
    """A rate of exchange: đồng a unit, per cent of margin, where it was read."""

    fields: tuple[str, ...] = ("vnd", "margin", "source")

    def read(self, written: Mapping[str, str], *, standing: Any, today: date) -> dict[str, str]:
        source = nfc(written["source"])
        if not source:
            raise Invalid("source", "required")
        if len(source) > 120 or "<" in source or ">" in source:
            raise Invalid("source", "markup" if len(source) <= 120 else "too_long", limit=120)
        return {
            "vnd": _plain(_as_value(amounts.decimal(1, 1_000_000, places=4), _ungrouped(written["vnd"]), "vnd")),
            "margin": _plain(_as_value(amounts.decimal(0, 20, places=2), written["margin"], "margin")),
            "source": source,
        }

    def written(self, value: Any, *, today: date) -> dict[str, str]:
        given = value or {"vnd": "", "margin": "0", "source": ""}
        return {
            "vnd": given["vnd"].replace(".", ","),
            "margin": given["margin"].replace(".", ","),
            "source": given["source"],
        }


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table, written as CSV with a head. key: the column that names a row.

    keys: the rows there have to be, each once; empty for any number.    past: whether ``key`` is a day: what is over
    stays as it was, and no row may say anything else about it.    agree: what rows are refused for besides.
    """

    columns: Mapping[str, Parser]
    key: str
    keys: tuple[str, ...] = ()
    past: bool = False
    agree: Callable[[rows.Entry], Problem | None] | None = None
    fields: tuple[str, ...] = ("value",)

    def read(self, written: Mapping[str, str], *, standing: Any, today: date) -> Rows:
        data = written["value"].encode()
        if len(data) > MOST_BYTES:
            raise Invalid("value", "too_large", limit=MOST_BYTES // 1024)
        read = table.read(data, required=tuple(self.columns))
        problems = list(read.problems)
        entries = list(rows.unique(rows.read(read, self.columns, problems), lambda e: e[self.key], self.key, problems))
        if self.past:
            problems += [e.row.problem(self.key, Reason.PAST) for e in entries if e[self.key] < today]
        if self.agree:
            problems += [problem for entry in entries if (problem := self.agree(entry))]
        missing = [key for key in self.keys if key not in [entry[self.key] for entry in entries]]
        if missing and not problems:
            problems.append(Problem(None, self.key, "", Reason.MISSING_ROWS, {"keys": ", ".join(missing)}))
        if problems:
            raise BadFile(problems)
        found = [{column: _kept(entry[column]) for column in self.columns} for entry in entries]
        if self.past:
            over = [row for row in standing or () if row[self.key] < today.isoformat()]
            return over + sorted(found, key=lambda row: str(row[self.key]))
        return sorted(found, key=lambda row: self.keys.index(row[self.key])) if self.keys else found

    def written(self, value: Any, *, today: date) -> dict[str, str]:
        file = io.StringIO(newline="")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.columns)
        for row in value or ():
            if not self.past or row[self.key] >= today.isoformat():
                writer.writerow([_cell(row[column]) for column in self.columns])
        return {"value": file.getvalue()}


def web_address(text: str) -> str:
    """A page of the web. Raises Invalid("value", "web")."""
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets in the place of a host
        raise Invalid("value", "web") from None
    if parts.scheme not in ("http", "https") or "." not in parts.netloc or " " in text or parts.username is not None:
        raise Invalid("value", "web")
    return text


def _as_value(parser: Parser, text: str, field: str = "value") -> Any:
    try:
        return parser(text)
    except Invalid as wrong:
        raise Invalid(field, str(wrong.reason), **wrong.facts) from None


def _ungrouped(text: str) -> str:
    """``26.345,50`` → ``26345,50``. What could be a thousand times more or less is refused."""
    tight = text.replace(" ", "")
    if _ONE_GROUP.match(tight):
        raise Invalid("vnd", "ambiguous")
    return tight.replace(".", "") if _GROUPS.match(tight) else tight


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _kept(value: object) -> object:
    match value:
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case _:
            return value


def _cell(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
