"""What the requests of this app would change, in words (P2)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.states import Status
from shopdesk.base.approvals import ChangeWords
from shopdesk.base.models import Approval
from shopdesk.base.money import ZERO, yuan


def late_payment_words(approval: Approval) -> list[ChangeWords]:
    """O5: money that came after the closing, payment by payment, and the state that the order would get."""
    payments = {number: Decimal(amount) for number, amount in approval.after.get("payments", {}).items()}
    due = Decimal(approval.before.get("payment", "0"))
    return [
        ChangeWords(
            _("State"),
            _status(approval.before.get("status", "")),
            str(Status.WAIT_SELLER_SEND_GOODS.label),
        ),
        ChangeWords(_("Total payable"), yuan(due), money=True),
        *(
            ChangeWords(
                gettext("Paid late, %(number)s") % {"number": number},
                gettext("unapplied"),
                yuan(amount),
                money=True,
            )
            for number, amount in payments.items()
        ),
        *_difference(sum(payments.values(), ZERO) - due),
    ]


def part_payment_words(approval: Approval) -> list[ChangeWords]:
    """O5: what was paid of an order whose 72 hours are over, and what is missing."""
    due, paid = Decimal(approval.before.get("payment", "0")), Decimal(approval.before.get("paid_fee", "0"))
    return [
        ChangeWords(_("State"), str(Status.WAIT_BUYER_PAY.label), gettext("kept open for another 72 hours")),
        ChangeWords(_("Total payable"), yuan(due), money=True),
        ChangeWords(_("Paid so far"), yuan(paid), money=True),
        *_difference(paid - due),
    ]


def price_words(approval: Approval) -> list[ChangeWords]:
    """O8, S6, S8: what the order costs now, by the rules, and if this is given."""
    before, after = approval.before, approval.after
    words = [
        ChangeWords(_("Total payable"), _yuan(before, "payment"), _yuan(after, "payment"), money=True),
        ChangeWords(_("By the rules"), _yuan(after, "regular_payment"), money=True),
        ChangeWords(
            _("Goods payable"), _yuan(before, "goods_payable"), _yuan(after, "goods_payable"), money=True
        ),
        ChangeWords(_("Postage"), _yuan(before, "post_fee"), _yuan(after, "post_fee"), money=True),
    ]
    if Decimal(before.get("post_fee_credit") or 0) or Decimal(after.get("post_fee_credit") or 0):
        words.append(
            ChangeWords(
                _("Postage of joined orders taken off"),
                _yuan(before, "post_fee_credit"),
                _yuan(after, "post_fee_credit"),
                money=True,
            )
        )
    if after.get("parcels", 1) > 1:
        words.append(ChangeWords(_("Parcels"), "", str(after["parcels"])))
    return words


def _yuan(figures: Mapping[str, Any], name: str) -> str:
    return yuan(Decimal(figures.get(name) or 0))


def _status(code: str) -> str:
    return str(Status(code).label) if code in Status.values else code


def _difference(amount: Decimal) -> list[ChangeWords]:
    if amount < 0:
        return [ChangeWords(_("Missing"), yuan(-amount), money=True)]
    if amount > 0:
        return [ChangeWords(_("Paid too much"), yuan(amount), money=True)]
    return []
