"""Reading what is true of an order or ticket for canned replies (T3): a fixed number of statements."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, QuerySet, Subquery, Sum

from afterservice.models import Clock, ReturnAddress, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.selectors.goods_facts import lines_of, target_words
from afterservice.states import Money
from orders.models import Order, OrderLine, OrderTerms, ParcelLine, Refund, Reminder
from orders.rules.chasing import why_no_reminder
from orders.rules.products import property_words
from orders.rules.supply import is_ready, travels
from orders.selectors.chasing import reminder_facts
from orders.selectors.discretion import without_phones
from orders.selectors.promises import UNSENT
from orders.selectors.readiness import with_words
from orders.selectors.warehouse import carrier_name
from orders.states import ParcelStage, Status
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.composed import Composed, Given
from shopdesk.desk.rules.reply_facts import ReplyFacts, TicketFacts

_LINES = Composed(
    lambda: (
        with_words(OrderLine.objects.filter(order=Given("tid")))
        .select_related("product")
        .order_by("position")
    )
)
_SENT = Composed(
    lambda: (
        ParcelLine.objects.filter(order=Given("tid"), live=True, parcel__stage=ParcelStage.SHIPPED)
        .order_by("parcel")
        .values_list("parcel__carrier", "parcel__invoice_no")
        .distinct()
    ),
    pages=["order"],
)


def order_facts(
    order: Order,
    *,
    now: datetime,
    ticket: TicketFacts | None = None,
    lines: Sequence[OrderLine] | None = None,
) -> ReplyFacts:
    """What is true of an order: three statements. Give ``ticket`` where one of its tickets is answered.

    ``lines`` are its lines ``with_words``, where the caller has read them already.
    """
    lines = _LINES(tid=order.pk) if lines is None else lines
    shipped = _shipped(order)
    refund_due, ship_by, priced, last_reminder = _BESIDE(tid=order.pk)[0]
    no_reminder = why_no_reminder(reminder_facts(order, last_reminder), now)
    return ReplyFacts(
        now=now,
        tid=order.tid,
        status=order.status,
        nick=order.buyer_id or "",
        goods="；".join(_words(line) for line in lines if line.refunded_at is None),
        address=without_phones(order.receiver_address),
        payment=order.payment if lines else None,
        post_fee=order.post_fee if lines else None,
        partly_shipped=order.partly_shipped,
        closes_at=order.closes_at,
        ship_by=ship_by if order.status == Status.WAIT_SELLER_SEND_GOODS else None,
        carrier="、".join(dict.fromkeys(carrier for carrier, _number in shipped)),
        tracking="、".join(dict.fromkeys(number for _carrier, number in shipped)),
        signed=order.signed_time is not None,
        ready=_all_ready(lines),
        priced=priced,
        refunded=order.refund_fee or None,
        refund_due=refund_due,
        no_reminder=no_reminder.message if no_reminder else "",
        ticket=ticket,
    )


def ticket_facts(ticket: Ticket, *, now: datetime) -> ReplyFacts:
    """What is true of a ticket and its order: six statements, with its refund and parcel read before."""
    address = send_back_by = None
    if ticket.address_given_at is not None:
        given = ReturnAddress.objects.filter(valid_from__lte=ticket.address_given_at)
        address = given.order_by("-valid_from", "-pk").first()
        send_back_by = (
            Clock.objects.filter(ticket=ticket, kind=ClockKind.SEND_BACK, stopped_at__isnull=True)
            .values_list("due_at", flat=True)
            .first()
        )
    parcel = ticket.parcel
    sent = parcel is not None and parcel.stage == ParcelStage.SHIPPED
    return order_facts(
        ticket.order,
        now=now,
        ticket=TicketFacts(
            number=ticket.number,
            kind=ticket.kind,
            decision=ticket.decision,
            wanted=target_words(lines_of(ticket)),
            refusal=ticket.refusal,
            return_address=address.text if address else "",
            send_back_by=send_back_by.astimezone(SHANGHAI) if send_back_by else None,
            return_tracking=ticket.return_invoice_no,
            received=ticket.received_at is not None,
            sent_tracking=f"{carrier_name(parcel.carrier)} {parcel.invoice_no}" if parcel and sent else "",
            postage_due=ticket.postage_due or None,
            difference_due=ticket.difference_due or None,
            refund=_refund_of(ticket),
            refund_due=ticket.money == Money.DUE,
            refunded=ticket.money == Money.PAID,
        ),
    )


def _words(line: OrderLine) -> str:
    count = f"× {line.num}" if line.num > 1 else ""
    return " ".join(filter(None, (line.product.title, property_words(line.sku_properties_name), count)))


def _all_ready(lines: Sequence[OrderLine]) -> bool:
    waiting = [
        line
        for line in lines
        if not line.sent  # type: ignore[attr-defined]
        and travels(line.product.kind, virtual=line.product.virtual, refunded=line.refunded_at is not None)
    ]
    return bool(waiting) and all(
        is_ready(line.product.kind, line.supply, held=line.held)  # type: ignore[attr-defined]
        for line in waiting
    )


def _shipped(order: Order) -> list[tuple[str, str]]:
    """Carrier and number of each shipped parcel; what only an import told stands on the order."""
    shipped = [(carrier_name(carrier), number) for carrier, number in _SENT(tid=order.pk)]
    return shipped or ([(order.logistics_company, order.invoice_no)] if order.invoice_no else [])


def _facts_beside() -> QuerySet[Any, Any]:
    due = Refund.objects.filter(order=OuterRef("pk"), status=Refund.Status.DUE).order_by().values("order")
    reminders = Reminder.objects.filter(order=OuterRef("pk")).order_by("-at", "-pk")
    waiting = ParcelLine.objects.filter(order=OuterRef("pk"), live=True, parcel__stage__in=UNSENT)
    promised = waiting.order_by().values("order").annotate(at=Min("parcel__ship_by"))
    return (
        Order.objects.filter(pk=Given("tid"))
        .annotate(
            refund_due=Subquery(due.annotate(sum=Sum(F("goods_fee") + F("post_fee"))).values("sum")),
            ship_by=Subquery(promised.values("at")),
            priced=Exists(OrderTerms.objects.filter(order=OuterRef("pk"))),
            last_reminder=Subquery(reminders.values("at")[:1]),
        )
        .values_list("refund_due", "ship_by", "priced", "last_reminder")
    )


_BESIDE = Composed(_facts_beside, pages=["order"])


def _refund_of(ticket: Ticket) -> Decimal | None:
    """What the buyer gets back by a ticket once that is decided (CNY): the refund and what is owed beside it."""
    if ticket.money not in (Money.DUE, Money.PAID):
        return None
    refund = ticket.refund
    amount = (refund.goods_fee + refund.post_fee if refund else Decimal(0)) + ticket.owed
    return amount or ticket.platform_fee
