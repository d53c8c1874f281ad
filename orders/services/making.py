"""Made to order: to make, in making, made (O16)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import OrderLine
from orders.rules.products import ProductKind
from orders.selectors.buying import paid_lines
from orders.services import supply
from orders.services.locks import lock_orders
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


@transaction.atomic
def begin(line_ids: Collection[int], *, actor: Staff, now: datetime | None = None) -> list[OrderLine]:
    """Somebody makes the goods of these lines now (O16); from here a change needs a supervisor (P1).

    Raises ``Forbidden`` (O16) by role, ``Conflict`` (O16) where one is in making, made, or not to be made any more.
    """
    return _move(line_ids, "begin", actor=actor, now=now or clock.now())


@transaction.atomic
def finish(line_ids: Collection[int], *, actor: Staff, now: datetime | None = None) -> list[OrderLine]:
    """The goods of these lines are made (O16): they can be packed. Raises as ``begin``."""
    return _move(line_ids, "finish", actor=actor, now=now or clock.now())


def _move(line_ids: Collection[int], action: str, *, actor: Staff, now: datetime) -> list[OrderLine]:
    if not actor.may(Permission.WORK_WAREHOUSE):
        raise Forbidden("O16", _("Only the warehouse and supervisors tell what is made."))
    lock_orders(OrderLine.objects.filter(pk__in=line_ids).values_list("order_id", flat=True))
    lines = list(paid_lines(ProductKind.CUSTOM).filter(pk__in=line_ids).select_related("product"))
    if not lines or len(lines) < len(set(line_ids)):
        raise Conflict(
            "O16", _("Some of these lines are not to be made any more. Look at the list as it is now.")
        )
    supply.move(lines, action, actor=actor, now=now)
    return lines
