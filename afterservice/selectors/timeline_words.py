"""The sentences of a ticket's timeline, by what happened; their gaps are filled from the audit entry."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: Mapping[str, str | Promise] = {
    "ticket.owner": _("Taken over by %(owner)s"),
    "approval.asked": _("A supervisor is asked: %(reason)s"),
    "approval.approved": _("Approved: %(reason)s"),
    "approval.refused": _("Refused: %(reason)s"),
    "approval.withdrawn": _("Request taken back: %(reason)s"),
    "approval.escalated": _("Unanswered for 4 hours, every supervisor is asked: %(reason)s"),
    "approval.lapsed": _("Request lapsed, the ticket had changed: %(reason)s"),
}

ICONS: Mapping[str, str] = {
    "ticket": "arrow-path",
    "decision": "check-badge",
    "message": "chat-bubble-left-right",
    "clock": "clock",
    "goods": "archive-box",
    "money": "banknotes",
    "evidence": "photo",
    "exchange": "arrows-right-left",
    "approval": "check-badge",
}
