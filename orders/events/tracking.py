"""What happens to parcels that wait or are on their way, as audit facts of their orders (D4)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.models import Parcel
from shopdesk.base.audit import Fact

SUBJECT = "order"


def _fact(action: str, tid: str, after: dict[str, Any], before: dict[str, Any] | None = None) -> Fact:
    return Fact(action, SUBJECT, tid, before or {}, after)


def postage_owed(tid: str, amount: Decimal) -> Fact:
    """O13: the order was not shipped in 15 days, so its postage is owed back."""
    return _fact("postage.owed", tid, {"amount": str(amount), "rule": "S10"})


def returned_to_desk(tid: str, parcel: Parcel) -> Fact:
    """O15: the parcel was printed today and not sent, so the buyer is to be told."""
    return _fact("parcel.returned_to_desk", tid, {"parcel": parcel.pk})


def buyer_told(tid: str, parcel: Parcel) -> Fact:
    """O15: the buyer knows that the parcel did not go out."""
    return _fact("parcel.buyer_told", tid, {"parcel": parcel.pk})


def came_into_trouble(tid: str, parcel: Parcel) -> Fact:
    """F7: the carrier has trouble with the parcel, or is late."""
    return _fact("parcel.trouble", tid, {"parcel": parcel.pk, "state": parcel.tracking_state})


def followed_up(tid: str, parcel: Parcel) -> Fact:
    """F7: somebody asked the carrier before the buyer asked."""
    return _fact("parcel.followed_up", tid, {"parcel": parcel.pk})


def signed_for(tid: str, at: datetime, before: datetime | None) -> Fact:
    """F7, A4: the receiver has the goods since then."""
    return _fact(
        "order.signed",
        tid,
        {"signed_time": at.isoformat()},
        {"signed_time": before.isoformat() if before else None},
    )


def finished(tid: str, status_before: str, status: str, *, by: str) -> Fact:
    """O1: the order is finished, by its buyer's confirmation or by the clock."""
    return _fact("order.finished", tid, {"status": status, "by": by}, {"status": status_before})
