"""What the requests about paid orders would change, in words (P2)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders.rules.changes import Terms
from orders.rules.products import property_words
from orders.states import Supply
from shopdesk.base.approvals import ChangeWords
from shopdesk.base.models import Approval
from shopdesk.base.money import yuan


def sku_words(approval: Approval) -> list[ChangeWords]:
    """O9, O16: the line, how far its goods are, the colour and size that it would get, the difference."""
    before, after = approval.before, approval.after
    return [
        ChangeWords(_("Product"), before["title"]),
        ChangeWords(_("Its goods are"), _supply(before["supply"])),
        ChangeWords(
            _("Colour / size"), property_words(before["properties"]), property_words(after["properties"])
        ),
        ChangeWords(_("Terms"), "", str(Terms(after["terms"]).label)),
        ChangeWords(_("Difference"), "", yuan(Decimal(after["difference"])), money=True),
    ]


def refund_words(approval: Approval) -> list[ChangeWords]:
    """O6, O16: the goods, how far they are, what would be paid out."""
    before, after = approval.before, approval.after
    return [
        ChangeWords(_("Goods"), before["goods"]),
        ChangeWords(_("Its goods are"), ", ".join(_supply(code) for code in before["supply"])),
        ChangeWords(_("Refund for goods"), "", yuan(Decimal(after["goods_fee"])), money=True),
        ChangeWords(_("Refund of postage"), "", yuan(Decimal(after["post_fee"])), money=True),
    ]


def address_words(approval: Approval) -> list[ChangeWords]:
    """O10: where it goes, and the difference in postage that would be waived."""
    before, after = approval.before, approval.after
    return [
        ChangeWords(_("Province"), before["province"], after["province"]),
        ChangeWords(_("Address"), before["address"], after["address"]),
        ChangeWords(_("Terms"), "", str(Terms(after["terms"]).label)),
        ChangeWords(_("Difference, waived"), "", yuan(Decimal(after["difference"])), money=True),
    ]


def _supply(code: Any) -> str:
    return str(Supply(code).label) if code in Supply.values else str(code)
