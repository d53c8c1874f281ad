"""Tracking numbers that come back from a carrier as a file: which column is what, and the rows (F6)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from orders.imports.cells import clean
from orders.imports.csv_sheets import CsvSheet, decide_encoding
from orders.imports.errors import ExportFileError
from orders.imports.files import OLD_OFFICE_MAGIC, ZIP_MAGIC
from orders.imports.sheets import SheetRow
from orders.imports.workbooks import WorkbookSheet, open_workbook

MAX_BYTES = 5 << 20
MAX_ROWS = 2_000

_COLUMNS = {
    "parcel": ("包裹号", "包裹", "包裹编号", "parcel"),
    "tid": ("订单号", "订单编号", "order number"),
    "invoice_no": ("运单号", "运单编号", "快递单号", "物流单号", "面单号", "tracking number"),
    "carrier": ("快递公司", "物流公司", "承运商", "carrier"),
}


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One row of such a file, every cell as it stands; `row` is the row in the sheet, the header being 1."""

    row: int
    parcel: str
    tid: str
    invoice_no: str
    carrier: str


def read_numbers(stream: BinaryIO) -> list[NumberRow]:
    """The rows of a CSV or XLSX file with a column for the parcel or the order, and one for the tracking number.

    Raises `ExportFileError`: `file_too_large`, `too_many_rows`, `no_columns`, and whatever reading the file refuses.
    """
    if stream.seek(0, io.SEEK_END) > MAX_BYTES:
        raise ExportFileError(
            "file_too_large", _("The file is larger than 5 MB: no list of tracking numbers is.")
        )
    rows = iter(_open(stream))
    header = next(rows, None)
    places = _places(header.cells if header else ())
    if "invoice_no" not in places or not places.keys() & {"parcel", "tid"}:
        raise ExportFileError(
            "no_columns",
            _(
                "The first row must name the columns 包裹号 (or 订单号) and 运单号; 快递公司 may be there too."
            ),
        )
    found: list[NumberRow] = []
    for row in rows:
        if len(found) == MAX_ROWS:
            raise ExportFileError(
                "too_many_rows", _("The file has more than 2000 rows: send it in two parts.")
            )
        found.append(_read(row, places))
    return found


def _open(stream: BinaryIO) -> CsvSheet | WorkbookSheet:
    stream.seek(0)
    magic = stream.read(8)
    if magic.startswith(ZIP_MAGIC):
        return open_workbook(stream)
    if magic == OLD_OFFICE_MAGIC:
        raise ExportFileError("old_office", _("This is an old Excel file: save it as XLSX or CSV."))
    return CsvSheet(stream, decide_encoding(stream))


def _places(header: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, title in enumerate(header):
        plain = clean(title).casefold()
        for name, titles in _COLUMNS.items():
            if plain in titles:
                places.setdefault(name, place)
    return places


def _read(row: SheetRow, places: dict[str, int]) -> NumberRow:
    def cell(name: str) -> str:
        place = places.get(name)
        return "" if place is None or place >= len(row.cells) else clean(row.cells[place])

    return NumberRow(row.number, cell("parcel"), cell("tid"), cell("invoice_no"), cell("carrier"))
