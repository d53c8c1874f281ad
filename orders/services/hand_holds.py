"""Holds by hand: 72 hours, for a reason, signed by the warehouse (F5); and the job that ends them."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orders import events
from orders.models import Hold
from orders.rules.holds import HAND_HOLD, HELD_IN
from orders.selectors.exempt import holds_exempt
from orders.selectors.stock import to_be_signed
from orders.services import holds
from orders.services.locks import lock_order, lock_skus
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.exemptions import hold_exemptions, spare
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

JOB = "release_expired_holds"
BATCH = 500
BUSY = gettext_noop("somebody else is working on its SKU")


@transaction.atomic
def keep(
    sku_id: int, num: int, *, reason: str, tid: str = "", actor: Staff, now: datetime | None = None
) -> Hold:
    """Keep pieces for 72 hours (F5), for an order or for nobody in particular.

    Raises ``Forbidden`` (F5) by role, ``DomainError`` (F5) without a reason, for an order that is closed or on its
    way, and where the shelf has fewer pieces left, (O1) for no such order.
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("F5", _("Your role does not keep goods."))
    if not reason.strip():
        raise DomainError("F5", _("Say why the pieces are kept."), field="reason")
    now = now or clock.now()
    order = lock_order(tid.strip()) if tid.strip() else None
    if order is not None and order.status not in HELD_IN:
        raise DomainError(
            "F5", _("This order is closed or on its way: nothing is kept for it any more."), field="tid"
        )
    return holds.place(
        sku_id, num, reason=reason.strip(), order=order, until=now + HAND_HOLD, actor=actor, now=now
    )


@transaction.atomic
def sign(hold_id: int, *, actor: Staff, now: datetime | None = None) -> Hold:
    """Say that the pieces of a hold by hand, or for an exchange, were put aside (F5, A7).

    Raises ``Forbidden`` (F5) by role, ``Conflict`` (F5) where it was signed before or has ended.
    """
    if not actor.may(Permission.SIGN_HOLDS):
        raise Forbidden("F5", _("Only the warehouse and supervisors sign holds."))
    hold = _open(hold_id, to_be_signed())
    if hold.signed_at is not None:
        raise Conflict("F5", _("Somebody signed this hold already."))
    hold.signed_by, hold.signed_at = actor, now or clock.now()
    hold.save(update_fields=["signed_by", "signed_at"])
    audit.record(events.hold_signed(hold), at=hold.signed_at, actor=actor)
    return hold


@transaction.atomic
def give_back(hold_id: int, *, actor: Staff, now: datetime | None = None) -> Hold:
    """End a hold by hand before its time (F5).

    Raises ``Forbidden`` (F5) by role, ``Conflict`` (F5) where it has ended already.
    """
    if not (actor.may(Permission.WORK_ORDERS) or actor.may(Permission.SIGN_HOLDS)):
        raise Forbidden("F5", _("Your role does not give kept goods back."))
    found = Hold.objects.filter(pk=hold_id).first()
    if found is not None:
        lock_skus([found.sku_id])
    hold = _open(hold_id, Q(until__isnull=False))
    holds.end(
        Hold.objects.filter(pk=hold.pk), release=Hold.Release.CANCELLED, now=now or clock.now(), actor=actor
    )
    hold.refresh_from_db()
    return hold


def release_expired_holds(now: datetime, dry_run: bool) -> JobResult:
    """End holds by hand whose 72 hours are over (F5), and give what is free to the lines that wait for it.

    SKUs that somebody works on are left to the next run. Each batch is one transaction.
    """
    result = JobResult()
    expired = Hold.objects.filter(released_at__isnull=True, until__lte=now)
    due = spare(expired, holds_exempt(JOB, now), result).order_by("until", "pk")
    if dry_run:
        result.add([_subject(hold) for hold in due.only("order_id", "sku_id")])
        return result
    after = Q()
    while batch := list(due.filter(after).values_list("until", "pk")[:BATCH]):
        until, last = batch[-1]
        after = Q(until__gt=until) | Q(until=until, pk__gt=last)
        ended = _end_batch(due.filter(pk__in=[pk for _until, pk in batch]).order_by(), now)
        result.add([_subject(hold) for hold in ended])
        result.skip(BUSY, len(batch) - len(ended))
    holds.serve_all(now=now)
    return result


@transaction.atomic
def _end_batch(batch: QuerySet[Hold], now: datetime) -> list[Hold]:
    hold_exemptions(JOB)
    free = lock_skus(batch.values_list("sku_id", flat=True), patient=False)
    return holds.end(batch.filter(sku__in=free), release=Hold.Release.EXPIRED, now=now, actor=None)


def _open(hold_id: int, which: Q) -> Hold:
    hold = Hold.objects.select_for_update().filter(which, pk=hold_id).first()
    if hold is None or hold.released_at is not None:
        raise Conflict("F5", _("This hold has ended already."))
    return hold


def _subject(hold: Hold) -> str:
    return hold.order_id or f"SKU {hold.sku_id}"
