"""Reading the one page of an order, by a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.selectors import Standing, standing_of
from orders.models import Flag, Hold, Note, Order, OrderLine, Parcel, Payment, PlatformTask
from orders.rules.chasing import ASKED_BEFORE
from orders.rules.flags import is_for
from orders.rules.holds import HELD_IN
from orders.rules.notes import MEMO_BYTES, memo, memo_bytes
from orders.rules.products import ProductKind
from orders.rules.quotes import JOINING_SPAN
from orders.selectors.change_box import ChangeBox, read_change_box
from orders.selectors.chasing_list import ChasingBox, read_chasing_box
from orders.selectors.discretion import without_amounts
from orders.selectors.pricing import Pricing, read_pricing
from orders.selectors.promises import LinePromise, line_promises
from orders.selectors.readiness import with_words
from orders.selectors.timeline import Happening, read_timeline
from orders.selectors.warehouse import parcels_in_order
from orders.states import ParcelStage, Status, Supply
from shipping.carriers import CARRIERS, carrier_of, looks_like
from shopdesk.base.approvals import ChangeWords, kind_of
from shopdesk.base.composed import Composed, Given, ask_further
from shopdesk.base.listing import COUNT_CAP
from shopdesk.base.models import Approval, Staff
from shopdesk.base.permissions import Permission


@dataclass(frozen=True)
class WaitingRequest:
    """A request about the order that waits for a supervisor, with what it would change in words (P2)."""

    approval: Approval
    title: str | Promise
    words: Sequence[ChangeWords]
    own: bool


@dataclass(frozen=True)
class OrderDetail:
    """An order with everything that its page shows."""

    order: Order
    lines: Sequence[OrderLine]
    # O13, by line: of those that are still to be shipped.
    promises: Mapping[int, LinePromise]
    payments: Sequence[Payment]
    flag: Flag | None
    may_acknowledge: bool
    notes: Sequence[Note]
    holds: Sequence[Hold]
    # Each with how many of the order's pieces are in it (F1).
    parcels: Sequence[tuple[Parcel, int]]
    requests: Sequence[WaitingRequest]
    # Nothing for those who see no prices (T1).
    pricing: Pricing | None
    tasks: Sequence[PlatformTask]
    timeline: Sequence[Happening]
    buyer_orders: int
    standing: Standing | None
    close_refusal: str | Promise | None
    take_over_refusal: str | Promise | None
    finish_refusal: str | Promise | None
    changes: ChangeBox
    # O14: of an unpaid order, or one that closed unpaid; for those who chase.
    chasing: ChasingBox | None

    @cached_property
    def memo_bytes(self) -> int:
        """How much of a Taobao memo the notes take together (N2)."""
        return memo_bytes(memo(str(note) for note in self.notes if note.cleared_at is None))

    @property
    def memo_overlong(self) -> bool:
        """Whether the notes are more than one Taobao memo holds (N2)."""
        return self.memo_bytes > MEMO_BYTES

    @cached_property
    def may_drop(self) -> bool:
        """Whether lines can be ticked to be dropped (O7)."""
        return (
            len(self.lines) > 1
            and self.order.status == Status.WAIT_BUYER_PAY
            and self.pricing is not None
            and self.pricing.closed is None
        )

    @property
    def tracking_looks_odd(self) -> bool:
        """Whether the tracking number does not look like the carrier's: a warning, never a refusal (S1)."""
        number, carrier = self.order.invoice_no, carrier_of(self.order.logistics_company)
        return bool(number) and carrier is not None and not looks_like(carrier, number)

    @cached_property
    def shows_readiness(self) -> bool:
        """Whether how far its goods are is worth a column: until it is on its way (O16)."""
        return self.order.status in HELD_IN and any(
            line.product.kind != ProductKind.POSTAGE_LINK and not line.product.virtual for line in self.lines
        )

    @cached_property
    def unavailable(self) -> Sequence[OrderLine]:
        """The lines that cannot be had in Korea: the buyer is to choose (O16)."""
        return [
            line
            for line in self.lines
            if line.supply == Supply.UNAVAILABLE
            and line.refunded_at is None
            and self.order.status == Status.WAIT_SELLER_SEND_GOODS
        ]

    @cached_property
    def maybe_sent(self) -> Sequence[OrderLine]:
        """The lines of which the platform alone sent some, nobody has said yet which (O1)."""
        ours = any(
            parcel.stage == ParcelStage.SHIPPED and parcel.slip_version for parcel, _num in self.parcels
        )
        if ours or not self.order.partly_shipped or self.order.status != Status.WAIT_SELLER_SEND_GOODS:
            return []
        return [
            line
            for line in self.lines
            if not (line.sent or line.refunded_at or line.product.virtual)  # type: ignore[attr-defined]
            and line.product.kind != ProductKind.POSTAGE_LINK
        ]

    @property
    def carriers(self) -> Sequence[tuple[str, str, bool]]:
        """Every carrier's code and name, and whether it is the one that the order names."""
        named = carrier_of(self.order.logistics_company)
        return [(code, carrier.name, code == named) for code, carrier in CARRIERS.items()]

    @property
    def missing(self) -> Decimal:
        """What is still to be paid (CNY) of an order that part of the money came in for (O5)."""
        order = self.order
        return order.payment - order.paid_fee if order.status == Status.WAIT_BUYER_PAY else Decimal(0)


# How many orders the buyer has is counted no further than the page says it.
_ORDER: Composed[Any] = Composed(
    lambda: (
        Order.objects.select_related("owner", "buyer")
        .annotate(
            buyer_orders=Func(
                ArraySubquery(Order.objects.filter(buyer=OuterRef("buyer")).values(one=Value(1))[:COUNT_CAP]),
                function="cardinality",
                output_field=IntegerField(),
            )
        )
        .filter(pk=Given("tid"))
    ),
    pages=["order"],
)
# Oldest first, as they stand in a Taobao memo (N2).
_NOTES = Composed(lambda: Note.objects.filter(order=Given("tid")).order_by("at", "pk"), pages=["order"])
_LINES = Composed(
    lambda: (
        with_words(OrderLine.objects.filter(order=Given("tid")))
        .select_related("product")
        .order_by("position")
    ),
    pages=["order"],
)
_PAYMENTS = Composed(
    lambda: Payment.objects.filter(order=Given("tid")).order_by("heard_at", "pk"), pages=["order"]
)
_FLAG = Composed(
    lambda: (
        Flag.objects.filter(order=Given("tid"), ended_at__isnull=True)
        .select_related("set_by", "acknowledged_by", "note")
        .order_by("pk")[:1]
    ),
    pages=["order"],
)
_HOLDS = Composed(
    lambda: (
        Hold.objects.filter(order=Given("tid"), released_at__isnull=True)
        .select_related("sku__product", "placed_by", "line")
        .order_by("pk")
    ),
    pages=["order"],
)
_APPROVALS = Composed(
    lambda: (
        Approval.objects.filter(subject_kind="order", subject_id=Given("tid"), status=Approval.Status.PENDING)
        .select_related("requested_by")
        .order_by("-requested_at", "-pk")
    ),
    pages=["order"],
)
_TASKS = Composed(
    lambda: PlatformTask.objects.filter(order=Given("tid"), done_at__isnull=True).order_by("opened_at", "pk"),
    pages=["order"],
)


def read_order(
    tid: str, *, staff: Staff, now: datetime, carrier: str | None = None, shelf_first: bool = False
) -> OrderDetail | None:
    """The order's page as a person may see it; ``None`` when there is no such order.

    ``carrier`` and ``shelf_first`` are what to price it with, where another than the kept is tried (S1, S8).
    """
    order = _ORDER.first(tid=tid)
    if order is None:
        return None
    sees_prices = staff.may(Permission.SEE_PRICES)
    if order.buyer_id and sees_prices:
        _ask_of_buyer(order)
    notes = _NOTES(tid=tid)
    if not sees_prices:
        notes = [without_amounts(note) for note in notes]
    lines = _LINES(tid=tid)
    flag = _FLAG.first(tid=tid)
    return OrderDetail(
        order=order,
        lines=lines,
        promises=line_promises(order, lines),
        payments=_PAYMENTS(tid=tid),
        flag=flag,
        may_acknowledge=flag is not None
        and staff.may(Permission.FLAG_AND_NOTE)
        and is_for(staff.role, flag.addressee),
        notes=notes,
        holds=_HOLDS(tid=tid),
        parcels=parcels_in_order(tid),
        requests=[_waiting(approval, staff) for approval in _APPROVALS(tid=tid)],
        pricing=read_pricing(order, lines, staff=staff, carrier=carrier, shelf_first=shelf_first)
        if sees_prices
        else None,
        tasks=_TASKS(tid=tid),
        timeline=read_timeline(tid, notes=notes, see_prices=sees_prices),
        buyer_orders=order.buyer_orders if order.buyer_id else 0,
        standing=_standing(order, staff, now),
        close_refusal=_close_refusal(order, staff),
        take_over_refusal=_take_over_refusal(order, staff),
        finish_refusal=_finish_refusal(order, staff),
        changes=read_change_box(order, lines, staff=staff),
        chasing=read_chasing_box(order, lines, now) if staff.may(Permission.CHASE) else None,
    )


def _ask_of_buyer(order: Order) -> None:
    if order.status != Status.WAIT_BUYER_PAY:
        ask_further("buyer", nick=order.buyer_id)
        return
    ask_further(
        "buyer",
        "unpaid order",
        nick=order.buyer_id,
        nicks=[order.buyer_id],
        tid=order.tid,
        priced=order.tid,
        address=order.receiver_address,
        province=order.receiver_state,
        at=order.created,
        since=order.created - JOINING_SPAN,
        until=order.created + JOINING_SPAN,
        asked_since=order.created - ASKED_BEFORE,
    )


def _waiting(approval: Approval, staff: Staff) -> WaitingRequest:
    kind = kind_of(approval.kind)
    sees_prices = staff.may(Permission.SEE_PRICES)
    words = [line for line in kind.words(approval) if line.after and (sees_prices or not line.money)]
    return WaitingRequest(approval, kind.title, words, own=approval.requested_by_id == staff.pk)


def _standing(order: Order, staff: Staff, now: datetime) -> Standing | None:
    if order.buyer is None or not staff.may(Permission.SEE_PRICES):
        return None
    return standing_of(order.buyer, now)


def _close_refusal(order: Order, staff: Staff) -> str | Promise | None:
    if not staff.may(Permission.WORK_ORDERS):
        return _("Your role does not close orders.")
    if order.status != Status.WAIT_BUYER_PAY:
        return _(
            "Only an order that waits for payment is closed here; a paid one closes with its refund (O6)."
        )
    if order.paid_fee:
        return _("Part of it is paid: a supervisor decides whether to wait or to refund (O5).")
    return None


def _take_over_refusal(order: Order, staff: Staff) -> str | Promise | None:
    if not staff.may(Permission.WORK_ORDERS):
        return _("Your role does not work orders.")
    if order.owner_id == staff.pk:
        return _("You own this order already.")
    return None


def _finish_refusal(order: Order, staff: Staff) -> str | Promise | None:
    if not staff.may(Permission.WORK_ORDERS):
        return _("Your role does not finish orders.")
    if order.status != Status.WAIT_BUYER_CONFIRM_GOODS:
        return _("Only a shipped order is finished by its buyer's confirmation (O1).")
    return None
