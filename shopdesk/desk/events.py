"""What happens to the things that span apps, as audit facts: one function per fact (D4)."""

from typing import Any

from orders.events import SUBJECT
from shopdesk.base.audit import Fact
from shopdesk.desk.models import CannedReply, SentReply


def reply_changed(what: str, reply: CannedReply, before: dict[str, Any], after: dict[str, Any]) -> Fact:
    """A canned reply was made, changed or retired (T3)."""
    return Fact(f"canned_reply.{what}", "canned_reply", str(reply.pk), before, after)


def reply_sent(sent: SentReply) -> Fact:
    """A canned reply was sent (T3); its text stays in the row."""
    after = {
        "sent": sent.pk,
        "reply": sent.reply_id,
        "version": sent.reply_version,
        "title": sent.reply.title,
        "channel": sent.channel,
    }
    if sent.ticket_id:
        after["ticket"] = sent.ticket_id
    return Fact("reply.sent", SUBJECT, sent.order_id, {}, after)
