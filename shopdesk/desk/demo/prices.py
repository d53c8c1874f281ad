"""What an order of the made-up shop was charged, in cents, so that a million of them are made quickly."""

from __future__ import annotations

from shipping.provinces import Zone, zone_of

# M2, M4: the parts of the spend over 1000, 10 000 and 20 000 cost 95, 94 and 93 %.
BRACKETS = ((0, 100_000, 100), (100_000, 1_000_000, 95), (1_000_000, 2_000_000, 94), (2_000_000, None, 93))
FIRST_KILO = {Zone.CORE: 600, Zone.MAINLAND: 800, Zone.REMOTE: 1200, Zone.HMT: 3000, Zone.OVERSEAS: 12000}
FREE_FROM = {Zone.CORE: 50_000, Zone.MAINLAND: 100_000}
REMOTE_BENEFIT_FROM, REMOTE_BENEFIT = 100_000, 1000


def discounted(goods: int, spend: int) -> int:
    """What regular goods of ``goods`` cent cost a buyer who has spent ``spend`` cent before (M2)."""
    top = spend + goods
    due = 0
    for start, end, percent in BRACKETS:
        part = min(top, end or top) - max(spend, start)
        if part > 0:
            due += part * percent
    return (due + 50) // 100


def shared(total: int, amounts: list[int]) -> list[int]:
    """``total`` cent shared in proportion to ``amounts``, to the cent (M2)."""
    whole = sum(amounts)
    shares, running, given = [], 0, 0
    for amount in amounts:
        running += amount
        upto = total * running // whole if whole else 0
        shares.append(upto - given)
        given = upto
    return shares


def postage(state: str, goods: int) -> int:
    """The default carrier's fee for the first kilo, where the goods do not make it free (S3, S6)."""
    zone = zone_of(state)
    fee = FIRST_KILO[zone]
    if zone in FREE_FROM and goods >= FREE_FROM[zone]:
        return 0
    if zone is Zone.REMOTE and goods >= REMOTE_BENEFIT_FROM:
        return max(0, fee - REMOTE_BENEFIT)
    return fee
