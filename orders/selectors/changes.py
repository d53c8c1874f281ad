"""Reading what can pay or offset the difference of a change (O9, O10, O12)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from orders.models import Order, RefundTask
from orders.rules.products import ProductKind
from orders.states import Status
from shopdesk.base.composed import Composed, Given
from shopdesk.base.money import ZERO

PAID = (Status.WAIT_SELLER_SEND_GOODS, Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED)
LINKS_SHOWN = 20


@dataclass(frozen=True)
class PaidLink:
    """A paid order of postage links that settled nothing yet: what it paid (CNY)."""

    order: Order
    amount: Decimal


def open_links(order: Order) -> list[PaidLink]:
    """The buyer's other paid orders with postage links that settled no difference yet, newest first (O12)."""
    if order.buyer_id is None:
        return []
    return as_links(_OPEN_LINKS(nick=order.buyer_id, tid=order.pk))


def as_links(orders: Iterable[Order]) -> list[PaidLink]:
    """Rows of ``link_orders`` with what they paid."""
    return [PaidLink(link, link.paid) for link in orders]  # type: ignore[attr-defined]


def link_orders(order: Order) -> QuerySet[Any]:
    """The same as rows, each with ``paid``: its links' payments less what was refunded of them."""
    return _links(order.buyer_id, order.pk).exclude(buyer__isnull=True)


def _links(nick: Any, tid: Any) -> QuerySet[Any]:
    link = Q(lines__product__kind=ProductKind.POSTAGE_LINK, lines__refunded_at__isnull=True)
    paid = Sum(F("lines__payment") - F("lines__refund_fee"), filter=link, default=ZERO)
    found = Order.objects.filter(buyer=nick, status__in=PAID, settles__isnull=True).exclude(pk=tid)
    return found.filter(link).annotate(paid=paid).filter(paid__gt=0).order_by("-created", "-tid")


_OPEN_LINKS = Composed(lambda: _links(Given("nick"), Given("tid"))[:LINKS_SHOWN])


def open_debt(order: Order, reason: str) -> Decimal:
    """What is owed back for this reason and not paid out yet (CNY): a dearer change takes it first."""
    debt = RefundTask.objects.filter(order=order, reason=reason, done_at__isnull=True)
    return debt.values_list("amount", flat=True).first() or ZERO


def group_of(order: Order) -> Sequence[str]:
    """The numbers of the orders that are joined with an order (S7), itself included, lowest first."""
    if not order.joined:
        return [order.pk]
    return list(Order.objects.filter(joined=order.joined).order_by("tid").values_list("pk", flat=True))
