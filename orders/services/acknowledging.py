"""The warehouse acknowledges a change: it has the void paper, and prints anew (O9, F2, F4)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import changes as facts
from orders.models import ChangeNotice, Flag, Parcel, ParcelLine, Slip
from orders.selectors.readiness import orders_of, with_readiness
from orders.selectors.stages import printed_parcels
from orders.services.locks import lock_orders
from orders.services.parcels.planning import plan
from orders.services.parcels.slips import print_slips
from orders.services.refunding import release_waiting, take_out
from orders.states import PARCEL_MOVES, ParcelStage
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


@transaction.atomic
def acknowledge_notice(
    notice_id: int, *, found: bool, actor: Staff, now: datetime | None = None
) -> ChangeNotice:
    """Acknowledge a change notice (O9). ``found``: the paper of its void slips is in the warehouse's hands (F2).

    Once no other notice is open on the parcel, it is printed anew if it is ready, else it is planned again; goods
    that are refunded come out of it and their money is due (F4). All in one transaction. Raises ``Forbidden``
    (O9) by role, ``Conflict`` (O9) when somebody did it, (F4) while refunded goods are packed,
    ``DomainError`` (F2) without the paper.
    """
    if not actor.may(Permission.WORK_WAREHOUSE):
        raise Forbidden("O9", _("Only the warehouse acknowledges changes."))
    now = now or clock.now()
    tids = _lock(notice_id)
    notice = ChangeNotice.objects.select_for_update().filter(pk=notice_id).first()
    if notice is None or notice.acknowledged_at is not None:
        raise Conflict("O9", _("Somebody acknowledged this already."))
    _require_pulled(notice)
    slips = _find_paper(notice, found=found, now=now)
    notice.acknowledged_by, notice.acknowledged_at = actor, now
    notice.save(update_fields=["acknowledged_by", "acknowledged_at"])
    # The flag that came with the change says the same: nobody need acknowledge both.
    Flag.objects.filter(
        note=notice.note_id, note__isnull=False, ended_at__isnull=True, acknowledged_at__isnull=True
    ).update(acknowledged_by=actor, acknowledged_at=now)
    audit.record(
        facts.notice_acknowledged(notice, found=[slip.barcode for slip in slips]), at=now, actor=actor
    )
    _print_anew(tids, actor=actor, now=now)
    return notice


def _lock(notice_id: int) -> list[str]:
    """Lock the notice's order and those that share its parcels, by number; answer them."""
    notice = ChangeNotice.objects.filter(pk=notice_id).first()
    if notice is None:
        raise Conflict("O9", _("Somebody acknowledged this already."))
    tids = {notice.order_id}
    for parcel in Parcel.objects.filter(lines__order=notice.order_id, lines__live=True).distinct():
        tids |= set(orders_of(parcel))
    return sorted(lock_orders(tids))


def _require_pulled(notice: ChangeNotice) -> None:
    """F4: a packed parcel is pulled before its refund goes on."""
    packed = ParcelLine.objects.filter(
        order=notice.order_id, live=True, line__refunded_at__isnull=False, parcel__stage=ParcelStage.PACKED
    ).first()
    if notice.kind == ChangeNotice.Kind.REFUND and packed is not None:
        raise Conflict(
            "F4",
            _("Parcel P%(parcel)s is packed: pull it first, then acknowledge the refund.")
            % {"parcel": packed.parcel_id},
        )


def _find_paper(notice: ChangeNotice, *, found: bool, now: datetime) -> list[Slip]:
    slips = list(Slip.objects.filter(notice=notice, found_at__isnull=True).order_by("pk"))
    if slips and not found:
        raise DomainError(
            "F2",
            _("Find the paper of slip %(slips)s first, and say that you have it: it must not be packed.")
            % {"slips": ", ".join(slip.barcode for slip in slips)},
            field="found",
        )
    Slip.objects.filter(pk__in=[slip.pk for slip in slips]).update(found_at=now)
    return slips


def _print_anew(tids: Collection[str], *, actor: Staff, now: datetime) -> None:
    """Printed parcels whose slip is void and found, and on which no other notice is open."""
    free = [parcel.pk for parcel in printed_parcels(tids) if not _is_held_up(parcel)]
    parcels = list(Parcel.objects.select_for_update(of=("self",)).filter(pk__in=free).order_by("pk"))
    take_out(free)
    again = []
    for parcel in parcels:
        parcel.refresh_from_db(fields=["order"])
        goods = ParcelLine.objects.filter(parcel=parcel, live=True).exists()
        if goods and with_readiness(Parcel.objects.filter(pk=parcel.pk)).get().ready:
            again.append(parcel)
            continue
        parcel.stage = PARCEL_MOVES.require("pull", parcel.stage)
        parcel.version += 1
        parcel.save(update_fields=["stage", "version"])
    plan(tids, now=now)
    if again:
        print_slips(again, {parcel.pk: orders_of(parcel) for parcel in again}, actor=actor, now=now)
    release_waiting(tids, actor=actor, now=now)


def _is_held_up(parcel: Parcel) -> bool:
    """Whether its slip is valid, or another notice is open, or its paper is still out there."""
    slips = Slip.objects.filter(parcel=parcel)
    notices = ChangeNotice.objects.filter(order__in=orders_of(parcel), acknowledged_at__isnull=True)
    return slips.filter(voided_at__isnull=True).exists() or notices.exists()
