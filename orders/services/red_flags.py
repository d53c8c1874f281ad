"""Red flags that the desk itself sets or takes off, on many orders at once (N1, N3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from orders import events
from orders.models import Flag, Note, Order, PlatformTask
from orders.rules.notes import SYSTEM_SIGNATURE
from orders.services.marks import bring_back
from shopdesk.base import audit, clock

RED_FLAG_STANDS = clock.hours(24)


@dataclass(frozen=True)
class Alarm:
    """What a red flag of the desk says: a short label, the note in the shop's own words, and to whom."""

    label: str
    text: str
    addressee: str = Flag.Addressee.AGENT


def raise_red_flags(alarms: Mapping[str, Alarm], *, now: datetime) -> None:
    """Write the note and set the flag of each order (by its number), with a constant number of statements.

    The caller has locked the orders. **Our reading:** a red flag by a person that nobody acknowledged yet is
    not taken away; the order stays red for whom it is, and the desk's note stands beside it.
    """
    orders = list(Order.objects.filter(pk__in=alarms).order_by("tid").only("tid", "created"))
    if not orders:
        return
    current = {flag.order_id: flag for flag in Flag.objects.filter(order__in=orders, ended_at__isnull=True)}
    notes = Note.objects.bulk_create(
        Note(
            order=order,
            order_created=order.created,
            text=alarms[order.tid].text,
            signature=SYSTEM_SIGNATURE,
            at=now,
        )
        for order in orders
    )
    notes_of = {note.order_id: note for note in notes}
    flagged = [order.tid for order in orders if not _stays(current.get(order.tid))]
    replaced = [current[tid].pk for tid in flagged if tid in current]
    Flag.objects.filter(pk__in=replaced).update(ended_at=now)
    flags = Flag.objects.bulk_create(
        Flag(
            order_id=tid,
            seller_flag=Order.SellerFlag.RED,
            label=alarms[tid].label,
            note=notes_of[tid],
            addressee=alarms[tid].addressee,
            until=now + RED_FLAG_STANDS,
            set_at=now,
        )
        for tid in flagged
    )
    Order.objects.filter(pk__in=flagged).update(seller_flag=Order.SellerFlag.RED)
    bring_back(flagged, actor=None, now=now)
    _list_on_taobao(flagged, PlatformTask.Kind.FLAG, now=now)
    _list_on_taobao(notes_of, PlatformTask.Kind.MEMO, now=now)
    facts = [events.noted(note) for note in notes]
    facts += [events.flagged(flag, current.get(flag.order_id)) for flag in flags]
    audit.record_many(facts, at=now, actor=None)


def lower_red_flags(tids: Iterable[str], *labels: str, now: datetime) -> None:
    """Take off the flags of these labels that the desk itself set on these orders: what they said is settled.

    The caller has locked the orders.
    """
    flags = list(
        Flag.objects.filter(
            order__in=set(tids),
            label__in=labels,
            seller_flag=Order.SellerFlag.RED,
            set_by__isnull=True,
            ended_at__isnull=True,
        )
    )
    if not flags:
        return
    lowered = sorted(flag.order_id for flag in flags)
    Flag.objects.filter(pk__in=[flag.pk for flag in flags]).update(ended_at=now)
    Order.objects.filter(pk__in=lowered).update(seller_flag=Order.SellerFlag.GREY)
    _list_on_taobao(lowered, PlatformTask.Kind.FLAG, now=now)
    audit.record_many([events.flag_cleared(flag) for flag in flags], at=now, actor=None)


def _stays(flag: Flag | None) -> bool:
    return (
        flag is not None
        and flag.seller_flag == Order.SellerFlag.RED
        and flag.set_by_id is not None
        and flag.acknowledged_at is None
    )


def _list_on_taobao(tids: Iterable[str], kind: str, *, now: datetime) -> None:
    """D5; what stands on the list already stands there once."""
    PlatformTask.objects.bulk_create(
        (PlatformTask(order_id=tid, kind=kind, opened_at=now) for tid in tids), ignore_conflicts=True
    )
