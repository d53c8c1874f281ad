"""F8: what is wrong with a line of the carrier's bill, as decisions on plain values."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from shipping.rules import Tariff
from shopdesk.base.money import ZERO


class Verdict(models.TextChoices):
    """What the check found."""

    OVER = "over", _("over-charged")
    UNKNOWN = "unknown", _("unknown parcel")
    DOUBLED = "doubled", _("billed twice")
    NO_TARIFF = "no_tariff", _("no tariff")
    NEVER_BILLED = "never", _("never billed")
    UNDER = "under", _("charged less")
    RIGHT = "right", _("as agreed")
    REJECTED = "rejected", _("rejected row")


class Resolution(models.TextChoices):
    """What became of a difference."""

    SETTLED = "settled", _("settled")
    DISPUTED = "disputed", _("disputed")


# What somebody has to look after; the rest is right, or a row to be mended.
DIFFERENCES = (Verdict.OVER, Verdict.UNKNOWN, Verdict.DOUBLED, Verdict.NO_TARIFF, Verdict.NEVER_BILLED)


@dataclass(frozen=True)
class Finding:
    """What was found, what the tariff says (CNY, nothing where it says nothing), and the sum at stake (CNY)."""

    verdict: Verdict
    expected: Decimal | None
    stake: Decimal


def judge(
    fee: Decimal,
    weight: Decimal | None,
    *,
    billed_before: bool,
    known: bool,
    tariff: Tariff | None,
    own_weight: Decimal | None,
) -> Finding:
    """Check one line: ``fee`` (CNY) and ``weight`` (kg) as billed, against the parcel's tariff (F8, S3).

    **Our reading:** where we weighed the parcel, our weight counts, so that too heavy a weight shows as too high a
    fee; where we did not, the carrier's does. What cannot be checked puts the whole fee at stake.
    """
    expected = tariff.fee(own_weight if own_weight is not None else weight) if tariff else None
    if billed_before:
        return Finding(Verdict.DOUBLED, expected, fee)
    if not known:
        return Finding(Verdict.UNKNOWN, None, fee)
    if expected is None:
        return Finding(Verdict.NO_TARIFF, None, fee)
    if fee > expected:
        return Finding(Verdict.OVER, expected, fee - expected)
    return Finding(Verdict.RIGHT if fee == expected else Verdict.UNDER, expected, ZERO)


def judge_unbilled(tariff: Tariff | None, own_weight: Decimal | None) -> Finding:
    """A parcel that went and was not billed: at stake is what may still be asked for it, by the tariff (F8)."""
    expected = tariff.fee(own_weight) if tariff else None
    return Finding(Verdict.NEVER_BILLED, expected, expected or ZERO)
