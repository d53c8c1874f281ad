"""What is exempt from a job, in the words of an order's timeline."""

from django.utils.translation import gettext as _

from shopdesk.base import clock, jobs
from shopdesk.base.models import AuditEntry


def exempted(entry: AuditEntry) -> str:
    """From which job, until when, and why."""
    until = clock.parse(entry.after["until"]).astimezone(clock.SHANGHAI)
    return _("Exempt from “%(job)s” until %(until)s: %(reason)s") % {
        "job": _title(entry),
        "until": f"{until:%m-%d %H:%M}",
        "reason": entry.after["reason"],
    }


def exemption_ended(entry: AuditEntry) -> str:
    """Which job does its work again."""
    return _("No longer exempt from “%(job)s”") % {"job": _title(entry)}


def _title(entry: AuditEntry) -> str:
    try:
        return str(jobs.get(entry.after["job"]).title)
    except KeyError:
        return str(entry.after["job"])
