"""Bulk-made tickets for the benchmark and the simulated month: orders, tickets, clocks, by a few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from afterservice.models import Clock, Ticket, TicketLine
from afterservice.rules.clocks import STARTING_TERMS, Awaits, ClockKind, times_of
from afterservice.rules.kinds import Problem, TicketKind, category_of, priority_of
from afterservice.states import Case, Decision, Goods
from members.models import Buyer
from orders.models import Order, OrderLine, Parcel, Product
from orders.rules.products import ProductKind
from orders.states import ParcelStage, Status

BATCH = 5000
DAY = timedelta(days=1)
_DECIDED = {"case": Case.DECIDED, "decision": Decision.ACCEPTED}
_REPAIR = {"kind": TicketKind.REPAIR, **_DECIDED}
# Where a ticket stands while a clock of each kind runs, and what it is about.
SCENES: Mapping[str, Mapping[str, str]] = {
    ClockKind.ANSWER: {"case": Case.OPENED},
    ClockKind.DECIDE: {"case": Case.ANSWERED},
    ClockKind.SEND_BACK: {"goods": Goods.AWAITED, **_DECIDED},
    ClockKind.INSPECT: {"goods": Goods.RECEIVED, **_DECIDED},
    ClockKind.REPAIR: {"goods": Goods.RECEIVED, **_REPAIR},
    ClockKind.AGREE_VISIT: {"repair_place": "on_site", **_REPAIR},
    ClockKind.VISIT: {"repair_place": "on_site", **_REPAIR},
    ClockKind.VISIT_REPAIR: {"repair_place": "on_site", **_REPAIR},
    ClockKind.CONFIRM: {
        "kind": TicketKind.EXCHANGE_SKU,
        "goods": Goods.PASSED,
        "settlement": "exchanged",
        **_DECIDED,
    },
    ClockKind.FOLLOW_UP: {
        "goods": Goods.PASSED,
        "decision": Decision.ACCEPTED,
        "case": Case.SETTLED,
        "settlement": "refunded",
    },
    ClockKind.PLATFORM: {"kind": TicketKind.REFUND_ONLY, "case": Case.PLATFORM},
}
_HERE = (Goods.RECEIVED, Goods.PASSED)
# A3: returned within 7 days of receipt (the rule accepts it), and bought to order in Korea (a supervisor decides).
ALLOWED, NOT_ALLOWED = ProductKind.STANDARD, ProductKind.PROXY_PREORDER


@dataclass(frozen=True)
class Wanted:
    """A ticket that is wanted: what runs on it since when (with ``due_at`` for Taobao's own), and how it differs."""

    clock: str
    since: datetime
    due_at: datetime | None = None
    product: str = ALLOWED
    fields: Mapping[str, Any] = field(default_factory=dict)


def make_tickets(wanted: Sequence[Wanted]) -> list[Ticket]:
    """Tickets of as many orders, each of one line that was signed for a day before; their clocks run by A6."""
    tickets: list[Ticket] = []
    for first in range(0, len(wanted), BATCH):
        tickets += _make(wanted[first : first + BATCH])
    return tickets


def _make(wanted: Sequence[Wanted]) -> list[Ticket]:
    start, products = Order.objects.count(), _products()
    nicks = [f"买家{start + place:07d}" for place in range(len(wanted))]
    Buyer.objects.bulk_create(
        (Buyer(nick=nick, first_seen_at=want.since) for nick, want in zip(nicks, wanted, strict=True)),
        ignore_conflicts=True,
    )
    orders = Order.objects.bulk_create(
        Order(
            tid=f"97{start + place:015d}",
            buyer_id=nick,
            status=Status.WAIT_BUYER_CONFIRM_GOODS,
            created=want.since - 6 * DAY,
            pay_time=want.since - 6 * DAY,
            consign_time=want.since - 4 * DAY,
            signed_time=want.since - DAY,
            goods_payable=Decimal("120.00"),
            payment=Decimal("120.00"),
            paid_fee=Decimal("120.00"),
            receiver_name="张三",
            receiver_state="浙江",
            receiver_address="浙江省 杭州市 西湖区 示例街道1号",
            receiver_mobile="13800007620",
            num=1,
        )
        for place, (nick, want) in enumerate(zip(nicks, wanted, strict=True))
    )
    lines = OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=1,
            product=products[want.product],
            price=Decimal("120.00"),
            payment=Decimal("120.00"),
            num=1,
            order_created=order.created,
        )
        for order, want in zip(orders, wanted, strict=True)
    )
    parcels = _parcels(orders, wanted)
    tickets = Ticket.objects.bulk_create(
        _ticket(order, want, parcels.get(order.tid)) for order, want in zip(orders, wanted, strict=True)
    )
    TicketLine.objects.bulk_create(
        TicketLine(ticket=ticket, line=line, num=1) for ticket, line in zip(tickets, lines, strict=True)
    )
    Clock.objects.bulk_create(_clock(ticket, want) for ticket, want in zip(tickets, wanted, strict=True))
    return tickets


def _products() -> dict[str, Product]:
    titles = {ALLOWED: "小白鞋", NOT_ALLOWED: "【韩国直送】大衣"}
    Product.objects.bulk_create(
        (Product(title=title, kind=kind) for kind, title in titles.items()), ignore_conflicts=True
    )
    return {product.kind: product for product in Product.objects.filter(title__in=titles.values())}


def _parcels(orders: Sequence[Order], wanted: Sequence[Wanted]) -> dict[str, Parcel]:
    """Of exchanges that the buyer signed for and has to confirm."""
    parcels = Parcel.objects.bulk_create(
        Parcel(
            order=order,
            buyer_id=order.buyer_id,
            purpose=Parcel.Purpose.EXCHANGE,
            stage=ParcelStage.SHIPPED,
            slip_version=1,
            carrier="zhongtong",
            invoice_no=f"ZX{order.tid}",
            planned_at=want.since - 3 * DAY,
            shipped_at=want.since - 2 * DAY,
            signed_at=want.since,
        )
        for order, want in zip(orders, wanted, strict=True)
        if want.clock == ClockKind.CONFIRM
    )
    return {parcel.order_id: parcel for parcel in parcels}


def _ticket(order: Order, want: Wanted, parcel: Parcel | None) -> Ticket:
    fields: dict[str, Any] = {"kind": TicketKind.RETURN, **SCENES[want.clock], **want.fields}
    problem = fields.pop("problem", Problem.CHANGED_MIND)
    if fields.get("goods") in _HERE:
        fields.setdefault("received_at", want.since)
    times = _times(want)
    return Ticket(
        order=order,
        buyer_id=order.buyer_id,
        problem=problem,
        category=category_of(problem),
        priority=priority_of(problem),
        opened_at=want.since,
        parcel=parcel,
        next_due_at=times.due_at,
        awaits=STARTING_TERMS[ClockKind(want.clock)].awaits,
        **fields,
    )


def _times(want: Wanted) -> Any:
    return times_of(want.clock, STARTING_TERMS[ClockKind(want.clock)], want.since, want.due_at)


def _clock(ticket: Ticket, want: Wanted) -> Clock:
    terms, times = STARTING_TERMS[ClockKind(want.clock)], _times(want)
    return Clock(
        ticket=ticket,
        kind=want.clock,
        awaits=Awaits(terms.awaits),
        at_zero=terms.at_zero,
        started_at=want.since,
        due_at=times.due_at,
        warn_at=times.warn_at,
        last_warn_at=times.last_warn_at,
    )
