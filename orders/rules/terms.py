"""S10, S11: a quote as it is kept with the order, so that it explains itself later in either language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from orders.rules.quotes import LineQuote, Quote, Step

# What a kept quote has besides the answer of the API.
APPROVAL_RULE = "P1"


def as_terms(quote: Quote, *, asked_carrier: str | None = None, shelf_first: bool = False) -> dict[str, Any]:
    """The quote as JSON: as the API answers it, and each sentence also as its source with its values."""
    kept = quote.as_json()
    with override(None):  # the source of a sentence is what it says where no language is chosen
        sources = [str(step.text) for step in quote.steps]
    for said, step, source in zip(kept["steps"], quote.steps, sources, strict=True):
        said["source"] = source
        said["values"] = {name: str(value) for name, value in step.values.items()}
    asked = {"asked_carrier": asked_carrier or "", "shelf_first": shelf_first}
    return kept | {"links": f"{quote.links:.2f}"} | asked


def read_terms(kept: Mapping[str, Any]) -> Quote:
    """The quote that was kept; its steps speak the language that is active when they are written."""

    def amount(name: str) -> Decimal:
        return Decimal(kept.get(name, "0.00"))

    return Quote(
        goods_total=amount("goods_total"),
        discount_fee=amount("discount_fee"),
        goods_payable=amount("goods_payable"),
        links=amount("links"),
        post_fee=amount("post_fee"),
        post_fee_credit=amount("post_fee_credit"),
        post_fee_owed=amount("post_fee_owed"),
        parcels=int(kept.get("parcels", 0)),
        lines=[
            LineQuote(Decimal(line["payment"]), Decimal(line["discount_fee"]), line["kind"])
            for line in kept.get("lines", ())
        ],
        steps=[_step(said) for said in kept.get("steps", ())],
        tariff_version=kept.get("tariff_version", ""),
        tier_version=kept.get("tier_version", ""),
    )


def is_approved(quote: Quote) -> bool:
    """Whether a supervisor gave this price, so that it is not what the rules say (P1)."""
    return any(step.rule == APPROVAL_RULE for step in quote.steps)


def _step(said: Mapping[str, Any]) -> Step:
    if source := said.get("source"):
        return Step(said["rule"], _(source), said["values"], Decimal(said["amount"]))
    # Kept before sentences had sources: it stays in the language that it was written in.
    return Step(said["rule"], said["text"].replace("%", "%%"), {}, Decimal(said["amount"]))
