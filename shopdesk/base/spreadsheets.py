"""Tables for people: CSV with a byte order mark and XLSX, with no cell that a spreadsheet would run (D3)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import IO

import xlsxwriter

Cell = str | int | Decimal | None
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"
# What a sheet holds below its header, and a cell (characters).
XLSX_ROWS, XLSX_CELL = 1_048_575, 32_767
# What a spreadsheet takes for the beginning of a formula.
_RUN = ("=", "+", "-", "@", "\t", "\r")


class SheetFull(Exception):
    """There are more rows than a sheet of a workbook holds."""


def defused(cell: Cell) -> Cell:
    """The cell, with an apostrophe before a text that a spreadsheet would run (D3)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUN) else cell


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """A CSV file in pieces, to be streamed."""
    line = io.StringIO()
    writer = csv.writer(line)
    yield BYTE_ORDER_MARK
    for row in chain([header], rows):
        writer.writerow(["" if cell is None else defused(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def xlsx_file(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """An XLSX file of one sheet, as ``write_xlsx`` writes it."""
    content = io.BytesIO()
    write_xlsx(content, header, rows)
    return content.getvalue()


def write_xlsx(target: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write an XLSX file of one sheet, its header fixed, a row at a time: no more than one is held in memory.

    Texts stay texts: nothing is taken for a formula or a link. Raises ``SheetFull`` for more rows than a sheet has.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold, amount = book.add_format({"bold": True}), book.add_format({"num_format": "0.00##"})
        for column, title in enumerate(header):
            sheet.write_string(0, column, title, bold)
        for number, row in enumerate(rows, start=1):
            if number > XLSX_ROWS:
                raise SheetFull
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell[:XLSX_CELL])
                elif isinstance(cell, Decimal):
                    sheet.write_number(number, column, cell, amount)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
