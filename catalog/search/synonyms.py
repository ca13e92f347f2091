"""Phrases that name the same thing.

Staff keep the table and the queries that found nothing feed it; ``seed()`` is what a new shop starts with.
All phrases of a row stand for one another. English ones only lead in: "honey" finds ``mật ong``, but nobody
who asks for ``mật ong`` is sent to whatever has "honey" in its English name.

Phrases are compared with their accents, or ``lạc`` (peanut) would bring ``lác`` (sedge). Someone who types no
accents gets the same help, except for single words of up to three letters: ``me`` and ``ngo`` mean too many
things. They are helped only when the shop has no such word at all.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.search.analysis import Word, singular, words

_SEED = Path(__file__).parents[1] / "data" / "synonyms.csv"
_AMBIGUOUS_LENGTH = 3

Phrase = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Synonym:
    """One row of the table: phrases for one thing, in Vietnamese and in English."""

    canonical: str
    variants: tuple[str, ...] = ()
    english: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another phrase for the words ``start`` to ``end`` (exclusive) of a query."""

    start: int
    end: int
    phrase: Phrase


def seed() -> tuple[Synonym, ...]:
    """The table a new shop starts with."""
    with _SEED.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Synonym(row["canonical"], _several(row["variants"]), _several(row["english"]))
            for row in csv.DictReader(lines)
        )


class Thesaurus:
    """The table, arranged for asking."""

    def __init__(self, table: Iterable[Synonym]) -> None:
        self._named: defaultdict[tuple[str, ...], list[tuple[Phrase, list[Phrase]]]] = defaultdict(list)
        self._english: defaultdict[tuple[str, ...], list[list[Phrase]]] = defaultdict(list)
        self._words: set[str] = set()
        for row in table:
            group = [phrase for text in (row.canonical, *row.variants) if (phrase := tuple(words(text)))]
            for phrase in group:
                others = [other for other in group if other != phrase]
                self._named[tuple(word.folded for word in phrase)].append((phrase, others))
                self._words.update(word.folded for word in phrase)
            for text in row.english:
                if key := tuple(singular(word.folded) for word in words(text)):
                    self._english[key].append(group)
                    self._words.update(word.folded for word in words(text))
        self._longest = max(map(len, [*self._named, *self._english]), default=0)

    def knows(self, folded: str) -> bool:
        """Whether the word occurs in the table: then it is no typing error, even if no product bears it."""
        return folded in self._words

    def alternatives(self, query: Sequence[Word], *, borne: Callable[[str], bool]) -> Iterator[Alternative]:
        """Every other phrase for every part of the query.

        borne: whether some product has a folded word.
        """
        for start in range(len(query)):
            for end in range(start + 1, min(len(query), start + self._longest) + 1):
                part = tuple(query[start:end])
                for phrase, others in self._named.get(tuple(word.folded for word in part), ()):
                    if _means(part, phrase, borne):
                        yield from (Alternative(start, end, other) for other in others)
                for group in self._english.get(tuple(singular(word.folded) for word in part), ()):
                    if not any(word.accented for word in part):
                        yield from (Alternative(start, end, phrase) for phrase in group)


def _means(part: Phrase, phrase: Phrase, borne: Callable[[str], bool]) -> bool:
    """Whether the typed part is this phrase. Both have the same folded words."""
    different = [typed for typed, meant in zip(part, phrase, strict=True) if typed.exact != meant.exact]
    if any(typed.accented for typed in different):
        return False
    ambiguous = len(part) == 1 and len(part[0].folded) <= _AMBIGUOUS_LENGTH
    return not different or not ambiguous or not borne(part[0].folded)


def _several(cell: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in cell.split("|") if text.strip())
