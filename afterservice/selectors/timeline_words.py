"""The sentences of a ticket's timeline, by what happened; their gaps are filled from the audit entry."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.selectors.timeline_goods import GOODS_WORDS

WORDS: Mapping[str, str | Promise] = {
    "ticket.owner": _("Taken over by %(owner)s"),
    **GOODS_WORDS,
    "evidence.added": _("Evidence added: %(stage)s, %(content_type)s"),
    "evidence.bundle_taken": _("Evidence, log and order facts taken out as one file (%(files)s files)"),
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
