"""News of parcels, and what a parcel keeps of them."""

from datetime import timedelta
from typing import Any

from orders.models import Parcel
from orders.rules.deliveries import News
from tests.factories import NOW


def news(parcel: Parcel, state: int, hours_ago: float = 0, text: str = "") -> News:
    """What the carrier says of the parcel, so many hours ago."""
    return News("zhongtong", parcel.invoice_no, state, NOW - timedelta(hours=hours_ago), text)


def state(parcel: Parcel) -> dict[str, Any]:
    """What the parcel keeps of its news, as it is now."""
    parcel.refresh_from_db()
    names = ("tracking_state", "tracking_at", "signed_at", "trouble_at", "followed_up_at")
    return {name: getattr(parcel, name) for name in names}
