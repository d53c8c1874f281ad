"""O8, P1: prices that the rules do not give, as changes to the quote that they do give."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from members.rules import share
from orders.rules.products import ProductKind
from orders.rules.quotes import Quote
from shopdesk.base.errors import DomainError
from shopdesk.base.money import CENT, ZERO, yuan


def with_total(quote: Quote, amounts: Sequence[Decimal], total: Decimal) -> Quote:
    """The quote changed to another total (CNY, postage included): the difference lies on the goods (O8).

    ``amounts`` are the lines at full price. Postage and links stay as they are. Raises ``DomainError`` (O8) for
    a total that the goods cannot come to: below nothing, or above their full price.
    """
    if total < CENT:
        raise DomainError("O8", _("A price is 0.01 or more."), field="total")
    weights = [
        ZERO if line.kind == ProductKind.POSTAGE_LINK else amount
        for amount, line in zip(amounts, quote.lines, strict=True)
    ]
    goods = total - quote.links - quote.post_fee + quote.post_fee_credit
    if goods < 0:
        raise DomainError(
            "O8",
            _(
                "The goods cannot cost less than nothing: %(least)s is for postage. Ask for its waiver instead."
            )
            % {"least": yuan(quote.links + quote.post_fee - quote.post_fee_credit)},
            field="total",
        )
    if goods > sum(weights, ZERO):
        raise DomainError(
            "O8",
            _("The goods cannot cost more than their full price: %(most)s with postage at most.")
            % {"most": yuan(total - goods + sum(weights, ZERO))},
            field="total",
        )
    shares = share(goods, weights)
    lines = [
        line
        if line.kind == ProductKind.POSTAGE_LINK
        else replace(line, payment=part, discount_fee=amount - part)
        for line, part, amount in zip(quote.lines, shares, amounts, strict=True)
    ]
    return replace(
        quote,
        goods_payable=goods,
        discount_fee=quote.goods_total - quote.links - goods,
        lines=lines,
        steps=list(quote.steps),
    )


def without_postage(quote: Quote) -> Quote:
    """The quote without postage (P1). Raises ``DomainError`` (S6) where there is none to waive.

    Postage paid on joined orders still comes off, down to a total of 0.01; the rest is owed back (S7).
    """
    if not quote.post_fee:
        raise DomainError("S6", _("The postage is free already: there is nothing to waive."))
    given = quote.post_fee_credit + quote.post_fee_owed
    credit = max(min(given, quote.goods_payable + quote.links - CENT), ZERO)
    return replace(
        quote,
        post_fee=ZERO,
        post_fee_credit=credit,
        post_fee_owed=given - credit,
        steps=list(quote.steps),
    )
