"""The timeline's sentences about chasing payment (O14, D4)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from orders.rules.chasing import Channel, Outcome, WhyNot
from shopdesk.base.models import AuditEntry


def _label(choices: type[TextChoices], value: Any) -> str:
    return str(dict(choices.choices).get(value, value or "—"))


def _reminded(entry: AuditEntry, telling: Any) -> str:
    said = _("The buyer was reminded to pay: %(channel)s") % {
        "channel": _label(Channel, entry.after.get("channel"))
    }
    outcome = entry.after.get("outcome")
    return f"{said} · {_label(Outcome, outcome)}" if outcome else said


def _outcome(entry: AuditEntry, telling: Any) -> str:
    return _("What came of the reminder: %(outcome)s") % {
        "outcome": _label(Outcome, entry.after.get("outcome"))
    }


def _why_unpaid(entry: AuditEntry, telling: Any) -> str:
    return _("Why it was not paid: %(reason)s") % {"reason": _label(WhyNot, entry.after.get("reason"))}


CHASING_SENTENCES: Mapping[str, Callable[[AuditEntry, Any], str]] = {
    "reminder.sent": _reminded,
    "reminder.outcome": _outcome,
    "reminder.why_unpaid": _why_unpaid,
}
