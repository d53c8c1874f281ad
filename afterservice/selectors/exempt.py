"""What of the tickets is exempt from a job, and what can be."""

from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from afterservice.models import Ticket
from afterservice.states import Case
from orders.selectors.exempt import number_of
from shopdesk.base.exemptions import exempt


def tickets_exempt(job: str, now: datetime, ticket: str = "pk") -> Exists:
    """Of tickets, or of rows that name one, those whose ticket is exempt."""
    return exempt(job, now, Concat(Value("T"), Cast(OuterRef(ticket), CharField())))


def is_open(subject: str) -> bool:
    """Whether a ticket is not closed."""
    number = number_of(subject, "T")
    return number is not None and Ticket.objects.filter(pk=number).exclude(case=Case.CLOSED).exists()
