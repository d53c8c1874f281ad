"""Missed orders, and slips that were printed but not sent by the evening (O15)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.events import tracking as events
from orders.models import Flag, Order, Parcel, ParcelLine
from orders.rules.missed import MISSED_LABEL, day_to_return, paid_before
from orders.selectors.exempt import parcels_exempt, parcels_kept_back, tids_in
from orders.selectors.readiness import to_print, with_readiness
from orders.services.parcels.locks import LockedParcel, lock_parcels
from orders.services.red_flags import Alarm, raise_red_flags
from orders.states import ParcelStage, Status
from shopdesk.base import audit, clock
from shopdesk.base.batches import work_off
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.exemptions import spare
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

MISSED_JOB, RETURN_JOB, PRINT_JOB = "flag_missed_orders", "return_unshipped_to_desk", "print_batch"
# Past the hour, after the hourly batch.
MISSED_MINUTE = 10
MISSED_TEXT = "货已齐，付款超过24小时仍未打单，请尽快打单发货"


def flag_missed_orders(now: datetime, dry_run: bool) -> JobResult:
    """Flag orders to the warehouse that no print batch holds 24 hours after payment though ready (O15); once."""
    result = JobResult()
    missed = spare(_missed(now), parcels_exempt(MISSED_JOB, now), result)
    if dry_run:
        result.add_rows(tids_in(_left_by_the_batch(missed, now)))
    else:
        work_off(missed, lambda parcels: _flag_missed(parcels, now), result, job=MISSED_JOB)
    return result


def _left_by_the_batch(missed: QuerySet[Parcel], now: datetime) -> QuerySet[Parcel]:
    """Of what would be missed later, what the hourly batch does not take before (F1): what this job comes upon
    before the next batch, and what cannot be printed.
    """
    here = clock.now().replace(second=0, microsecond=0)
    if now < here.replace(minute=0) + clock.hours(1):
        return missed
    printable = to_print(Parcel.objects.filter(stage=ParcelStage.PLANNED))
    kept_back = parcels_kept_back(PRINT_JOB, now)
    left = ~Q(pk__in=printable.filter(~kept_back).values("pk"))
    if here.minute < MISSED_MINUTE:
        left |= Q(pk__in=_missed(here.replace(minute=MISSED_MINUTE)).values("pk"))
    return missed.filter(left)


def _missed(now: datetime) -> QuerySet[Parcel]:
    paid_since = Order.objects.filter(
        parcel_lines__parcel=OuterRef("pk"), parcel_lines__live=True, pay_time__gt=paid_before(now)
    )
    planned = Parcel.objects.filter(
        stage=ParcelStage.PLANNED,
        batch__isnull=True,
        missed_flagged_at__isnull=True,
        order__status=Status.WAIT_SELLER_SEND_GOODS,
        order__pay_time__lte=paid_before(now),
    ).filter(Exists(ParcelLine.objects.filter(parcel=OuterRef("pk"))))
    # A set of keys, so that each parcel is there once and can be locked.
    ready = with_readiness(planned.filter(~Exists(paid_since))).filter(ready=True)
    return Parcel.objects.filter(pk__in=ready.values("pk"), missed_flagged_at__isnull=True)


def _flag_missed(parcels: QuerySet[Parcel], now: datetime) -> list[str]:
    locked = lock_parcels(parcels)
    alarms = {
        tid: Alarm(MISSED_LABEL, MISSED_TEXT, Flag.Addressee.WAREHOUSE)
        for found in locked
        for tid in found.tids
    }
    raise_red_flags(alarms, now=now)
    Parcel.objects.filter(pk__in=[found.parcel.pk for found in locked]).update(missed_flagged_at=now)
    return sorted(alarms)


def return_unshipped_to_desk(now: datetime, dry_run: bool) -> JobResult:
    """Put what was printed today and is neither packed nor shipped at 17:30 on the list "tell the buyer" (O15).

    The stage stays. A parcel comes up again only where it is printed again and does not go out that day either.
    """
    result = JobResult()
    unsent = spare(_unsent(now), parcels_exempt(RETURN_JOB, now), result)
    if dry_run:
        result.add_rows(tids_in(unsent))
    else:
        work_off(unsent, lambda parcels: _return(parcels, now), result, job=RETURN_JOB)
    return result


def _unsent(now: datetime) -> QuerySet[Parcel]:
    since, until = day_to_return(now)
    return Parcel.objects.filter(
        Q(returned_to_desk_at__isnull=True) | Q(returned_to_desk_at__lt=F("printed_at")),
        stage=ParcelStage.PRINTED,
        printed_at__gte=since,
        printed_at__lte=until,
    )


def _return(parcels: QuerySet[Parcel], now: datetime) -> list[str]:
    # Whoever packs one at this moment is waited for: this runs once a day.
    locked = lock_parcels(parcels, wait=True)
    Parcel.objects.filter(pk__in=[found.parcel.pk for found in locked]).update(
        returned_to_desk_at=now, told_at=None, told_by=None
    )
    audit.record_many(
        [events.returned_to_desk(tid, found.parcel) for found in locked for tid in found.tids],
        at=now,
        actor=None,
    )
    return sorted({tid for found in locked for tid in found.tids})


@transaction.atomic
def tell_buyer(parcel_id: int, *, actor: Staff, now: datetime | None = None) -> Parcel:
    """Tick off that the buyer was told that a parcel did not go out (O15).

    Raises ``Forbidden`` (O15) by role, ``Conflict`` (O15) where there is nothing to tell, or somebody did.
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("O15", _("Your role does not work orders."))
    now = now or clock.now()
    waiting = Parcel.objects.filter(pk=parcel_id, returned_to_desk_at__isnull=False, told_at__isnull=True)
    found: LockedParcel | None = next(iter(lock_parcels(waiting, wait=True)), None)
    if found is None:
        raise Conflict("O15", _("Somebody told this buyer already, or there is nothing to tell any more."))
    parcel = found.parcel
    parcel.told_at, parcel.told_by = now, actor
    parcel.save(update_fields=["told_at", "told_by"])
    audit.record_many([events.buyer_told(tid, parcel) for tid in found.tids], at=now, actor=actor)
    return parcel
