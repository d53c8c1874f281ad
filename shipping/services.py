"""Changing tariffs (S3)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shipping.carriers import CARRIERS
from shipping.models import TariffRow
from shipping.provinces import PROVINCES
from shipping.starting_tariffs import STARTING_TARIFFS
from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.money import quantize
from shopdesk.base.permissions import Permission

SINCE_EVER = datetime(2000, 1, 1, tzinfo=UTC)
MOST_FEE = Decimal(10_000)


@dataclass(frozen=True)
class TariffChange:
    """A new price of a carrier to a province: first weight and fee, then each step (kg, CNY)."""

    carrier: str
    province: str
    first_kg: Decimal
    first_fee: Decimal
    step_kg: Decimal
    extra_fee: Decimal


def ensure_starting_tariffs() -> int:
    """Give a shop without any tariff the starting one; answers how many rows were made."""
    if TariffRow.objects.exists():
        return 0
    now = clock.now()
    made = TariffRow.objects.bulk_create(
        TariffRow(
            carrier=carrier,
            province=province,
            first_kg=first_kg,
            first_fee=first_fee,
            step_kg=step_kg,
            extra_fee=extra_fee,
            valid_from=SINCE_EVER,
            entered_at=now,
        )
        for carrier, province, first_kg, first_fee, step_kg, extra_fee in STARTING_TARIFFS
    )
    return len(made)


@transaction.atomic
def change_tariff(
    change: TariffChange, *, actor: Staff, seen: int | None = None, now: datetime | None = None
) -> TariffRow:
    """Enter a new price, valid from now on (S3). ``seen`` is the row that the page showed, if any.

    Raises ``Forbidden`` (S3) by role, ``VersionConflict`` (T5) when somebody entered another price meanwhile,
    ``DomainError`` (S3) for a carrier, province or amount that cannot be.
    """
    if not actor.may(Permission.CHANGE_TARIFFS):
        raise Forbidden("S3", _("Only a manager changes tariffs."))
    now = now or clock.now()
    _check(change)
    current = (
        TariffRow.objects.select_for_update()
        .filter(carrier=change.carrier, province=change.province)
        .order_by("-valid_from")
        .first()
    )
    if seen is not None and (current.pk if current else 0) != seen:
        raise VersionConflict(
            "T5",
            _("Somebody entered another price meanwhile. Look at it, then try again."),
            subject=("tariff", f"{change.carrier}/{change.province}"),
            stands={"seen": current.pk if current else 0},
        )
    row = TariffRow.objects.create(
        carrier=change.carrier,
        province=change.province,
        first_kg=change.first_kg,
        first_fee=quantize(change.first_fee),
        step_kg=change.step_kg,
        extra_fee=quantize(change.extra_fee),
        valid_from=now,
        entered_by=actor,
        entered_at=now,
    )
    before = _values(current) if current else {}
    fact = Fact("tariff.changed", "tariff", f"{row.carrier}/{row.province}", before, _values(row))
    audit.record(fact, at=now, actor=actor)
    return row


def _values(row: TariffRow) -> dict[str, str]:
    names = ("first_kg", "first_fee", "step_kg", "extra_fee")
    return {name: f"{getattr(row, name):f}" for name in names} | {"version": str(row.pk)}


def _check(change: TariffChange) -> None:
    if change.carrier not in CARRIERS:
        raise DomainError("S1", _("This carrier is not known."), field="carrier")
    if change.province not in PROVINCES:
        raise DomainError("S2", _("This province is not known."), field="province")
    for name in ("first_kg", "step_kg"):
        if not 0 < getattr(change, name) <= 1000:
            raise DomainError("S3", _("A weight is more than 0 kg and at most 1000."), field=name)
    for name in ("first_fee", "extra_fee"):
        if not 0 <= getattr(change, name) <= MOST_FEE:
            raise DomainError("S3", _("A fee is 0.00 or more and at most 10 000."), field=name)
