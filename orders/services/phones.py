"""Showing a phone number in full, which is logged."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Order
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


@transaction.atomic
def reveal_phone(tid: str, actor: Staff, *, now: datetime | None = None) -> dict[str, str]:
    """The receiver's ``mobile`` and ``phone`` in full; that somebody looked is audited, the numbers are not.

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (O1) when there is no such order.
    """
    if not actor.may(Permission.REVEAL_PHONE):
        raise Forbidden("T1", _("Your role does not see phone numbers."))
    order = Order.objects.only("tid", "receiver_mobile", "receiver_phone").filter(pk=tid).first()
    if order is None:
        raise DomainError("O1", _("There is no order %(tid)s.") % {"tid": tid})
    audit.record(events.phone_revealed(order), at=now or clock.now(), actor=actor)
    return {"mobile": order.receiver_mobile, "phone": order.receiver_phone}
