"""A price and its reasons in plain Chinese, as an agent sends them to the buyer (S11)."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from orders.rules.quotes import Quote, Step
from orders.rules.terms import APPROVAL_RULE
from shopdesk.base.money import yuan

BUYERS_LANGUAGE = "zh-hans"


def buyer_words(quote: Quote) -> str:
    """What the buyer pays and why, a line each; always Chinese, whatever the staff member reads."""
    with override(BUYERS_LANGUAGE):
        lines = [_("Goods: %(amount)s") % {"amount": yuan(quote.goods_total - quote.links)}]
        if quote.discount_fee:
            lines.append(_("Discount: %(amount)s") % {"amount": yuan(-quote.discount_fee)})
        if quote.links:
            lines.append(_("Postage links: %(amount)s") % {"amount": yuan(quote.links)})
        lines.append(_("Postage: %(amount)s") % {"amount": yuan(quote.post_fee)})
        if quote.post_fee_credit:
            lines.append(_("Postage paid before: %(amount)s") % {"amount": yuan(-quote.post_fee_credit)})
        lines.append(_("Total: %(amount)s") % {"amount": yuan(quote.payment)})
        lines += [f"{number}. {_reason(step)}" for number, step in enumerate(quote.steps, start=1)]
    return "\n".join(lines)


def _reason(step: Step) -> str:
    # Who gave a price, and by which request, is the shop's own business (P1).
    return _("A price that the shop agreed to") if step.rule == APPROVAL_RULE else str(step)
