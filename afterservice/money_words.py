"""What the requests about tickets' money would do, in words (P2)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import TicketKind
from afterservice.rules.refunds import REFUND_LIMIT
from shopdesk.base.approvals import ChangeWords
from shopdesk.base.models import Approval
from shopdesk.base.money import yuan


def money_words(approval: Approval) -> list[ChangeWords]:
    """A9: what the order's tickets gave back so far, and what this one would; who agreed to the exchange (A8)."""
    before, after = approval.before, approval.after
    words = [
        ChangeWords(_("Request"), "", str(TicketKind(before["kind"]).label)),
        ChangeWords(
            _("Given back on this order, all tickets"),
            yuan(Decimal(before["given"])),
            yuan(Decimal(before["given"]) + approval.amount),
            money=True,
        ),
        ChangeWords(_("Limit of agents"), yuan(REFUND_LIMIT), "", money=True),
    ]
    for label, name in ((_("Refund"), "refund"), (_("Owed beside the refund"), "owed")):
        if Decimal(after[name]):
            words.append(ChangeWords(label, "", yuan(Decimal(after[name])), money=True))
    if Decimal(after["compensation"]):
        words.append(
            ChangeWords(_("of it compensation"), "", yuan(Decimal(after["compensation"])), money=True)
        )
    if before["agreed_by"]:
        words.append(ChangeWords(_("Agreed to the exchange"), before["agreed_by"], ""))
    return words
