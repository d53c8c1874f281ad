"""Reading what is left to refund of goods that were shipped (A9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q, Sum

from orders.models import Order, OrderLine, PostageCredit, Refund, RefundLine, RefundTask
from orders.selectors.refunding import OPEN, left_of
from orders.selectors.stages import stages_of_lines
from orders.states import ParcelStage, Status
from shopdesk.base.money import ZERO

_SENT = (Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED)
# Postage of the order that is owed back already, paid out or not.
_POSTAGE_OWED = (RefundTask.Reason.LOWER_POSTAGE, RefundTask.Reason.LATE_POSTAGE)


@dataclass(frozen=True)
class Refundable:
    """What is left to refund (CNY): by line, for postage, and of the order in all, which bounds the sum of them.

    Lines that were not shipped are not in it: they are refunded before shipping (F4).
    """

    lines: Mapping[int, Decimal]
    post_fee: Decimal
    total: Decimal

    def __getitem__(self, line_id: int) -> Decimal:
        """What is left of a line; nothing of one that was not shipped."""
        return self.lines.get(line_id, ZERO)


def read_refundable(order: Order) -> Refundable:
    """What of an order's shipped goods and postage is left to refund, by a fixed number of statements (A9).

    Never more than was paid for a line less all refunds of it, open or done, whoever made them; postage less what was
    credited (S7), is owed back (S10, O10) or was refunded.
    """
    lines = list(OrderLine.objects.filter(order=order).order_by("position"))
    sent = {line.pk for line in lines}
    if order.status not in _SENT:
        stages = stages_of_lines(sent)
        sent = {pk for pk in sent if stages.get(pk) == ParcelStage.SHIPPED}
    open_parts = RefundLine.objects.filter(line__order=order, refund__status__in=OPEN)
    promised = dict(open_parts.values_list("line").annotate(Sum("amount")).order_by())
    done_parts = RefundLine.objects.filter(line__order=order, refund__status=Refund.Status.DONE)
    done = dict(done_parts.values_list("line").annotate(Sum("amount")).order_by())
    total = max(left_of(order), ZERO)
    left = {
        line.pk: min(
            max(
                line.payment - max(line.refund_fee, done.get(line.pk, ZERO)) - promised.get(line.pk, ZERO),
                ZERO,
            ),
            total,
        )
        for line in lines
        if line.pk in sent
    }
    return Refundable(left, min(_postage_left(order), total), total)


def _postage_left(order: Order) -> Decimal:
    credited = PostageCredit.objects.filter(paid_on=order).values_list("amount", flat=True).first() or ZERO
    owed = RefundTask.objects.filter(order=order, reason__in=_POSTAGE_OWED)
    refunds = Refund.objects.filter(~Q(status=Refund.Status.WITHDRAWN), order=order)
    gone: Decimal = owed.aggregate(sum=Sum("amount", default=ZERO))["sum"]
    gone += refunds.aggregate(sum=Sum(F("post_fee"), default=ZERO))["sum"]
    return max(order.post_fee - order.post_fee_credit - credited - gone, ZERO)
