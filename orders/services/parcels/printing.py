"""Printing a slip again after its order was changed (F2)."""

from datetime import datetime

from orders.events import changes as facts
from orders.models import Parcel, PrintBatch, Slip
from orders.states import PARCEL_MOVES
from shopdesk.base import audit
from shopdesk.base.models import Staff


def reprint(parcel: Parcel, *, actor: Staff, now: datetime) -> Slip:
    """Print a new version of a parcel's void slip, in a batch of its own (F2). The parcel is locked by the caller.

    Raises ``Conflict`` (F1) for a stage that cannot be printed.
    """
    parcel.stage = PARCEL_MOVES.require("print", parcel.stage)
    parcel.batch = PrintBatch.objects.create(created_at=now, created_by=actor)
    parcel.slip_version += 1
    parcel.version += 1
    parcel.printed_at = now
    parcel.save(update_fields=["stage", "batch", "slip_version", "version", "printed_at"])
    slip = Slip.objects.create(
        parcel=parcel, version=parcel.slip_version, batch=parcel.batch, printed_at=now, printed_by=actor
    )
    audit.record(facts.slip_reprinted(parcel.order_id, slip), at=now, actor=actor)
    return slip
