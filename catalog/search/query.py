"""Finding and suggesting, on one view of the index.

A query is words, never syntax: ``NOT``, ``*``, ``id:1`` and ``[a TO z]`` are looked for like any other word,
and work is bounded by the number of words taken, not by what was typed.

How well a document answers one word is the best of the places where it has it: in its name, in its English
name, beside it (producer, commune, district) or in its text. When the query has accents, a hit that has the
same ones beats every hit that has not: ``dứa`` (pineapple) is not ``dừa`` (coconut), but may be all there is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from catalog.search.analysis import Word, pairs, singular, words
from catalog.search.repair import Vocabulary, repair
from catalog.search.synonyms import Thesaurus
from catalog.search.view import Mask, Places, View

LONGEST_QUERY = 5_000
"""Letters looked at."""
MOST_WORDS = 8
"""Words looked for."""

Scores = NDArray[np.float32]

# Weakest first: a stronger hit overwrites a weaker one.
_FOLDED = (("body", 1.0), ("near", 2.0), ("english", 3.0), ("name", 4.0))
_EXACT = (("body_exact", 8.0), ("near_exact", 16.0), ("name_exact", 32.0))
_EXACT_AS_FOLDED = (("body_exact", 1.0), ("near_exact", 2.0), ("name_exact", 4.0))
_SYNONYM = 0.7
_NEIGHBOURS = 1.0
_PER_NAME_WORD = 0.01
"""Both together are too small to lift a hit above one of a better kind."""
_EQUALS = 50
"""Scores are compared in fiftieths of the best one; between equals the more popular product comes first."""
_FEW = 3
"""With fewer products than this that have every word, products with half of the words or more follow."""
_COMPLETIONS = 200


@dataclass(frozen=True, slots=True)
class Found:
    """Products for a query, the best first.

    ids: product ids.    terms: what was looked for, as written, synonyms too: for marking hits on the page.
    corrected: the query that was answered instead of an apparently mistyped one, or None.
    mode: ``"all"`` if each product answers every word, ``"any"`` if some answer only part of it, ``"none"``
    if there are no products.
    """

    ids: tuple[int, ...]
    terms: tuple[str, ...]
    corrected: str | None
    mode: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What somebody may be about to type. kind: ``"product"`` (then with its id) or ``"word"``."""

    text: str
    kind: str
    id: int | None = None


def find(
    view: View, vocabulary: Vocabulary, thesaurus: Thesaurus, text: str, *, limit: int, as_typed: bool = False
) -> Found:
    """Products for what somebody typed; no text is too strange.

    limit: products at most.    as_typed: do not repair unknown words.
    """
    typed = _telling(view, words(text[:LONGEST_QUERY]))
    looked_for = typed if as_typed else repair(typed, vocabulary, thesaurus)
    corrected = " ".join(word.typed for word in looked_for) if looked_for != typed else None
    accented = any(word.accented for word in looked_for)

    strengths = [_strength(view, word, accented=accented) for word in looked_for]
    terms = [word.typed for word in looked_for]
    for other in thesaurus.alternatives(looked_for, borne=vocabulary.knows):
        lift = _SYNONYM * _whole_phrase(view, other.phrase, _EXACT if accented else _EXACT_AS_FOLDED)
        terms.append(" ".join(word.typed for word in other.phrase))
        for place in range(other.start, other.end):
            np.maximum(strengths[place], lift, out=strengths[place])

    everything, ranked, scores = _candidates(view, strengths)
    if not len(ranked):
        return Found((), tuple(dict.fromkeys(terms)), corrected, "none")
    _add_neighbours(view, looked_for, strengths, scores)
    scores *= 1 - _PER_NAME_WORD * np.minimum(view.lengths, 20)
    steps = np.round(scores[ranked] * (_EQUALS / scores[ranked].max()))
    order = np.lexsort((view.ids[ranked], -view.ranks[ranked], -steps, ~everything[ranked]))
    ids = view.ids[ranked[order[:limit]]]
    mode = "all" if everything[ranked].all() else "any"
    return Found(tuple(ids.tolist()), tuple(dict.fromkeys(terms)), corrected, mode)


def suggest(view: View, prefix: str, *, offered: Mask, limit: int) -> list[Suggestion]:
    """Products, then words, for the beginning of a query. The last word may be unfinished.

    offered: the documents that may be suggested.    limit: suggestions at most.
    """
    typed = words(prefix[:LONGEST_QUERY])[-MOST_WORDS:]
    if not typed or limit < 1:
        return []
    begun = _Begun(tuple(typed), None) if prefix[-1].isspace() else _Begun(tuple(typed[:-1]), typed[-1])
    completed = list(islice(_completed(view, begun, offered), max(1, limit // 4)))
    named = _named(view, begun, offered)[: limit - len(completed)].tolist()
    return [
        *(Suggestion(view.names[place], "product", int(view.ids[place])) for place in named),
        *(Suggestion(text, "word") for text in completed),
    ]


def _telling(view: View, query: Sequence[Word]) -> list[Word]:
    """The words that tell most, in their order: rare ones before common, those that no product has last."""
    distinct = list(dict.fromkeys(query))
    if len(distinct) <= MOST_WORDS:
        return distinct

    def commonness(word: Word) -> float:
        return sum(view.count(field, word.folded) for field, _ in _FOLDED) or float("inf")

    chosen = set(sorted(distinct, key=commonness)[:MOST_WORDS])
    return [word for word in distinct if word in chosen]


def _strength(view: View, word: Word, *, accented: bool) -> Scores:
    """How well each document answers a word; 0 where it does not."""
    strength = np.zeros(view.size, dtype=np.float32)
    for field, weight in _FOLDED:
        strength[view.postings(field, singular(word.folded) if field == "english" else word.folded)] = weight
    if accented:
        for field, weight in _EXACT:
            strength[view.postings(field, word.exact)] = weight
    return strength


def _whole_phrase(view: View, phrase: Sequence[Word], weights: Sequence[tuple[str, float]]) -> Scores:
    """How well each document answers a phrase: all words of it, accents too, in the same field."""
    strength = np.zeros(view.size, dtype=np.float32)
    for field, weight in weights:
        strength[reduce(_both, [view.postings(field, word.exact) for word in phrase])] = weight
    return strength


def _candidates(view: View, strengths: Sequence[Scores]) -> tuple[Mask, Places, Scores]:
    """Which documents answer every word, which are worth showing, and the scores of all."""
    everything: Mask = view.alive & bool(strengths)
    scores = np.zeros(view.size, dtype=np.float32)
    answered = np.zeros(view.size, dtype=np.int8)
    for strength in strengths:
        has = strength > 0
        everything &= has
        scores += _information(view, has) * strength
        answered += has
    shown = everything
    if np.count_nonzero(everything) < _FEW:
        some = view.alive & (answered > 0)
        half = some & (answered * 2 >= len(strengths))
        shown = half if half.any() else some
    return everything, np.flatnonzero(shown).astype(np.int32), scores


def _information(view: View, has: Mask) -> float:
    """What a hit tells: much for a rare word, little for one that every product has."""
    return float(np.log1p(view.documents / (1 + np.count_nonzero(has))))


def _add_neighbours(view: View, query: Sequence[Word], strengths: Sequence[Scores], scores: Scores) -> None:
    """Prefer names that begin as the query does and that keep its words together."""
    for pair, strength in zip(pairs(query, opening=True), strengths, strict=True):
        scores[view.postings("pairs", pair)] += _NEIGHBOURS * _information(view, strength > 0)


@dataclass(frozen=True, slots=True)
class _Begun:
    """What has been typed of a query: whole words and perhaps the beginning of the next. Never both empty."""

    whole: tuple[Word, ...]
    last: Word | None

    @property
    def prefix(self) -> str:
        return self.last.folded if self.last else ""


def _named(view: View, begun: _Begun, offered: Mask) -> Places:
    """Products whose names have all whole words and one that begins with the last, the best first."""
    matching = offered.copy()
    fitting = np.zeros(view.size, dtype=np.int32)
    for word in begun.whole:
        matching &= _having(view, ("name", [word.folded]), ("english", [singular(word.folded)]))
        fitting += _having(view, ("name_exact", [word.exact]))
    if begun.last:
        fields = ("name",) if begun.last.accented else ("name", "english")
        for_last = [(field, view.completions(field, begun.prefix, limit=_COMPLETIONS)) for field in fields]
        matching &= _having(view, *for_last)
        exact = view.completions("name_exact", _letters(begun.last), limit=_COMPLETIONS)
        fitting += _having(view, ("name_exact", [term for term in exact if _fits(term, begun.last)]))
    first = f"^ {begun.whole[0].folded}" if begun.whole else None
    openings = [first] if first else view.completions("pairs", f"^ {begun.prefix}", limit=_COMPLETIONS)
    opening = _having(view, ("pairs", openings))
    found = np.flatnonzero(matching).astype(np.int32)
    if len(found) and any(word.accented for word in (*begun.whole, *filter(None, [begun.last]))):
        found = found[fitting[found] == fitting[found].max()]
    by = (view.ids, view.lengths, -view.ranks, ~opening, -fitting)
    return found[np.lexsort([key[found] for key in by])]


def _completed(view: View, begun: _Begun, offered: Mask) -> Iterator[str]:
    """The typed words with the last one completed as the names go on, the commonest first."""
    field, prefix = "name", begun.prefix
    if begun.whole:
        field, prefix = "pairs", f"{begun.whole[-1].folded} {begun.prefix}"
    terms = view.completions(field, prefix, limit=_COMPLETIONS)
    counted = [(int(np.count_nonzero(offered[view.postings(field, term)])), term) for term in terms]
    typed = [*begun.whole[-1:], *filter(None, [begun.last])]
    head = [word.typed for word in begun.whole[:-1]]
    for count, term in sorted(counted, key=lambda item: (-item[0], item[1])):
        for surface in view.surfaces(term) if count else ():
            if all(_fits(written.exact, word) for written, word in zip(words(surface), typed, strict=False)):
                if surface != " ".join(word.typed for word in typed):
                    yield " ".join([*head, surface])
                break


def _having(view: View, *terms_by_field: tuple[str, Sequence[str]]) -> Mask:
    """Which documents have one of the terms."""
    having: Mask = np.zeros(view.size, dtype=bool)
    for field, terms in terms_by_field:
        for term in terms:
            having[view.postings(field, term)] = True
    return having


def _fits(exact: str, typed: Word) -> bool:
    """Whether a word may become of what was typed of it, as far as accents were typed."""
    letters = _letters(typed)
    return not typed.accented or (exact.startswith(letters) and exact.endswith(typed.exact[len(letters) :]))


def _letters(word: Word) -> str:
    """The exact form without its tone."""
    return word.exact[:-1] if word.accented and word.exact[-1].isdigit() else word.exact


def _both(one: Places, other: Places) -> Places:
    return np.intersect1d(one, other, assume_unique=True)
