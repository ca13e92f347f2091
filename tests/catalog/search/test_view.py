import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from whoosh.index import FileIndex, create_in

from catalog.search.documents import SCHEMA, Document, row, sequence_row
from catalog.search.view import Unreadable, open_view

Product = Callable[..., Document]


@pytest.fixture
def empty(tmp_path: Path) -> FileIndex:
    return create_in(str(tmp_path), SCHEMA)


def commit(index: FileIndex, *documents: Document, remove: tuple[int, ...] = (), sequence: int = 1) -> None:
    writer = index.writer()
    for key in ("sequence", *map(str, remove)):
        writer.delete_by_term("key", key)
    for document in documents:
        writer.add_document(**row(document))
    writer.add_document(**sequence_row(sequence))
    writer.commit(merge=False)


def found(index: FileIndex, field: str, term: str) -> list[int]:
    view, _ = open_view(index, {})
    return sorted(view.ids[view.postings(field, term)].tolist())


def test_an_index_without_a_commit_is_an_empty_view(empty: FileIndex) -> None:
    view, segments = open_view(empty, {})
    assert (view.size, view.documents, view.sequence, segments) == (0, 0, -1, {})
    assert view.postings("name", "mat").tolist() == []
    assert view.terms("name") == []


def test_postings_reach_over_all_segments(empty: FileIndex, product: Product) -> None:
    commit(empty, product(7, "Mật ong"), product(8, "Mật mía"))
    commit(empty, product(9, "Ong dú"))
    assert found(empty, "name", "mat") == [7, 8]
    assert found(empty, "name", "ong") == [7, 9]
    assert found(empty, "name_exact", "mât5") == [7, 8]


def test_deleted_documents_are_gone_and_the_sequence_is_the_last(empty: FileIndex, product: Product) -> None:
    commit(empty, product(7, "Mật ong"), product(8, "Mật mía"), sequence=4)
    commit(empty, product(8, "Đường mía"), remove=(7, 8), sequence=5)
    view, _ = open_view(empty, {})
    assert (view.documents, view.sequence) == (1, 5)
    assert found(empty, "name", "mat") == []
    assert found(empty, "name", "mia") == [8]


def test_segments_already_read_are_used_again_with_the_new_deletions(empty: FileIndex, product: Product) -> None:
    commit(empty, product(7, "Mật ong"), product(8, "Mật mía"))
    earlier, segments = open_view(empty, {})
    assert len(earlier.postings("name", "mat")) == 2
    commit(empty, remove=(7,), sequence=2)
    later, now = open_view(empty, segments)
    assert set(segments) < set(now)
    assert all(now[name] is segments[name] for name in segments)
    assert later.ids[later.postings("name", "mat")].tolist() == [8]
    assert len(earlier.postings("name", "mat")) == 2


def test_a_view_outlives_the_files_it_was_read_from(empty: FileIndex, product: Product, tmp_path: Path) -> None:
    commit(empty, product(7, "Mật ong"))
    view, _ = open_view(empty, {})
    for file in tmp_path.iterdir():
        file.unlink()
    assert view.ids[view.postings("name", "ong")].tolist() == [7]


def test_completions_are_the_commonest_of_a_prefix(empty: FileIndex, product: Product) -> None:
    commit(empty, product(1, "Mật ong"), product(2, "Mật mía"), product(3, "Mắm ruốc"), product(4, "Nấm"))
    view, _ = open_view(empty, {})
    assert view.completions("name", "ma", limit=9) == ["mam", "mat"]
    assert view.completions("name", "ma", limit=1) == ["mat"]
    assert view.completions("name", "x", limit=9) == []


def test_surfaces_are_how_names_write_a_word(empty: FileIndex, product: Product) -> None:
    commit(empty, product(1, "Kẹo dừa"), product(2, "Bánh DỪA"), product(3, "Siro dứa"))
    view, _ = open_view(empty, {})
    assert view.surfaces("dua") == ["dừa", "dứa"]
    assert view.surfaces("siro dua") == ["siro dứa"]
    assert view.surfaces("que") == []


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_damaged_file_is_unreadable(empty: FileIndex, product: Product, tmp_path: Path) -> None:
    commit(empty, product(1, "Mật ong"))
    [segment] = tmp_path.glob("*.seg")
    segment.write_bytes(segment.read_bytes()[: segment.stat().st_size // 3])
    with pytest.raises(Unreadable):
        open_view(empty, {})
    gc.collect()  # Whoosh leaves the handle of a file that it cannot open to the garbage collector
