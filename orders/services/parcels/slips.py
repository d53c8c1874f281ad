"""Slips: the paper that goes with a parcel, how it is printed, and how it becomes void (F1–F3)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orders.events import parcels as events
from orders.models import ChangeNotice, Parcel, PrintBatch, Slip
from orders.rules.missed import MISSED_LABEL
from orders.services.red_flags import lower_red_flags
from orders.states import PARCEL_MOVES, ParcelStage
from shopdesk.base import audit
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Staff


def print_slips(
    parcels: Sequence[Parcel], tids: Mapping[int, Collection[str]], *, actor: Staff | None, now: datetime
) -> PrintBatch:
    """Print the next slip of each parcel in one batch (F1), with a constant number of statements.

    The parcels and their orders (``tids``, by parcel) are locked and checked by the caller; an older slip of theirs
    is void already. Raises ``Conflict`` (F1) where the stage does not allow it.
    """
    batch = PrintBatch.objects.create(created_at=now, created_by=actor)
    for parcel in parcels:
        parcel.stage = PARCEL_MOVES.require("print", parcel.stage)
        parcel.slip_version += 1
        parcel.version += 1
        parcel.batch, parcel.printed_at = batch, now
    Parcel.objects.filter(pk__in=[parcel.pk for parcel in parcels]).update(
        stage=ParcelStage.PRINTED,
        slip_version=F("slip_version") + 1,
        version=F("version") + 1,
        batch=batch,
        printed_at=now,
    )
    Slip.objects.bulk_create(
        Slip(parcel=parcel, version=parcel.slip_version, batch=batch, printed_at=now, printed_by=actor)
        for parcel in parcels
    )
    facts = (fact for parcel in parcels for fact in events.printed(parcel, tids[parcel.pk]))
    audit.record_many(facts, at=now, actor=actor)
    # O15: what was missed is in a batch now.
    missed = [parcel.pk for parcel in parcels if parcel.missed_flagged_at is not None]
    if missed:
        lower_red_flags({tid for pk in missed for tid in tids[pk]}, MISSED_LABEL, now=now)
    return batch


def void_slip(
    parcel: Parcel, reason: str, *, now: datetime, notice: ChangeNotice | None = None
) -> Slip | None:
    """Make the parcel's valid slip void (F2); answers it, or ``None`` where there is none.

    The parcel is locked by the caller, who also says in the audit why.
    """
    slip = Slip.objects.filter(parcel=parcel, voided_at__isnull=True).first()
    if slip is not None:
        slip.voided_at, slip.void_reason, slip.notice = now, reason, notice
        slip.save(update_fields=["voided_at", "void_reason", "notice"])
    return slip


def require_valid_slip(parcel: Parcel) -> Slip:
    """The slip that goes with the parcel. Raises ``Conflict`` (F3) where there is none: it is void."""
    slip = Slip.objects.filter(parcel=parcel, voided_at__isnull=True).first()
    if slip is None:
        raise Conflict("F3", _("The slip of this parcel is void. Print a new one before you go on."))
    return slip
