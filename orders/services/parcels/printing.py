"""Printing slips in batches: hourly by the clock, or on demand (F1, O9, O16, S5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Exists, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orders.events import parcels as events
from orders.models import Parcel, PrintBatch, Slip
from orders.selectors.exempt import parcels_kept_back
from orders.selectors.readiness import orders_of, to_print, with_readiness
from orders.services.notices import require_acknowledged
from orders.services.parcels.locks import lock_parcel, lock_parcels, require_warehouse, tids_of
from orders.services.parcels.slips import print_slips, void_slip
from orders.states import PARCEL_MOVES, ParcelStage
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.exemptions import hold_exemptions, spare
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff

JOB = "print_batch"
BUSY = gettext_noop("somebody else is working on the parcel")
# Slips of one batch: what one page prints, and one transaction locks.
BATCH_SIZE = 500
# Of this many parcels that were not printed it is told why; the others are named.
REASONS_TOLD = 20


@dataclass
class Printed:
    """The batches that were made, how many parcels are in them, and the parcels asked for that are in none.

    ``reasons`` tells of the first of those why.
    """

    batches: list[PrintBatch] = field(default_factory=list)
    parcels: int = 0
    left: list[int] = field(default_factory=list)
    reasons: dict[int, DomainError] = field(default_factory=dict)


def print_parcels(parcel_ids: Iterable[int], *, actor: Staff, now: datetime | None = None) -> Printed:
    """Print the slips of these parcels; what is not ready, or changed and not acknowledged, is left (F1, O9).

    Raises ``Forbidden`` (F1) by role, ``DomainError`` (F1) for no parcel, ``Conflict`` (O9, S5, F1) when none of
    them can be printed now, with the reason of the first.
    """
    require_warehouse(actor)
    now = now or clock.now()
    asked = sorted(set(parcel_ids))
    if not asked:
        raise DomainError("F1", _("Choose at least one parcel to print."))
    printed = Printed()
    for start in range(0, len(asked), BATCH_SIZE):
        part = asked[start : start + BATCH_SIZE]
        batch, done = _print(part, actor=actor, now=now)
        if batch is not None:
            printed.batches.append(batch)
        printed.parcels += len(done)
        printed.left += [pk for pk in part if pk not in set(done)]
    if not printed.batches:
        raise _refusal(asked[0])
    printed.reasons = {pk: _refusal(pk) for pk in printed.left[:REASONS_TOLD]}
    return printed


def print_ready(*, actor: Staff, now: datetime | None = None) -> Printed:
    """Print all that can be printed now, most urgent first. Raises as ``print_parcels``."""
    require_warehouse(actor)
    now = now or clock.now()
    printed = Printed()
    while (ids := _next_ids(_ready())) and (result := _print(ids, actor=actor, now=now))[0] is not None:
        printed.batches.append(result[0])
        printed.parcels += len(result[1])
    if not printed.batches:
        raise Conflict("F1", _("Nothing is ready to be printed now."))
    return printed


def print_batch(now: datetime, dry_run: bool) -> JobResult:
    """The hourly batch (F1): whatever is ready, in transactions of at most 500 parcels."""
    result = JobResult()
    kept_back = parcels_kept_back(JOB, now)
    ready = spare(_ready(), kept_back, result)
    if dry_run:
        result.add_rows(ready.values_list(Concat(Value("P"), Cast("pk", CharField())), flat=True))
        return result
    # What somebody else holds at this moment is left for the next run: a batch that printed nothing ends it.
    while (ids := _next_ids(ready)) and (done := _print(ids, actor=None, now=now, kept_back=kept_back)[1]):
        result.add([f"P{pk}" for pk in done])
    result.skip(BUSY, len(_next_ids(ready)))
    return result


@transaction.atomic
def print_anew(
    parcel_id: int, *, actor: Staff, version: int | None = None, now: datetime | None = None
) -> Slip:
    """Print a new slip for a printed parcel whose paper was lost or spoilt; the old one is void (F1, F3).

    Raises ``Forbidden`` (F1) by role, ``VersionConflict`` (T5), ``Conflict`` (O9) while a change is not acknowledged,
    (F1) for another stage, (O16) where it is not ready any more.
    """
    require_warehouse(actor)
    now = now or clock.now()
    parcel, orders = lock_parcel(parcel_id, version=version)
    if parcel.stage != ParcelStage.PRINTED:
        PARCEL_MOVES.require("pack", parcel.stage)  # refuses every other stage with its word
    tids = [order.tid for order in orders]
    require_acknowledged(tids)
    require_ready(parcel)
    slip = void_slip(parcel, Slip.Void.REPRINTED, now=now)
    if slip is not None:
        audit.record_many(events.slip_voided(parcel, tids, slip), at=now, actor=actor)
    return reprint(parcel, actor=actor, now=now)


def reprint(parcel: Parcel, *, actor: Staff, now: datetime) -> Slip:
    """Print the next slip of a parcel whose slip is void, in a batch of its own (F2).

    The parcel and its orders are locked, and checked, by the caller. Raises ``Conflict`` (F1) for a stage that cannot
    be printed.
    """
    print_slips([parcel], {parcel.pk: orders_of(parcel)}, actor=actor, now=now)
    return Slip.objects.get(parcel=parcel, version=parcel.slip_version)


def require_ready(parcel: Parcel) -> None:
    """Raise ``Conflict`` (O16) where a line of the parcel is not on the shelf, arrived or made.

    (F5) where what was held for a parcel after the sale was let go of.
    """
    if with_readiness(Parcel.objects.filter(pk=parcel.pk)).get().ready:
        return
    if parcel.purpose != Parcel.Purpose.ORDER:
        raise Conflict("F5", _("What was held for this parcel was let go of: ask the agent of its ticket."))
    raise Conflict(
        "O16", _("Not all goods of this parcel are here: see its order for what is still missing.")
    )


def _ready() -> QuerySet[Parcel]:
    planned = Parcel.objects.filter(stage=ParcelStage.PLANNED).order_by("ship_by", "pk")
    return to_print(planned)


def _next_ids(ready: QuerySet[Parcel]) -> list[int]:
    return list(ready.values_list("pk", flat=True)[:BATCH_SIZE])


@transaction.atomic
def _print(
    parcel_ids: Sequence[int], *, actor: Staff | None, now: datetime, kept_back: Exists | None = None
) -> tuple[PrintBatch | None, list[int]]:
    """Print what of these can be printed, looked at again under the locks; ``kept_back`` is left out."""
    planned = Parcel.objects.filter(pk__in=parcel_ids, stage=ParcelStage.PLANNED)
    if kept_back is not None:
        hold_exemptions(JOB)
        planned = planned.filter(~kept_back)
    tids = {found.parcel.pk: found.tids for found in lock_parcels(planned)}
    parcels = list(to_print(Parcel.objects.filter(pk__in=tids, stage=ParcelStage.PLANNED)).order_by("pk"))
    if not parcels:
        return None, []
    batch = print_slips(parcels, tids, actor=actor, now=now)
    return batch, [parcel.pk for parcel in parcels]


def _refusal(parcel_id: int) -> DomainError:
    """Why this parcel cannot be printed now."""
    parcel = with_readiness(Parcel.objects.filter(pk=parcel_id)).first()
    if parcel is None:
        return DomainError("F1", _("There is no parcel P%(number)s.") % {"number": parcel_id})
    try:
        if parcel.stage != ParcelStage.PLANNED:
            return Conflict(
                "F1", _("Parcel P%(number)s is not to be printed: it is %(stage)s.")
                % {"number": parcel_id, "stage": parcel.get_stage_display()},
            )  # fmt: skip
        require_acknowledged(tids_of([parcel_id]).get(parcel_id, []))
        require_ready(parcel)
    except DomainError as refusal:
        return refusal
    if parcel.unmarked:
        return Conflict(
            "S5",
            _(
                "This goes to a forwarder and lacks the note “send all at once”. Add it on the order, then print."
            ),
        )
    return Conflict("T5", _("Somebody else is working on this parcel. Try again in a moment."))
