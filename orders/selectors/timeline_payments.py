"""What is told of payments later, in the words of an order's timeline."""

from django.utils.translation import gettext as _

from shopdesk.base.models import AuditEntry


def named(entry: AuditEntry) -> str:
    """The number of a payment that a file gave without one."""
    return _("The payment of the file has the number %(number)s") % {"number": entry.after["payment_no"]}
