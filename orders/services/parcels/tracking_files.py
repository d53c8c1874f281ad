"""Shipping many parcels by the carrier's file of tracking numbers: a result for every row (F6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.imports.errors import ExportFileError
from orders.imports.tracking_numbers import NumberRow, read_numbers
from orders.models import Parcel
from orders.rules.parcels import read_parcel_number, read_tracking_number
from orders.services.parcels.locks import require_warehouse
from orders.services.parcels.shipping import ship
from orders.states import ParcelStage
from shipping.carriers import carrier_of
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff

_UNSENT = (ParcelStage.PLANNED, ParcelStage.PRINTED, ParcelStage.PACKED)


@dataclass(frozen=True)
class RowResult:
    """What became of a row: shipped, known before, or refused with its reason; and what is odd about it."""

    row: NumberRow
    parcel: Parcel | None = None
    shipped: bool = False
    refusal: DomainError | None = None
    warnings: Sequence[str | Promise] = ()


def ship_by_file(stream: BinaryIO, *, actor: Staff, now: datetime | None = None) -> list[RowResult]:
    """Ship what a file of tracking numbers names, each row in a transaction of its own; the same file twice changes
    nothing.

    Raises ``Forbidden`` (F1) by role, ``DomainError`` (D2) for a file that is no list of tracking numbers.
    """
    require_warehouse(actor)
    now = now or clock.now()
    try:
        rows = read_numbers(stream)
    except ExportFileError as error:
        raise DomainError("D2", error.message, field="file") from error
    return [_take(row, actor, now) for row in rows]


def _take(row: NumberRow, actor: Staff, now: datetime) -> RowResult:
    parcel = None
    try:
        parcel = _parcel(row)
        if parcel.stage == ParcelStage.SHIPPED and parcel.invoice_no == read_tracking_number(row.invoice_no):
            return RowResult(row, parcel)
        carrier = (carrier_of(row.carrier) or "") if row.carrier else parcel.carrier
        done = ship(parcel.pk, carrier=carrier, invoice_no=row.invoice_no, actor=actor, now=now)
    except DomainError as refusal:
        return RowResult(row, parcel, refusal=refusal)
    return RowResult(row, done.parcel, shipped=True, warnings=done.warnings)


def _number(text: str) -> str | None:
    try:
        return read_tracking_number(text)
    except DomainError:
        return None  # refused later, with its reason


def _parcel(row: NumberRow) -> Parcel:
    if row.parcel:
        number = read_parcel_number(row.parcel)
        found = list(Parcel.objects.filter(pk=number)) if number is not None else []
    else:
        own = Q(lines__order=row.tid, lines__live=True)
        after = Q(order=row.tid) & ~Q(purpose=Parcel.Purpose.ORDER)
        of_order = Parcel.objects.filter(own | after).distinct()
        sent = of_order.filter(stage=ParcelStage.SHIPPED)
        # A parcel that has this very number was sent by an earlier reading of the file.
        known = list(sent.filter(invoice_no=_number(row.invoice_no))[:1])
        found = known or list(of_order.filter(stage__in=_UNSENT)[:2]) or list(sent[:2])
    if not found:
        raise DomainError(
            "F1", _("There is no parcel for “%(text)s”.") % {"text": row.parcel or row.tid or "—"}
        )
    if len(found) > 1:
        raise DomainError(
            "F1", _("Order %(tid)s has two parcels: name the parcel (包裹号).") % {"tid": row.tid}
        )
    return found[0]
