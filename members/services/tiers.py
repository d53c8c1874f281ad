"""Keeping the tables of tiers (M4)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.models import TierRow, TierVersion
from members.rules import STARTING_TIERS, Tier
from shopdesk.base import audit
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

SINCE_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def ensure_starting_tiers() -> None:
    """Give a shop without any tiers the starting table (M4)."""
    if not TierVersion.objects.exists():
        _write_tiers(STARTING_TIERS.tiers, SINCE_EVER, None)


@transaction.atomic
def change_tiers(
    tiers: Sequence[Tier], *, actor: Staff, now: datetime, seen: str | None = None
) -> TierVersion:
    """Enter a new table of tiers, valid from now on (M4). ``seen`` is the version that the page showed.

    Raises ``Forbidden`` (M4) by role, ``DomainError`` (M4) for thresholds or rates that do not step,
    ``VersionConflict`` (T5) when somebody entered another table meanwhile.
    """
    if not actor.may(Permission.CHANGE_TARIFFS):
        raise Forbidden("M4", _("Only a manager changes tiers."))
    for lower, higher in pairwise(tiers):
        if lower.threshold >= higher.threshold or lower.rate < higher.rate:
            raise DomainError("M4", _("Each tier starts higher than the one before and takes off no less."))
    if not all(0 < tier.rate <= 1 and tier.threshold > 0 for tier in tiers):
        raise DomainError("M4", _("A tier starts above 0 and is charged at more than 0 and at most 100 %."))
    if len({tier.name for tier in tiers}) < len(tiers) or not all(tier.name.strip() for tier in tiers):
        raise DomainError("M4", _("Each tier has a name of its own."))
    # The newest table is the lock: two who change the tiers at once take turns.
    newest = TierVersion.objects.select_for_update().order_by("-valid_from").first()
    before = tuple(Tier(row.threshold, row.rate, row.name) for row in newest.rows.all()) if newest else ()
    if seen is not None and newest is not None and str(newest.pk) != seen:
        raise VersionConflict(
            "T5",
            _("Somebody entered other tiers meanwhile. Look at them, then try again."),
            subject=("tiers", str(newest.pk)),
            stands={"seen": newest.pk},
        )
    table = _write_tiers(tiers, now, actor)
    fact = Fact("tiers.changed", "tiers", str(table.pk), _values(before), _values(tiers))
    audit.record(fact, at=now, actor=actor)
    return table


def _values(tiers: Sequence[Tier]) -> dict[str, str]:
    return {tier.name: f"{tier.threshold} × {tier.rate}" for tier in tiers}


def _write_tiers(tiers: Sequence[Tier], valid_from: datetime, actor: Staff | None) -> TierVersion:
    table = TierVersion.objects.create(valid_from=valid_from, entered_by=actor)
    TierRow.objects.bulk_create(
        TierRow(table=table, name=tier.name, threshold=tier.threshold, rate=tier.rate) for tier in tiers
    )
    return table
