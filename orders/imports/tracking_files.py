"""Lists of carriers' news, CSV or XLSX, as carriers and Kuaidi100 export them (F7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from django.utils.translation import gettext_lazy as _

from orders.imports.cells import clean, moment, plain_text, tracking_number
from orders.imports.errors import CellRefused, ExportFileError, RowRejected
from orders.imports.files import open_sheet
from orders.imports.sheets import SheetRow
from orders.rules.deliveries import News, state_of
from shipping.carriers import carrier_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Value = TypeVar("Value")
# Where the file has each field: the place in a row, and the header's own name.
Columns = Mapping[str, tuple[int, str]]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "invoice_no": ("快递单号", "运单号", "物流单号", "运单编号", "单号", "tracking number"),
    "state": ("物流状态", "快递状态", "运单状态", "签收状态", "状态", "state"),
    "at": ("更新时间", "最新时间", "最后更新时间", "物流时间", "签收时间", "时间", "time"),
    "carrier": ("快递公司", "物流公司", "承运商", "carrier"),
    "text": ("最新物流信息", "最新轨迹", "物流信息", "最新进展", "物流详情", "内容", "描述", "text"),
}
NEEDED = ("invoice_no", "state", "at")
_read_number = plain_text(64)
_read_text = plain_text(500)


def read_tracking_file(stream: BinaryIO) -> Iterator[News | RowRejected]:
    """The news in a file, row by row; a row that cannot be read is yielded as its rejection.

    Raises ``ExportFileError``: as ``open_sheet``, and ``not_export`` where a needed column is missing.
    """
    rows = iter(open_sheet(stream))
    header = next(rows, None)
    columns = _columns(header.cells if header else [])
    for row in rows:
        try:
            yield _news_of(row, columns)
        except RowRejected as rejection:
            yield rejection


def _columns(header: Sequence[str]) -> Columns:
    names = [clean(cell) for cell in header]
    found: dict[str, tuple[int, str]] = {}
    for field, known in COLUMNS.items():
        place = next((names.index(name) for name in known if name in names), None)
        if place is not None:
            found[field] = (place, names[place])
    missing = [COLUMNS[field][0] for field in NEEDED if field not in found]
    if missing:
        raise ExportFileError(
            "not_export",
            _("This is no list of tracking news: the column %(columns)s is missing."),
            columns="、".join(missing),
        )
    return found


def _news_of(row: SheetRow, columns: Columns) -> News:
    if row.problem is not None:
        raise RowRejected(row.problem.code, row.number, "", "", row.problem.reason)
    number = _read(row, columns, "invoice_no", lambda cell: _read_number(tracking_number(cell)))
    state = _read(row, columns, "state", lambda cell: state_of(clean(cell)))
    at = _read(row, columns, "at", moment)
    if not number:
        raise _rejected(row, columns, "invoice_no", _("The tracking number is missing."))
    if state is None:
        reason = _("No state of Kuaidi100's: write its number, 0 to 14, or its name.")
        raise _rejected(row, columns, "state", reason)
    if at is None:
        reason = _("The time is missing: write it as 2026-11-20 09:23:06.")
        raise _rejected(row, columns, "at", reason)
    carrier = carrier_of(_read(row, columns, "carrier", clean) or "") or ""
    return News(carrier, number, state, at, _read(row, columns, "text", _read_text) or "")


def _read(row: SheetRow, columns: Columns, field: str, reader: Callable[[str], Value]) -> Value | None:
    """A cell's value, nothing where the file has no such column; raises ``RowRejected``."""
    if field not in columns:
        return None
    try:
        return reader(_cell(row, columns, field))
    except CellRefused as refusal:
        raise _rejected(row, columns, field, refusal.reason) from None


def _rejected(row: SheetRow, columns: Columns, field: str, reason: StrOrPromise) -> RowRejected:
    return RowRejected("tracking", row.number, columns[field][1], _cell(row, columns, field), reason)


def _cell(row: SheetRow, columns: Columns, field: str) -> str:
    place = columns[field][0]
    return row.cells[place] if place < len(row.cells) else ""
