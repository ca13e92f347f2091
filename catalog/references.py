"""Names of documents that people read, type and say: two letters and six signs, such as ``PN-7K3M9Q``.

The signs are Crockford's 32, which leave out I, L, O and U.
"""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from catalog import codes
from catalog.db import db


def six_signs() -> str:
    """One of a milliard, by chance."""
    return codes.random_code(6)


def new_reference(prefix: str, column: InstrumentedAttribute[str], *, signs: Callable[[], str] = six_signs) -> str:
    """A reference that no row has yet in this column. prefix: two letters, e.g. ``PN``."""
    while True:
        reference = f"{prefix}-{signs()}"
        if db.session.scalar(select(column).where(column == reference)) is None:
            return reference


def read_reference(prefix: str, text: str) -> str:
    """What somebody types for ``PN-7K3M9Q``: any case, with or without the dash or the letters."""
    signs = "".join(c for c in text.upper() if c.isascii() and c.isalnum()).removeprefix(prefix)
    return f"{prefix}-{codes.mend(signs)}"
