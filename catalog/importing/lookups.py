"""Things of the catalogue by their keys, for a whole file at once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from catalog.db import db

T = TypeVar("T")
CHUNK = 500
"""Keys in one query; both engines limit the parameters of a statement."""


def by_key(kind: type[T], column: InstrumentedAttribute[str], keys: Iterable[str]) -> dict[str, T]:
    """Key → thing, for those that exist."""
    return {getattr(thing, column.key): thing for thing in among(kind, column, keys)}


def among(kind: type[T], column: InstrumentedAttribute[Any], values: Iterable[object]) -> Iterator[T]:
    """Every thing with one of these values in a column."""
    for chunk in chunks(sorted(set(values))):  # type: ignore[type-var]
        yield from db.session.scalars(select(kind).where(column.in_(chunk)))


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """In pieces of at most ``CHUNK``, in order."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
