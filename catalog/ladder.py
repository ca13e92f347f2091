"""The files of a picture, as its name says; pure.

A picture is kept at several widths. Its *stem* names its pixels and, after an underscore, the size of its largest file:
``3f2a…_1600x1200`` has ``-400``, ``-800``, ``-1200`` and ``-1600``, each as AVIF and as WebP. A stem without a size is
that of a drawn packshot: WebP, square, 400 and 800 pixels wide.
"""

import re
from dataclasses import dataclass

WIDTHS = (400, 800, 1200, 1600)
"""In pixels. A narrower picture is kept at its own width, too; none is ever blown up."""
KINDS = ("avif", "webp")
FILE = re.compile(r"([0-9A-Za-z_-]+)-([0-9]{1,4})\.(avif|webp)")
_SIZED = re.compile(r".+_([1-9][0-9]{0,3})x([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class Ladder:
    """width, height: pixels of the largest file.    widths: of all, the smallest first.    kinds: what each comes as."""

    width: int
    height: int
    widths: tuple[int, ...]
    kinds: tuple[str, ...]

    def at_least(self, width: int) -> int:
        """The narrowest file that is so wide, or the widest there is. Pixels."""
        return min((own for own in self.widths if own >= width), default=self.width)

    def at_most(self, width: int) -> tuple[int, ...]:
        """The files up to this width, at least the narrowest."""
        return tuple(own for own in self.widths if own <= width) or self.widths[:1]


_PACKSHOT = Ladder(800, 800, (400, 800), ("webp",))


def stem_of(pixels: str, width: int, height: int) -> str:
    """The stem of a picture. pixels: what tells it from others.    width, height: of its largest file."""
    return f"{pixels}_{width}x{height}"


def ladder_of(stem: str) -> Ladder:
    """The files that a stem stands for."""
    sized = _SIZED.fullmatch(stem)
    if sized is None:
        return _PACKSHOT
    width, height = int(sized[1]), int(sized[2])
    return Ladder(width, height, (*(rung for rung in WIDTHS if rung < width), width), KINDS)
