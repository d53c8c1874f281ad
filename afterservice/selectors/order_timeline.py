"""What the page of an order says of its tickets, in words (D4)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from afterservice.rules.clocks import ClockKind
from shopdesk.base import clock
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import AuditEntry


def _warned(entry: AuditEntry) -> str:
    return _("%(ticket)s: “%(clock)s” is due at %(time)s") % _values(entry.after)


def _expired(entry: AuditEntry) -> str:
    return _("%(ticket)s: “%(clock)s” was due at %(time)s and ran out") % _values(entry.after)


def _values(after: Mapping[str, Any]) -> dict[str, str]:
    kind = after.get("clock", "")
    try:
        time = clock.parse(str(after.get("due_at"))).astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    except ValueError:
        time = "—"
    return {
        "ticket": f"T{after.get('ticket', '')}",
        "clock": str(dict(ClockKind.choices).get(kind, kind)),
        "time": time,
    }


CLOCK_SENTENCES: Mapping[str, Callable[[AuditEntry], str]] = {
    "after_sale.warned": _warned,
    "after_sale.expired": _expired,
}
