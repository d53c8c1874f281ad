"""Who works an order (O17)."""

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
    if order.owner_id is None and actor.role == Role.AGENT:
        _give(order, actor, now=now)


@transaction.atomic
def take_over(tid: str, *, actor: Staff, now: datetime | None = None) -> Order:
    """Take an order over from whoever owns it (O17). Raises ``Forbidden`` (O17) by role."""
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("O17", _("Your role does not work orders."))
    order = lock_order(tid)
    if order.owner_id != actor.pk:
        _give(order, actor, now=now or clock.now())
    return order


def _give(order: Order, actor: Staff, *, now: datetime) -> None:
    before = order.owner_id
    order.owner = actor
    order.save(update_fields=["owner"])
    audit.record(events.owner_changed(order, before), at=now, actor=actor)
