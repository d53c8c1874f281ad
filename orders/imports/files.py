"""Opening an export file: what it is by its content, and its rows one by one (D2)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from orders.imports.csv_sheets import MAX_CSV_BYTES, CsvSheet, decide_encoding
from orders.imports.errors import ExportFileError
from orders.imports.headers import Header, read_header
from orders.imports.sheets import Problem, SheetRow
from orders.imports.workbooks import WorkbookSheet, open_workbook

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # XLS, and XLSX with a password


class ExportFile:
    """An export that has been recognised. Iterate over it, once, for its rows after the header."""

    def __init__(self, sheet: CsvSheet | WorkbookSheet, size: int) -> None:
        self._sheet = sheet
        self._size = size
        self._rows = iter(sheet)
        self._number = 0
        self.header: Header = self._read_header()
        self._first: SheetRow | None = next(self._rows, None)
        # An export of days without orders is an export all the same.
        self.is_empty = self._first is None

    def __iter__(self) -> Iterator[SheetRow]:
        if self._first is not None:
            first, self._first = self._first, None
            self._number = first.number
            yield first
        for row in self._rows:
            self._number = row.number
            yield row

    @property
    def fraction_read(self) -> float:
        """How much of the file has been read, 0 to 1, for a progress bar."""
        if isinstance(self._sheet, CsvSheet):
            return min(1.0, self._sheet.bytes_read / self._size)
        return min(1.0, self._number / self._sheet.height)

    def _read_header(self) -> Header:
        row = next(self._rows, None)
        if row is None or row.number != 1 or row.problem not in (None, Problem.TOO_MANY_CELLS):
            raise ExportFileError("not_export", _("The first row of the file cannot be read as a header."))
        return read_header(row.cells)


def open_export(stream: BinaryIO) -> ExportFile:
    """Recognises an export by its content and header (D2). The caller closes the stream, which must seek.

    Nothing but the start of a CSV file is read before its rows are asked for; a workbook is read whole,
    within the limits of `workbooks`. Raises `ExportFileError`: `empty`, `binary`, `old_office`, `encoding`,
    `file_too_large`, `line_too_long`, `xlsx_too_large`, `zip`, `damaged`, `too_many_columns`, `not_export`,
    `no_order_number`.
    """
    size = stream.seek(0, io.SEEK_END)
    return ExportFile(open_sheet(stream), size)


def open_sheet(stream: BinaryIO) -> CsvSheet | WorkbookSheet:
    """Opens a CSV or XLSX file by its content, whatever list it holds. Raises as `open_export`."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if not size:
        raise ExportFileError("empty", _("The file is empty."))
    magic = stream.read(8)
    if magic.startswith(ZIP_MAGIC):
        return open_workbook(stream)
    if magic == OLD_OFFICE_MAGIC:
        raise ExportFileError(
            "old_office",
            _("This is an old Excel file, or one with a password: save it as XLSX or CSV without one."),
        )
    if size > MAX_CSV_BYTES:
        raise ExportFileError(
            "file_too_large",
            _("The file is larger than %(megabytes)d MB: export fewer days at a time."),
            megabytes=MAX_CSV_BYTES >> 20,
        )
    return CsvSheet(stream, decide_encoding(stream))
