"""Reading what became of orders that were joined (S7): what still stands, and what was given for it."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Q, Sum

from orders.models import Order, OrderLine, PostageCredit
from orders.rules.products import ProductKind
from orders.rules.quotes import JOINING_SPAN, JOINING_STATES, Quote
from orders.rules.terms import is_approved
from orders.states import CLOSED
from shipping.provinces import PROVINCES, zone_of
from shipping.rules import is_free
from shopdesk.base.money import ZERO

# Waiting orders that were priced as joined, of which another was closed or refunded, or whose credit is gone.
# What the desk flagged since the order was priced is settled: it is told once.
_DOUBTFUL = """
SELECT o.tid FROM orders_order o
CROSS JOIN LATERAL (
    SELECT t.quote, t.priced_at FROM orders_orderterms t
    WHERE t.order_id = o.tid ORDER BY t.priced_at DESC, t.id DESC LIMIT 1
) terms
WHERE o.status = ANY (%(waiting)s) AND NOT o.partly_shipped AND o.tid > %(after)s
  AND terms.quote @> '{"steps": [{"rule": "S7"}]}'
  AND NOT EXISTS (
    SELECT 1 FROM orders_flag f
    WHERE f.order_id = o.tid AND f.set_by_id IS NULL AND f.label = %(label)s AND f.set_at >= terms.priced_at
  ) AND (
    EXISTS (
      SELECT 1 FROM orders_order other
      WHERE other.buyer_nick = o.buyer_nick AND other.receiver_address = o.receiver_address AND other.tid <> o.tid
        AND other.created BETWEEN o.created - %(span)s::interval AND o.created + %(span)s::interval
        AND (other.status = ANY (%(closed)s) OR other.refund_fee > 0)
    ) OR o.post_fee_credit > (
      SELECT coalesce(sum(c.amount), 0) FROM orders_postagecredit c WHERE c.given_to_id = o.tid
    )
  )
ORDER BY o.tid LIMIT %(batch)s
"""


def doubtful_joins(label: str, *, after: str, batch: int) -> list[str]:
    """The numbers of orders whose joining may have lost its ground, by number, with one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DOUBTFUL,
            {
                "waiting": sorted(JOINING_STATES),
                "closed": sorted(CLOSED),
                "span": f"{JOINING_SPAN.days} days",
                "label": label,
                "after": after,
                "batch": batch,
            },
        )
        return [tid for (tid,) in cursor.fetchall()]


def lost_ground(order: Order, terms: Quote) -> tuple[Decimal, Decimal]:
    """What an order was given for being joined and no longer has a right to, and what still stands together (CNY).

    Nothing where a supervisor gave the price, or where it is not that of the terms any more.
    """
    standing = standing_goods(order)
    if is_approved(terms) or terms.payment != order.payment or order.receiver_state not in PROVINCES:
        return ZERO, standing
    if not is_free(zone_of(order.receiver_state), standing):
        given = sum((step.amount for step in terms.steps if step.rule == "S7" and step.amount < 0), ZERO)
        return -given, standing
    credits = PostageCredit.objects.filter(given_to=order)
    backed = credits.aggregate(total=Sum("amount", default=ZERO))["total"]
    return max(order.post_fee_credit - backed, ZERO), standing


def standing_goods(order: Order, span: timedelta = JOINING_SPAN) -> Decimal:
    """The payable goods of an order and of those that add up with it, less refunds (CNY): two statements.

    What was shipped meanwhile went along and counts; what was closed does not.
    """
    group = Order.objects.filter(
        Q(pk=order.pk)
        | Q(
            buyer=order.buyer_id,
            receiver_address=order.receiver_address,
            created__range=(order.created - span, order.created + span),
        )
    ).exclude(status__in=CLOSED)
    sums = group.aggregate(goods=Sum("goods_payable", default=ZERO), refunds=Sum("refund_fee", default=ZERO))
    lines = OrderLine.objects.filter(order__in=group, product__kind=ProductKind.POSTAGE_LINK)
    links: Decimal = lines.aggregate(paid=Sum("payment", default=ZERO))["paid"]
    standing: Decimal = sums["goods"] - sums["refunds"] - links
    return max(standing, ZERO)
