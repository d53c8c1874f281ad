"""What the desk knows of the refunds that a list of Taobao's tells of (D2): a constant number of statements."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from afterservice.models import Clock, Ticket, TicketLine
from afterservice.rules.clocks import ClockKind
from afterservice.rules.platform_refunds import RefundStatus
from afterservice.states import UNSETTLED_CASES
from orders.models import Order, OrderLine
from shopdesk.base.money import ZERO


@dataclass
class Known:
    """Tickets by Taobao's number, what of them is due there, and the orders with their lines."""

    tickets: dict[str, Ticket]
    due: dict[int, datetime]
    orders: Mapping[str, Order]
    lines: Mapping[str, Sequence[OrderLine]]
    # Tickets of these orders that staff opened and that have no number of Taobao's yet.
    nameless: dict[str, list[Ticket]] = field(default_factory=dict)
    asked_for: dict[str, set[int]] = field(default_factory=dict)


def read_known(numbers: Collection[str], tids: Collection[str]) -> Known:
    """Everything about these refunds and orders."""
    tickets = {ticket.platform_no: ticket for ticket in Ticket.objects.filter(platform_no__in=set(numbers))}
    due = Clock.objects.filter(
        ticket__in=[ticket.pk for ticket in tickets.values()],
        kind=ClockKind.PLATFORM,
        stopped_at__isnull=True,
    )
    lines = defaultdict(list)
    for line in (
        OrderLine.objects.filter(order__in=set(tids)).select_related("product").order_by("order", "position")
    ):
        lines[line.order_id].append(line)
    known = Known(
        tickets,
        dict(due.values_list("ticket", "due_at")),
        {order.pk: order for order in Order.objects.filter(pk__in=set(tids))},
        lines,
        defaultdict(list),
        defaultdict(set),
    )
    nameless = Ticket.objects.filter(order__in=set(tids), platform_no="", case__in=UNSETTLED_CASES)
    for ticket in nameless.prefetch_related("lines").order_by("pk"):
        known.nameless[ticket.order_id].append(ticket)
    asked = TicketLine.objects.filter(ticket__order__in=set(tids)).exclude(ticket__platform_no="")
    for tid, line_id in asked.values_list("ticket__order", "line"):
        known.asked_for[tid].add(line_id)
    return known


def line_of(
    known: Known, tid: str, *, title: str, code: str, num_iid: str, paid: Decimal | None
) -> OrderLine | None:
    """The line that a row is of: by title, Taobao's number of the product or code; ``None`` where none is like it.

    The list does not name colour or size. **Our reading:** of several lines alike, one of that code, then one that
    cost as much, then the first that no other request of Taobao's is about.
    """
    lines = known.lines.get(tid, ())
    alike = [line for line in lines if title and line.product.title == title]
    alike = alike or [line for line in lines if num_iid and line.product.num_iid == num_iid]
    coded = [line for line in alike or lines if code and line.outer_sku_id == code]
    left = coded or alike
    if not left and not (title or code or num_iid) and len(lines) == 1:
        left = list(lines)
    priced = [line for line in left if paid is not None and line.payment == paid]
    for choice in (priced, left):
        free = [line for line in choice if line.pk not in known.asked_for.get(tid, ())]
        if free:
            return free[0]
    return left[0] if left else None


def success_of_line(line_id: int) -> Decimal:
    """What Taobao gave back for a line, over all requests about it (CNY)."""
    fees = Ticket.objects.filter(
        lines__line=line_id, platform_status=RefundStatus.SUCCESS, platform_fee__isnull=False
    )
    return sum((fee for fee in fees.values_list("platform_fee", flat=True) if fee), ZERO)
