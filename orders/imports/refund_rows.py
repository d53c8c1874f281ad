"""Typed rows of the refund list (header K, D2).

A field is None where the file has no column for it; a text field is "" where the column is there and the cell is
empty. Money is CNY, times are Shanghai's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from orders.imports.headers import Header
from orders.imports.rows import rejected, values_of
from orders.imports.sheets import SheetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRow:
    """One row of the refund list: what the buyer asked of the platform, and how far that is.

    ``kind``, ``status``, ``goods_status``, ``platform_help`` and the like are the platform's own words.
    """

    row: int
    tid: str
    refund_no: str
    title: str | None = None
    num_iid: str | None = None
    code: str | None = None  # the product's code
    payment_no: str | None = None
    pay_time: datetime | None = None
    paid_fee: Decimal | None = None
    refund_fee: Decimal | None = None
    kind: str | None = None  # 售后类型
    status: str | None = None  # 退款状态
    goods_status: str | None = None  # 货物状态
    applied_at: datetime | None = None
    due_at: datetime | None = None  # the platform's own due time (A6)
    ended_at: datetime | None = None
    platform_help: str | None = None  # 客服介入状态
    return_no: str | None = None
    return_carrier: str | None = None
    return_news: str | None = None
    returned_at: datetime | None = None
    reason: str | None = None
    reason_tag: str | None = None
    words: str | None = None  # 买家退款说明
    liable: str | None = None  # 责任方
    phase: str | None = None  # 售中或售后
    extent: str | None = None  # 部分退款/全部退款
    made_by: str | None = None  # 手工退款/系统退款
    business: str | None = None
    memo_tag: str | None = None
    seller_memo: str | None = None


def read_refund_row(header: Header, row: SheetRow) -> RefundRow:
    """One row of a refund list. Raises `RowRejected` with the first column to blame (D1)."""
    values = values_of(header, row)
    if not values["refund_no"]:
        raise rejected(header, row, "number", "refund_no", _("The refund number is missing."))
    return RefundRow(row=row.number, **values)
