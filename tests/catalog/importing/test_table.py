"""Files from anywhere: what is understood, and how the rest is named."""

import csv
import io
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.importing import table
from catalog.importing.changes import Reason
from catalog.importing.table import Table

COLUMNS = ("sku", "name_vi", "price")


def read(data: bytes | str) -> Table:
    encoded = data.encode() if isinstance(data, str) else data
    return table.read(encoded, required=COLUMNS, optional=("note",))


def problems(data: bytes | str) -> list[tuple[int | None, str, str, Reason]]:
    return [(p.row, p.column, p.value, p.reason) for p in read(data).problems]


def can_be_printed(text: str) -> bool:
    """Without halves of characters, which no terminal takes, and on one line."""
    return not any("\ud800" <= char <= "\udfff" for char in text) and "\n" not in text


def values(found: Table) -> list[list[str]]:
    return [list(row.cells.values()) for row in found.rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_usual_programs_are_understood(delimiter: str, line_end: str, mark: bytes) -> None:
    lines = [delimiter.join(COLUMNS), delimiter.join(["A1", "Mắm nêm", '"35.000"'])]
    found = read(mark + line_end.join(lines).encode())
    assert found.problems == ()
    assert [row.cells for row in found.rows] == [{"sku": "A1", "name_vi": "Mắm nêm", "price": "35.000"}]


def test_a_comma_in_a_price_does_not_make_a_file_with_semicolons_a_file_with_commas() -> None:
    assert values(read("sku;name_vi;price\nA1;Mắm, ruốc, nêm;35,000\n")) == [["A1", "Mắm, ruốc, nêm", "35,000"]]


def test_a_header_may_be_in_capitals_decomposed_and_have_blanks_around_it() -> None:
    header = unicodedata.normalize("NFD", " SKU ,Name_VI, price ")
    assert read(f"{header}\nA1,Tré,1\n").rows[0].cells == {"sku": "A1", "name_vi": "Tré", "price": "1"}


def test_rows_have_the_numbers_a_spreadsheet_shows_whatever_is_in_the_cells() -> None:
    found = read('sku,name_vi,price\nA1,"hai\r\ndòng",1\n\n,,\nA2,Tré,2\n')
    assert [(row.number, row.cells["sku"]) for row in found.rows] == [(2, "A1"), (5, "A2")]


def test_empty_cells_behind_the_last_column_do_no_harm() -> None:
    assert values(read("sku;name_vi;price;;\nA1;Tré;1;;\n")) == [["A1", "Tré", "1"]]


def test_text_that_looks_like_a_formula_is_text() -> None:
    assert values(read("sku,name_vi,price\n=A1,@tré,-1\n")) == [["=A1", "@tré", "-1"]]


def test_unknown_missing_and_repeated_columns_are_named() -> None:
    assert problems("sku,gia,sku,note\nA1,1,A1,\n") == [
        (1, "gia", "", Reason.UNKNOWN_COLUMN),
        (1, "sku", "", Reason.REPEATED_COLUMN),
        (1, "name_vi", "", Reason.MISSING_COLUMN),
        (1, "price", "", Reason.MISSING_COLUMN),
    ]


def test_a_row_with_too_few_or_too_many_cells_is_refused_and_the_others_are_read() -> None:
    found = read("sku,name_vi,price\nA1,Tré\nA2,Tré,1,2\nA3,Tré,1\n")
    assert [(p.row, p.reason, p.facts["cells"]) for p in found.problems] == [(2, "cells", 2), (3, "cells", 4)]
    assert [row.number for row in found.rows] == [4]


def test_bytes_that_are_not_utf_8_are_refused_by_row_and_column() -> None:
    data = "sku,name_vi,price\nA1,Tré,1\nA2,".encode() + "Bánh tổ".encode()[:-1] + b",2\n"
    assert problems(data) == [(3, "name_vi", "Bánh t\ufffd\ufffd", Reason.ENCODING)]
    assert [row.number for row in read(data).rows] == [2]


@pytest.mark.parametrize("bad", ["\0", "\x1b", "\ufffd"])
def test_control_characters_and_letters_broken_before_are_refused_by_row_and_column(bad: str) -> None:
    assert problems(f"sku,name_vi,price\nA1,Tr{bad},1\n") == [(2, "name_vi", "Tr\ufffd", Reason.CONTROL)]


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", "sku,name_vi".encode("utf-16"), b"\xd0\xcf\x11\xe0"])
def test_a_workbook_or_utf_16_is_not_taken_for_a_csv_file(data: bytes) -> None:
    assert problems(data) == [(None, "", "", Reason.NOT_CSV)]


@pytest.mark.parametrize("data", ["", "\n", "sku,name_vi,price\n", "sku,name_vi,price\n,,\n\n"])
def test_a_file_without_data_is_refused(data: str) -> None:
    assert problems(data) == [(None, "", "", Reason.EMPTY_FILE)]


@pytest.mark.parametrize("cell", ['"Tré', '"Tré"x', "x" * 140_000])
def test_a_cell_that_cannot_be_read_ends_the_reading_at_its_row(cell: str) -> None:
    found = read(f"sku,name_vi,price\nA1,Tré,1\nA2,{cell},2\n")
    assert [(p.row, p.reason) for p in found.problems] == [(3, Reason.QUOTES)]
    assert [row.number for row in found.rows] == [2]


def test_files_that_are_too_large_are_refused_as_a_whole() -> None:
    assert problems(b" " * (table.MAX_BYTES + 1)) == [(None, "", "", Reason.TOO_LARGE)]
    many = "sku,name_vi,price\n" + "A,b,1\n" * (table.MAX_ROWS + 1)
    assert problems(many) == [(None, "", "", Reason.TOO_MANY_ROWS)]
    assert read(many).rows == ()


@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]))] * 3), min_size=1))
def test_what_a_csv_writer_has_written_is_read_as_it_was(rows: list[tuple[str, ...]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([COLUMNS, *rows])
    filled = [list(row) for row in rows if any(cell.strip() for cell in row)]
    assert values(read(file.getvalue())) == filled


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(lambda tail: b"sku,name_vi,price\n" + tail)))
@example(b"\xff\xfb,gi\xe1\n")
def test_no_bytes_whatever_make_it_fail(data: bytes) -> None:
    found = read(data)
    assert found.problems or found.rows
    for problem in found.problems:
        assert can_be_printed(problem.column + problem.value)
