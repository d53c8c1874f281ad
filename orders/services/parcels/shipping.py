"""Shipping a packed parcel, and all that goes with it in the same transaction (F6, N5, O1, D5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders import events as order_events
from orders.events import parcels as events
from orders.models import Hold, Note, Order, Parcel, ParcelLine, PlatformTask
from orders.rules.missed import MISSED_LABEL
from orders.rules.notes import NoteForm
from orders.rules.parcels import read_tracking_number
from orders.rules.promises import LATE_LABEL
from orders.selectors.extra_goods import PURPOSE_WORDS
from orders.selectors.promises import UNSENT
from orders.services import holds
from orders.services.flags import FlagRequest, open_flag, raise_flag
from orders.services.notes import write_note
from orders.services.notices import require_acknowledged
from orders.services.parcels.locks import lock_parcel, require_warehouse
from orders.services.parcels.printing import require_ready
from orders.services.parcels.slips import require_valid_slip
from orders.services.platform import open_task
from orders.services.red_flags import lower_red_flags
from orders.services.tracking import begin, name_of
from orders.states import CLOSED, ORDER_MOVES, PARCEL_MOVES, ParcelStage
from shipping.carriers import CARRIERS, looks_like
from shipping.provinces import PROVINCES, zone_of
from shipping.rules import choose_carrier
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff

SHIPPED_LABEL = "已发货"
NUMBER_OF_ONE_BUYER = "parcel_number_of_one_buyer"


@dataclass(frozen=True)
class Shipped:
    """A parcel that is out, and what is odd about it but no reason to refuse (S1)."""

    parcel: Parcel
    warnings: Sequence[str | Promise] = ()


@transaction.atomic
def ship(
    parcel_id: int,
    *,
    carrier: str,
    invoice_no: str,
    actor: Staff,
    version: int | None = None,
    now: datetime | None = None,
) -> Shipped:
    """Send a packed parcel out with a carrier (Kuaidi100's code) and its tracking number (F6).

    Consumes the holds of its lines and clears their “kept for you” notes (N5); an order whose last parcel this
    is moves to shipped and turns blue, any other is partly shipped (O1). What the buyer spent stays (M1). A parcel
    that is sent after the sale consumes what is held for it and leaves the order as it is, but for a note of its
    number.

    Raises ``Forbidden`` (F1) by role, ``VersionConflict`` (T5), ``DomainError``: (S1) for no carrier of ours, (F6)
    for no number or one that another buyer's parcel has, (S5) for a carrier that does not go there; ``Conflict``:
    (F1) for a parcel that is not packed, (O9) while a change is not acknowledged, (F3) where its slip is void,
    (O1) where an order in it is not to be sent, (F5) where what is held for it was let go of.
    """
    require_warehouse(actor)
    now = now or clock.now()
    number = read_tracking_number(invoice_no)
    parcel, orders = lock_parcel(parcel_id, version=version)
    tids = [order.tid for order in orders]
    if parcel.stage == ParcelStage.PRINTED:
        raise Conflict(
            "F1", _("Parcel P%(number)s is not packed yet: scan its slip first.") % {"number": parcel_id}
        )
    target = PARCEL_MOVES.require("ship", parcel.stage)
    require_acknowledged(tids)
    require_valid_slip(parcel)
    after_sale = parcel.purpose != Parcel.Purpose.ORDER
    for order in orders:
        _require_open(order) if after_sale else ORDER_MOVES.require("ship", order.status)
    check_carrier(carrier, orders)
    check_number(number, parcel)
    waits = ParcelLine.objects.filter(order__in=tids, live=True).exclude(parcel__stage=ParcelStage.SHIPPED)
    left = list(waits.exclude(parcel=parcel).values_list("order_id", "parcel__late_flagged_at"))
    partly = {tid for tid, _late in left}
    if after_sale:
        require_ready(parcel)
        gone = Hold.objects.filter(extra_goods__parcel=parcel, extra_goods__live=True)
    else:
        lines = list(ParcelLine.objects.filter(parcel=parcel, live=True).values_list("line_id", flat=True))
        # What was kept for an order by hand goes out with its last parcel.
        gone = Hold.objects.filter(Q(line__in=lines) | Q(order__in=set(tids) - partly), after_sale=False)
    holds.end(gone, release=Hold.Release.CONSUMED, now=now, actor=actor)
    parcel.stage, parcel.carrier, parcel.invoice_no = target, carrier, number
    parcel.shipped_at, parcel.shipped_by = now, actor
    parcel.version += 1
    _save(parcel)
    # O13, O15: what was late or missed is out, unless another parcel of the order is late too.
    still_late = {tid for tid, late in left if late is not None} | _late_after_sale(tids, parcel)
    lower_red_flags(set(tids) - still_late, MISSED_LABEL, LATE_LABEL, now=now)
    for order in orders:
        if after_sale:
            write_note(order, _sent_after_sale(parcel), actor=actor, now=now)
        else:
            _send(order, parcel, partly=order.tid in partly, actor=actor, now=now)
    _clear_kept_notes(tids, now=now)
    audit.record_many(events.shipped(parcel, tids), at=now, actor=actor)
    begin([parcel.pk], now=now)
    warnings = () if looks_like(carrier, number) else (_odd_number(carrier, number),)
    return Shipped(parcel, warnings)


def _require_open(order: Order) -> None:
    """Nothing is sent after an order that was refunded in full meanwhile."""
    if order.status in CLOSED:
        raise Conflict(
            "F1",
            _("Order %(tid)s was refunded in full: nothing is sent any more. Pull the parcel.")
            % {"tid": order.tid},
        )


def _late_after_sale(tids: Sequence[str], but: Parcel) -> set[str]:
    """The orders that another parcel after the sale is late for."""
    late = Parcel.objects.filter(order__in=tids, stage__in=UNSENT, late_flagged_at__isnull=False)
    found = late.exclude(pk=but.pk).exclude(purpose=Parcel.Purpose.ORDER)
    return set(found.values_list("order_id", flat=True))


def _sent_after_sale(parcel: Parcel) -> str:
    """The number stands in the order's notes, and so in its memo on Taobao (N2, D5)."""
    return f"{PURPOSE_WORDS[parcel.purpose]}已发，单号是{name_of(parcel)}"


def check_carrier(carrier: str, orders: Sequence[Order]) -> None:
    """Raise ``DomainError`` for a carrier that is none of ours (S1) or does not go there (S5)."""
    if carrier not in CARRIERS:
        raise DomainError("S1", _("Choose the carrier that takes the parcel."), field="carrier")
    for order in orders:
        if order.receiver_state in PROVINCES:
            choose_carrier(zone_of(order.receiver_state), carrier)


def check_number(number: str, parcel: Parcel) -> None:
    """Raise ``Conflict`` (F6) where another buyer has the number, in our parcels or in what the platform sent."""
    buyer = parcel.buyer_id
    others = Parcel.objects.filter(invoice_no=number).exclude(pk=parcel.pk).exclude(buyer=buyer)
    sent = Order.objects.filter(invoice_no=number).exclude(buyer=buyer)
    other = others.values_list("order_id", flat=True).first() or sent.values_list("tid", flat=True).first()
    if other is not None:
        raise _taken(number, other)


def _save(parcel: Parcel) -> None:
    try:
        with transaction.atomic():
            parcel.save(
                update_fields=["stage", "carrier", "invoice_no", "shipped_at", "shipped_by", "version"]
            )
    except IntegrityError as error:
        # Somebody used the number at the same moment: the database lets one of the two have it.
        if NUMBER_OF_ONE_BUYER not in str(error):
            raise
        raise _taken(parcel.invoice_no, "") from error


def _taken(number: str, tid: str) -> Conflict:
    return Conflict(
        "F6",
        _(
            "%(number)s is the tracking number of another buyer's parcel (%(tid)s). Scan this parcel's own label."
        )
        % {"number": number, "tid": tid or "—"},
        field="invoice_no",
    )


def _odd_number(carrier: str, number: str) -> str | Promise:
    return _("%(number)s does not look like a number of %(carrier)s: check the label (S1).") % {
        "number": number,
        "carrier": CARRIERS[carrier].name,
    }


def _send(order: Order, parcel: Parcel, *, partly: bool, actor: Staff, now: datetime) -> None:
    """The order's side of a parcel that went out. The order is locked by the caller."""
    before = order.status
    order.logistics_company = CARRIERS[parcel.carrier].name
    order.invoice_no = parcel.invoice_no
    order.partly_shipped = partly
    if not partly:
        order.status = ORDER_MOVES.require("ship", before)
        order.consign_time = now
    order.version += 1
    order.save(
        update_fields=[
            "status",
            "partly_shipped",
            "logistics_company",
            "invoice_no",
            "consign_time",
            "version",
        ]
    )
    open_task(order, PlatformTask.Kind.SHIPMENT, now=now)
    if partly:
        return
    audit.record(order_events.moved("order.shipped", order, before), at=now, actor=actor)
    flag = open_flag(order)
    if flag is None or flag.seller_flag != Order.SellerFlag.RED or flag.acknowledged_at is not None:
        raise_flag(order, FlagRequest(Order.SellerFlag.BLUE, label=SHIPPED_LABEL), actor=actor, now=now)


def _clear_kept_notes(tids: Sequence[str], *, now: datetime) -> None:
    """N5. Our reading: a note does not name its line, so it stands as long as a piece is kept for the order."""
    kept = Hold.objects.filter(order__in=tids, released_at__isnull=True).values("order")
    Note.objects.filter(order__in=tids, form=NoteForm.STOCK_KEPT, cleared_at__isnull=True).exclude(
        order__in=kept
    ).update(cleared_at=now)
