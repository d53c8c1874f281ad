"""The register of what is out of stock (缺货登记, F5)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import stock as events
from orders.models import Shortage
from orders.rules.products import SHELF_KINDS
from orders.selectors.waiting import waiting_for_shelf
from orders.services.locks import lock_sku
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


@transaction.atomic
def report(
    sku_id: int,
    *,
    remark: str = "",
    expected_on: date | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Shortage:
    """Register a SKU as out of stock (F5), or say what is known of its shortage by now.

    Raises ``Forbidden`` (F5) by role, ``DomainError`` (F5) for no such SKU, an expected day that is past, and a
    shelf that has free pieces.
    """
    if not actor.may(Permission.FLAG_AND_NOTE):
        raise Forbidden("F5", _("Your role does not keep this register."))
    now = now or clock.now()
    if expected_on is not None and expected_on < now.astimezone(clock.SHANGHAI).date():
        raise DomainError("F5", _("This day is past: choose one still to come."), field="expected_on")
    sku = lock_sku(sku_id)
    free = sku.stock - sku.held
    if sku.product.kind in SHELF_KINDS and free > 0:
        raise DomainError(
            "F5",
            _("The shelf has %(free)s free pieces. Count it first if they are not there.") % {"free": free},
        )
    shortage = Shortage.objects.filter(sku=sku, ended_at__isnull=True).first()
    before = events.shortage_facts(shortage) if shortage else {}
    if shortage is None:
        shortage = Shortage(sku=sku, reported_by=actor, reported_at=now)
    shortage.remark, shortage.expected_on = remark.strip(), expected_on
    shortage.save()
    audit.record(events.shortage_reported(shortage, before), at=now, actor=actor)
    return shortage


@transaction.atomic
def end(shortage_id: int, *, actor: Staff, now: datetime | None = None) -> Shortage:
    """Take a SKU off the register by hand (F5).

    Raises ``Forbidden`` (F5) by role, ``Conflict`` (F5) where it was taken off already.
    """
    if not actor.may(Permission.FLAG_AND_NOTE):
        raise Forbidden("F5", _("Your role does not keep this register."))
    shortage = Shortage.objects.select_for_update().filter(pk=shortage_id, ended_at__isnull=True).first()
    if shortage is None:
        raise Conflict("F5", _("Somebody took this off the register already."))
    return _end(shortage, actor=actor, now=now or clock.now())


def end_if_served(sku_id: int, *, actor: Staff | None, now: datetime) -> None:
    """Take a SKU off the register that has pieces again, unless orders still wait for it. The SKU is locked."""
    shortage = Shortage.objects.filter(sku=sku_id, ended_at__isnull=True).first()
    if shortage is not None and not waiting_for_shelf().filter(sku=sku_id).exists():
        _end(shortage, actor=actor, now=now)


def _end(shortage: Shortage, *, actor: Staff | None, now: datetime) -> Shortage:
    shortage.ended_at, shortage.ended_by = now, actor
    shortage.save(update_fields=["ended_at", "ended_by"])
    audit.record(events.shortage_ended(shortage), at=now, actor=actor)
    return shortage
