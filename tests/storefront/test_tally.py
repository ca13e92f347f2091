"""Openings wait for the worker wherever they are noted: one contract, three places."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from redis import Redis

from catalog import scans
from catalog.db import db
from catalog.jobs import Claimed
from storefront import sharing, worker
from storefront.outside import outside
from storefront.tally import FolderTally, MemoryTally, RedisTally, Tally
from tests.catalog.tracing import published
from tests.world import MONDAY, World, changing

TUESDAY = date(2026, 11, 24)


@pytest.fixture(params=["memory", "folder", "redis"])
def tally(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tally]:
    if request.param == "memory":
        yield MemoryTally()
    elif request.param == "folder":
        yield FolderTally(tmp_path / "scans")
    else:
        client = sharing.connect(os.environ["SHOP_TESTS_REDIS"])
        client.flushall()
        yield RedisTally(client)
        client.close()


def settled(tally: Tally) -> dict[str, dict[tuple[str, date], int]]:
    """What waits once every writer has closed its file."""
    list(tally.batches())
    return dict(tally.batches())


def test_what_is_noted_comes_in_a_batch_until_it_is_forgotten(tally: Tally) -> None:
    for code, day in (("A", MONDAY), ("A", MONDAY), ("A", TUESDAY), ("B", MONDAY)):
        tally.note(code, day)
    (key,) = found = settled(tally)
    assert found[key] == {("A", MONDAY): 2, ("A", TUESDAY): 1, ("B", MONDAY): 1}
    assert (len(key), key.isalnum()) == (32, True)
    assert settled(tally) == found
    tally.note("C", MONDAY)
    assert sorted(map(sorted, settled(tally).values())) == [
        [("A", MONDAY), ("A", TUESDAY), ("B", MONDAY)], [("C", MONDAY)],
    ]  # fmt: skip
    for waiting in settled(tally):
        tally.forget(waiting)
        tally.forget(waiting)
    assert settled(tally) == {}


def test_many_who_note_at_once_lose_nothing(tmp_path: Path) -> None:
    tally = FolderTally(tmp_path)
    seen: dict[str, int] = {}

    def look() -> None:
        for key, counts in tally.batches():
            seen[key] = sum(counts.values())
            tally.forget(key)

    def write() -> None:
        for _ in range(200):
            tally.note("A", MONDAY)

    writers = [Thread(target=write) for _ in range(4)]
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        look()
    look()
    look()
    assert sum(seen.values()) == 800


def test_a_line_that_a_full_disk_has_cut_is_passed_over(tmp_path: Path) -> None:
    tally = FolderTally(tmp_path)
    tally.note("A", MONDAY)
    with (tmp_path / "now").open("ab") as file:
        file.write(b"2026-1\n\n")
    assert list(settled(tally).values()) == [{("A", MONDAY): 1}]


def test_where_nothing_can_be_noted_nothing_is_raised(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    FolderTally(tmp_path / "file").note("A", MONDAY)
    RedisTally(Redis.from_url("redis://127.0.0.1:1/0")).note("A", MONDAY)


def test_the_worker_adds_a_batch_up_once_however_often_it_meets_it(app: Flask, world: World) -> None:
    with changing(app):
        trace = published(world.cooperative, world.honey)
    with app.app_context():
        tally = outside().tally
        assert isinstance(tally, MemoryTally)
        tally.note(trace.code, MONDAY)
        tally.note("unknown", MONDAY)
        ((key, counts),) = tally.batches()
        for attempt in (1, 2):
            tally.taken[key] = counts
            worker.HANDLERS["scans.add"](Claimed(1, "scans.add", {}, attempt))
        assert [day.count for day in scans.by_day(trace.id)] == [1]
        assert tally.taken == {}
        db.session.rollback()
