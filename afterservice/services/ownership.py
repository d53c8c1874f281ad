"""Who works a ticket (O17)."""

from datetime import datetime

from django.db import transaction

from afterservice.events.cases import owner_changed
from afterservice.models import Ticket
from afterservice.services.locks import lock_ticket, require_role
from shopdesk.base import audit, clock
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Role


def own(ticket: Ticket, actor: Staff | None, *, now: datetime) -> None:
    """The first agent who acts on a ticket owns it (O17). The ticket is locked by the caller."""
    if ticket.owner_id is None and actor is not None and actor.role == Role.AGENT:
        _give(ticket, actor, now=now)


@transaction.atomic
def take_over(number: int, *, actor: Staff, now: datetime | None = None) -> Ticket:
    """Take a ticket over from whoever owns it (O17). Raises ``Forbidden`` (O17) by role, ``DomainError`` (A1)."""
    require_role("O17", actor)
    ticket = lock_ticket(number)
    if ticket.owner_id != actor.pk:
        _give(ticket, actor, now=now or clock.now())
    return ticket


def _give(ticket: Ticket, actor: Staff, *, now: datetime) -> None:
    # Whose it is changes nothing that somebody could be deciding on, so the version stays.
    before = ticket.owner_id
    ticket.owner = actor
    ticket.save(update_fields=["owner"])
    audit.record(owner_changed(ticket, before), at=now, actor=actor)
