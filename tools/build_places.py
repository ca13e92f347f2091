"""Write the tables of places in ``catalog/data`` from the administrative units of Vietnam. For maintainers.

Run it when the state renames or merges communes, in a virtual environment that is thrown away afterwards,
because nothing here is needed to run the shop::

    python3 -m venv /path/to/throwaway
    /path/to/throwaway/bin/pip install vietnamadminunits==1.0.4
    /path/to/throwaway/bin/python -m tools.build_places

Only the data files of that package are read (MIT, notice in ``catalog/data/NOTICE.md``), never its code.

Written:

communes.csv            the 3,321 communes of today, in the order in which a Vietnamese reader looks them up
old_communes.csv        the communes until 30 June 2025 and the code or codes (``|``) that took their land
quang_nam_districts.csv the old district of each commune of today's Đà Nẵng, and whether it is mountainous
"""

import csv
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from catalog.text import collation_key, nfc

TARGET = Path(__file__).parent.parent / "catalog" / "data"
HOME = "48"
KINDS = {"Xã": "xa", "Phường": "phuong", "Đặc khu": "dac_khu"}
MOUNTAINOUS = {"504", "505", "510", "511", "515", "516"}
"""Tây Giang, Đông Giang, Nam Giang, Phước Sơn, Bắc Trà My, Nam Trà My."""
NONG_SON = ("519", "Huyện Nông Sơn")
NONG_SON_PARTS = {"Thị trấn Trung Phước", "Xã Quế Lộc", "Xã Ninh Phước", "Xã Phước Ninh", "Xã Quế Lâm"}
"""The source has the map of early 2025, when Nông Sơn had just joined Quế Sơn; people still say Nông Sơn."""
ISLANDS = {
    ("Đà Nẵng", "Tân Hiệp"),
    ("Gia Lai", "Nhơn Châu"),
    ("Hồ Chí Minh", "Thạnh An"),
    ("An Giang", "Tiên Hải"),
    ("Quảng Ninh", "Vĩnh Thực"),
    ("Quảng Ninh", "Cái Chiên"),
}
"""Communes that only a boat reaches, besides the special zones."""
NICKNAMES = {("Thành phố Hội An", "Xã Tân Hiệp"): "culaocham"}
BRIDGED = {"Vân Đồn"}
"""Special zones on islands that lorries reach by road."""
RIGHT_THOUGH_FAR = {"Tiên Hải"}
"""An archipelago 35 km out, whose old point is the harbour on the mainland."""
FAR_KM = 25.0

Row = sqlite3.Row
Key = tuple[str, str]


def main() -> None:
    source = package_data()
    with sqlite3.connect(f"file:{source / 'dataset.db'}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        today = connection.execute("SELECT * FROM admin_units").fetchall()
        before = connection.execute("SELECT * FROM admin_units_legacy").fetchall()
    successors = _successors(json.loads((source / "converter_2025.json").read_text("utf-8")))
    code_of = {(row["provinceKey"], row["wardKey"]): row["wardCode"] for row in today}
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in before:
        for key in successors[_old_key(row)]:
            parts[code_of[key]].append(row)

    today.sort(key=_reading_order)
    _write("communes.csv", "province_code,province,code,name,kind,lat,lon,island", _communes(today, parts))
    old = _old_communes(before, successors, code_of)
    _write("old_communes.csv", "old_province,old_district,old_commune,new_code,earlier", old)
    home = [row for row in today if row["provinceCode"] == HOME]
    _write("quang_nam_districts.csv", "code,district_code,district,mountain", _districts(home, parts))


def package_data() -> Path:
    spec = find_spec("vietnamadminunits")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("Install vietnamadminunits==1.0.4 first; see the top of this file.")
    return Path(spec.submodule_search_locations[0]) / "data"


def _write(name: str, header: str, rows: Iterable[Sequence[object]]) -> None:
    with (TARGET / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def _successors(converter: dict[str, dict[str, dict[str, list[object]]]]) -> dict[str, list[Key]]:
    """Old key ``province_district_commune`` → keys (province, commune) of today, several where split."""
    found: dict[str, list[Key]] = defaultdict(list)
    for province, communes in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, old_keys in communes.items():
            for old in old_keys:
                found[str(old)].append((province, commune))
    for province, divided in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, shares in divided.items():
            found[old] += [(province, share["newWardKey"]) for share in shares if isinstance(share, dict)]
    return found


def _old_key(row: Row) -> str:
    return f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}"


def _reading_order(row: Row) -> tuple[object, ...]:
    home_first = row["provinceCode"] != HOME
    return home_first, collation_key(row["provinceShort"]), collation_key(row["wardShort"]), row["wardCode"]


def _communes(today: list[Row], parts: dict[str, list[Row]]) -> Iterable[Sequence[object]]:
    for row in today:
        lat, lon = _position(row, parts[row["wardCode"]])
        name, kind = nfc(row["wardShort"]), KINDS[row["wardType"]]
        island = (row["provinceShort"], name) in ISLANDS or (kind == "dac_khu" and name not in BRIDGED)
        province = nfc(row["province"])
        yield row["provinceCode"], province, row["wardCode"], name, kind, lat, lon, "1" if island else ""


def _position(row: Row, parts: list[Row]) -> tuple[float, float]:
    """The commune's own point, or the middle of its old parts if it lies far from every one of them.

    The source confuses namesakes within a province. An old part that it could not find carries its district's
    point and proves nothing; nor do the parts of a special zone, whose islands lie far apart.
    """
    lat, lon = float(row["wardLat"]), float(row["wardLon"])
    known = [
        (float(part["wardLat"]), float(part["wardLon"]))
        for part in parts
        if part["ward"] and (part["wardLat"], part["wardLon"]) != (part["districtLat"], part["districtLon"])
    ]
    trusted = row["wardType"] == "Đặc khu" or row["wardShort"] in RIGHT_THOUGH_FAR
    if trusted or not known or min(_km(lat, lon, *point) for point in known) <= FAR_KM:
        return round(lat, 4), round(lon, 4)
    print(f"{row['ward']}, {row['province']}: moved to its old parts")
    return round(sum(p[0] for p in known) / len(known), 4), round(sum(p[1] for p in known) / len(known), 4)


def _km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    north, east = radians(lat2 - lat1), radians(lon2 - lon1)
    half = sin(north / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(east / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))


def _old_communes(
    before: list[Row], successors: dict[str, list[Key]], code_of: dict[Key, str]
) -> Iterable[Sequence[object]]:
    for row in before:
        commune = nfc(row["ward"] or "")
        codes = "|".join(sorted(code_of[key] for key in successors[_old_key(row)]))
        districts = [nfc(row["district"])]
        if row["districtCode"] == "509" and commune in NONG_SON_PARTS:
            districts.append(NONG_SON[1])
        for district in districts:
            yield nfc(row["province"]), district, commune, codes, "|".join(_earlier(row))


def _earlier(row: Row) -> list[str]:
    """Nicknames, and communes merged into it before 2025 as the source has them: folded, no blanks."""
    aliases = set(json.loads(row["wardAlias"] or "[]"))
    bare = {name for name in aliases if any(kind + name in aliases for kind in ("xa", "phuong", "thitran"))}
    if (row["district"], row["ward"]) in NICKNAMES:
        bare.add(NICKNAMES[row["district"], row["ward"]])
    return sorted(name for name in bare if not re.fullmatch(r"\d+|(tt|tx|tp).*", name))


def _districts(home: list[Row], parts: dict[str, list[Row]]) -> Iterable[Sequence[object]]:
    """The district of the commune's namesake among its parts, else of most of its parts."""
    for row in home:
        held: Counter[tuple[str, str]] = Counter()
        for part in parts[row["wardCode"]]:
            of_nong_son = part["districtCode"] == "509" and part["ward"] in NONG_SON_PARTS
            district = NONG_SON if of_nong_son else (part["districtCode"], nfc(part["district"]))
            held[district] += 10 if part["wardShort"] == row["wardShort"] else 1
        code, name = held.most_common(1)[0][0]
        yield row["wardCode"], code, name, "1" if code in MOUNTAINOUS else ""


if __name__ == "__main__":
    main()
