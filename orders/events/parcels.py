"""What happens to parcels, as audit facts of the orders in them: one function per fact (D4)."""

from collections.abc import Collection
from typing import Any

from orders.events import SUBJECT
from orders.models import Parcel, PrintBatch, Slip
from shopdesk.base.audit import Fact

BATCH_SUBJECT = "batch"


def _facts(action: str, parcel: Parcel, tids: Collection[str], **after: Any) -> list[Fact]:
    purpose = {} if parcel.purpose == Parcel.Purpose.ORDER else {"purpose": parcel.purpose}
    said = {"parcel": parcel.pk, **purpose, **after}
    return [Fact(action, SUBJECT, tid, {}, said) for tid in sorted(tids)]


def planned(parcel: Parcel, *, goods: int) -> list[Fact]:
    """A parcel is to be sent after the sale, with that many kinds of goods."""
    return _facts("parcel.planned", parcel, [parcel.order_id], goods=goods)


def dropped(parcel: Parcel) -> list[Fact]:
    """A parcel that was to be sent after the sale is not sent."""
    return _facts("parcel.dropped", parcel, [parcel.order_id])


def printed(parcel: Parcel, tids: Collection[str]) -> list[Fact]:
    """A slip of the parcel was printed."""
    return _facts("parcel.printed", parcel, tids, slip=parcel.slip_version, batch=parcel.batch_id)


def packed(parcel: Parcel, tids: Collection[str]) -> list[Fact]:
    """The goods are in the parcel."""
    return _facts("parcel.packed", parcel, tids, slip=parcel.slip_version)


def shipped(parcel: Parcel, tids: Collection[str]) -> list[Fact]:
    """The parcel is out."""
    return _facts("parcel.shipped", parcel, tids, carrier=parcel.carrier, invoice_no=parcel.invoice_no)


def pulled(parcel: Parcel, tids: Collection[str], *, stage_before: str, reason: str) -> list[Fact]:
    """The warehouse took the parcel out of the pile; its slip is void."""
    return _facts("parcel.pulled", parcel, tids, stage=stage_before, slip=parcel.slip_version, reason=reason)


def slip_voided(parcel: Parcel, tids: Collection[str], slip: Slip) -> list[Fact]:
    """The slip that lies in the warehouse counts no more."""
    return _facts("slip.voided", parcel, tids, slip=slip.version, reason=slip.void_reason)


def labels_taken(batch: PrintBatch, *, parcels: int, kind: str) -> Fact:
    """Somebody took the carrier's file, which holds phone numbers in full."""
    return Fact("labels.taken", BATCH_SUBJECT, str(batch.pk), {}, {"parcels": parcels, "kind": kind})
