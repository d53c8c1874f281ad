"""Parcels for tests of what follows planning: rows made directly, at any stage."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from orders.models import Order, Parcel, ParcelLine, PrintBatch
from orders.states import ParcelStage, Status
from tests.factories import NOW, make_line, make_paid_order

_numbers = itertools.count(1)


def make_parcel(*orders: Order, stage: str = ParcelStage.PLANNED, **fields: Any) -> Parcel:
    """A parcel with what is in no other of ``orders``; by default one of a new order, paid two days ago."""
    if not orders:
        orders = (make_paid_order(pay_time=NOW - timedelta(days=2), created=NOW - timedelta(days=2)),)
    for order in orders:
        if not order.lines.exists():
            make_line(order)
    if stage != ParcelStage.PLANNED:
        fields.setdefault("slip_version", 1)
        fields.setdefault("printed_at", NOW - timedelta(hours=2))
        fields.setdefault("batch", PrintBatch.objects.create(created_at=fields["printed_at"]))
    if stage == ParcelStage.SHIPPED:
        fields.setdefault("carrier", "zhongtong")
        fields.setdefault("invoice_no", f"7551{next(_numbers):010d}")
        fields.setdefault("shipped_at", NOW - timedelta(days=1))
    leader = min(orders, key=lambda order: order.tid)
    parcel = Parcel.objects.create(
        order=leader, buyer=leader.buyer, stage=stage, planned_at=NOW - timedelta(days=2), **fields
    )
    for order in orders:
        for line in order.lines.exclude(parcel_lines__live=True):
            ParcelLine.objects.create(parcel=parcel, order=order, line=line)
    return parcel


def make_shipped_order(nick: str = "", *, shipped_at: datetime | None = None, **fields: Any) -> Order:
    """An order whose goods are all on their way since a day before ``NOW``, unless said otherwise."""
    shipped_at = shipped_at or NOW - timedelta(days=1)
    paid_at = shipped_at - timedelta(days=1)
    fields = {"created": paid_at, "pay_time": paid_at, "consign_time": shipped_at} | fields
    return make_paid_order(nick, status=Status.WAIT_BUYER_CONFIRM_GOODS, **fields)


def make_shipped_parcel(*orders: Order, **fields: Any) -> Parcel:
    """A parcel on its way since a day before ``NOW``, to be signed for two days after it (F7)."""
    fields.setdefault("deliver_by", NOW + timedelta(days=2))
    return make_parcel(*(orders or (make_shipped_order(),)), stage=ParcelStage.SHIPPED, **fields)
