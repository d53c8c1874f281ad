"""What promises say in the timeline of their order (T2)."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from shopdesk.base import clock
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import AuditEntry
from shopdesk.desk.models import Promise


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


SENTENCES: Mapping[str, Callable[[AuditEntry], str]] = {
    "promise.made": _made,
    "promise.ended": _ended,
    "promise.moved": _moved,
}
