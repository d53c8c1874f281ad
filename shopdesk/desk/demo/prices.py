"""What an order of the made-up shop was charged: by the shop's own rules and the tables that it starts with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from members.rules import STARTING_TIERS, discount_on, share
from shipping.carriers import DEFAULT_CARRIERS
from shipping.provinces import zone_of
from shipping.rules import Tariff, is_free, postage, rebate
from shipping.starting_tariffs import STARTING_TARIFFS
from shopdesk.base.money import ZERO

# The postage of a first kilo by the zone's own carrier.
_FIRST_KILO: Mapping[str, Decimal] = {
    province: postage(Tariff(carrier, province, first_kg, fee, step_kg, extra_fee), zone_of(province), None)
    for carrier, province, first_kg, fee, step_kg, extra_fee in STARTING_TARIFFS
    if carrier == DEFAULT_CARRIERS[zone_of(province)]
}


def discounts(spend: Decimal, regular: Sequence[Decimal]) -> list[Decimal]:
    """What is taken off each regular amount after a spend so far (CNY) (M2)."""
    whole = sum(regular, ZERO)
    if spend + whole <= STARTING_TIERS.tiers[0].threshold:
        return [ZERO] * len(regular)
    return share(discount_on(spend, whole, STARTING_TIERS), regular)


def postage_of(province: str, goods: Decimal) -> Decimal:
    """The postage of an order of light goods (CNY) (S3, S6)."""
    zone = zone_of(province)
    if is_free(zone, goods):
        return ZERO
    return max(ZERO, _FIRST_KILO[province] - rebate(zone, goods))
