"""S7: whether an order's price came about by the buyer's other orders."""

from orders.rules.quotes import Quote
from shipping.provinces import Zone
from shipping.rules import is_free


def brought_by_joining(quote: Quote, zone: Zone) -> bool:
    """Whether the buyer's other orders brought something that the order alone would not have (S7)."""
    if quote.post_fee_credit or quote.post_fee_owed:
        return True
    joined = any(step.rule == "S7" and step.amount < 0 for step in quote.steps)
    return joined and not is_free(zone, quote.goods_payable)
