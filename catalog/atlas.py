"""The map of the shop's land: its outline as SVG paths, and where on it a place is. Pure.

Hoàng Sa lies 400 km out at sea and has a box of its own on the sheet. ``tools/build_map.py`` draws
``catalog/data/map.json``, which is read once.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from math import asinh, degrees, radians, tan
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("data") / "map.json"


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the sheet, and the degrees that it shows.

    x, y: (factor, shift) from degrees of longitude, and of Mercator latitude, to units of the sheet.
    """

    west: float
    east: float
    north: float
    south: float
    x: tuple[float, float]
    y: tuple[float, float]

    def shows(self, lat: float, lon: float) -> bool:
        return self.south <= lat <= self.north and self.west <= lon <= self.east

    def project(self, lat: float, lon: float) -> tuple[float, float]:
        north = degrees(asinh(tan(radians(lat))))
        return round(self.x[0] * lon + self.x[1], 1), round(self.y[0] * north + self.y[1], 1)


@dataclass(frozen=True, slots=True)
class Inset:
    """The box of Hoàng Sa, in units of the sheet.    land: paths of its isles, drawn larger than they are."""

    label: str
    left: int
    top: int
    width: int
    height: int
    land: tuple[str, ...]
    frame: Frame


@dataclass(frozen=True, slots=True)
class Label:
    """A word on the sheet.

    kind: ``town``, ``port`` (its word stands in the sea), ``river`` or ``peak``.    x, y: the place.    dx, dy: from there to the foot of the word.
    anchor: SVG's ``text-anchor``.
    """

    text: str
    kind: str
    x: float
    y: float
    dx: int
    dy: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The sheet, from (0, 0) to (width, height).

    land: paths of the mainland, then of Cù Lao Chàm.    rivers: open paths from the source down.
    """

    width: int
    height: int
    land: tuple[str, ...]
    rivers: tuple[str, ...]
    labels: tuple[Label, ...]
    frame: Frame
    inset: Inset


@lru_cache(maxsize=1)
def map_outline() -> Outline:
    drawing = json.loads(_FILE.read_text(encoding="utf-8"))
    box = drawing["inset"]
    return Outline(
        width=drawing["width"],
        height=drawing["height"],
        land=tuple(drawing["land"]),
        rivers=tuple(drawing["rivers"]),
        labels=tuple(Label(**label) for label in drawing["labels"]),
        frame=_frame(drawing),
        inset=Inset(
            label=box["label"],
            left=box["left"],
            top=box["top"],
            width=box["width"],
            height=box["height"],
            land=tuple(box["land"]),
            frame=_frame(box),
        ),
    )


def on_map(lat: float, lon: float) -> bool:
    """Whether a place is on the sheet at all; an outlet in Hà Nội is not."""
    outline = map_outline()
    return outline.frame.shows(lat, lon) or outline.inset.frame.shows(lat, lon)


def project(lat: float, lon: float) -> tuple[float, float]:
    """Position (x, y) on the sheet, to a tenth of a unit; outside of it where ``on_map`` says no."""
    outline = map_outline()
    frame = outline.inset.frame if outline.inset.frame.shows(lat, lon) else outline.frame
    return frame.project(lat, lon)


def _frame(drawing: dict[str, Any]) -> Frame:
    scale = drawing["project"]
    return Frame(x=tuple(scale["x"]), y=tuple(scale["y"]), **drawing["bounds"])
