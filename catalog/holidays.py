"""Public holidays of Vietnam: days on which carriers rest and outlets stay shut. Pure; the table is in ``data``."""

import csv
from datetime import date
from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).parent / "data" / "holidays.csv"


@lru_cache
def names() -> dict[date, str]:
    """Day → its name in Vietnamese.

    All of the table, those only expected too: a promise kept early disappoints nobody.
    """
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {date.fromisoformat(row["day"]): row["name_vi"] for row in csv.DictReader(file)}


@lru_cache
def days() -> frozenset[date]:
    """All of them."""
    return frozenset(names())
