"""What the requests of this app would change, in words (P2)."""

from decimal import Decimal

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


def _status(code: str) -> str:
    return str(Status(code).label) if code in Status.values else code


def _difference(amount: Decimal) -> list[ChangeWords]:
    if amount < 0:
        return [ChangeWords(_("Missing"), yuan(-amount), money=True)]
    if amount > 0:
        return [ChangeWords(_("Paid too much"), yuan(amount), money=True)]
    return []
