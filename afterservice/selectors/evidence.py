"""Reading the evidence of tickets (A12)."""

from uuid import UUID

from django.db.models import QuerySet

from afterservice.models import Evidence
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


def evidence_for(staff: Staff) -> QuerySet[Evidence]:
    """What somebody may look at. Talks with buyers show prices and phones: not for who sees neither (T1)."""
    found = Evidence.objects.select_related("added_by").order_by("added_at", "pk")
    return found if staff.may(Permission.SEE_PRICES) else found.exclude(stage=Evidence.Stage.TALK)


def read_evidence(number: int, *, staff: Staff) -> list[Evidence]:
    """The evidence of a ticket that somebody may look at, the oldest first: one statement."""
    return list(evidence_for(staff).filter(ticket=number))


def find_evidence(pk: UUID, *, staff: Staff) -> Evidence | None:
    """One file that somebody may look at; ``None`` where there is none for them."""
    return evidence_for(staff).filter(pk=pk).first()
