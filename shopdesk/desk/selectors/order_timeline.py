"""What promises and sent replies say in the timeline of their order (T2, T3)."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from shopdesk.base import clock
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import AuditEntry
from shopdesk.desk.models import Promise, SentReply


def _made(entry: AuditEntry) -> str:
    try:
        due = clock.parse(str(entry.after.get("due_at"))).astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    except ValueError:
        due = "—"
    return _("Promised to the buyer, due %(time)s") % {"time": due}


def _ended(entry: AuditEntry) -> str:
    status = entry.after.get("status", "")
    return _("The promise: %(status)s") % {"status": dict(Promise.Status.choices).get(status, status)}


def _moved(entry: AuditEntry) -> str:
    return _("Took the promise over")


def _reply_sent(entry: AuditEntry) -> str:
    after = entry.after
    channel = str(after.get("channel", ""))
    told = _("Reply sent: %(title)s (%(channel)s)") % {
        "title": after.get("title") or "—",
        "channel": dict(SentReply.Channel.choices).get(channel, channel),
    }
    return f"T{after['ticket']} · {told}" if after.get("ticket") else told


def _forgotten(entry: AuditEntry) -> str:
    return _("Receiver and words forgotten: the order is old")


SENTENCES: Mapping[str, Callable[[AuditEntry], str]] = {
    "order.personal_forgotten": _forgotten,
    "promise.made": _made,
    "promise.ended": _ended,
    "promise.moved": _moved,
    "reply.sent": _reply_sent,
}
