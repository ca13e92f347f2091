import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from catalog.search.documents import Document
from catalog.search.index import IndexBusy, IndexMissing, SearchIndex, Status
from catalog.search.synonyms import Synonym

Product = Callable[..., Document]
IndexOf = Callable[..., SearchIndex]

ROOT = Path(__file__).parents[3]

COMMIT_LOOP = """
import sys
from pathlib import Path
from catalog.search.documents import Document
from catalog.search.index import SearchIndex

index = SearchIndex(Path(sys.argv[1]))
for sequence in range(2, 10_000):
    name = f"Mật ong số {sequence}"
    index.apply([Document(sequence % 5, name, "", "", "", "1.2b", "", 0)], [], sequence=sequence)
    print(sequence, flush=True)
"""

HOLD_THE_LOCK = """
import fcntl, sys
with open(sys.argv[1], "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_an_index_that_was_never_built_is_missing(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path / "none")
    assert index.status() == Status(documents=0, sequence=-1, generation=-1, directory="", ok=False)
    with pytest.raises(IndexMissing):
        index.find("mật ong")
    with pytest.raises(IndexMissing):
        index.suggest("mật")
    with pytest.raises(IndexMissing):
        index.apply([], [], sequence=1)


def test_a_rebuild_makes_it_complete_and_says_how_far_it_is(tmp_path: Path, product: Product) -> None:
    index = SearchIndex(tmp_path)
    index.rebuild([product(7, "Mật ong"), product(9, "Nước mắm")], sequence=42)
    status = index.status()
    assert (status.documents, status.sequence, status.ok) == (2, 42, True)
    assert status.directory == os.readlink(tmp_path / "current")
    assert index.find("mật ong").ids == (7,)


def test_an_empty_catalogue_has_an_index_too(index_of: IndexOf) -> None:
    index = index_of()
    assert (index.status().documents, index.status().ok) == (0, True)
    assert (index.find("mật ong").ids, index.suggest("m")) == ((), [])


def test_changes_are_seen_at_the_next_call(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Mật ong"), product(2, "Mật mía"))
    assert index.find("mật").ids == (1, 2)
    index.apply([product(2, "Đường mía"), product(3, "Mật hoa")], [1], sequence=2)
    assert index.find("mật").ids == (3,)
    assert (index.status().documents, index.status().sequence) == (2, 2)


def test_changes_by_another_process_are_seen_too(index_of: IndexOf, product: Product, tmp_path: Path) -> None:
    reader = index_of(product(1, "Mật ong"))
    assert reader.find("mật").ids == (1,)
    SearchIndex(tmp_path / "search").apply([product(2, "Mật mía")], [], sequence=2)
    assert reader.find("mật").ids == (1, 2)
    SearchIndex(tmp_path / "search").rebuild([product(3, "Mật hoa")], sequence=3)
    assert reader.find("mật").ids == (3,)


def test_a_change_made_twice_is_made_once(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Mật ong"))
    for _ in range(2):
        index.apply([product(2, "Mật mía"), product(2, "Mật mía")], [8], sequence=2)
    assert index.status().documents == 2
    assert index.find("mật").ids == (1, 2)


def test_a_late_change_does_not_set_the_sequence_back(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Mật ong"))
    index.apply([], [], sequence=9)
    index.apply([product(2, "Mật mía")], [], sequence=5)
    assert (index.status().sequence, index.status().documents) == (9, 2)


def test_many_small_changes_stay_exact_and_few_files(index_of: IndexOf, product: Product, tmp_path: Path) -> None:
    index = index_of(*(product(number, f"Mật ong {number}") for number in range(1, 21)))
    for sequence in range(2, 32):
        index.apply([product(sequence % 20 + 1, f"Mật ong mới {sequence}")], [], sequence=sequence)
        assert index.status() == Status(20, sequence, sequence, index.status().directory, ok=True)
    assert sorted(index.find("mật ong").ids) == list(range(1, 21))
    assert len(list((tmp_path / "search" / "current").glob("*.seg"))) <= 8


def test_rebuilding_clears_away_all_but_the_build_before(index_of: IndexOf, tmp_path: Path) -> None:
    index = index_of()
    for sequence in (2, 3):
        index.rebuild([], sequence=sequence)
    builds = sorted(path.name[:14] for path in (tmp_path / "search").glob("1-*"))
    assert builds == ["1-000000000002", "1-000000000003"]


def test_a_rebuild_that_fails_leaves_the_old_index(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Mật ong"))

    def interrupted() -> list[Document]:
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        index.rebuild((document for source in [interrupted] for document in source()), sequence=2)
    assert index.find("mật ong").ids == (1,)
    assert index.status().sequence == 1


def test_an_index_of_another_format_is_missing(index_of: IndexOf, tmp_path: Path) -> None:
    index = index_of()
    link = tmp_path / "search" / "current"
    link.unlink()
    link.symlink_to("0-000000000001-0")
    assert not index.status().ok


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["*.seg", "*.toc"])
def test_a_damaged_index_is_missing_until_it_is_rebuilt(
    index_of: IndexOf, product: Product, tmp_path: Path, kind: str
) -> None:
    index_of(product(1, "Mật ong"))
    for file in (tmp_path / "search" / "current").glob(kind):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    index = SearchIndex(tmp_path / "search")
    with pytest.raises(IndexMissing):
        index.find("mật ong")
    with pytest.raises(IndexMissing):
        index.apply([], [], sequence=2)
    assert not index.status().ok
    gc.collect()  # Whoosh leaves the handle of a file that it cannot open to the garbage collector
    index.rebuild([product(1, "Mật ong")], sequence=2)
    assert index.find("mật ong").ids == (1,)


def test_a_second_writer_is_told_that_somebody_writes(index_of: IndexOf, product: Product, tmp_path: Path) -> None:
    index_of(product(1, "Mật ong"))
    hurried = SearchIndex(tmp_path / "search", patience=0.05)
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(tmp_path / "search" / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"held\n"
        with pytest.raises(IndexBusy):
            hurried.apply([], [1], sequence=2)
        with pytest.raises(IndexBusy):
            hurried.rebuild([], sequence=2)
        assert hurried.find("mật ong").ids == (1,)
        writer.kill()
    hurried.apply([], [1], sequence=2)
    assert (hurried.status().documents, hurried.status().sequence) == (0, 2)


def test_writers_of_one_process_take_turns(index_of: IndexOf, product: Product, tmp_path: Path) -> None:
    index_of()
    writers = [
        Thread(
            target=SearchIndex(tmp_path / "search").apply,
            args=([product(number, "Mật ong")], []),
            kwargs={"sequence": number},
        )
        for number in range(2, 8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    status = SearchIndex(tmp_path / "search").status()
    assert (status.documents, status.sequence) == (6, 7)


def test_readers_go_on_through_rebuilds_and_changes(index_of: IndexOf, product: Product) -> None:
    """Every answer is the whole of some commit: as many products as that commit had."""
    index = index_of(*(product(number, "Mật ong") for number in range(1, 4)))
    finished = Event()
    answers: list[int] = []
    failures: list[Exception] = []

    def read() -> None:
        while not finished.is_set():
            try:
                answers.append(len(index.find("mật ong").ids))
                index.suggest("mật")
            except Exception as error:
                failures.append(error)

    readers = [Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for size in range(4, 10):
        index.rebuild([product(number, "Mật ong") for number in range(1, size)], sequence=size)
        index.apply([product(size, "Mật ong")], [], sequence=size)
    finished.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert set(answers) <= set(range(3, 10))
    assert len(index.find("mật ong").ids) == 9


@pytest.mark.parametrize("commits", [3, 8])
def test_a_killed_writer_loses_nothing_that_it_reported(index_of: IndexOf, tmp_path: Path, commits: int) -> None:
    index_of()
    command = [sys.executable, "-c", COMMIT_LOOP, str(tmp_path / "search")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
        assert writer.stdout is not None
        reported = [int(writer.stdout.readline()) for _ in range(commits)][-1]
        writer.send_signal(signal.SIGKILL)
        reported = max([reported, *(int(line) for line in writer.stdout.read().splitlines())])
    survivor = SearchIndex(tmp_path / "search", patience=0.5)
    assert survivor.status().ok
    assert survivor.status().sequence in (reported, reported + 1)
    products = min(5, survivor.status().sequence - 1)
    assert (len(survivor.find("mật ong").ids), survivor.status().documents) == (products, products)
    survivor.apply([], [0, 1, 2, 3, 4], sequence=10_000)
    assert (survivor.status().documents, survivor.status().sequence) == (0, 10_000)


def test_the_synonym_table_is_asked_at_each_query(tmp_path: Path, product: Product) -> None:
    table: list[tuple[Synonym, ...]] = [()]
    index = SearchIndex(tmp_path, lambda: table[0])
    index.rebuild([product(1, "Dầu phụng")], sequence=1)
    assert index.find("lạc").ids == ()
    table[0] = (Synonym("phụng", ("lạc",)),)
    assert index.find("lạc").ids == (1,)
