"""The search index: one directory, one writer at a time, any number of readers.

    <directory>/current            symbolic link to the build in use
    <directory>/1-000000000042-…   a build: a Whoosh index, begun when the catalogue was at sequence 42
    <directory>/lock               held by whoever writes; the system releases it when its holder dies

The index is a cache of the database. Whoosh does not fsync, so after a power failure a commit may be gone or
damaged: every error on reading is IndexMissing, whose remedy is ``rebuild``. A killed writer leaves the last
commit as it was.

*sequence* counts the changes of the catalogue. It is committed together with the documents, so ``status()``
tells exactly how far this copy has come.
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from whoosh.index import FileIndex, create_in, open_dir
from whoosh.writing import IndexWriter

from catalog.search import query
from catalog.search.documents import FORMAT, SCHEMA, SEQUENCE_KEY, Document, row, sequence_row
from catalog.search.query import Found, Suggestion
from catalog.search.repair import Vocabulary
from catalog.search.synonyms import Synonym, Thesaurus
from catalog.search.view import Mask, Segment, Unreadable, View, open_view


class IndexMissing(Exception):
    """There is no index, or it cannot be read. Answer from the database and rebuild."""


class IndexBusy(Exception):
    """Somebody else has been writing for longer than the patience given. Nothing has changed."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the index is. ok: it can be read; else there are 0 documents, at sequence and generation -1."""

    documents: int
    sequence: int
    generation: int
    directory: str
    ok: bool


@dataclass(frozen=True, slots=True)
class _Opened:
    """One commit as this process sees it. offered: the documents that may be suggested unasked."""

    build: str
    generation: int
    index: FileIndex
    view: View
    vocabulary: Vocabulary
    segments: dict[str, Segment]
    offered: Mask


class SearchIndex:
    """Readers and the writer of one directory. Safe to share between threads.

    synonyms: the table, or a function that gives the present one; it is asked at each ``find``.
    unsuggested: beginnings of product groups that ``suggest`` leaves out. Alcohol (2.1) must not be put in
    front of people whose age nobody has asked.
    patience: seconds that a writer waits for another.
    """

    def __init__(
        self,
        directory: Path,
        synonyms: Callable[[], tuple[Synonym, ...]] | tuple[Synonym, ...] = (),
        *,
        unsuggested: tuple[str, ...] = ("2.1",),
        patience: float = 10.0,
    ) -> None:
        self._directory = directory
        self._synonyms = synonyms if callable(synonyms) else lambda: synonyms
        self._unsuggested = unsuggested
        self._patience = patience
        self._opening = Lock()
        self._opened: _Opened | None = None
        self._thesaurus: tuple[tuple[Synonym, ...], Thesaurus] = ((), Thesaurus(()))

    def find(self, text: str, *, limit: int = 2000, as_typed: bool = False) -> Found:
        """Products for what somebody typed, the best first. Any text gets an answer.

        limit: products at most.    as_typed: without the repair of mistyped words, for the link beside
        "showing results for …".

        Raises IndexMissing.
        """
        opened = self._current()
        with _unreadable_is_missing():
            thesaurus = self._present_thesaurus()
            return query.find(opened.view, opened.vocabulary, thesaurus, text, limit=limit, as_typed=as_typed)

    def suggest(self, prefix: str, *, limit: int = 8) -> list[Suggestion]:
        """Products, then words, for the beginning of a query.

        Raises IndexMissing.
        """
        opened = self._current()
        with _unreadable_is_missing():
            return query.suggest(opened.view, prefix, offered=opened.offered, limit=limit)

    def status(self) -> Status:
        """What this process would answer from."""
        try:
            opened = self._current()
        except IndexMissing:
            return Status(documents=0, sequence=-1, generation=-1, directory="", ok=False)
        view = opened.view
        return Status(view.documents, view.sequence, opened.generation, opened.build, ok=True)

    def rebuild(self, documents: Iterable[Document], *, sequence: int) -> None:
        """Put a new index in the place of the present one. Readers go on with the old one meanwhile.

        sequence: of the catalogue, read before the documents were.

        Raises IndexBusy.
        """
        with self._writing():
            build = f"{FORMAT}-{sequence:012}-{secrets.token_hex(4)}"
            path = self._directory / build
            path.mkdir()
            with _committing(create_in(str(path), SCHEMA)) as writer:
                for document in documents:
                    writer.add_document(**row(document))
                writer.add_document(**sequence_row(sequence))
            for file in path.iterdir():
                _sync(file)
            _sync(path)
            self._swap(build)

    def apply(self, changed: Iterable[Document], removed: Iterable[int], *, sequence: int) -> None:
        """Bring in changed and new products and take out removed ones, in one commit.

        A commit costs about 20 ms whatever it holds: give it what has gathered. Doing it twice does no harm.
        sequence: how far the catalogue is with these changes; a smaller one than before is ignored.

        Raises IndexBusy, or IndexMissing when there is nothing to change or it cannot be changed.
        """
        gone = set(removed)
        fresh = {document.id: row(document) for document in changed if document.id not in gone}
        with self._writing():
            opened = self._current(newest=True)
            try:
                with _committing(opened.index) as writer:
                    for key in (SEQUENCE_KEY, *map(str, gone | fresh.keys())):
                        writer.delete_by_term("key", key)
                    for changed_row in fresh.values():
                        writer.add_document(**changed_row)
                    writer.add_document(**sequence_row(max(sequence, opened.view.sequence)))
            except Exception as error:  # merging reads what may be damaged
                raise IndexMissing(str(error)) from error

    def _current(self, *, newest: bool = False) -> _Opened:
        """The newest commit. While one thread opens it, others go on with the one before, or wait for it."""
        opened = self._opened
        if opened and self._is_newest(opened):
            return opened
        if opened and not newest and self._opening.locked():
            return opened
        with self._opening:
            opened = self._opened
            if not (opened and self._is_newest(opened)):
                opened = self._opened = self._open(opened)
            return opened

    def _is_newest(self, opened: _Opened) -> bool:
        """Both must be compared: a rebuilt index may repeat a generation number."""
        try:
            return self._build() == opened.build and _generation(opened.index) == opened.generation
        except OSError:  # the build has been cleared away
            return False

    def _open(self, last: _Opened | None) -> _Opened:
        try:
            return self._open_build(self._build(), last)
        except Unreadable:
            # A rebuild may have cleared the build away between two steps; the link says where to look now.
            with _unreadable_is_missing():
                return self._open_build(self._build(), last)

    def _open_build(self, build: str, last: _Opened | None) -> _Opened:
        try:
            index = open_dir(str(self._directory / build), schema=SCHEMA)
            generation = _generation(index)  # before the segments: too old is noticed, too new is not
        except Exception as error:
            raise Unreadable(str(error)) from error
        view, segments = open_view(index, last.segments if last and last.build == build else {})
        kept_back = np.array([group.startswith(self._unsuggested) for group in view.groups], dtype=bool)
        return _Opened(build, generation, index, view, Vocabulary(view), segments, view.alive & ~kept_back)

    def _build(self) -> str:
        """The name of the build in use. Raises IndexMissing."""
        try:
            build = os.readlink(self._directory / "current")
        except OSError as error:
            raise IndexMissing(str(error)) from error
        if not build.startswith(f"{FORMAT}-"):
            raise IndexMissing(f"{build} is not of format {FORMAT}")
        return build

    def _present_thesaurus(self) -> Thesaurus:
        table = self._synonyms()
        if table != self._thesaurus[0]:
            self._thesaurus = (table, Thesaurus(table))
        return self._thesaurus[1]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the only writer of this directory, of all threads and processes."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with open(self._directory / "lock", "w") as lock:
            patient_until = time.monotonic() + self._patience
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= patient_until:
                        raise IndexBusy(str(self._directory)) from None
                    time.sleep(0.02)
            yield

    def _swap(self, build: str) -> None:
        """Point to a complete build. Clear away all others but the one before, which may be being opened."""
        link = self._directory / "current"
        before = os.readlink(link) if link.is_symlink() else build
        beside = self._directory / "next"
        beside.unlink(missing_ok=True)
        beside.symlink_to(build)
        beside.replace(link)
        _sync(self._directory)
        for path in self._directory.iterdir():
            if path.is_dir() and not path.is_symlink() and path.name not in (build, before):
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _committing(index: FileIndex) -> Iterator[IndexWriter]:
    """All that is written inside in one commit, or nothing."""
    writer = index.writer()
    try:
        yield writer
    except BaseException:
        writer.cancel()
        raise
    writer.commit()


@contextmanager
def _unreadable_is_missing() -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise IndexMissing(str(error)) from error


def _generation(index: FileIndex) -> int:
    return int(index.latest_generation())  # type: ignore[no-untyped-call]


def _sync(path: Path) -> None:
    """See to it that a file or directory survives a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
