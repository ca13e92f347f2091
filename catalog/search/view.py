"""What is on disk, as read-only arrays.

Whoosh walks postings in Python, one document at a time; numpy does the same work in whole arrays, 15 to 250
times quicker on this catalogue. A segment never changes after its commit, so what was read of it is kept for
the following views; only deletions differ, and they are a mask.

Documents are named here by their place in the view (0 … size - 1), products by ``ids[place]``.
"""

import weakref
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from whoosh.index import FileIndex
from whoosh.reading import IndexReader

from catalog.search.analysis import pairs, words
from catalog.search.documents import LEXICONS

Places = NDArray[np.int32]
Mask = NDArray[np.bool_]


class Unreadable(Exception):
    """The files of the index are not what they should be."""


class Segment:
    """One immutable part of the index. Postings are decoded when they are first asked for."""

    def __init__(self, reader: IndexReader) -> None:
        weakref.finalize(self, reader.close)
        self.size = reader.doc_count_all()
        self.ids = np.full(self.size, -1, dtype=np.int64)
        self.ranks = np.zeros(self.size, dtype=np.int32)
        self.lengths = np.ones(self.size, dtype=np.float32)
        self.names = [""] * self.size
        self.groups = [""] * self.size
        self.sequences: dict[int, int] = {}
        for place, stored in reader.iter_docs():
            if "sequence" in stored:
                self.sequences[place] = stored["sequence"]
                continue
            self.ids[place] = stored["product"]
            self.ranks[place] = stored["rank"]
            self.lengths[place] = stored["length"]
            self.names[place] = stored["title"]
            self.groups[place] = stored["group"]
        self.counts: dict[str, dict[str, int]] = {
            field: {term.decode(): info.doc_frequency() for term, info in reader.iter_field(field)}
            for field in LEXICONS
        }
        self._postings: dict[tuple[str, str], Places] = {}
        self._decoding = Lock()  # a reader has one file position for all its users
        self._reader = reader

    def postings(self, field: str, term: str) -> Places:
        """Places of the documents with this term, ascending. Some may have been deleted since."""
        found = self._postings.get((field, term))
        if found is not None:
            return found
        if term not in self.counts[field]:
            return _NOWHERE
        with self._decoding, _reading():
            found = np.fromiter(self._reader.postings(field, term).all_ids(), dtype=np.int32)
        self._postings[field, term] = found
        return found

    @cached_property
    def surfaces(self) -> dict[str, Counter[str]]:
        """How the folded words and pairs of the names are written: ``nuoc mam`` → ``nước mắm``, how often."""
        surfaces: dict[str, Counter[str]] = {}
        for name in filter(None, self.names):
            sequence = words(name)
            for item in sequence:
                surfaces.setdefault(item.folded, Counter())[item.typed] += 1
            for pair, left, right in zip(pairs(sequence), sequence, sequence[1:], strict=False):
                surfaces.setdefault(pair, Counter())[f"{left.typed} {right.typed}"] += 1
        return surfaces


class View:
    """All segments of one commit. Never changes; any number of threads may use it."""

    def __init__(self, segments: Sequence[Segment], deleted: Sequence[frozenset[int]]) -> None:
        self._segments = segments
        self._starts = [0]
        for segment in segments:
            self._starts.append(self._starts[-1] + segment.size)
        self.size = self._starts[-1]
        self.ids = np.concatenate([np.zeros(0, np.int64), *(segment.ids for segment in segments)])
        self.ranks = np.concatenate([np.zeros(0, np.int32), *(segment.ranks for segment in segments)])
        self.lengths = np.concatenate([np.zeros(0, np.float32), *(segment.lengths for segment in segments)])
        self.names = list(chain.from_iterable(segment.names for segment in segments))
        self.groups = list(chain.from_iterable(segment.groups for segment in segments))
        self.alive: Mask = self.ids >= 0
        self._holes = any(deleted)
        self.sequence = -1
        for start, segment, gone in zip(self._starts, segments, deleted, strict=False):
            self.alive[[start + place for place in gone]] = False
            current = (number for place, number in segment.sequences.items() if place not in gone)
            self.sequence = max(self.sequence, *current, -1)
        self.documents = int(np.count_nonzero(self.alive))
        self._terms: dict[str, list[str]] = {}

    def postings(self, field: str, term: str) -> Places:
        """Places of the living documents with this term, ascending."""
        parts = [
            segment.postings(field, term) + np.int32(start)
            for start, segment in zip(self._starts, self._segments, strict=False)
            if term in segment.counts[field]
        ]
        if not parts:
            return _NOWHERE
        found = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return found[self.alive[found]] if self._holes else found

    def count(self, field: str, term: str) -> int:
        """About how many documents have the term: those deleted since the last merge are still counted."""
        return sum(segment.counts[field].get(term, 0) for segment in self._segments)

    def terms(self, field: str) -> list[str]:
        """Every term of a field, sorted."""
        if field not in self._terms:
            self._terms[field] = sorted(set().union(*(segment.counts[field] for segment in self._segments)))
        return self._terms[field]

    def completions(self, field: str, prefix: str, *, limit: int) -> list[str]:
        """The most frequent terms that begin with the prefix."""
        terms = self.terms(field)
        found = terms[bisect_left(terms, prefix) : bisect_left(terms, prefix + "\U0010ffff")]
        if len(found) > limit:
            found = sorted(found, key=lambda term: -self.count(field, term))[:limit]
        return found

    def surfaces(self, folded: str) -> list[str]:
        """Written forms of a folded word or pair in the names, the commonest first."""
        counted: Counter[str] = Counter()
        for segment in self._segments:
            counted.update(segment.surfaces.get(folded, {}))
        return sorted(counted, key=lambda surface: (-counted[surface], surface))


def open_view(index: FileIndex, known: Mapping[str, Segment]) -> tuple[View, dict[str, Segment]]:
    """The newest commit of an index, and its segments by their id.

    known: segments of an earlier view of the same directory; those that are still there are used again.
    Whoosh's own ``reuse=`` and ``refresh()`` are not used: they bring deleted documents back.

    Raises Unreadable.
    """
    with _reading():
        segments: dict[str, Segment] = {}
        deleted: list[frozenset[int]] = []
        for reader, _ in index.reader().leaf_readers():  # type: ignore[no-untyped-call]
            stored = reader.segment()
            if stored is None:  # an index without a single commit
                continue
            name = stored.segment_id()
            if name in known:
                reader.close()
            segments[name] = known[name] if name in known else Segment(reader)
            deleted.append(frozenset(stored.deleted_docs()))
        return View(list(segments.values()), deleted), segments


@contextmanager
def _reading() -> Iterator[None]:
    """Decoders make anything of a damaged file (struct, pickle, zlib, key errors); to us it is one error."""
    try:
        yield
    except Exception as error:
        raise Unreadable(str(error)) from error


_NOWHERE: Places = np.zeros(0, dtype=np.int32)
