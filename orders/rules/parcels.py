"""S8: whether goods go in one parcel or in two."""

from decimal import Decimal

from shipping.rules import TWO_FREE_FROM


def goes_in_two(
    goods_payable: Decimal, *, shelf_goods_first: bool, forwarder: bool, has_shelf: bool, has_later: bool
) -> bool:
    """Whether shelf goods go ahead of what must be bought or made (S8).

    Because the buyer asked, or unasked from 3000 CNY of payable goods; never to a forwarder, who wants all at
    once (S5).
    """
    asked = shelf_goods_first or goods_payable >= TWO_FREE_FROM
    return asked and has_shelf and has_later and not forwarder
