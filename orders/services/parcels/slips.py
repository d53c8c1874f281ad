"""Slips: the paper that goes with a parcel, and how it becomes void (F2, F3)."""

from datetime import datetime

from orders.models import ChangeNotice, Parcel, Slip


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
