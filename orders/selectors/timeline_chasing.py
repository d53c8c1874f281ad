"""The timeline's sentences about chasing payment (O14, D4)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from orders.rules.chasing import Channel, Outcome, WhyNot
from orders.selectors.timeline_labels import label_of
from shopdesk.base.models import AuditEntry


def _reminded(entry: AuditEntry, telling: Any) -> str:
    said = _("The buyer was reminded to pay: %(channel)s") % {
        "channel": label_of(Channel, entry.after.get("channel"))
    }
    outcome = entry.after.get("outcome")
    return f"{said} · {label_of(Outcome, outcome)}" if outcome else said


def _outcome(entry: AuditEntry, telling: Any) -> str:
    return _("What came of the reminder: %(outcome)s") % {
        "outcome": label_of(Outcome, entry.after.get("outcome"))
    }


def _why_unpaid(entry: AuditEntry, telling: Any) -> str:
    return _("Why it was not paid: %(reason)s") % {"reason": label_of(WhyNot, entry.after.get("reason"))}


CHASING_SENTENCES: Mapping[str, Callable[[AuditEntry, Any], str]] = {
    "reminder.sent": _reminded,
    "reminder.outcome": _outcome,
    "reminder.why_unpaid": _why_unpaid,
}
