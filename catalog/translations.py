"""Which English text still says what the Vietnamese one says. Pure functions.

A page keeps, for each English field (``name_en``), a mark of the Vietnamese (``name_vi``) it was written from. No mark
means that nobody has said, and nothing is claimed.
"""

from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any


def source_of(field: str) -> str:
    """The Vietnamese field that an English one translates: ``name_en`` → ``name_vi``."""
    return f"{field.removesuffix('_en')}_vi"


def mark_of(text: str) -> str:
    """A short digest of a Vietnamese text."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


def is_stale(marks: Mapping[str, str], field: str, *, vi: str, en: str) -> bool:
    """Whether the English field ``field`` was written from another Vietnamese text than this one."""
    return bool(en) and marks.get(field, mark_of(vi)) != mark_of(vi)


def marked(
    marks: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any], *, written: Collection[str]
) -> dict[str, str]:
    """The marks of a page that changes from ``before`` to ``after``.

    before, after: field → text, of both languages.    written: English fields that somebody has just written, or has
    just said to be right still.
    """
    new = dict(marks)
    for field in (name for name in after if name.endswith("_en")):
        was, now = before.get(source_of(field)) or "", after.get(source_of(field)) or ""
        if not after[field]:
            new.pop(field, None)
        elif field in written:
            new[field] = mark_of(now)
        elif was != now:
            new.setdefault(field, mark_of(was))
    return new
