"""Openings of pages that are counted: noted where a page is read, added up by the worker.

Reading a page writes nothing into the database and waits for nobody. A web process only adds a line to a file, or one
to a number in Redis; what it notes is a code and a day, nothing of who read. The worker takes all that has been noted
away in one batch with a key, so that a batch that is met twice counts once. Where the note fails the page does not.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Protocol, cast
from uuid import uuid4

from redis import Redis, RedisError, ResponseError

from storefront.logs import log

Counts = dict[tuple[str, date], int]
"""(code, day in Vietnam) → openings."""
Batch = tuple[str, Counts]
"""A key of 32 signs, and what was noted."""


class Tally(Protocol):
    """Where openings wait for the worker."""

    def note(self, code: str, day: date) -> None:
        """One more; never raises."""

    def batches(self) -> Iterator[Batch]:
        """All that waits; a batch comes again until it is forgotten."""

    def forget(self, key: str) -> None:
        """This batch has been added up."""


class MemoryTally:
    """In this process, for tests."""

    def __init__(self) -> None:
        self.waiting: Counter[tuple[str, date]] = Counter()
        self.taken: dict[str, Counts] = {}

    def note(self, code: str, day: date) -> None:
        self.waiting[code, day] += 1

    def batches(self) -> Iterator[Batch]:
        if self.waiting:
            self.taken[uuid4().hex] = dict(self.waiting)
            self.waiting.clear()
        yield from list(self.taken.items())

    def forget(self, key: str) -> None:
        self.taken.pop(key, None)


class FolderTally:
    """One machine: a file that every process adds lines to. folder: made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = folder / "now"

    def note(self, code: str, day: date) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._open.open("ab", buffering=0) as file:  # one write of one short line is never torn
                file.write(f"{day.isoformat()} {code}\n".encode())
        except OSError as error:
            log.warning("opening not noted", error=type(error).__name__)

    def batches(self) -> Iterator[Batch]:
        # who opened the file before it was moved may still write: it is read the next time
        settled = sorted(self._folder.glob("taken-*"))
        with suppress(FileNotFoundError):
            self._open.rename(self._folder / f"taken-{uuid4().hex}")
        for path in settled:
            with suppress(FileNotFoundError):
                yield path.name.removeprefix("taken-"), _counted(path.read_text("utf-8").splitlines())

    def forget(self, key: str) -> None:
        (self._folder / f"taken-{key}").unlink(missing_ok=True)


class RedisTally:
    """Many machines: a number a code and day."""

    def __init__(self, client: Redis) -> None:
        self._redis = client

    def note(self, code: str, day: date) -> None:
        try:
            self._redis.hincrby("scans:now", f"{day.isoformat()} {code}", 1)
        except RedisError as error:
            log.warning("opening not noted", error=type(error).__name__)

    def batches(self) -> Iterator[Batch]:
        with suppress(ResponseError):  # nothing has been noted
            self._redis.rename("scans:now", f"scans:taken:{uuid4().hex}")
        for name in sorted(self._redis.scan_iter("scans:taken:*")):
            found = cast("dict[bytes, bytes]", self._redis.hgetall(name))
            counts = {_read(line.decode()): int(count) for line, count in found.items()}
            yield name.decode().removeprefix("scans:taken:"), counts

    def forget(self, key: str) -> None:
        self._redis.delete(f"scans:taken:{key}")


def _counted(lines: list[str]) -> Counts:
    """A line that a full disk has cut is passed over."""
    counts: Counter[tuple[str, date]] = Counter()
    for line in lines:
        with suppress(ValueError):
            counts[_read(line)] += 1
    return dict(counts)


def _read(line: str) -> tuple[str, date]:
    day, _, code = line.partition(" ")
    return code, date.fromisoformat(day)
