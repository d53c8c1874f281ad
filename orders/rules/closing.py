"""O4: how long an unpaid order is kept."""

from datetime import datetime, timedelta

# O4, in one place: an unpaid order is kept this long from the time it was placed.
UNPAID_KEPT = timedelta(hours=72)


def closes_at(created: datetime) -> datetime:
    """When an order placed at ``created`` is closed if nobody pays (O4): at 72 h 00 m 00 s, inclusive."""
    return created + UNPAID_KEPT


def placed_before(now: datetime) -> datetime:
    """Unpaid orders placed at or before this moment are due for closing at ``now`` (O4)."""
    return now - UNPAID_KEPT
