"""Draw the map of the shop's land, ``catalog/data/map.json``. For maintainers.

The outline is our own work from two sources that ask for no credit on the page:

- the coast and the border with Laos from Natural Earth (public domain), as npm packs it in ``world-atlas``;
- the borders with other provinces from the points of the old communes (``vietnamadminunits``, MIT): land
  belongs to the nearest one. That is true to a few kilometres; one is 3.6 px at the full width.

The isles of Cù Lao Chàm and of Hoàng Sa are too small for either; their positions are listed here. So are the two
rivers, drawn through the towns on their banks: a sketch to find one's way by, like the rest.

Run it in the throwaway environment of ``tools/build_places.py``, with shapely::

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    /path/to/throwaway/bin/pip install vietnamadminunits==1.0.4 shapely
    /path/to/throwaway/bin/python -m tools.build_map package/countries-10m.json
"""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import asinh, atan, degrees, radians, sinh, tan
from pathlib import Path
from typing import Any

from shapely import (
    MultiPoint,
    Point,
    Polygon,
    STRtree,
    box,
    unary_union,
    voronoi_polygons,
)

from catalog import places
from tools.build_places import TARGET, package_data

WIDTH, HEIGHT = 720, 568
WEST, EAST, NORTH = 107.06, 108.93, 16.33
OLD_PROVINCES = {"48", "49"}
"""Đà Nẵng and Quảng Nam until 30 June 2025."""
INSET = {"left": 578, "top": 10, "width": 132, "height": 112}
INSET_WEST, INSET_EAST, INSET_NORTH, INSET_SOUTH = 110.9, 113.05, 17.22, 15.55
INSET_ISLE_RADIUS = 1.6
INLET = 4.0
"""Pixels. River mouths and lagoons narrower than twice this are closed: pins on the shore stand on land."""
CU_LAO_CHAM = [
    (15.979, 108.480), (15.981, 108.494), (15.977, 108.508), (15.972, 108.522), (15.960, 108.533),
    (15.947, 108.535), (15.933, 108.541), (15.918, 108.542), (15.909, 108.536), (15.917, 108.529),
    (15.931, 108.525), (15.942, 108.514), (15.952, 108.506), (15.962, 108.503), (15.966, 108.490),
]  # fmt: skip
"""Hòn Lao, the inhabited isle: lat, lon of its shore."""
HOANG_SA = {
    "Hoàng Sa": (16.535, 111.608), "Hữu Nhật": (16.506, 111.586), "Duy Mộng": (16.465, 111.740),
    "Quang Hòa": (16.450, 111.713), "Quang Ảnh": (16.447, 111.510), "Tri Tôn": (15.783, 111.200),
    "Bạch Quy": (16.050, 111.780), "Phú Lâm": (16.834, 112.340), "Linh Côn": (16.667, 112.730),
    "đảo Bắc": (16.963, 112.310), "đảo Cây": (16.978, 112.270), "đảo Trung": (16.953, 112.325),
}  # fmt: skip
RIVERS = {
    "Thu Bồn": [
        (15.030, 108.030), (15.080, 108.120), (15.170, 108.130), (15.270, 108.160), (15.360, 108.170), (15.460, 108.120),
        (15.575, 108.090), (15.650, 108.030), (15.700, 108.060), (15.760, 108.100), (15.830, 108.130), (15.855, 108.220),
        (15.858, 108.300), (15.872, 108.350), (15.883, 108.385),
    ],
    "Vu Gia": [
        (15.225, 107.830), (15.300, 107.800), (15.400, 107.800), (15.520, 107.810), (15.640, 107.740), (15.760, 107.800), (15.830, 107.900),
        (15.858, 107.990), (15.880, 108.090), (15.960, 108.150), (16.010, 108.210), (16.075, 108.232),
    ],
    "Bung": [
        (15.800, 107.230), (15.790, 107.340), (15.740, 107.450), (15.750, 107.560), (15.700, 107.660), (15.715, 107.767),
    ],
}  # fmt: skip
"""lat, lon from the source down."""
LABELS = [
    ("Đà Nẵng", "town", (16.070, 108.222), (-14, -4), "end"), ("Hội An", "port", (15.878, 108.331), (37, 7), "start"),
    ("Tam Kỳ", "port", (15.564, 108.482), (57, 14), "start"), ("Trà My", "town", (15.348, 108.234), (14, 6), "start"),
    ("Khâm Đức", "town", (15.507, 107.784), (-14, 6), "end"), ("Thạnh Mỹ", "town", (15.772, 107.775), (-12, 5), "end"),
    ("Đông Giang", "town", (15.929, 107.665), (-13, 5), "end"), ("Ngọc Linh", "peak", (15.068, 107.976), (-16, 8), "end"),
    ("Thu Bồn", "river", (15.600, 108.130), (0, 0), "start"), ("Vu Gia", "river", (15.800, 107.940), (0, 0), "start"),
]  # fmt: skip
"""Words on the sheet: kind, place (lat, lon), how far from it the word stands in pixels, and which end of it does."""


class Frame:
    """A linear scale from degrees of longitude and of Mercator latitude to pixels."""

    def __init__(self, *, west: float, north: float, scale: float, left: float = 0, top: float = 0) -> None:
        self.x = (scale, left - scale * west)
        self.y = (-scale, top + scale * mercator(north))

    def pixel(self, lat: float, lon: float) -> tuple[float, float]:
        return self.x[0] * lon + self.x[1], self.y[0] * mercator(lat) + self.y[1]

    def latitude(self, y: float) -> float:
        return round(degrees(atan(sinh(radians((y - self.y[1]) / self.y[0])))), 4)

    def coefficients(self) -> dict[str, list[float]]:
        return {"x": [round(c, 6) for c in self.x], "y": [round(c, 6) for c in self.y]}


def mercator(lat: float) -> float:
    """Degrees of latitude on Mercator's scale, where they are as long as degrees of longitude."""
    return degrees(asinh(tan(radians(lat))))


def main(atlas: Path) -> None:
    frame = Frame(west=WEST, north=NORTH, scale=WIDTH / (EAST - WEST))
    rings = _rings(json.loads(atlas.read_text("utf-8")), "Vietnam", frame.pixel)
    country = unary_union([Polygon(ring).buffer(0) for ring in rings])
    mainland = country.intersection(box(-50, -50, WIDTH + 50, HEIGHT + 50)).intersection(_territory(frame))
    mainland = mainland.buffer(INLET).buffer(-INLET)
    isle = Polygon([frame.pixel(*point) for point in CU_LAO_CHAM])
    land = [_smooth(max(_polygons(mainland), key=lambda p: p.area)), _smooth(isle)]
    _check(land, frame)

    across = INSET["width"] / (INSET_EAST - INSET_WEST)
    down = INSET["height"] / (mercator(INSET_NORTH) - mercator(INSET_SOUTH))
    inset = Frame(west=INSET_WEST, north=INSET_NORTH, scale=min(across, down), left=INSET["left"], top=INSET["top"])
    drawing = {
        "width": WIDTH,
        "height": HEIGHT,
        "bounds": {"west": WEST, "east": EAST, "north": NORTH, "south": frame.latitude(HEIGHT)},
        "project": frame.coefficients(),
        "land": [_path(polygon) for polygon in land],
        "rivers": [_course([frame.pixel(*point) for point in line]) for line in RIVERS.values()],
        "labels": [_label(frame, *label) for label in LABELS],
        "inset": {
            "label": "Đặc khu Hoàng Sa (Đà Nẵng)",
            **INSET,
            "bounds": {"west": INSET_WEST, "east": INSET_EAST, "north": INSET_NORTH, "south": INSET_SOUTH},
            "project": inset.coefficients(),
            "land": [_path(Point(inset.pixel(*at)).buffer(INSET_ISLE_RADIUS, 3)) for at in HOANG_SA.values()],
        },
    }
    (TARGET / "map.json").write_text(json.dumps(drawing, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _rings(
    topology: dict[str, Any], country: str, pixel: Callable[[float, float], tuple[float, float]]
) -> Iterable[list[tuple[float, float]]]:
    """Outer rings of a country of a TopoJSON file, in pixels. Its arcs are differences on a grid."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]

    def points(index: int) -> list[tuple[float, float]]:
        x = y = 0
        line = []
        for dx, dy in topology["arcs"][index if index >= 0 else ~index]:
            x, y = x + dx, y + dy
            line.append(pixel(y * sy + ty, x * sx + tx))
        return line if index >= 0 else line[::-1]

    shapes = topology["objects"]["countries"]["geometries"]
    shape = next(shape for shape in shapes if shape["properties"]["name"] == country)
    for polygon in shape["arcs"]:
        yield [point for index in polygon[0] for point in points(index)]


def _territory(frame: Frame) -> Any:
    """What lies nearer to an old commune of ours than to any other."""
    with sqlite3.connect(f"file:{package_data() / 'dataset.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT wardLat, wardLon, provinceCode FROM admin_units_legacy WHERE ward IS NOT NULL"
            " AND wardLat BETWEEN 14 AND 17 AND wardLon BETWEEN 106 AND 110"
        ).fetchall()
    ours = {frame.pixel(lat, lon): code in OLD_PROVINCES for lat, lon, code in rows}
    points = [Point(point) for point in ours]
    tree = STRtree(points)
    cells = voronoi_polygons(MultiPoint(points), extend_to=box(-WIDTH, -HEIGHT, 2 * WIDTH, 2 * HEIGHT))
    centre = (points[tree.query(cell, predicate="contains")[0]] for cell in cells.geoms)
    return unary_union([cell for cell, point in zip(cells.geoms, centre, strict=True) if ours[point.x, point.y]])


def _polygons(shape: Any) -> list[Any]:
    return list(getattr(shape, "geoms", [shape]))


def _smooth(polygon: Any) -> Any:
    """Without details below a pixel, and with corners cut twice (Chaikin)."""
    ring = list(polygon.exterior.simplify(0.8).coords)[:-1]
    for _ in range(2):
        ring = [
            (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
            for a, b in zip(ring, ring[1:] + ring[:1], strict=True)
            for share in (0.25, 0.75)
        ]
    return Polygon(ring).simplify(0.2)


def _path(polygon: Any) -> str:
    points = [f"{x:.1f} {y:.1f}" for x, y in polygon.exterior.coords[:-1]]
    return f"M{'L'.join(points)}Z"


def _course(line: list[tuple[float, float]]) -> str:
    """An open line with its corners cut twice, its ends kept."""
    for _ in range(2):
        cut = [
            (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
            for a, b in pairwise(line)
            for share in (0.25, 0.75)
        ]
        line = [line[0], *cut, line[-1]]
    return f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in line)}"


def _label(
    frame: Frame, text: str, kind: str, place: tuple[float, float], off: tuple[int, int], anchor: str
) -> dict[str, Any]:
    x, y = (round(value, 1) for value in frame.pixel(*place))
    return {"text": text, "kind": kind, "x": x, "y": y, "dx": off[0], "dy": off[1], "anchor": anchor}


def _check(land: list[Any], frame: Frame) -> None:
    """Every commune but the far islands must stand on the drawn land."""
    drawn = unary_union(land)
    for commune in places.communes(places.HOME):
        off = drawn.distance(Point(frame.pixel(commune.lat, commune.lon)))
        if off and commune.kind != "dac_khu":
            print(f"{commune.full_name} lies {off:.1f} px off the land")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
