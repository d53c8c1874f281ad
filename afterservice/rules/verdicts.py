"""What the rules can say to a request: the outcome, by which rule, why, and what an exception needs (A3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.money import yuan


class Outcome(models.TextChoices):
    """What the rules say to a request, from the freest to what stands most in the way."""

    ALLOWED = "allowed", _("allowed")
    NEEDS_RECEIPT = "needs_receipt_time", _("the receipt time is missing")
    NEEDS_EVIDENCE = "needs_evidence", _("evidence is missing")
    SUPERVISOR = "supervisor", _("a supervisor decides")
    OUTSIDE = "outside", _("outside the rules: a supervisor's exception")
    NOT_NOW = "not_now", _("not this way")


class Payer(models.TextChoices):
    """Who pays for the way back (A3)."""

    BUYER = "buyer", _("the buyer")
    SHOP = "shop", _("the shop")
    NOBODY = "", _("nothing travels")


@dataclass(frozen=True)
class Sentence:
    """A reason with its numbers, in the language of whoever reads it."""

    text: str | Promise
    numbers: tuple[tuple[str, str | Promise], ...] = ()

    def __str__(self) -> str:
        return str(self.text) % {name: str(number) for name, number in self.numbers}


def sentence(text: str | Promise, **numbers: object) -> Sentence:
    """A sentence; times are written as ``11-21 09:00`` (Shanghai), amounts (CNY) as pages do."""
    return Sentence(text, tuple((name, _written(number)) for name, number in numbers.items()))


@dataclass(frozen=True)
class Verdict:
    """What the rules say, by which rule, why; what an exception needs; who pays the postage; until when."""

    outcome: Outcome
    rule: str
    reason: Sentence
    exception_needs: Sentence | None = None
    postage: Payer = Payer.NOBODY
    window_end: datetime | None = None

    @property
    def allowed(self) -> bool:
        """Nobody need be asked."""
        return self.outcome == Outcome.ALLOWED

    @property
    def may_be_asked(self) -> bool:
        """A supervisor may agree to it (P1)."""
        return self.outcome in ASKABLE


# **Our reading:** proof that cannot be had is an exception like any other; a receipt time can always be entered with
# its source (A4), and what has another way (F4, O9) goes that way.
ASKABLE = frozenset({Outcome.SUPERVISOR, Outcome.OUTSIDE, Outcome.NEEDS_EVIDENCE})


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on a request about several products: that on the one that stands most in the way."""
    return max(verdicts, key=lambda said: list(Outcome).index(said.outcome))


def _written(number: object) -> str | Promise:
    if isinstance(number, datetime):
        return number.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    if isinstance(number, Decimal):
        return yuan(number)
    return number if isinstance(number, str | Promise) else str(number)
