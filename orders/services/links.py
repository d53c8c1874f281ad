"""Postage links that pay a difference (O12): each paid link once, by the buyer of the order."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from orders.events import changes as facts
from orders.models import Flag, LinkSettlement, Order
from orders.rules.changes import require_settled
from orders.selectors.changes import as_links, link_orders
from orders.services.flags import FlagRequest, raise_flag
from orders.services.locks import lock_orders
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO

FLAG_HOURS = 24
OVERPAID_LABEL = "差价多付"


def pay_by_links(
    order: Order, due: Decimal, links: Sequence[str], *, rule: str, actor: Staff | None, now: datetime
) -> list[LinkSettlement]:
    """Pay an amount (CNY) of an order by postage links, each once, lowest number first (O9, O10, O12, A7, A8).

    The order and its buyer's links are locked by the caller, all in the order of their numbers
    (``changes.locking.lock_for_change``); a caller that holds other locks takes those of the links before them.
    Raises ``DomainError`` (by ``rule``) for links that are none of this buyer's, are used up, do not pay enough or
    are not needed. What they paid too much is flagged red on the link (O5).
    """
    lock_orders(links)  # held already: this reads them as they are now
    found = {link.order.pk: link for link in as_links(link_orders(order).filter(pk__in=links))}
    if missing := sorted(set(links) - found.keys()):
        raise DomainError(
            rule,
            _("Order %(tid)s is no paid postage link of this buyer, or it settled something already.")
            % {"tid": missing[0]},
            field="links",
        )
    paid = sum((link.amount for link in found.values()), ZERO)
    require_settled(rule, due, paid)
    left = due
    settled = []
    for tid in sorted(found):
        part = min(left, found[tid].amount)
        if not part:
            raise DomainError(
                rule,
                _("Order %(tid)s is not needed: the other links pay the difference.") % {"tid": tid},
                field="links",
            )
        settlement = LinkSettlement.objects.create(
            paid_by=found[tid].order, order=order, amount=part, rule=rule, at=now, by=actor
        )
        settled.append(settlement)
        audit.record(facts.difference_settled(settlement), at=now, actor=actor)
        left -= part
        if over := found[tid].amount - part:
            _flag_overpaid(found[tid].order, order, part, over, now=now)
    return settled


def _flag_overpaid(link: Order, order: Order, due: Decimal, over: Decimal, *, now: datetime) -> None:
    """O5: too much is never silently accepted."""
    request = FlagRequest(
        Order.SellerFlag.RED,
        label=OVERPAID_LABEL,
        text=f"订单{order.pk}差价{due}，此链接多付{over}，请主管处理",
        addressee=Flag.Addressee.SUPERVISOR,
        until=now + clock.hours(FLAG_HOURS),
    )
    raise_flag(link, request, actor=None, now=now)
