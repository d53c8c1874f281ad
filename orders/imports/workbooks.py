"""XLSX exports: measured first in flat memory, then read (D2).

The reader, calamine, is fast and forgives wrong dimensions, but it holds the whole sheet as a full grid from
its first to its last cell, copies a shared text into every cell that uses it, and believes neither the
archive's directory nor any limit. One cell in the last corner of a sheet would end the process. So the
archive is first unpacked piece by piece, counting what really comes out, and its XML is walked for what the
grid would hold. Only a workbook within the limits below reaches calamine, which takes some 400 MB for the
largest. Formulas are never worked out: a formula cell has the value that the file holds for it.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import IO, BinaryIO
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from orders.imports.errors import ExportFileError
from orders.imports.sheets import SheetRow

MAX_XLSX_BYTES = 32 << 20
MAX_UNPACKED_BYTES = 256 << 20
MAX_READ_BYTES = 1 << 20  # at one go; only an archive of absurdly many entries needs more
MAX_ENTRIES = 1_000
MAX_XLSX_CELLS = 3_000_000  # rows times columns: some 140 000 orders of 21 columns
BYTES_PER_CHARACTER = 3  # of a Chinese one in UTF-8
CHUNK_BYTES = 1 << 16
FIRST_INEXACT = 10**15  # of more than 15 digits a spreadsheet's number holds no more than 15

WORKBOOK_ENTRY = "xl/workbook.xml"
RELATIONS_ENTRY = "xl/_rels/workbook.xml.rels"
# Marks of the other formats that calamine would take the file for.
OTHER_FORMAT_ENTRIES = frozenset({"xl/workbook.bin", "content.xml", "mimetype"})
ENCRYPTED = 0x1

CellValue = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


class WorkbookSheet:
    """The rows of a workbook's first sheet, header included; blank rows are left out."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self.height = sheet.total_height
        self._sheet = sheet

    def __iter__(self) -> Iterator[SheetRow]:
        for number, values in enumerate(self._sheet.iter_rows(), start=1):
            cells = [value if type(value) is str else _text_of(value) for value in values]
            if any(cells):
                yield SheetRow(number, cells)


def open_workbook(stream: BinaryIO) -> WorkbookSheet:
    """The first sheet of an XLSX file.

    Raises `ExportFileError`: `xlsx_too_large` past one of the limits above, `zip` for an archive of
    other files, `damaged` for what cannot be read, a password included.
    """
    if stream.seek(0, io.SEEK_END) > MAX_XLSX_BYTES:
        raise _too_large()
    try:
        _measure(stream)
        stream.seek(0)
        sheet = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, zlib.error, expat.ExpatError) as error:
        raise _damaged() from error
    except (OSError, ValueError, LookupError, NotImplementedError, EOFError, RuntimeError) as error:
        # zipfile and calamine raise these for offsets, names and versions that make no sense.
        raise _damaged() from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # calamine's own failures; no class to import
            raise
        raise _damaged() from error
    return WorkbookSheet(sheet)


def _measure(stream: BinaryIO) -> None:
    """Refuses a workbook that calamine must not see, in flat memory."""
    with zipfile.ZipFile(_BoundedReads(stream)) as archive:
        entries = archive.infolist()
        names = {_plain_name(entry) for entry in entries}
        if WORKBOOK_ENTRY not in names or names & OTHER_FORMAT_ENTRIES:
            raise ExportFileError(
                "zip", _("This archive is no XLSX workbook: unpack it, import the files in it.")
            )
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
            raise _too_large()
        measure = _Measure()
        for entry in entries:
            if entry.flag_bits & ENCRYPTED or entry.compress_type not in (
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
            ):
                raise _damaged()
            entry.file_size = MAX_UNPACKED_BYTES + 1  # what the directory says may be a lie: read to the end
            with archive.open(entry) as unpacked:
                measure.walk(unpacked, _plain_name(entry))
        measure.check_shared_texts()


class _Measure:
    """What calamine's grid of a workbook would hold, found by walking the XML of its entries."""

    def __init__(self) -> None:
        self._unpacked = 0
        self._columns: dict[str, int] = {}  # A: 1, AB: 28
        self._text_uses: Counter[int] = Counter()
        self._text_lengths: list[int] = []

    def walk(self, entry: IO[bytes], name: str) -> None:
        """Unpacks one entry piece by piece, counting, and follows its XML."""
        is_xml = name.endswith((".xml", ".rels"))
        self._is_workbook_relations = name == RELATIONS_ENTRY
        self._row = self._column = self._last_row = self._last_column = 0
        self._is_shared = False
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = _refuse_document_type
        while piece := entry.read(CHUNK_BYTES):
            self._unpacked += len(piece)
            if self._unpacked > MAX_UNPACKED_BYTES:
                raise _too_large()
            if is_xml:
                parser.Parse(piece)
                if self._last_row * self._last_column > MAX_XLSX_CELLS:
                    raise _too_large()
        if is_xml:
            parser.Parse(b"", True)

    def check_shared_texts(self) -> None:
        """Calamine copies a shared text into each of its cells."""
        copied = sum(
            uses * self._text_lengths[text]
            for text, uses in self._text_uses.items()
            if text < len(self._text_lengths)
        )
        if copied * BYTES_PER_CHARACTER > MAX_UNPACKED_BYTES:
            raise _too_large()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._column += 1
            if reference := attributes.get("r"):
                letters = reference.rstrip("0123456789")
                self._row = int(reference[len(letters) :])
                self._column = self._columns.get(letters) or self._add_column(letters)
            if self._row > self._last_row:
                self._last_row = self._row
            if self._column > self._last_column:
                self._last_column = self._column
            self._is_shared = attributes.get("t") == "s"
        elif name == "v":
            if self._is_shared:
                self._value = ""
                self._parser.CharacterDataHandler = self._add_to_value
                self._parser.EndElementHandler = self._end_value
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
        elif name == "si":
            if len(self._text_lengths) >= MAX_XLSX_CELLS:
                raise _too_large()
            self._text_lengths.append(0)
            self._parser.CharacterDataHandler = self._add_to_shared_text
        elif name == "Relationship" and self._is_workbook_relations:
            self._check_relation(attributes.get("Target", ""))

    def _check_relation(self, target: str) -> None:
        # A sheet under any other name would not have been walked.
        if not target.lower().endswith(".xml"):
            raise _damaged()

    def _add_column(self, letters: str) -> int:
        if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
            raise _damaged()
        column = 0
        for letter in letters.upper():
            column = column * 26 + ord(letter) - ord("A") + 1
        self._columns[letters] = column
        return column

    def _add_to_value(self, text: str) -> None:
        self._value += text

    def _end_value(self, _name: str) -> None:
        self._parser.CharacterDataHandler = self._parser.EndElementHandler = None
        self._text_uses[int(self._value)] += 1

    def _add_to_shared_text(self, text: str) -> None:
        self._text_lengths[-1] += len(text)


class _BoundedReads(io.RawIOBase):
    """The file for `zipfile`, which would read a directory of any size at one go."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(min(size, MAX_READ_BYTES + 1) if size >= 0 else MAX_READ_BYTES + 1)
        if len(content) > MAX_READ_BYTES:
            raise _too_large()
        return content


def _text_of(value: CellValue) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if abs(value) >= FIRST_INEXACT:
            return f"{value:.14E}"  # as spreadsheets show it: nothing must take it for an order number (D2)
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, dt.date):
        return f"{value.isoformat()} 00:00:00"
    return str(value)


def _plain_name(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/").lower()


def _refuse_document_type(*_declaration: object) -> None:
    raise _damaged()


def _too_large() -> ExportFileError:
    return ExportFileError(
        "xlsx_too_large",
        _("The workbook is past what can be read, %(megabytes)d MB or %(cells)d cells: save it as CSV."),
        megabytes=MAX_XLSX_BYTES >> 20,
        cells=MAX_XLSX_CELLS,
    )


def _damaged() -> ExportFileError:
    return ExportFileError(
        "damaged", _("The workbook is damaged or has a password: open it and save it again as XLSX or CSV.")
    )
