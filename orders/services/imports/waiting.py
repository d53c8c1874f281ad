"""Rows that wait for what they need (D1): parked as JSON, taken up when their order comes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple, get_type_hints

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.dateparse import parse_datetime

from orders.imports.refund_rows import RefundRow
from orders.imports.rows import ItemRow, OrderRow
from orders.models import Order, WaitingRow

_ENCODER = DjangoJSONEncoder()


class Item(NamedTuple):
    """An item row, its position among the rows of its order, and among those of the same product and kind."""

    row: ItemRow
    position: int
    nth: int = 1


def content_key(row: ItemRow) -> str:
    """Alike for rows of one order that name the same product and properties; no order number is one."""
    said = "\n".join((row.tid, row.title or "", row.sku_properties_name or ""))
    return f"#{sha256(said.encode()).hexdigest()[:24]}"


def keep_order_rows(
    rows: Sequence[tuple[OrderRow, dict[str, Any]]], *, file_name: str, now: datetime
) -> None:
    """Park order rows that say too little for a new order."""
    _park(
        {(row.tid, ""): (row.row, facts) for row, facts in rows},
        kind=WaitingRow.Kind.ORDER,
        file_name=file_name,
        now=now,
    )


def order_rows_of(tids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """What parked order rows say about these orders."""
    parked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = WaitingRow.objects.filter(kind=WaitingRow.Kind.ORDER, tid__in=list(tids))
    for waiting in rows:
        parked[waiting.tid].append(
            {name: _order_field(name).to_python(value) for name, value in waiting.fields.items()}
        )
    return parked


def forget_order_rows(tids: Collection[str]) -> None:
    """These orders came; what waited for them was applied."""
    if not tids:
        return
    WaitingRow.objects.filter(kind=WaitingRow.Kind.ORDER, tid__in=list(tids)).delete()


def keep_item_rows(items: Sequence[Item], *, file_name: str, now: datetime) -> None:
    """Park item rows, each with its position in the order, whose order is not here yet."""
    _park(
        {
            (item.row.tid, item.row.oid or f"{content_key(item.row)}{item.nth}"): (
                item.row.row,
                {"position": item.position, "nth": item.nth}
                | {name: value for name, value in item.row._asdict().items() if value is not None},
            )
            for item in items
        },
        kind=WaitingRow.Kind.ITEM,
        file_name=file_name,
        now=now,
    )


def item_rows_of(tids: Iterable[str]) -> dict[int, Item]:
    """The item rows that wait for these orders, by the key of what keeps them."""
    waiting = WaitingRow.objects.filter(kind=WaitingRow.Kind.ITEM, tid__in=list(tids))
    return {row.pk: _item(row.fields) for row in waiting.order_by("tid", "row", "pk")}


def forget_item_rows(keys: Iterable[int]) -> None:
    """These rows were taken up."""
    WaitingRow.objects.filter(pk__in=list(keys)).delete()


def keep_refund_rows(rows: Sequence[RefundRow], *, file_name: str, now: datetime) -> None:
    """Park rows of a refund list whose order or line is not here yet."""
    _park(
        {
            (row.tid, row.refund_no): (
                row.row,
                {f.name: value for f in fields(row) if (value := getattr(row, f.name)) is not None},
            )
            for row in rows
        },
        kind=WaitingRow.Kind.REFUND,
        file_name=file_name,
        now=now,
    )


def refund_rows_of(tids: Iterable[str]) -> list[tuple[RefundRow, str]]:
    """The refund rows that wait for these orders, each with the name of its file."""
    waiting = WaitingRow.objects.filter(kind=WaitingRow.Kind.REFUND, tid__in=list(tids))
    return [
        (RefundRow(**_typed(row.fields, _REFUND_TYPES)), row.file_name)
        for row in waiting.order_by("tid", "since", "pk")
    ]


def forget_refund_rows(rows: Iterable[RefundRow]) -> None:
    """These rows were taken, or newer ones of the same refunds were."""
    taken = {(row.tid, row.refund_no) for row in rows}
    waiting = WaitingRow.objects.filter(
        kind=WaitingRow.Kind.REFUND,
        tid__in={tid for tid, _number in taken},
        key__in={key for _tid, key in taken},
    )
    found = waiting.values_list("pk", "tid", "key")
    WaitingRow.objects.filter(pk__in=[pk for pk, tid, key in found if (tid, key) in taken]).delete()


def _park(
    rows: Mapping[tuple[str, str], tuple[int, dict[str, Any]]], *, kind: str, file_name: str, now: datetime
) -> None:
    WaitingRow.objects.bulk_create(
        [
            WaitingRow(
                kind=kind,
                tid=tid,
                key=key,
                fields={name: _plain(value) for name, value in said.items()},
                file_name=file_name,
                row=number,
                since=now,
            )
            for (tid, key), (number, said) in rows.items()
        ],
        update_conflicts=True,
        unique_fields=["tid", "kind", "key"],
        update_fields=["fields", "file_name", "row"],
        batch_size=1000,
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool) else _ENCODER.default(value)


def _order_field(name: str) -> "models.Field[Any, Any]":
    field = Order._meta.get_field("buyer" if name == "buyer_nick" else name)
    assert isinstance(field, models.Field)  # noqa: S101 (narrows the type: rows name columns, not relations)
    return field


_ITEM_TYPES = get_type_hints(ItemRow)
_REFUND_TYPES = get_type_hints(RefundRow)


def _item(said: dict[str, Any]) -> Item:
    values = dict(said)
    position, nth = values.pop("position"), values.pop("nth", 1)
    return Item(ItemRow(**_typed(values, _ITEM_TYPES)), position, nth)


def _typed(said: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(said)
    for name, value in values.items():
        kinds = str(types[name])
        if "Decimal" in kinds:
            values[name] = Decimal(value)
        elif "datetime" in kinds:
            values[name] = parse_datetime(value)
    return values
