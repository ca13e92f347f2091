"""Tables to take along, opened as a spreadsheet would."""

import csv
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import IO
from xml.etree import ElementTree

import pytest

from catalog.clock import VIETNAM
from storefront import spreadsheets

NINE = datetime(2026, 11, 23, 9, 5, tzinfo=VIETNAM)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EXCEL_DAY_ONE = date(1899, 12, 30)


def sheets(file: IO[bytes]) -> list[list[list[tuple[str, str]]]]:
    """Sheet → row → (type, value) of each cell, as the file has them; texts are looked up."""
    found = []
    with zipfile.ZipFile(file) as book:
        assert book.testzip() is None
        for name in sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet")):
            tree = ElementTree.fromstring(book.read(name))
            assert list(tree.iter(f"{MAIN}f")) == []  # no formula anywhere
            rows = []
            for row in tree.iter(f"{MAIN}row"):
                cells = []
                for cell in row.iter(f"{MAIN}c"):
                    text = "".join(cell.itertext())
                    cells.append((cell.get("t", "n"), text))
                rows.append(cells)
            found.append(rows)
    return found


@pytest.mark.parametrize(
    "text", ["=1+1", "+84905", "-2", "@SUM(A1)", "\tx", "\rx", '=cmd|"/c calc"!A0', '=HYPERLINK("http://x")']
)
def test_text_that_looks_like_a_formula_stays_text(text: str) -> None:
    assert spreadsheets.safe(text) == f"'{text}"
    (_, (cell,)) = csv.reader(io.StringIO("".join(spreadsheets.csv_lines(["A"], [[text]])), newline=""))
    assert cell == f"'{text}"
    with spreadsheets.workbook(["A"], [[text]]) as file:
        kind, value = sheets(file)[0][1][0]
    assert (kind, value.replace("_x000D_", "\r")) == ("inlineStr", f"'{text}")


def test_other_text_is_left_alone() -> None:
    for text in ("Mật ong", "a=b", "1-2", "", "'đã có dấu"):
        assert spreadsheets.safe(text) == text


def test_csv_has_its_mark_commas_and_days_as_people_here_write_them() -> None:
    rows = [["Mật ong, rừng", 12, -3, Decimal("8.5"), date(2026, 1, 2), NINE, None, 'cỡ "lớn"']]
    lines = list(spreadsheets.csv_lines(["Tên", "Có", "Đổi", "Thuế", "Ngày", "Lúc", "Lý do", "Cỡ"], rows))
    assert lines == [
        "\ufeffTên,Có,Đổi,Thuế,Ngày,Lúc,Lý do,Cỡ\r\n",
        '"Mật ong, rừng",12,-3,8.5,02/01/2026,23/11/2026 09:05,,"cỡ ""lớn"""\r\n',
    ]


def test_an_instant_is_told_by_vietnams_clock() -> None:
    before_midnight = datetime.fromisoformat("2026-11-22T17:30:00+00:00")
    assert list(spreadsheets.csv_lines(["Lúc"], [[before_midnight]]))[1] == "23/11/2026 00:30\r\n"


def test_csv_is_made_line_by_line() -> None:
    taken = []

    def rows() -> "list[list[int]]":
        for number in range(3):
            taken.append(number)
            yield [number]

    lines = spreadsheets.csv_lines(["A"], rows())
    assert (next(lines), next(lines)) == ("\ufeffA\r\n", "0\r\n")
    assert taken == [0]


def test_a_workbook_has_numbers_as_numbers_and_days_as_days() -> None:
    with spreadsheets.workbook(
        ["Tên", "Có", "Thuế", "Ngày", "Lúc", "Trống"],
        [["Mật ong", 1_250_000, Decimal("8.5"), date(2026, 1, 2), NINE, None], ["007", -3, Decimal(5), None, None, ""]],
    ) as file:
        ((heads, first, second),) = sheets(file)
    assert [text for _, text in heads] == ["Tên", "Có", "Thuế", "Ngày", "Lúc", "Trống"]
    days = str((date(2026, 1, 2) - EXCEL_DAY_ONE).days)
    assert first[:4] == [("inlineStr", "Mật ong"), ("n", "1250000"), ("n", "8.5"), ("n", days)]
    clock = float(first[4][1])
    assert int(clock) == (date(2026, 11, 23) - EXCEL_DAY_ONE).days
    assert round((clock % 1) * 24 * 60) == 9 * 60 + 5
    assert second == [("inlineStr", "007"), ("n", "-3"), ("n", "5")]


def test_what_does_not_fit_on_a_sheet_goes_on_another() -> None:
    with spreadsheets.workbook(["A"], ([number] for number in range(5)), most=2) as file:
        found = sheets(file)
    assert [[row[0][1] for row in rows] for rows in found] == [["A", "0", "1"], ["A", "2", "3"], ["A", "4"]]


def test_an_empty_table_has_its_heads() -> None:
    assert list(spreadsheets.csv_lines(["A", "B"], [])) == ["\ufeffA,B\r\n"]
    with spreadsheets.workbook(["A", "B"], []) as file:
        assert [[text for _, text in row] for row in sheets(file)[0]] == [["A", "B"]]
