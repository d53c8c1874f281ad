"""Typed rows of the order list and the item list (D1, D2), and how the cells of every list are read.

A field is None where the file has no column for it; a text field is "" where the column is there and the
cell is empty. Money is CNY, times are Shanghai's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from orders.imports import cells as read
from orders.imports.addresses import receiver_of
from orders.imports.errors import CellRefused, RowRejected
from orders.imports.headers import Header, ListKind
from orders.imports.sheets import Problem, SheetRow
from orders.imports.statuses import NEVER_PAID, NOT_CLOSED, TRADE_CLOSED, TRADE_CLOSED_BY_TAOBAO, status_of

# In characters; longer text is rejected, never cut.
MAX_NAME = 64  # nicks, receivers, companies, codes, tags
MAX_TITLE = 200
MAX_ADDRESS = 500
MAX_MESSAGE = 5_000  # messages, memos
MAX_TITLES = 20_000  # all titles of an order in one cell


class OrderRow(NamedTuple):
    """One row of the order list. Its lines come with the item list, never from `titles`."""

    row: int
    tid: str
    buyer_nick: str | None = None
    status: str | None = None  # a code of O1; None also where the cell is empty
    partly_shipped: bool = False
    signed: bool = False
    payment_pending: bool = False
    close_reason: str | None = None  # the platform's words; "" for an order that is open
    goods_payable: Decimal | None = None
    post_fee: Decimal | None = None
    payment: Decimal | None = None  # to be paid: goods and postage
    paid_fee: Decimal | None = None  # what the buyer has paid
    refund_fee: Decimal | None = None
    payment_no: str | None = None
    payment_details: str | None = None
    buyer_message: str | None = None
    seller_memo: str | None = None
    memo_tag: str | None = None
    receiver_name: str | None = None
    receiver_state: str | None = None  # a short name of S2, "" where the address does not say it
    receiver_address: str | None = None  # the changed one where there is one
    receiver_zip: str | None = None
    receiver_phone: str | None = None
    receiver_mobile: str | None = None
    created: datetime | None = None
    pay_time: datetime | None = None
    consign_time: datetime | None = None
    end_time: datetime | None = None
    titles: str | None = None
    num: int | None = None  # pieces in all lines
    invoice_no: str | None = None
    logistics_company: str | None = None


class ItemRow(NamedTuple):
    """One row of the item list. The order's own facts in it (state, memo, tracking) are the list's copy."""

    row: int
    tid: str
    oid: str | None = (
        None  # sub-order number; older lists have none, the position in the order tells lines apart
    )
    title: str | None = None
    price: Decimal | None = None  # of one piece
    num: int | None = None
    outer_sku_id: str | None = None  # the SKU's code, else the product's
    outer_iid: str | None = None  # the product's code
    sku_properties_name: str | None = None
    num_iid: str | None = None
    status: str | None = None  # a code of O1; None where empty or unknown: the order list decides
    goods_payable: Decimal | None = None  # of the line
    paid_fee: Decimal | None = None  # of the line
    refund_status: str | None = None  # the platform's words
    refund_fee: Decimal | None = None
    created: datetime | None = None
    pay_time: datetime | None = None
    consign_time: datetime | None = None
    invoice_no: str | None = None
    logistics_company: str | None = None
    payment_no: str | None = None
    buyer_message: str | None = None
    seller_memo: str | None = None
    memo_tag: str | None = None


Reader = Callable[[str], Any]


def _often(reader: Reader) -> Reader:
    """For columns that hold the same few values in most rows: each is read once. What is refused is not kept."""
    again = lru_cache(maxsize=1024)(reader)
    return lambda cell: again(cell) if len(cell) <= MAX_TITLE else reader(cell)


_name = read.plain_text(MAX_NAME)
_word = _often(_name)
_money = _often(read.money)
_title = _often(read.plain_text(MAX_TITLE))
_message = read.plain_text(MAX_MESSAGE)
_address = read.plain_text(MAX_ADDRESS + MAX_NAME * 2)  # with a name and a phone in front

# How each field is read, and the code of a rejection that its cell causes.
_SHARED_READERS: dict[str, tuple[str, Reader]] = {
    "tid": ("tid", read.order_number),
    "status": ("status", _word),
    "goods_payable": ("money", _money),
    "paid_fee": ("money", _money),
    "refund_fee": ("money", _money),
    "payment_no": ("number", read.reference),
    "invoice_no": ("number", read.tracking_number),
    "logistics_company": ("text", _word),
    "created": ("date", read.moment),
    "pay_time": ("date", read.moment),
    "consign_time": ("date", read.moment),
    "buyer_message": ("text", _message),
    "seller_memo": ("text", _message),
    "memo_tag": ("text", _word),
}
_READERS: Mapping[ListKind, dict[str, tuple[str, Reader]]] = {
    ListKind.ORDERS: _SHARED_READERS
    | {
        "buyer_nick": ("text", _name),
        "close_reason": ("text", _word),
        "post_fee": ("money", _money),
        "payment": ("money", _money),
        "payment_details": ("text", _message),
        "receiver_name": ("text", _name),
        "receiver_address": ("text", _address),
        "changed_receiver_address": ("text", _address),
        "receiver_phone": ("number", read.phone),
        "receiver_mobile": ("number", read.phone),
        "end_time": ("date", read.moment),
        "titles": ("text", read.plain_text(MAX_TITLES)),
        "num": ("quantity", _often(read.quantity)),
    },
    ListKind.ITEMS: _SHARED_READERS
    | {
        "oid": ("oid", read.order_number),
        "title": ("text", _title),
        "price": ("money", _money),
        "num": ("quantity", _often(read.pieces)),
        "outer_sku_id": ("text", _word),
        "outer_iid": ("text", _word),
        "sku_properties_name": ("text", _title),
        "num_iid": ("number", read.order_number),
        "refund_status": ("text", _word),
    },
    ListKind.REFUNDS: _SHARED_READERS
    | {
        "refund_no": ("number", read.order_number),
        "num_iid": ("number", read.order_number),
        "code": ("text", _name),
        "title": ("text", _title),
        "made_by": ("text", _name),
        "kind": ("text", _name),
        "applied_at": ("date", read.moment),
        "due_at": ("date", read.moment),
        "ended_at": ("date", read.moment),
        "returned_at": ("date", read.moment),
        "goods_status": ("text", _name),
        "platform_help": ("text", _name),
        "return_news": ("text", _message),
        "return_no": ("number", read.tracking_number),
        "return_carrier": ("text", _name),
        "reason": ("text", read.plain_text(MAX_TITLE)),
        "words": ("text", _message),
        "liable": ("text", _name),
        "phase": ("text", _name),
        "extent": ("text", _name),
        "reason_tag": ("text", read.plain_text(MAX_TITLE)),
        "business": ("text", _name),
    },
}

_STATUS_UNKNOWN = _(
    "Not one of the platform's order states: check the cell, or ask for this version to be updated."
)


def read_order_row(header: Header, row: SheetRow) -> OrderRow:
    """One row of an order list. Raises `RowRejected` with the first column to blame (D1)."""
    values = values_of(header, row)
    _read_status(header, row, values)
    _read_receiver(header, row, values)
    return OrderRow(row=row.number, **values)


def read_item_row(header: Header, row: SheetRow) -> ItemRow:
    """One row of an item list. Raises `RowRejected` with the first column to blame (D1)."""
    values = values_of(header, row)
    if status := values.get("status"):
        known = status_of(status)
        values["status"] = known.status if known else None
    elif "status" in values:
        values["status"] = None
    if not values.get("outer_sku_id") and values.get("outer_iid"):
        values["outer_sku_id"] = values["outer_iid"]
    return ItemRow(row=row.number, **values)


def values_of(header: Header, row: SheetRow) -> dict[str, Any]:
    """What each cell of a row says, by field. Raises `RowRejected` with the first column to blame (D1)."""
    cells = row.cells
    width = len(cells)
    problem = row.problem
    if problem is None and width > len(header.names) and any(cells[len(header.names) :]):
        # Older item rows end in one comma too many; anything in that cell means that all have moved.
        problem = Problem.TOO_MANY_CELLS
    if problem is not None:
        raise RowRejected(problem.code, row.number, "", next(filter(None, cells), ""), problem.reason)
    values: dict[str, Any] = {}
    if width < len(header.names):
        cells = [*cells, *[""] * (len(header.names) - width)]
    for name, position, others, reader, blank in _columns(header):
        cell = cells[position]
        if others and not read.clean(cell):
            for other in others:
                if read.clean(cells[other]):
                    position, cell = other, cells[other]
                    break
        try:
            values[name] = reader(cell) if cell else blank
        except CellRefused as refused:
            code, _reader = _READERS[header.kind][name]
            raise RowRejected(code, row.number, header.names[position], cell, refused.reason) from None
    if not values["tid"]:
        raise rejected(header, row, "tid", "tid", _("The order number is missing."))
    return values


class _Column(NamedTuple):
    """A field with its reader: where its cells stand, in the file's order, and what an empty one says."""

    name: str
    position: int
    others: tuple[int, ...]
    reader: Reader
    blank: Any


@lru_cache(maxsize=64)
def _columns(header: Header) -> list[_Column]:
    """What is looked up once for each file: most cells are empty, and most of the others are quickly read."""
    columns = []
    for name, (first, *others) in header.columns.items():
        _code, reader = _READERS[header.kind][name]
        columns.append(_Column(name, first, tuple(others), reader, reader("")))
    return columns


def _read_status(header: Header, row: SheetRow, values: dict[str, Any]) -> None:
    reason = values.get("close_reason")
    if reason == NOT_CLOSED:
        values["close_reason"] = ""
    if "status" not in values:
        return
    text = values.pop("status")
    if not text:
        return
    found = status_of(text)
    if found is None:
        raise rejected(header, row, "status", "status", _STATUS_UNKNOWN)
    status = found.status
    if status == TRADE_CLOSED and _was_never_paid(reason, values):
        status = TRADE_CLOSED_BY_TAOBAO
    values.update(
        status=status,
        partly_shipped=found.partly_shipped,
        signed=found.signed,
        payment_pending=found.payment_pending,
    )


def _was_never_paid(reason: str | None, values: dict[str, Any]) -> bool:
    if reason is not None:
        return reason == NEVER_PAID
    # Our reading: a list without the reason (2026) still says that nothing was paid, so nothing was refunded.
    return values.get("paid_fee") == 0 and not values.get("pay_time")


def _read_receiver(header: Header, row: SheetRow, values: dict[str, Any]) -> None:
    original = values.pop("receiver_address", None)
    changed = values.pop("changed_receiver_address", None)
    text = changed or original
    if text is None:
        return
    receiver = receiver_of(text)
    if len(receiver.address) > MAX_ADDRESS:
        name = "changed_receiver_address" if changed else "receiver_address"
        raise rejected(header, row, "text", name, _("The address is too long: shorten it."))
    values.update(receiver_state=receiver.state, receiver_address=receiver.address, receiver_zip=receiver.zip)
    values["receiver_name"] = values.get("receiver_name") or receiver.name or values.get("receiver_name")
    values["receiver_mobile"] = (
        values.get("receiver_mobile") or receiver.mobile or values.get("receiver_mobile")
    )


def rejected(header: Header, row: SheetRow, code: str, field: str, reason: Any) -> RowRejected:
    """The rejection of a row for what its cell of a field says."""
    position = header.columns[field][0]
    cell = row.cells[position] if position < len(row.cells) else ""
    return RowRejected(code, row.number, header.names[position], cell, reason)
