"""The communes of Vietnam until 30 June 2025, by name: what people and older papers still write.

Lists of them are narrowed down by what an address says, piece by piece; ``places.from_old`` does the reading.
Pure: a table in ``catalog/data``, read once. It tells today's communes by code; ``places`` knows their names.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from catalog import placenames

_TABLE = Path(__file__).with_name("data") / "old_communes.csv"
_NICKNAMES = {"hcm": "ho chi minh", "tphcm": "ho chi minh", "sai gon": "ho chi minh", "thua thien hue": "hue"}


@dataclass(frozen=True, slots=True)
class OldCommune:
    """A commune until 30 June 2025, with its names also folded for comparison.

    name: empty on islands that were a district without communes.    codes: of today's communes on its land.
    province_names: all keys of the province.    bare, district_bare: keys without the kind.
    earlier: nicknames, and communes merged into it before 2025; keys without blanks.
    """

    province: str
    district: str
    name: str
    codes: tuple[str, ...]
    province_names: frozenset[str]
    district_key: str
    district_bare: str
    key: str
    bare: str
    earlier: tuple[str, ...]


@lru_cache(maxsize=1)
def everywhere() -> list[OldCommune]:
    """All of them, as the officials listed them."""
    key = lru_cache(maxsize=1024)(placenames.key)
    found = []
    with _TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            province, district, name = row["old_province"], row["old_district"], row["old_commune"]
            found.append(
                OldCommune(
                    province=province,
                    district=district,
                    name=name,
                    codes=tuple(row["new_code"].split("|")),
                    province_names=_names(key(province)),
                    district_key=key(district),
                    district_bare=placenames.bare(key(district)),
                    key=key(name),
                    bare=placenames.bare(key(name)),
                    earlier=tuple(filter(None, row["earlier"].split("|"))),
                )
            )
    return found


def in_province(piece: str, rows: list[OldCommune]) -> list[OldCommune]:
    """Those of the province."""
    names = placenames.readings(placenames.key(piece))
    return [row for row in rows if not names.isdisjoint(row.province_names)]


def in_district(piece: str, rows: list[OldCommune]) -> list[OldCommune]:
    """Those of the district. The kind decides between namesakes; a province may follow without a comma."""
    key = placenames.key(piece)
    names = placenames.readings(key)
    return (
        [row for row in rows if row.district_key == key]
        or [row for row in rows if row.district_bare in names]
        or [row for row in rows if any(f"{row.district_bare} {name}" in names for name in row.province_names)]
    )


def called(piece: str, rows: list[OldCommune]) -> list[OldCommune]:
    """Those of that name, or into which one of that name was merged. The kind decides between namesakes."""
    key = placenames.key(piece)
    names = placenames.readings(key)
    return (
        [row for row in rows if row.key == key]
        or [row for row in rows if row.bare in names]
        or [row for row in rows if placenames.bare(key).replace(" ", "") in row.earlier]
    )


def accented(piece: str, rows: list[OldCommune]) -> list[OldCommune]:
    """Those that carry the piece's accents, or all if none does: it was typed without, or wrongly."""
    spoken = placenames.spoken(piece)
    return [
        row for row in rows if any(spoken in placenames.spoken(name) for name in (row.name, row.district, row.province))
    ] or rows


def fits(key: str) -> Iterator[tuple[str, int]]:
    """Codes of today's communes on the land of what the key fits. Rank 2: a whole name; 5: a beginning."""
    squeezed = key.replace(" ", "")
    for row in everywhere():
        if key in (row.key, row.bare, row.district_key, row.district_bare) or squeezed in row.earlier:
            rank = 2
        elif row.bare.startswith(key):
            rank = 5
        else:
            continue
        for code in row.codes:
            yield code, rank


@lru_cache(maxsize=128)
def _names(province_key: str) -> frozenset[str]:
    nicknames = {nickname for nickname, name in _NICKNAMES.items() if name == placenames.bare(province_key)}
    return placenames.readings(province_key) | nicknames
