"""Words in a list of ingredients that tell of an allergen. A machine only points at what is not marked yet.

Words are found whole, in any case and with their tones (``cá`` is not ``cà``). The list is data:
``data/allergen_words.csv`` unless the caller brings another.
"""

import csv
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from catalog.text import nfc

FILE = Path(__file__).parent / "data" / "allergen_words.csv"


@dataclass(frozen=True, slots=True)
class AllergenWord:
    """A word, or some in a row. allergen: its code.    unless: longer names in which it is something else."""

    text: str
    allergen: str
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmarked:
    """A word in the ingredients whose allergen nobody has marked."""

    word: str
    allergen: str


@lru_cache
def default_words() -> tuple[AllergenWord, ...]:
    """Those of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            AllergenWord(row["word"], row["allergen"], tuple(filter(None, row["unless"].split("|"))))
            for row in csv.DictReader(file)
        )


def unmarked(
    ingredients: str, marked: Collection[str], words: tuple[AllergenWord, ...] | None = None
) -> tuple[Unmarked, ...]:
    """Each allergen that the ingredients name and nobody has marked, by the first word that names it.

    marked: codes.    words: the list; None for the file's.
    """
    told = default_words() if words is None else words
    text = nfc(ingredients).lower()
    harmless = _any_of(saying for word in told for saying in word.unless)
    if harmless:
        text = harmless.sub("·", text)
    allergen_of = {nfc(word.text).lower(): word.allergen for word in told}
    pattern = _any_of(allergen_of)
    found: dict[str, Unmarked] = {}
    for match in pattern.finditer(text) if pattern else ():
        allergen = allergen_of[match.group()]
        if allergen not in marked:
            found.setdefault(allergen, Unmarked(match.group(), allergen))
    return tuple(found.values())


def _any_of(sayings: Iterable[str]) -> re.Pattern[str] | None:
    """Whole words only, the longest first."""
    keys = sorted({nfc(saying).lower() for saying in sayings}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, keys))})(?!\w)") if keys else None
