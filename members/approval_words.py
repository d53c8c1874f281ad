"""What the requests of this app would change, in words (P2)."""

from decimal import Decimal

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shopdesk.base.approvals import ChangeWords
from shopdesk.base.models import Approval
from shopdesk.base.money import yuan


def lifetime_words(approval: Approval) -> list[ChangeWords]:
    """M5: what the buyer spent in the year, and the one address that would be free for life."""
    year, spend = approval.before.get("year"), Decimal(approval.before.get("spend", "0"))
    return [
        ChangeWords(gettext("Spent in %(year)s") % {"year": year}, yuan(spend), money=True),
        ChangeWords(
            _("Postage"), gettext("as the rules say"), gettext("free for life, to the one address below")
        ),
        ChangeWords(_("Address"), "", approval.after.get("address", "")),
    ]


def lifetime_address_words(approval: Approval) -> list[ChangeWords]:
    """M5: the address that would pay again, the one that would be free, and how often it moved before."""
    moved = approval.before.get("moved", 0)
    times = ngettext("%(moved)s time", "%(moved)s times", moved) % {"moved": moved}
    return [
        ChangeWords(
            _("Free for life to"), approval.before.get("address", ""), approval.after.get("address", "")
        ),
        ChangeWords(_("Moved before"), times if moved else gettext("never")),
    ]
