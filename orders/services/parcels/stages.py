"""Packing a printed parcel, and pulling one out of the pile (F1, F2, F4)."""

from datetime import datetime

from django.db import transaction

from orders.events import parcels as events
from orders.models import Parcel, Slip
from orders.services.notices import require_acknowledged
from orders.services.parcels.locks import lock_parcel, require_warehouse
from orders.services.parcels.planning import plan
from orders.services.parcels.printing import require_ready
from orders.services.parcels.slips import require_valid_slip, void_slip
from orders.services.refunding import release_waiting
from orders.states import PARCEL_MOVES
from shopdesk.base import audit, clock
from shopdesk.base.models import Staff


@transaction.atomic
def pack(parcel_id: int, *, actor: Staff, version: int | None = None, now: datetime | None = None) -> Parcel:
    """Say that the goods of a printed parcel are in it (F1).

    Raises ``Forbidden`` (F1) by role, ``VersionConflict`` (T5), ``Conflict``: (F1) for another stage, (O9) while a
    change is not acknowledged, (F3) where its slip is void, (O16) where goods are not here any more.
    """
    require_warehouse(actor)
    now = now or clock.now()
    parcel, orders = lock_parcel(parcel_id, version=version)
    tids = [order.tid for order in orders]
    target = PARCEL_MOVES.require("pack", parcel.stage)
    require_acknowledged(tids)
    require_valid_slip(parcel)
    require_ready(parcel)
    parcel.stage, parcel.packed_at, parcel.packed_by = target, now, actor
    parcel.version += 1
    parcel.save(update_fields=["stage", "packed_at", "packed_by", "version"])
    audit.record_many(events.packed(parcel, tids), at=now, actor=actor)
    return parcel


@transaction.atomic
def pull(
    parcel_id: int, *, reason: str, actor: Staff, version: int | None = None, now: datetime | None = None
) -> Parcel:
    """Take a printed or packed parcel out of the pile: its slip is void, it is planned again (F2, F4).

    Also while a change waits to be acknowledged: pulling is how the warehouse makes way for it. Raises ``Forbidden``
    (F1) by role, ``VersionConflict`` (T5), ``Conflict`` (F1) for a parcel that is not printed or packed.
    """
    require_warehouse(actor)
    now = now or clock.now()
    parcel, orders = lock_parcel(parcel_id, version=version)
    tids = [order.tid for order in orders]
    before, parcel.stage = parcel.stage, PARCEL_MOVES.require("pull", parcel.stage)
    void_slip(parcel, Slip.Void.PULLED, now=now)
    parcel.batch = parcel.printed_at = parcel.packed_at = parcel.packed_by = None
    parcel.version += 1
    parcel.save(update_fields=["stage", "batch", "printed_at", "packed_at", "packed_by", "version"])
    audit.record_many(
        events.pulled(parcel, tids, stage_before=before, reason=reason.strip()[:200]), at=now, actor=actor
    )
    plan(tids, now=now)
    release_waiting(tids, actor=actor, now=now)  # F4: a refund of these goods waited for it
    return Parcel.objects.filter(pk=parcel.pk).first() or parcel
