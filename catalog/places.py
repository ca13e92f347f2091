"""Where people and goods are: the provinces and communes of Vietnam, also by their names before July 2025.

An address has two levels: 34 provinces (codes of two digits) and 3,321 communes (five digits), as the General
Statistics Office numbers them. The districts are abolished, but people and drivers still say them: communes
of our own province carry theirs as a tag, and ``from_old`` reads whole addresses in the old form.

Pure: tables in ``catalog/data``, read once; no database. ``tools/build_places.py`` makes them.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from catalog import old_communes, placenames
from catalog.errors import NotFound
from catalog.old_communes import OldCommune
from catalog.text import collation_key

HOME = "48"
"""Code of the province that the shop is from: thành phố Đà Nẵng, with the whole of old Quảng Nam."""

LONGEST = 200
"""Characters of a name that are looked at."""

_DATA = Path(__file__).with_name("data")
_EARTH_KM = 6371.0
_KIND_NAMES = {"xa": "Xã", "phuong": "Phường", "dac_khu": "Đặc khu"}
_DISTRICT_KIND = re.compile(r"^(Thành phố|Thị xã|Huyện|Quận) ")
_COUNTRY = {"viet nam", "vietnam", "vn"}


@dataclass(frozen=True, slots=True)
class Province:
    """``name`` is what people say (``Đà Nẵng``), ``full_name`` what papers write (``Thành phố Đà Nẵng``)."""

    code: str
    name: str
    full_name: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of today.

    kind: ``xa``, ``phuong`` or ``dac_khu``.    lat, lon: degrees of a point in it.
    old_district, old_district_code: until 30 June 2025, only in our own province.
    mountain: in a district far up the valleys, only in our own province.    island: reached by boat alone.
    """

    code: str
    name: str
    kind: str
    province_code: str
    lat: float
    lon: float
    old_district: str | None
    old_district_code: str | None
    mountain: bool
    island: bool

    @property
    def full_name(self) -> str:
        return f"{_KIND_NAMES[self.kind]} {self.name}"

    @property
    def label(self) -> str:
        return f"{self.full_name}, {get_province(self.province_code).name}"


@dataclass(frozen=True, slots=True)
class OldMatch:
    """What an old address may be today.

    candidates: several where the old commune was split or the address fits many, none if it fits nowhere.
    matched: the part of the old address that was understood, in full names; empty without candidates.
    """

    candidates: tuple[Commune, ...]
    matched: str


def provinces() -> tuple[Province, ...]:
    """Our own first, then in Vietnamese alphabetical order."""
    return tuple(_provinces().values())


def get_province(code: str) -> Province:
    """Raises NotFound."""
    try:
        return _provinces()[code]
    except KeyError:
        raise NotFound(f"province {code}") from None


def communes(province_code: str) -> tuple[Commune, ...]:
    """In Vietnamese alphabetical order; empty for an unknown province."""
    return tuple(commune for commune in _communes().values() if commune.province_code == province_code)


def get_commune(code: str) -> Commune:
    """Raises NotFound."""
    commune = find_commune(code)
    if commune is None:
        raise NotFound(f"commune {code}")
    return commune


def find_commune(code: str) -> Commune | None:
    return _communes().get(code)


def search_communes(text: str, *, province_code: str | None = None, limit: int = 10) -> list[Commune]:
    """Communes for a type-ahead, best first: whole names, whole old names, beginnings, anywhere in a name.

    Accents and the words xã, phường… may be missing; where typed, they decide between equals. Old communes
    and districts lead to what took their land; ``Hội An cũ`` asks for these alone.
    """
    return list(_search(text[:LONGEST], province_code, limit))


def from_old(*parts: str) -> OldMatch:
    """Communes of today for an address from before 1 July 2025, to be confirmed by whoever gave it.

    parts: free text (``"12 Trần Phú, P. Minh An, TP Hội An, Quảng Nam"``), or its pieces from small to large.
    Read from the right: country, province, district, commune; what stands before the commune is the street.
    Nothing is guessed: every piece up to the commune must be known, and whatever fits is proposed. Where the
    commune is missing, those of its district are; where the district is missing too, none.
    """
    pieces = placenames.pieces(", ".join(parts))
    if pieces and placenames.key(pieces[-1]) in _COUNTRY:
        pieces.pop()
    rows = old_communes.everywhere()
    for size in (2, 1):  # a province may hold the dash that parts the pieces: Bà Rịa - Vũng Tàu
        if in_province := _in_province(" ".join(pieces[-size:]), rows):
            rows, pieces = in_province, pieces[:-size]
            break
    district_known = False
    while pieces:
        piece = pieces.pop()
        names_commune = placenames.has_commune_kind(placenames.key(piece))
        in_district = [] if district_known or names_commune else old_communes.in_district(piece, rows)
        called = [] if in_district and pieces else old_communes.called(piece, rows)
        if called:
            return _proposal(old_communes.accented(piece, in_district + called))
        if in_district:
            rows, district_known = old_communes.accented(piece, in_district), True
        elif district_known and not names_commune:
            break
        else:
            return OldMatch((), "")
    return _proposal(rows) if district_known else OldMatch((), "")


@lru_cache(maxsize=1)
def old_districts() -> dict[str, str]:
    """Code and name of the districts our own province had, in alphabetical order of what people call them."""
    tags = {c.old_district_code: c.old_district for c in communes(HOME) if c.old_district_code and c.old_district}
    return dict(sorted(tags.items(), key=lambda tag: collation_key(_DISTRICT_KIND.sub("", tag[1]))))


@lru_cache(maxsize=256)
def formed_from(code: str) -> tuple[str, ...]:
    """Names of the old communes whose land this commune took over, as the officials listed them."""
    return tuple(row.name for row in old_communes.everywhere() if code in row.codes and row.name)


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """As the crow flies, on a round earth. Degrees in, kilometres out."""
    north, east = radians(lat2 - lat1), radians(lon2 - lon1)
    half = sin(north / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(east / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))


@lru_cache(maxsize=4096)
def _search(text: str, province_code: str | None, limit: int) -> tuple[Commune, ...]:
    written = placenames.written_out(text)
    key = placenames.key(written)
    only_old = key.endswith(" cu")
    if only_old:
        key = key.removesuffix(" cu")
    if not key:
        return ()
    ranks = dict(old_communes.fits(key))
    if not only_old:
        for code, rank in _fits_today(key, placenames.spoken(written)):
            ranks[code] = min(rank, ranks.get(code, rank))
    area = _communes().values() if province_code is None else communes(province_code)
    found = sorted((c for c in area if c.code in ranks), key=lambda commune: ranks[commune.code])
    bare = placenames.bare(key)
    if not found and bare != key:
        return _search(bare, province_code, limit)
    return tuple(found[:limit])


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@lru_cache(maxsize=1)
def _provinces() -> dict[str, Province]:
    found: dict[str, Province] = {}
    for row in _rows("communes.csv"):
        full_name = row["province"]
        name = full_name.removeprefix("Thành phố ").removeprefix("Tỉnh ")
        found.setdefault(row["province_code"], Province(row["province_code"], name, full_name))
    return found


@lru_cache(maxsize=1)
def _communes() -> dict[str, Commune]:
    districts = {row["code"]: row for row in _rows("quang_nam_districts.csv")}
    found = {}
    for row in _rows("communes.csv"):
        tag = districts.get(row["code"])
        found[row["code"]] = Commune(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            province_code=row["province_code"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            old_district=tag["district"] if tag else None,
            old_district_code=tag["district_code"] if tag else None,
            mountain=bool(tag and tag["mountain"]),
            island=bool(row["island"]),
        )
    return found


@lru_cache(maxsize=1)
def _names() -> list[tuple[str, str, str]]:
    """Code, key and spoken form of each name of each commune: with and without the kind."""
    return [
        (commune.code, placenames.key(name), placenames.spoken(name))
        for commune in _communes().values()
        for name in (commune.name, commune.full_name)
    ]


def _fits_today(key: str, spoken: str) -> Iterator[tuple[str, int]]:
    """Codes of today's communes that the text fits, with a rank from 0 for the best to 7.

    Ranks 2 and 5 are those of ``old_communes.fits``.
    """
    for code, name_key, name_spoken in _names():
        if name_key == key:
            yield code, 0 if name_spoken == spoken else 1
        elif name_key.startswith(key):
            yield code, 3 if name_spoken.startswith(spoken) else 4
        elif key in name_key:
            yield code, 6 if f" {key}" in name_key else 7


def _in_province(piece: str, rows: list[OldCommune]) -> list[OldCommune]:
    """Those of the old province and those whose land is in today's province of that name: people mix both."""
    names = placenames.readings(placenames.key(piece))
    today = {province.code for province in provinces() if placenames.key(province.name) in names}
    found = [row for row in rows if get_commune(row.codes[0]).province_code in today]
    return found or old_communes.in_province(piece, rows)


def _proposal(rows: list[OldCommune]) -> OldMatch:
    codes = {code for row in rows for code in row.codes}
    levels = ({row.name for row in rows}, {row.district for row in rows}, {row.province for row in rows})
    certain = [name for names in levels if len(names) == 1 for name in names if name]
    return OldMatch(tuple(c for c in _communes().values() if c.code in codes), ", ".join(certain))
