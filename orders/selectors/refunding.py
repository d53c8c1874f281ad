"""Reading what a refund before shipping comes to (O6, F4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderLine, PostageCredit, Refund, RefundTask
from orders.rules.changes import furthest
from orders.rules.products import ProductKind
from orders.rules.refunds import RefundAmounts, refund_amounts
from orders.rules.supply import BEGUN
from orders.selectors.stages import stages_of_lines
from orders.states import ParcelStage
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO

OPEN = (Refund.Status.WAITING, Refund.Status.DUE)
# Postage of this order that was returned, or is about to be.
_POSTAGE = (RefundTask.Reason.LOWER_POSTAGE, RefundTask.Reason.LATE_POSTAGE)


@dataclass(frozen=True)
class RefundScope:
    """A refund before it is asked: which lines, how much, how far their parcels are, what stays."""

    lines: Sequence[OrderLine]
    stays: Sequence[OrderLine]
    amounts: RefundAmounts
    stage: str

    @property
    def begun(self) -> bool:
        """Whether goods of it are bought or in making: a supervisor is asked (P1)."""
        return any(line.supply in BEGUN for line in self.lines)


def refund_scope(order: Order, positions: Collection[int]) -> RefundScope:
    """What refunding some lines comes to, with a fixed number of statements.

    Raises ``DomainError`` (O6) for no line or one that is refunded already, (A9) where nothing is left to refund.
    """
    lines = list(order.lines.select_related("product").order_by("position"))
    chosen = [line for line in lines if line.position in positions]
    if not chosen or len(chosen) < len(set(positions)):
        raise DomainError("O6", _("Tick the lines that are to be refunded."), field="positions")
    if any(line.refunded_at is not None for line in chosen):
        raise DomainError("O6", _("One of these lines is refunded already."), field="positions")
    stages = stages_of_lines([line.pk for line in lines])
    stays = [line for line in lines if line not in chosen and line.refunded_at is None]
    ships = ParcelStage.SHIPPED in stages.values() or order.partly_shipped
    keeps_goods = any(line.product.kind != ProductKind.POSTAGE_LINK for line in stays)
    postage = ZERO if ships or keeps_goods else _postage_left(order)
    amounts = refund_amounts([line.payment - line.refund_fee for line in chosen], postage, left_of(order))
    if not amounts.total:
        raise DomainError("A9", _("Nothing that was paid is left to refund for this."), field="positions")
    stage = furthest([stages[line.pk] for line in chosen if line.pk in stages])
    return RefundScope(chosen, stays, amounts, stage)


def _postage_left(order: Order) -> Decimal:
    """The postage paid that was neither credited to another order (S7) nor returned (S10, O10)."""
    return max(order.post_fee - _postage_gone(order), ZERO)


def _postage_gone(order: Order) -> Decimal:
    credited = PostageCredit.objects.filter(paid_on=order).values_list("amount", flat=True).first() or ZERO
    tasks = RefundTask.objects.filter(order=order, reason__in=_POSTAGE)
    returned: Decimal = tasks.aggregate(sum=Sum("amount", default=ZERO))["sum"]
    return credited + returned


def left_of(order: Order) -> Decimal:
    """What was paid for the order and not given back, nor is about to be (CNY)."""
    paid = min(order.paid_fee, order.payment) if order.paid_fee else order.payment
    pending = Refund.objects.filter(order=order, status__in=OPEN)
    promised: Decimal = pending.aggregate(sum=Sum(F("goods_fee") + F("post_fee"), default=ZERO))["sum"]
    return paid - order.refund_fee - promised - _postage_gone(order)
