"""How good the answers are, on queries judged by hand.

``judged.csv`` names for each query the products that a shopper would accept. They were chosen by what the
words mean, before the ranking was looked at; a query is not taken out because it is hard.
"""

import csv
from math import log2
from pathlib import Path

import pytest

from catalog.search.documents import Document
from catalog.search.index import SearchIndex

SPELLED_RIGHT = ("exact", "bare", "spelling", "synonym", "english", "place")


@pytest.fixture(scope="module")
def judged() -> list[tuple[str, str, frozenset[str]]]:
    """query, kind, names of the relevant products."""
    with (Path(__file__).parent / "judged.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        return [(row["query"], row["kind"], frozenset(row["relevant"].split("|"))) for row in rows]


def ndcg(got: list[str], relevant: frozenset[str]) -> float:
    """1 if the first ten are all relevant or all the relevant ones come first; 0 if none is among them."""
    gain = sum(1 / log2(place + 2) for place, name in enumerate(got[:10]) if name in relevant)
    return gain / sum(1 / log2(place + 2) for place in range(min(10, len(relevant))))


def test_the_measure_itself() -> None:
    assert ndcg(["a", "b"], frozenset("ab")) == 1
    assert ndcg(["x", "a"], frozenset("a")) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg(["x"], frozenset("a")) == 0


def test_every_relevant_name_is_in_the_catalogue(
    judged: list[tuple[str, str, frozenset[str]]], catalogue: list[Document]
) -> None:
    names = {document.name for document in catalogue}
    assert len(judged) >= 150
    assert set().union(*(relevant for _, _, relevant in judged)) <= names


def test_answers_are_good_and_never_empty(
    judged: list[tuple[str, str, frozenset[str]]], shop: SearchIndex, catalogue: list[Document]
) -> None:
    names = {document.id: document.name for document in catalogue}
    scores: dict[str, list[float]] = {}
    for query, kind, relevant in judged:
        got = [names[id] for id in shop.find(query).ids]
        assert got, query
        scores.setdefault(kind, []).append(ndcg(got, relevant))
    everything = [score for several in scores.values() for score in several]
    assert sum(everything) / len(everything) >= 0.97
    for kind, several in scores.items():
        assert sum(several) / len(several) >= 0.93, kind


def test_what_is_spelled_right_is_not_corrected(
    judged: list[tuple[str, str, frozenset[str]]], shop: SearchIndex
) -> None:
    assert [q for q, kind, _ in judged if kind in SPELLED_RIGHT and shop.find(q).corrected] == []
