"""What the requests about tickets would change, in words (P2)."""

from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.verdicts import Outcome, Payer
from afterservice.states import Decision
from shopdesk.base.approvals import ChangeWords
from shopdesk.base.models import Approval


def exception_words(approval: Approval) -> list[ChangeWords]:
    """A3, A8: what the buyer asks for, what the rules say to it, and the decision that it would get."""
    before, after = approval.before, approval.after
    words = [
        ChangeWords(_("Order"), before["tid"]),
        ChangeWords(_("Request"), str(TicketKind(before["kind"]).label)),
        ChangeWords(_("What is wrong"), str(Problem(before["problem"]).label)),
        ChangeWords(_("Goods"), before["goods"] or "—", after["wanted"]),
        ChangeWords(_("The rules say"), str(Outcome(after["verdict"]).label), after["says"]),
        ChangeWords(_("Decision"), str(Decision(before["decision"]).label), str(Decision.ACCEPTED.label)),
    ]
    if after["postage"]:
        words.append(ChangeWords(_("Postage of the way back"), "", str(Payer(after["postage"]).label)))
    return words
