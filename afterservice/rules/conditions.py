"""A14: whether a condition covers a request, on plain values. What A3 does not allow is none of its business."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

# What a condition is tried on: the tickets opened in the month before.
MONTH = timedelta(days=30)
# **Our reading:** a trial speaks for last month's tickets; a week later it would be those of another month.
TRIAL_HOLDS = timedelta(days=7)


@dataclass(frozen=True)
class ConditionTerms:
    """What a condition asks for; what is empty asks for nothing. Amounts in CNY."""

    kind: str
    product_kind: str = ""
    stage: str = ""
    amount_up_to: Decimal | None = None
    tier_from: Decimal | None = None
    needs_evidence: bool = False


@dataclass(frozen=True)
class Met:
    """What a request is: the kinds of its products, how far the order is, what its goods cost, who asks (CNY).

    ``amount`` is nothing where it is about no goods.
    """

    kind: str
    product_kinds: frozenset[str]
    stage: str
    amount: Decimal | None
    spend: Decimal
    evidence: bool


def matches(terms: ConditionTerms, met: Met) -> bool:
    """Whether the condition covers the request: all that it asks for is there, both bounds inclusive."""
    return (
        terms.kind == met.kind
        and (not terms.product_kind or met.product_kinds == {terms.product_kind})
        and (not terms.stage or terms.stage == met.stage)
        and (terms.amount_up_to is None or (met.amount is not None and met.amount <= terms.amount_up_to))
        and (terms.tier_from is None or met.spend >= terms.tier_from)
        and (met.evidence or not terms.needs_evidence)
    )
