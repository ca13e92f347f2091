"""Tables to take along: CSV that Excel opens as it is, and XLSX. Neither can carry a formula.

A cell is text, a whole number, a decimal, a day, an instant or None. Both files are made row by row, so that a long
table is never in memory as a whole.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import IO, Any

import xlsxwriter  # type: ignore[import-untyped]
from flask import Response, stream_with_context

from catalog.clock import VIETNAM

Cell = str | int | Decimal | date | datetime | None

BOM = "\ufeff"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
MOST_ROWS = 1_048_575
"""Rows under the heads of one XLSX sheet; what is more goes on a further sheet."""


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a ``'`` goes before a sign that would begin one."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Line by line: UTF-8 with its mark, commas, days as ``25/11/2026``."""
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    line.write(BOM)
    for row in chain([heads], rows):
        writer.writerow([_written(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def csv_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The same as a file to keep, ``<name>.csv``, sent while it is made."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(stream_with_context(csv_lines(heads, rows)), mimetype="text/csv", headers=headers)


def workbook(heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, most: int = MOST_ROWS) -> IO[bytes]:
    """An open XLSX file, at its start; numbers are numbers and days are days. Close it to be rid of it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller sends and closes it
    with xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    ) as book:
        forms = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            date: book.add_format({"num_format": "dd/mm/yyyy"}),
            datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        }
        sheet, number = _sheet(book, heads, forms), 0
        for row in rows:
            if number == most:
                sheet, number = _sheet(book, heads, forms), 0
            number += 1
            for column, cell in enumerate(row):
                _write(sheet, number, column, cell, forms)
    file.seek(0)
    return file


def _sheet(book: Any, heads: Sequence[str], forms: dict[Any, Any]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) - 1, 16)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, forms["head"])
    return sheet


def _write(sheet: Any, row: int, column: int, cell: Cell, forms: dict[Any, Any]) -> None:
    match cell:
        case None | "":
            pass
        case str():
            sheet.write_string(row, column, safe(cell))
        case datetime():
            sheet.write_datetime(row, column, cell.astimezone(VIETNAM).replace(tzinfo=None), forms[datetime])
        case date():
            sheet.write_datetime(row, column, cell, forms[date])
        case _:
            sheet.write_number(row, column, cell)


def _written(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return safe(cell)
        case datetime():
            return f"{cell.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
        case date():
            return f"{cell:%d/%m/%Y}"
        case _:
            return str(cell)
