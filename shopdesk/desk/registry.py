"""The words of what this app writes into the log of an order (D4)."""

from django.utils.translation import gettext as _

from orders.selectors import timeline
from shopdesk.base.models import AuditEntry
from shopdesk.desk.models import SentReply


def _sent(entry: AuditEntry) -> str:
    after = entry.after
    channel = str(after.get("channel", ""))
    told = _("Reply sent: %(title)s (%(channel)s)") % {
        "title": after.get("title") or "—",
        "channel": dict(SentReply.Channel.choices).get(channel, channel),
    }
    return f"T{after['ticket']} · {told}" if after.get("ticket") else told


timeline.register("reply.sent", _sent)
