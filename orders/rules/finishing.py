"""O1, A4: when a shipped order is finished, and whether the buyer's own word finished it."""

from datetime import datetime, timedelta

AUTO_CONFIRM_DAYS = timedelta(days=10)


def shipped_before(now: datetime) -> datetime:
    """Orders shipped at or before this moment are finished by the clock at ``now`` (O1)."""
    return now - AUTO_CONFIRM_DAYS


def confirmed_by_buyer(shipped_at: datetime | None, ended_at: datetime | None) -> bool:
    """Whether an order that the platform shows as finished was confirmed by its buyer (A4).

    **Our reading:** exports do not say who finished it; before the ten days only the buyer can have.
    """
    return (
        shipped_at is not None
        and ended_at is not None
        and shipped_at <= ended_at < shipped_at + AUTO_CONFIRM_DAYS
    )
