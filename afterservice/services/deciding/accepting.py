"""Accepting a request: by the rules at once, by a supervisor, by a condition, or by default (A5, A6, A14)."""

from datetime import datetime

from django.db import transaction

from afterservice.models import Ticket
from afterservice.rules.kinds import WITHOUT_GOODS
from afterservice.selectors.judging import judge_ticket
from afterservice.services.deciding import exceptions
from afterservice.services.deciding.applying import IN_OUR_HANDS, apply_acceptance, require_decidable
from afterservice.services.locks import lock_ticket, require_role
from afterservice.services.ownership import own
from afterservice.states import Decision
from shopdesk.base import clock
from shopdesk.base.models import Approval, Staff


@transaction.atomic
def accept(
    number: int,
    *,
    reason: str = "",
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket | Approval:
    """Accept what A3 allows at once; for anything else a supervisor is asked, by ``reason`` (A5, P1).

    Raises ``Forbidden`` (A5) by role, ``VersionConflict`` (T5), ``Conflict`` (A5) for a ticket that is decided,
    settled or closed, and what ``ask_exception`` refuses.
    """
    require_role("A5", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    require_decidable(ticket, "accept")
    said = judge_ticket(ticket, now=now).verdict
    if not said.allowed:
        return exceptions.ask(ticket, said, reason, actor=actor, now=now)
    own(ticket, actor, now=now)
    exceptions.lapse_requests(ticket, now=now)
    return apply_acceptance(ticket, said, actor=actor, now=now)


def accept_by_default(ticket: Ticket, now: datetime) -> bool:
    """A6: nobody decided in 48 hours: accepted where A3 allows it; False where a supervisor must look after it.

    The caller has locked the ticket (``lock_ticket``) and runs in its transaction. Checked here: the state, and the
    policy as it is now. Not checked: role and version, for nobody acts. A case without goods is never accepted by
    silence: A3 does not speak of it, and it may cost money that somebody is to answer for.
    """
    if ticket.decision != Decision.PENDING or ticket.case not in IN_OUR_HANDS:
        return False
    if ticket.kind in WITHOUT_GOODS:
        return False
    said = judge_ticket(ticket, now=now).verdict
    if not said.allowed:
        return False
    apply_acceptance(ticket, said, actor=None, now=now, by_default=True)
    return True
