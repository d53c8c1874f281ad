"""The sentences of a ticket's timeline, by what happened; their gaps are filled from the audit entry."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.selectors.timeline_goods import GOODS_WORDS

WORDS: Mapping[str, str | Promise] = {
    "job.exempted": _("Exempt from the watch over its clocks until %(until)s: %(reason)s"),
    "job.exemption_ended": _("No longer exempt from the watch over its clocks"),
    "ticket.owner": _("Taken over by %(owner)s"),
    **GOODS_WORDS,
    "ticket.opened": _("Opened: %(kind)s, %(problem)s; the rules say %(verdict)s (%(rule)s)"),
    "ticket.withdrawn": _("Withdrawn by the buyer"),
    "ticket.reopened": _("Opened again by the buyer"),
    "ticket.received_time": _("Received by the buyer %(received_time)s (%(received_source)s)"),
    "message.said": _("Said: %(side)s"),
    "decision.accepted": _("Accepted: %(verdict)s (%(rule)s)"),
    "decision.by_default": _("Accepted, since nobody decided in time (%(rule)s)"),
    "decision.by_condition": _("Accepted at once by the condition “%(condition)s” (%(rule)s)"),
    "decision.asked": _("With a supervisor"),
    "decision.taken_back": _("With no supervisor any more"),
    "decision.not_given": _("The supervisor does not agree"),
    "decision.refused": _("Refused; the rules say %(verdict)s (%(rule)s)"),
    "decision.amended": _("Amended: %(before_kind)s, %(before_problem)s → %(kind)s, %(problem)s"),
    "decision.platform": _("Taobao steps in and wants an answer until %(due_at)s"),
    "decision.ruled": _("Taobao ruled: %(decision)s"),
    "decision.undone": _("Undone: the decision by the condition “%(condition)s”"),
    "clock.paused": _("“%(clock)s” stands still: %(reason)s"),
    "clock.resumed": _("“%(clock)s” runs again, due %(due_at)s (before: %(before_due_at)s)"),
    "clock.warned": _("“%(clock)s” is due soon, %(due_at)s"),
    "clock.expired": _("“%(clock)s” ran out: it was due %(due_at)s"),
    "ticket.return_offered": _("The repair takes too long: return and refund may be offered (A6)"),
    "ticket.closed": _("Closed: %(close_reason)s"),
    "ticket.settled": _("Settled: %(settlement)s"),
    "money.paid": _("The money is paid out"),
    "ticket.return_signed": _("The carrier brought the goods back %(signed_at)s"),
    "ticket.exchange_signed": _("The buyer signed for the exchange %(signed_at)s"),
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
