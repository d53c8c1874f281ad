"""Reading tiers and spend."""

from datetime import datetime

from members.models import TierVersion
from members.rules import STARTING_TIERS, Tier, TierTable


def tiers_at(at: datetime) -> TierTable:
    """The table of tiers that is valid at a moment (M4), with two statements."""
    table = TierVersion.objects.filter(valid_from__lte=at).order_by("-valid_from").first()
    if table is None:
        return STARTING_TIERS
    rows = tuple(Tier(row.threshold, row.rate, row.name) for row in table.rows.all())
    return TierTable(version=str(table.pk), tiers=rows)
