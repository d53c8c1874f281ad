"""Who works an order (O17)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Order
from orders.services.locks import lock_order
from shopdesk.base import audit, clock
from shopdesk.base.errors import Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission, Role


def own(order: Order, actor: Staff, *, now: datetime) -> None:
    """The first agent who acts on an order owns it (O17). The order is locked by the caller."""
    own_all([order], actor, now=now)


def own_all(orders: Sequence[Order], actor: Staff, *, now: datetime) -> None:
    """The first agent who acts on orders owns those that nobody owns (O17). The caller has locked them."""
    if actor.role == Role.AGENT:
        give([order for order in orders if order.owner_id is None], actor, actor=actor, now=now)


@transaction.atomic
def take_over(tid: str, *, actor: Staff, now: datetime | None = None) -> Order:
    """Take an order over from whoever owns it (O17). Raises ``Forbidden`` (O17) by role."""
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("O17", _("Your role does not work orders."))
    order = lock_order(tid)
    give([order], actor, actor=actor, now=now or clock.now())
    return order


def give(orders: Sequence[Order], owner: Staff, *, actor: Staff, now: datetime) -> None:
    """Let somebody own orders that are locked (O17), by two statements; what they own already stays theirs."""
    before = {order.pk: order.owner_id for order in orders if order.owner_id != owner.pk}
    if not before:
        return
    Order.objects.filter(pk__in=before).update(owner=owner)
    facts = []
    for order in orders:
        if order.pk in before:
            order.owner = owner
            facts.append(events.owner_changed(order, before[order.pk]))
    audit.record_many(facts, at=now, actor=actor)
