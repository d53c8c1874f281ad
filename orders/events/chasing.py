"""Facts about reminders, unpaid orders and enquiries (O14). Words stay in their rows: they may name people."""

from orders.models import Enquiry, Reminder, UnpaidReason
from shopdesk.base.audit import Fact

SUBJECT = "order"


def reminded(reminder: Reminder) -> Fact:
    """The buyer was reminded."""
    after = {
        "reminder": reminder.pk,
        "channel": reminder.channel,
        "asked_before": reminder.asked_before,
        "outcome": reminder.outcome,
    }
    return Fact("reminder.sent", SUBJECT, reminder.order_id, {}, after)


def outcome_noted(reminder: Reminder, before: str) -> Fact:
    """What came of a reminder is known."""
    after = {"reminder": reminder.pk, "outcome": reminder.outcome}
    return Fact("reminder.outcome", SUBJECT, reminder.order_id, {"outcome": before}, after)


def reason_found(found: UnpaidReason, before: str) -> Fact:
    """Somebody found out why an order closed unpaid."""
    return Fact("reminder.why_unpaid", SUBJECT, found.order_id, {"reason": before}, {"reason": found.reason})


def enquiry_written(enquiry: Enquiry) -> Fact:
    """An enquiry was written down, or another one corrected."""
    after = {"why_not": enquiry.why_not, "corrects": enquiry.corrects_id}
    return Fact("enquiry.written", "enquiry", str(enquiry.pk), {}, after)
