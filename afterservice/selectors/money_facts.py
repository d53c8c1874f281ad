"""Reading what a ticket's order paid, and what is left of it (A9)."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from django.db.models import F, Sum

from afterservice.models import Ticket, TicketLine
from afterservice.rules.kinds import TicketKind
from afterservice.rules.refunds import LineMoney, OrderMoney, difference
from afterservice.states import Money
from orders.models import Order, OrderLine, Refund, RefundLine
from orders.rules.products import ProductKind
from orders.selectors.refunding_after import read_refundable
from shopdesk.base.money import ZERO


def money_of(ticket: Ticket) -> OrderMoney:
    """A ticket's lines and its order as a refund sees them, with a fixed number of statements."""
    order = ticket.order
    left = read_refundable(order)
    mine = list(ticket.lines.select_related("line__product").order_by("line__position"))
    all_lines = list(order.lines.select_related("product").order_by("position"))
    earlier = _refunded_pieces(order, but_not=ticket)
    lines = [
        LineMoney(
            line=row.line_id,
            num=row.line.num,
            payment=row.line.payment,
            left=left[row.line_id],
            pieces=min(row.num, row.line.num),
            earlier=earlier.get(row.line_id, 0),
        )
        for row in mine
    ]
    if ticket.kind == TicketKind.EXCHANGE_STYLE and ticket.tied_order_id is not None:
        lines = _with_difference(lines, ticket.tied_order_id)
    return OrderMoney(
        lines=lines,
        post_fee_left=left.post_fee,
        left=left.total,
        shipped=bool(left.lines),
        takes_all=_takes_all(all_lines, mine, earlier),
    )


def _with_difference(lines: Sequence[LineMoney], tied: str) -> list[LineMoney]:
    """The lines with what the style that was ordered instead costs less (A8)."""
    goods = OrderLine.objects.filter(order=tied).exclude(product__kind=ProductKind.POSTAGE_LINK)
    cost: Decimal = goods.aggregate(sum=Sum("payment", default=ZERO))["sum"]
    back = difference([line.charged for line in lines], cost).back
    return [replace(line, cheaper=cheaper) for line, cheaper in zip(lines, back, strict=True)]


def given_before(ticket: Ticket) -> Decimal:
    """What the tickets of an order gave back already, or are about to (CNY), this one's own not (A9)."""
    refunds = Refund.objects.filter(order=ticket.order_id, after_sale=True).exclude(
        status=Refund.Status.WITHDRAWN
    )
    if ticket.refund_id:
        refunds = refunds.exclude(pk=ticket.refund_id)
    refunded: Decimal = refunds.aggregate(sum=Sum(F("goods_fee") + F("post_fee"), default=ZERO))["sum"]
    others = Ticket.objects.filter(order=ticket.order_id, money__in=(Money.DUE, Money.PAID))
    owed: Decimal = others.exclude(pk=ticket.pk).aggregate(sum=Sum("owed", default=ZERO))["sum"]
    return refunded + owed


def _refunded_pieces(order: Order, *, but_not: Ticket) -> dict[int, int]:
    """How many pieces of each line other tickets refunded: those whose refund has money for the line."""
    refunded = RefundLine.objects.filter(refund__order=order, refund__after_sale=True, amount__gt=0)
    refunded = refunded.exclude(refund__status=Refund.Status.WITHDRAWN)
    pairs = set(refunded.values_list("refund_id", "line_id"))
    rows = TicketLine.objects.filter(ticket__order=order, ticket__refund__isnull=False)
    pieces: dict[int, int] = {}
    for refund, line, num in rows.exclude(ticket=but_not).values_list("ticket__refund_id", "line_id", "num"):
        if (refund, line) in pairs:
            pieces[line] = pieces.get(line, 0) + num
    return pieces


def _takes_all(lines: Collection[OrderLine], mine: Collection[TicketLine], earlier: dict[int, int]) -> bool:
    """Whether nothing of the order's goods stays with the buyer after this ticket (A9)."""
    going = {row.line_id: row.num for row in mine}
    return all(
        line.refunded_at is not None
        or line.product.kind == ProductKind.POSTAGE_LINK
        or going.get(line.pk, 0) + earlier.get(line.pk, 0) >= line.num
        for line in lines
    )
