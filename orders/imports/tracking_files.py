"""Lists of carriers' news, CSV or XLSX, as carriers and Kuaidi100 export them (F7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from orders.imports.cells import clean, moment, plain_text, tracking_number
from orders.imports.errors import RowRejected
from orders.imports.files import open_sheet
from orders.imports.named_columns import NamedColumns
from orders.imports.sheets import SheetRow
from orders.rules.deliveries import News, state_of
from shipping.carriers import carrier_of

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
    columns = NamedColumns(
        header.cells if header else [],
        COLUMNS,
        needed=NEEDED,
        refusal=_("This is no list of tracking news: the column %(columns)s is missing."),
        code="tracking",
    )
    for row in rows:
        try:
            yield _news_of(row, columns)
        except RowRejected as rejection:
            yield rejection


def _news_of(row: SheetRow, columns: NamedColumns) -> News:
    if row.problem is not None:
        raise RowRejected(row.problem.code, row.number, "", "", row.problem.reason)
    number = columns.read(row, "invoice_no", lambda cell: _read_number(tracking_number(cell)))
    state = columns.read(row, "state", lambda cell: state_of(clean(cell)))
    at = columns.read(row, "at", moment)
    if not number:
        raise columns.rejected(row, "invoice_no", _("The tracking number is missing."))
    if state is None:
        reason = _("No state of Kuaidi100's: write its number, 0 to 14, or its name.")
        raise columns.rejected(row, "state", reason)
    if at is None:
        reason = _("The time is missing: write it as 2026-11-20 09:23:06.")
        raise columns.rejected(row, "at", reason)
    carrier = carrier_of(columns.read(row, "carrier", clean) or "") or ""
    return News(carrier, number, state, at, columns.read(row, "text", _read_text) or "")
