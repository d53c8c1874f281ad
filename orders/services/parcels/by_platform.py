"""What went out on the platform with no slip of ours: followed as a parcel, and not sent a second time (F1, F7)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.events import parcels as events
from orders.models import ChangeNotice, Hold, Order, OrderLine, Parcel, ParcelLine, Slip, TrackingNews
from orders.rules.changes import furthest
from orders.rules.deliveries import deliver_by
from orders.rules.finishing import shipped_before
from orders.rules.parcels import read_tracking_number
from orders.rules.products import ProductKind
from orders.selectors.stages import stages_of_lines
from orders.services import holds
from orders.services.changes.telling import void_slips
from orders.services.locks import check_version, lock_orders
from orders.services.notices import open_notice
from orders.services.ownership import own
from orders.services.parcels.planning import plan
from orders.services.parcels.shipping import check_carrier, check_number
from orders.services.tracking import begin
from orders.states import ParcelStage, Status
from shipping.carriers import carrier_of
from shipping.provinces import PROVINCES, zone_of
from shopdesk.base import audit, clock
from shopdesk.base.bulk import copy_rows
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

PARTLY_SENT = "平台显示部分发货：请先在订单页勾选已发出的商品"
SENT_THERE = "平台已发出，取出"
_LIVE = ParcelLine.objects.filter(live=True)


def follow_sent(tids: Collection[str], *, now: datetime) -> None:
    """Make shipped parcels of what the platform sent and no parcel of ours took, so that it is followed (F7).

    Goods of one buyer under one number are one parcel. Left out are orders without a number that can be theirs (F6),
    and those sent so long ago that the clock finishes them at once (O1). A constant number of statements, whatever
    is sent; the orders are locked by the caller.
    """
    orders = _sent_orders(tids, now) if tids else {}
    if not orders:
        return
    lines: dict[str, list[int]] = defaultdict(list)
    for tid, line in _travelling(orders).order_by("order", "position").values_list("order_id", "pk"):
        lines[tid].append(line)
    numbers = {number for order, number in orders.values() if order.tid in lines}
    if not numbers:
        return
    known: dict[str, Parcel] = {
        parcel.invoice_no: parcel for parcel in Parcel.objects.filter(invoice_no__in=numbers).order_by("-pk")
    }
    new, goods = [], []
    for tid in sorted(lines):
        order, number = orders[tid]
        parcel = known.get(number)
        if parcel is None:
            parcel = known[number] = _shipped(order, number, now)
            new.append(parcel)
        if parcel.buyer_id == order.buyer_id and parcel.stage == ParcelStage.SHIPPED:
            goods.append((parcel, tid, lines[tid]))
    Parcel.objects.bulk_create(new)
    rows = ((parcel.pk, tid, line, True) for parcel, tid, inside in goods for line in inside)
    copy_rows(ParcelLine, ("parcel_id", "order_id", "line_id", "live"), rows)
    heard = set(TrackingNews.objects.filter(invoice_no__in=numbers).values_list("invoice_no", flat=True))
    if heard:
        begin([parcel.pk for parcel in new if parcel.invoice_no in heard], now=now)


def _sent_orders(tids: Collection[str], now: datetime) -> dict[str, tuple[Order, str]]:
    """The orders to follow, each with its tracking number."""
    found = {}
    sent = Order.objects.filter(pk__in=tids, status=Status.WAIT_BUYER_CONFIRM_GOODS).exclude(invoice_no="")
    for order in sent:
        if (order.consign_time or order.pay_time or order.created) <= shipped_before(now):
            continue
        try:
            found[order.tid] = order, read_tracking_number(order.invoice_no)
        except DomainError:
            continue  # more than one number, or none: the order keeps what the platform says
    return found


def _travelling(tids: Iterable[str]) -> QuerySet[OrderLine]:
    """Lines that travel and are in no parcel."""
    lines = OrderLine.objects.filter(order__in=list(tids), refunded_at__isnull=True, product__virtual=False)
    return lines.exclude(product__kind=ProductKind.POSTAGE_LINK).filter(
        ~Exists(_LIVE.filter(line=OuterRef("pk")))
    )


def _shipped(order: Order, number: str, now: datetime) -> Parcel:
    sent = order.consign_time or now
    province = order.receiver_state
    return Parcel(
        order=order,
        buyer_id=order.buyer_id,
        stage=ParcelStage.SHIPPED,
        version=1,
        carrier=carrier_of(order.logistics_company) or order.logistics_company[:24] or "—",
        invoice_no=number,
        planned_at=now,
        shipped_at=sent,
        deliver_by=deliver_by(sent, zone_of(province)) if province in PROVINCES else None,
    )


def tell_partly_sent(tids: Collection[str], *, now: datetime) -> None:
    """The platform sent a part of these orders, nobody here knows which: stop them until somebody says (O1, F3).

    Slips that are printed are void. Nothing for orders of which a parcel of ours went. The orders are locked by the
    caller.
    """
    ours = _LIVE.filter(parcel__stage=ParcelStage.SHIPPED, order=OuterRef("pk"))
    for order in Order.objects.filter(~Exists(ours), pk__in=tids).order_by("tid"):
        stages = dict(_LIVE.filter(order=order).values_list("parcel_id", "parcel__stage"))
        notice = open_notice(
            order,
            ChangeNotice.Kind.SENT,
            stage=furthest(list(stages.values())),
            now=now,
            actor=None,
            after=PARTLY_SENT,
        )
        printed = [pk for pk, stage in stages.items() if stage in (ParcelStage.PRINTED, ParcelStage.PACKED)]
        _void(printed, order, notice, now=now, actor=None)


def _void(
    parcels: Collection[int], order: Order, notice: ChangeNotice, *, now: datetime, actor: Staff | None
) -> None:
    for parcel in void_slips(parcels, notice, now=now):
        slip = Slip.objects.filter(parcel=parcel, notice=notice).first()
        if slip is not None:
            audit.record_many(events.slip_voided(parcel, [order.tid], slip), at=now, actor=actor)


@transaction.atomic
def mark_sent(
    tid: str,
    positions: Collection[int],
    *,
    carrier: str,
    invoice_no: str,
    actor: Staff,
    version: int | None = None,
    now: datetime | None = None,
) -> Parcel:
    """Say which lines of an order the platform sent (O1): they are a shipped parcel, and travel no more from here.

    Their holds are consumed (N5); out of a printed parcel they come with a notice to the warehouse, its slip void.
    Raises ``Forbidden`` (O1) by role, ``VersionConflict`` (T5), ``Conflict``: (O1) for an order that the platform
    does not show as partly sent, (F2) for a line that is packed or sent; ``DomainError``: (O1) for no line or all of
    them, and as shipping does for carrier (S1, S5) and number (F6).
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("O1", _("Your role does not work orders."))
    now = now or clock.now()
    number = read_tracking_number(invoice_no)
    orders = lock_orders(_sharing(tid))
    order = orders.get(tid)
    if order is None:
        raise DomainError("O1", _("There is no order %(tid)s.") % {"tid": tid})
    check_version(order, version)
    if order.status != Status.WAIT_SELLER_SEND_GOODS or not order.partly_shipped:
        raise Conflict("O1", _("The platform does not show this order as partly sent."))
    lines = _chosen(order, positions)
    check_carrier(carrier, [order])
    parcel = Parcel(
        order=order, buyer_id=order.buyer_id, stage=ParcelStage.SHIPPED, carrier=carrier, invoice_no=number,
        planned_at=now, shipped_at=now,
    )  # fmt: skip
    check_number(number, parcel)
    parcel.save()
    _take_along(order, lines, parcel, actor=actor, now=now)
    holds.end(Hold.objects.filter(line__in=lines), release=Hold.Release.CONSUMED, now=now, actor=actor)
    order.version += 1
    order.save(update_fields=["version"])
    own(order, actor, now=now)
    audit.record_many(events.shipped(parcel, [tid]), at=now, actor=actor)
    begin([parcel.pk], now=now)
    plan(orders, now=now)
    holds.take([tid], now=now)
    return parcel


def _sharing(tid: str) -> set[str]:
    """The order and those whose goods share a parcel with its goods."""
    parcels = _LIVE.filter(order=tid).values("parcel")
    return {tid, *_LIVE.filter(parcel__in=parcels).values_list("order_id", flat=True)}


def _chosen(order: Order, positions: Collection[int]) -> list[OrderLine]:
    goods = list(
        order.lines.filter(refunded_at__isnull=True, product__virtual=False)
        .exclude(product__kind=ProductKind.POSTAGE_LINK)
        .order_by("position")
    )
    stages = stages_of_lines([line.pk for line in goods])
    chosen = [line for line in goods if line.position in positions]
    if not chosen or len(chosen) < len(set(positions)):
        raise DomainError("O1", _("Tick the lines that the platform sent."), field="positions")
    if any(stages.get(line.pk) in (ParcelStage.PACKED, ParcelStage.SHIPPED) for line in chosen):
        raise Conflict(
            "F2",
            _("One of these lines is packed or out already: ask the warehouse to pull its parcel first."),
        )
    left = [line for line in goods if line not in chosen and stages.get(line.pk) != ParcelStage.SHIPPED]
    if not left:
        raise DomainError(
            "O1",
            _("That is all there is: import the order list once the platform shows it as sent."),
            field="positions",
        )
    return chosen


def _take_along(
    order: Order, lines: Sequence[OrderLine], parcel: Parcel, *, actor: Staff, now: datetime
) -> None:
    """Move the lines into their parcel, out of planned and printed ones."""
    inside = _LIVE.filter(line__in=lines)
    printed = set(inside.filter(parcel__stage=ParcelStage.PRINTED).values_list("parcel_id", flat=True))
    inside.filter(parcel__stage=ParcelStage.PLANNED).delete()
    inside.update(live=False)
    ParcelLine.objects.bulk_create(ParcelLine(parcel=parcel, order=order, line=line) for line in lines)
    if printed:
        notice = open_notice(
            order,
            ChangeNotice.Kind.SENT,
            stage=ParcelStage.PRINTED,
            now=now,
            actor=actor,
            before="；".join(line.product.title for line in lines)[:255],
            after=SENT_THERE,
        )
        _void(printed, order, notice, now=now, actor=actor)
