"""CSV exports, read row by row in flat memory whatever the file holds (D2)."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from orders.imports.errors import ExportFileError
from orders.imports.sheets import Problem, SheetRow

MAX_CSV_BYTES = 1 << 30  # a million orders take about half of it
MAX_LINE_BYTES = 128 << 10  # of one line, and of one row that runs over several
MAX_ROW_CELLS = 1_000  # twice the widest header that is read
MAX_ROW_LINES = 1_000  # line breaks inside quotes; more means a quotation mark was never closed
CHUNK_BYTES = 1 << 16
SHOWN_BYTES = 1_000  # of a line that is too long

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BINARY_MAGIC = (b"\x89PNG", b"%PDF", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
CONTROL_BYTES = frozenset(range(32)) - frozenset(b"\t\n\r")  # no text has them, least of all a header


def decide_encoding(stream: BinaryIO) -> str:
    """The encoding of a CSV file, judged by its header line: UTF-8, else GB18030 (D2).

    Leaves the stream behind a byte order mark. Raises `ExportFileError`: `encoding`, `binary`,
    `line_too_long` or `empty`.
    """
    stream.seek(0)
    line = stream.readline(MAX_LINE_BYTES + 1)
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ExportFileError(
            "encoding", _("The file is in UTF-16, which no export is: save it as CSV in UTF-8, or as XLSX.")
        )
    if line.startswith(BINARY_MAGIC) or not CONTROL_BYTES.isdisjoint(line):
        raise ExportFileError("binary", _("This is not a CSV or XLSX file but some other kind of file."))
    if len(line) > MAX_LINE_BYTES:
        raise ExportFileError(
            "line_too_long", _("The first line is longer than 128 KiB: it is no header of an export.")
        )
    if not line.removeprefix(BYTE_ORDER_MARK).strip(b", \t\r\n"):
        raise ExportFileError(
            "empty", _("The file is empty, or its first line is: the header must be there.")
        )
    stream.seek(len(BYTE_ORDER_MARK) if line.startswith(BYTE_ORDER_MARK) else 0)
    for encoding in ("utf-8", "gb18030"):
        try:
            line.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise ExportFileError(
        "encoding", _("The first line is neither in UTF-8 nor in GB18030: export the list again.")
    )


class CsvSheet:
    """The rows of a CSV file from where its stream stands, header included; blank rows are left out.

    A row that cannot be read is yielded with its problem, and the next one begins on the next line: an open
    quotation mark costs one line, never the rest of the file.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.bytes_read = stream.tell()
        self._stream = stream
        self._encoding = encoding
        self._taken: list[bytes] = []  # the lines of the row that is being read
        self._returned: deque[bytes] = deque()  # lines given back by a row that was never closed
        self._problem: Problem | None = None

    def __iter__(self) -> Iterator[SheetRow]:
        reader = csv.reader(self._lines())
        number = 0
        while True:
            self._taken.clear()
            self._problem = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self._problem = Problem.OPEN_QUOTE if len(self._taken) > 1 else Problem.UNREADABLE
                cells = []
            number += 1
            if self._problem is Problem.OPEN_QUOTE:
                self._returned.extendleft(reversed(self._taken[1:]))
                reader = csv.reader(self._lines())
            if self._problem in (Problem.OPEN_QUOTE, Problem.UNREADABLE, Problem.TOO_LONG):
                cells = self._salvaged(self._taken[0])
            if len(cells) > MAX_ROW_CELLS:
                del cells[MAX_ROW_CELLS:]
                self._problem = self._problem or Problem.TOO_MANY_CELLS
            if self._problem is not None or any(cells):
                yield SheetRow(number, cells, self._problem)

    def _lines(self) -> Iterator[str]:
        """Lines for one `csv.reader`, which takes as many as the row needs; too many end it."""
        while True:
            line = self._returned.popleft() if self._returned else self._read_line()
            if self._taken and (not line or self._is_full(line)):
                self._returned.appendleft(line)
                self._problem = Problem.OPEN_QUOTE
                return
            if not line:
                return
            self._taken.append(line)
            if len(line) > MAX_LINE_BYTES:
                self._skip_to_line_end()
                self._taken[0] = line[:SHOWN_BYTES]
                self._problem = Problem.TOO_LONG
                yield ""
                continue
            try:
                yield line.decode(self._encoding)
            except UnicodeDecodeError:
                self._problem = Problem.ENCODING
                yield line.decode(self._encoding, "replace")

    def _is_full(self, line: bytes) -> bool:
        return len(self._taken) >= MAX_ROW_LINES or sum(map(len, self._taken)) + len(line) > MAX_LINE_BYTES

    def _salvaged(self, line: bytes) -> list[str]:
        text = line.decode(self._encoding, "replace").rstrip("\r\n")
        try:
            return next(csv.reader([text]), [])
        except csv.Error:
            return [text]

    def _read_line(self) -> bytes:
        line = self._stream.readline(MAX_LINE_BYTES + 1)
        self.bytes_read += len(line)
        return line

    def _skip_to_line_end(self) -> None:
        while rest := self._stream.readline(CHUNK_BYTES):
            self.bytes_read += len(rest)
            if rest.endswith(b"\n"):
                return
