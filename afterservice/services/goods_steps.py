"""What every step with a ticket's goods begins with: role, lock, version, and whether the request is accepted."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketMessage
from afterservice.services.locks import lock_ticket, require_role
from afterservice.services.ownership import own
from afterservice.states import Case, Decision
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


def begin(
    number: int,
    rule: str,
    *,
    actor: Staff,
    now: datetime,
    version: int | None = None,
    permission: Permission = Permission.WORK_TICKETS,
    on_platform: bool = False,
) -> Ticket:
    """Lock a ticket that is accepted and not settled, for somebody who may; the first agent owns it (O17).

    With ``on_platform`` also one in Taobao's hands: goods travel and arrive whatever Taobao is at.

    Raises ``Forbidden`` (by ``rule``) by role, ``VersionConflict`` (T5), ``Conflict`` (A5) where it is not accepted,
    or settled, closed or withdrawn.
    """
    require_role(rule, actor, permission)
    ticket = lock_ticket(number, version=version)
    require_accepted(ticket, on_platform=on_platform)
    own(ticket, actor, now=now)
    return ticket


def require_accepted(ticket: Ticket, *, on_platform: bool = False) -> None:
    """Raise ``Conflict`` (A5) unless the ticket is accepted and neither settled, closed nor withdrawn."""
    accepted = ticket.decision == Decision.ACCEPTED
    if accepted and (ticket.case == Case.DECIDED or (on_platform and ticket.case == Case.PLATFORM)):
        return
    if accepted and ticket.case == Case.PLATFORM:
        raise Conflict(
            "A5", _("%(ticket)s is in Taobao's hands: note what it ruled first.") % {"ticket": ticket.number}
        )
    if ticket.case in (Case.SETTLED, Case.CLOSED, Case.CANCELLED):
        raise Conflict(
            "A5",
            _("%(ticket)s is %(case)s: nothing more is done with its goods or money.")
            % {"ticket": ticket.number, "case": ticket.get_case_display()},
        )
    raise Conflict(
        "A5",
        _("%(ticket)s is not accepted (%(decision)s): decide it first.")
        % {"ticket": ticket.number, "decision": ticket.get_decision_display()},
    )


def log_to_buyer(ticket: Ticket, text: str, *, actor: Staff | None, now: datetime) -> None:
    """Keep what the buyer was told with a step (A12), in the shop's own words."""
    TicketMessage.objects.create(
        ticket=ticket,
        side=TicketMessage.Side.TO_BUYER,
        channel=TicketMessage.Channel.WANGWANG,
        text=text,
        at=now,
        author=actor,
    )
