"""What an import would do, told before it is done: changes, and what is wrong with the file. Plain data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from catalog.errors import DomainError

T = TypeVar("T")


class Reason(StrEnum):
    """Why a file, a row or a cell is refused. The faces have a sentence for each."""

    TOO_LARGE = "too_large"
    NOT_CSV = "not_csv"
    EMPTY_FILE = "empty_file"
    TOO_MANY_ROWS = "too_many_rows"
    UNKNOWN_COLUMN = "unknown_column"
    MISSING_COLUMN = "missing_column"
    REPEATED_COLUMN = "repeated_column"
    QUOTES = "quotes"
    CELLS = "cells"
    ENCODING = "encoding"
    CONTROL = "control"
    REQUIRED = "required"
    TOO_LONG = "too_long"
    CODE = "code"
    CHOICE = "choice"
    MONEY = "money"
    CENTS = "cents"
    NOT_POSITIVE = "not_positive"
    LIGHTER_THAN_NET = "lighter_than_net"
    AMBIGUOUS = "ambiguous"
    MEASURE = "measure"
    NUMBER = "number"
    NOT_WHOLE = "not_whole"
    OUT_OF_RANGE = "out_of_range"
    DAY = "day"
    SHORT_YEAR = "short_year"
    YES_NO = "yes_no"
    HS_CODE = "hs_code"
    GTIN = "gtin"
    SHELF_LIFE = "shelf_life"
    MONTHS = "months"
    HOURS = "hours"
    CLOSED_DAYS = "closed_days"
    PHONE = "phone"
    EMAIL = "email"
    UNKNOWN = "unknown"
    REPEATED = "repeated"
    DISAGREES = "disagrees"
    ELSEWHERE = "elsewhere"
    TAKEN = "taken"
    SUPPLIER_LEVEL = "supplier_level"
    SCORE_STARS = "score_stars"
    ISSUER_LEVEL = "issuer_level"
    NOT_FOR_CANDIDATE = "not_for_candidate"
    SCORE_SUM = "score_sum"
    NUMBER_SIGNS = "number_signs"
    OTHER_DAY = "other_day"
    REVOKED_FOR_GOOD = "revoked_for_good"
    ENDS_TOO_EARLY = "ends_too_early"
    NO_STOCK_OF_TOURS = "no_stock_of_tours"
    LOT_DAYS = "lot_days"
    RECEIVED_BEFORE = "received_before"
    OTHER_OUTLET = "other_outlet"
    PAST = "past"
    MISSING_ROWS = "missing_rows"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something in the file cannot be.

    row: as a spreadsheet counts, the header being 1; None for the file as a whole.    column: empty for a whole row.
    value: as it stands in the file.    facts: what the sentence about ``reason`` needs.
    """

    row: int | None
    column: str
    value: str
    reason: Reason
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value, in the file's words. before: None for a new thing."""

    column: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be new, or different. key: its code or SKU."""

    key: str
    name: str
    new: bool
    fields: tuple[FieldChange, ...]

    @property
    def columns(self) -> list[str]:
        """Names of the values that differ."""
        return [each.column for each in self.fields]

    def facts(self) -> dict[str, Any]:
        """What a history says of it: the columns, and before and after where the thing was there already."""
        told: dict[str, Any] = {"new": self.new, "fields": self.columns}
        if not self.new:
            told["before"] = {each.column: _plain(each.before) for each in self.fields}
            told["after"] = {each.column: _plain(each.after) for each in self.fields}
        return told


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """One thing to be written. found: None for a new one.    values: column → value, as the file has them."""

    found: T | None
    values: Mapping[str, Any]
    change: Change


@dataclass(frozen=True, slots=True)
class Plan(Generic[T]):
    """What one file would do. rows: data rows read.    unchanged: things of the file that are already so.

    steps: what ``apply`` of the same importer works through.
    """

    rows: int
    unchanged: int
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]
    steps: tuple[T, ...]

    @property
    def clean(self) -> bool:
        """Whether it may be applied."""
        return not self.problems

    def must_be_clean(self) -> None:
        """Raises BadFile when a row is bad: a file is imported as a whole or not at all."""
        if self.problems:
            raise BadFile(self.problems)


class BadFile(DomainError):
    """Rows of the file cannot be imported; nothing has changed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems, the first: {self.problems[0]}")


def compare(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The values of ``after`` that ``before`` does not have; all that are not empty where there is no before."""
    if before is None:
        return tuple(FieldChange(column, None, value) for column, value in after.items() if value not in ("", None))
    return tuple(FieldChange(c, before[c], value) for c, value in after.items() if before[c] != value)


def step(
    found: T | None, before: Mapping[str, Any] | None, after: Mapping[str, Any], *, key: str, name: str
) -> Step[T]:
    """What makes this thing as the file has it; without fields in its change, nothing has to."""
    return Step(found, after, Change(key, name, found is None, compare(before, after)))


def planned(rows: int, steps: Iterable[Step[T]], problems: Iterable[Problem]) -> Plan[Step[T]]:
    """The plan of an importer with one step for each thing the file names."""
    everything = tuple(steps)
    changing = tuple(each for each in everything if each.change.fields)
    return Plan(
        rows=rows,
        unchanged=len(everything) - len(changing),
        changes=tuple(each.change for each in changing),
        problems=in_row_order(problems),
        steps=changing,
    )


def in_row_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The file as a whole first, then from the top down."""
    return tuple(sorted(problems, key=lambda problem: problem.row or 0))


def _plain(value: object) -> object:
    """As JSON holds it."""
    return value if value is None or isinstance(value, bool | int | float) else str(value)
