"""Public holidays of Vietnam: days on which carriers rest and outlets stay shut. Pure; the table is in ``data``.

The office may lay down another list (``checkout.regulations``); what needs holidays is given them.
"""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

Holidays = Mapping[date, str]
"""Day → its name in Vietnamese."""

_TABLE = Path(__file__).parent / "data" / "holidays.csv"


def _read() -> Holidays:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({date.fromisoformat(row["day"]): row["name_vi"] for row in csv.DictReader(file)})


EXPECTED: Holidays = _read()
"""All of the table, those only expected too: a promise kept early disappoints nobody."""
