"""Deliveries in trouble (F7): those that are overdue, and following them up before the buyer asks."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.events import tracking as events
from orders.models import Parcel
from orders.selectors.exempt import parcels_exempt, tids_in
from orders.services.notes import write_note
from orders.services.ownership import own
from orders.services.parcels.locks import lock_parcels
from orders.services.red_flags import lower_red_flags
from orders.services.tracking import TROUBLE_LABEL, name_of, raise_trouble
from orders.states import ParcelStage
from shopdesk.base import audit, clock
from shopdesk.base.batches import work_off
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.exemptions import spare
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

JOB = "flag_late_deliveries"


def flag_late_deliveries(now: datetime, dry_run: bool) -> JobResult:
    """Flag shipped parcels that nobody signed for in the days that their zone takes (F7); each once."""
    result = JobResult()
    overdue = spare(_overdue(now), parcels_exempt(JOB, now), result)
    if dry_run:
        result.add_rows(tids_in(overdue))
    else:
        work_off(overdue, lambda parcels: _flag_overdue(parcels, now), result, job=JOB)
    return result


def _overdue(now: datetime) -> QuerySet[Parcel]:
    """Overdue, and not found so before: trouble that the carrier told of earlier is another matter."""
    return Parcel.objects.filter(
        Q(trouble_at__isnull=True) | Q(trouble_at__lt=F("deliver_by")),
        Q(order__signed_time__isnull=True) | ~Q(purpose=Parcel.Purpose.ORDER),
        stage=ParcelStage.SHIPPED,
        signed_at__isnull=True,
        deliver_by__lte=now,
    )


def _flag_overdue(parcels: QuerySet[Parcel], now: datetime) -> list[str]:
    locked = lock_parcels(parcels)
    raise_trouble(locked, {found.parcel.pk: _words(found.parcel) for found in locked}, now=now)
    return sorted({tid for found in locked for tid in found.tids})


def _words(parcel: Parcel) -> str:
    by = parcel.deliver_by.astimezone(SHANGHAI) if parcel.deliver_by else None
    due = f"{by.month}月{by.day}日" if by else ""
    return f"{name_of(parcel)}：应在{due}前签收，仍未签收，请在客户来问之前跟进"


@transaction.atomic
def follow_up(parcel_id: int, text: str, *, actor: Staff, now: datetime | None = None) -> Parcel:
    """Say what was done about a delivery in trouble: it leaves the list until there is new trouble (F7).

    The text becomes a note on its orders, and the desk's own red flag goes. Raises ``Forbidden`` (F7) by role,
    ``Conflict`` (F7) where it is no trouble any more or was followed up, ``DomainError`` (F7, N2) without a text.
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("F7", _("Your role does not work orders."))
    if not text.strip():
        raise DomainError("F7", _("Say what you found out or did about it."), field="text")
    now = now or clock.now()
    troubled = Parcel.objects.filter(
        pk=parcel_id, trouble_at__isnull=False, signed_at__isnull=True, followed_up_at__isnull=True
    )
    found = next(iter(lock_parcels(troubled, wait=True)), None)
    if found is None:
        raise Conflict("F7", _("Somebody followed this up already, or it was signed for meanwhile."))
    parcel = found.parcel
    parcel.followed_up_at, parcel.followed_up_by = now, actor
    parcel.save(update_fields=["followed_up_at", "followed_up_by"])
    lower_red_flags(found.tids, TROUBLE_LABEL, now=now)
    for order in found.orders:
        order.refresh_from_db(fields=["seller_flag"])
        own(order, actor, now=now)
        write_note(order, text, actor=actor, now=now)
    audit.record_many([events.followed_up(tid, parcel) for tid in found.tids], at=now, actor=actor)
    return parcel
