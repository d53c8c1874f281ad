"""What the buyer pays for an exchange: postage (A7) and the difference (A8), by postage links."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import goods as facts
from afterservice.models import Ticket, TicketPayment
from afterservice.rules.kinds import EXCHANGES
from afterservice.rules.refunds import shop_is_at_fault
from afterservice.selectors.goods_facts import paid_by_purpose
from afterservice.services.goods_steps import begin
from afterservice.services.locks import save
from orders.selectors.changes import link_orders
from orders.services import links as link_payments
from orders.services.locks import lock_orders
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO, quantize, yuan
from shopdesk.base.permissions import Permission

MOST_POSTAGE = Decimal("1000.00")
_RULES = {TicketPayment.Purpose.POSTAGE: "A7", TicketPayment.Purpose.DIFFERENCE: "A8"}


@transaction.atomic
def set_postage(
    number: int, amount: Decimal, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Say what postage (CNY) the buyer pays for the exchange (A3: who changed their mind pays).

    Raises as ``goods_steps.begin``; ``DomainError`` (A3) for nothing where the buyer bears it and no supervisor
    gives it, for anything where the shop is at fault, or less than was paid; ``Conflict`` (A7) for no exchange.
    """
    now = now or clock.now()
    ticket = begin(number, "A7", actor=actor, now=now, version=version)
    if ticket.kind not in EXCHANGES:
        raise Conflict("A7", _("A ticket of this kind has no such step."))
    if amount != quantize(amount) or not ZERO <= amount <= MOST_POSTAGE:
        raise DomainError("A7", _("Enter the postage in yuan and cents."), field="postage")
    at_fault = shop_is_at_fault(ticket.problem)
    if at_fault and amount:
        raise DomainError("A3", _("The shop is at fault: the buyer pays no postage."), field="postage")
    if not at_fault and not amount and not actor.may(Permission.DECIDE_APPROVAL):
        raise DomainError("A3", _("The buyer pays the postage; only a supervisor gives it."), field="postage")
    paid = paid_by_purpose(ticket).get(TicketPayment.Purpose.POSTAGE, ZERO)
    if amount < paid:
        raise DomainError("A7", _("%(paid)s of it are paid already.") % {"paid": yuan(paid)}, field="postage")
    before, ticket.postage_due = ticket.postage_due, amount
    save(ticket, ["postage_due"])
    audit.record(facts.postage_set(ticket, before), at=now, actor=actor)
    return ticket


@transaction.atomic
def pay_by_links(
    number: int,
    purpose: str,
    tids: Sequence[str],
    *,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """Let paid postage links of the same buyer pay what is still due of postage or difference (A7, A8, O12).

    Each link pays once. Raises as ``goods_steps.begin``; ``Conflict`` (by the purpose's rule) where nothing is due;
    ``DomainError`` for links that are none of this buyer's, used up, or too little.
    """
    now = now or clock.now()
    rule = _RULES[TicketPayment.Purpose(purpose)]
    seen = Ticket.objects.select_related("order").filter(pk=number).first()
    if seen is not None:  # the links' orders with the ticket's own, all at once, by number
        found = link_orders(seen.order).order_by().values_list("pk", flat=True)
        lock_orders({tid for tid in (seen.order_id, seen.tied_order_id, *found) if tid})
    ticket = begin(number, rule, actor=actor, now=now, version=version)
    due = ticket.postage_due if purpose == TicketPayment.Purpose.POSTAGE else ticket.difference_due
    if due is None:
        raise DomainError(rule, _("Say first what postage the buyer pays."), field="postage")
    left = due - paid_by_purpose(ticket).get(purpose, ZERO)
    if left <= 0:
        raise Conflict(rule, _("Nothing is due: it is paid already."))
    settlements = link_payments.pay_by_links(ticket.order, left, tids, rule=rule, actor=actor, now=now)
    TicketPayment.objects.bulk_create(
        TicketPayment(ticket=ticket, settlement=settlement, purpose=purpose) for settlement in settlements
    )
    save(ticket, [])
    paid = sum((settlement.amount for settlement in settlements), ZERO)
    audit.record(
        facts.links_paid(ticket, purpose, [settlement.paid_by_id for settlement in settlements], paid),
        at=now,
        actor=actor,
    )
    return ticket
