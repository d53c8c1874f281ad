"""Carriers' bills, CSV or XLSX, by the names of their columns (F8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from orders.imports.cells import MAX_NUMBER_TEXT, clean, money, plain_text, tracking_number
from orders.imports.errors import CellRefused, RowRejected
from orders.imports.files import open_sheet
from orders.imports.named_columns import NamedColumns
from orders.imports.sheets import SheetRow

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "invoice_no": (
        "运单号", "快递单号", "运单编号", "运单号码", "物流单号", "面单号", "单号", "tracking number",
    ),
    "fee": (
        "运费", "应付运费", "结算金额", "应付金额", "快递费", "费用", "金额", "金额(元)", "合计", "fee",
    ),
    "weight": (
        "计费重量", "结算重量", "计费重量(kg)", "重量", "重量(kg)", "重量(KG)", "重量（kg）", "重量（KG）",
        "实际重量", "weight",
    ),
    "destination": ("目的地", "目的省份", "目的省", "省份", "收件省份", "到达地", "destination"),
    "day": ("日期", "寄件日期", "揽收日期", "业务日期", "扫描日期", "寄件时间", "揽收时间", "date"),
}  # fmt: skip
NEEDED = ("invoice_no", "fee")
MAX_WEIGHT = Decimal(1000)
_WEIGHT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,6})?)\s*(?:kg|KG|Kg|公斤|千克)?", re.ASCII)
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T].*)?", re.ASCII)
_read_number = plain_text(64)
_read_destination = plain_text(64)


@dataclass(frozen=True)
class BilledParcel:
    """One row of a bill: fee in CNY, weight in kg where it says one."""

    row: int
    invoice_no: str
    fee: Decimal
    weight: Decimal | None
    destination: str
    day: date | None


@dataclass(frozen=True)
class RejectedRow:
    """A row that could not be read, with its raw cells, to be mended."""

    rejection: RowRejected
    cells: list[str]


class BillFile:
    """A bill that has been recognised by its header. Iterate over it, once, for its rows.

    Raises ``ExportFileError``: as ``open_sheet``, and ``not_export`` where a needed column is missing.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._rows = iter(open_sheet(stream))
        header = next(self._rows, None)
        self._columns = NamedColumns(
            header.cells if header else [],
            COLUMNS,
            needed=NEEDED,
            refusal=_("This is no carrier's bill: the column %(columns)s is missing."),
            code="bill",
        )
        self.header = self._columns.names

    def __iter__(self) -> Iterator[BilledParcel | RejectedRow]:
        for row in self._rows:
            try:
                yield self._billed(row)
            except RowRejected as rejection:
                yield RejectedRow(rejection, row.cells)

    def _billed(self, row: SheetRow) -> BilledParcel:
        if row.problem is not None:
            raise RowRejected(row.problem.code, row.number, "", "", row.problem.reason)
        columns = self._columns
        number = columns.read(row, "invoice_no", lambda cell: _read_number(tracking_number(cell)))
        fee = columns.read(row, "fee", money)
        if not number:
            raise columns.rejected(row, "invoice_no", _("The tracking number is missing."))
        if fee is None:
            raise columns.rejected(row, "fee", _("The fee is missing: write it as 12.50."))
        return BilledParcel(
            row.number,
            number,
            fee,
            columns.read(row, "weight", weight),
            columns.read(row, "destination", _read_destination) or "",
            columns.read(row, "day", day),
        )


def weight(cell: str) -> Decimal | None:
    """A weight in kg, to the gram; nothing where the cell is empty."""
    text = clean(cell)
    if not text:
        return None
    match = _WEIGHT.fullmatch(text) if len(text) <= MAX_NUMBER_TEXT else None
    if match is None or Decimal(match[1]) > MAX_WEIGHT:
        raise CellRefused(_("Not a weight: write it in kg, as 1.25."))
    return Decimal(match[1]).quantize(Decimal("0.001"))


def day(cell: str) -> date | None:
    """A day, whatever time comes after it; nothing where the cell is empty."""
    text = clean(cell)
    if not text:
        return None
    match = _DAY.fullmatch(text) if len(text) <= MAX_NUMBER_TEXT else None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else _refuse_day()
    except ValueError:
        return _refuse_day()


def _refuse_day() -> date:
    raise CellRefused(_("Not a date: write it as 2026-11-20."))
