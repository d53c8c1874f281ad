"""F5: what is held by itself, for how long a hold by hand stands, and who gets what the shelf has."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from orders.states import Status

# How long a hold by hand stands.
HAND_HOLD = timedelta(hours=72)
# What stands for a hold that the desk placed by itself: such notes and reasons are Chinese.
AUTOMATIC_REASON = "下单自动留货"
# Shelf lines are held while their order is in one of these: from placing until closing or shipping.
HELD_IN = (Status.WAIT_BUYER_PAY, Status.WAIT_SELLER_SEND_GOODS)


class Wanted(NamedTuple):
    """Pieces of a SKU that a line needs."""

    line: int
    sku: int
    num: int


def allocate(free: Mapping[int, int], wanted: Iterable[Wanted]) -> list[Wanted]:
    """Whom the free pieces of each SKU go to: first come first served, all pieces of a line or none (F5).

    Our reading: a line that needs more than is left waits, and the next in line that fits is served; goods are
    there to be sold.
    """
    left = dict(free)
    given = []
    for want in wanted:
        if 0 < want.num <= left.get(want.sku, 0):
            left[want.sku] -= want.num
            given.append(want)
    return given
