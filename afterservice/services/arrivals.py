"""Goods at the shop's door: taken in for their ticket, or listed until somebody finds whose they are (A5, A11)."""

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import goods as facts
from afterservice.models import Ticket, UnmatchedReturn
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import TicketKind
from afterservice.services import clocks
from afterservice.services.goods_steps import require_accepted
from afterservice.services.locks import lock_ticket, require_role, save
from afterservice.states import GOODS_MOVES, Case, Goods
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

RETURN_NUMBER = re.compile(r"^[0-9A-Z][0-9A-Z-]{5,31}$")
TICKET_NUMBER = re.compile(r"^T([0-9]{1,12})$")
LONGEST_NOTE = 300


@transaction.atomic
def put_on_list(
    invoice_no: str, note: str = "", *, actor: Staff, now: datetime | None = None
) -> UnmatchedReturn:
    """Put goods that no ticket told of on the list of returned goods (A11), to be matched.

    Raises ``Forbidden`` (A11) by role, ``DomainError`` (A11) for no number, ``Conflict`` (A11) where it stands there
    or a ticket tells of it after all.
    """
    require_role("A11", actor, Permission.WORK_WAREHOUSE)
    now = now or clock.now()
    number, note = tidy(invoice_no), note.strip()
    if not RETURN_NUMBER.match(number):
        raise DomainError("A11", _("A tracking number has 6 to 32 letters and digits."), field="text")
    if len(note) > LONGEST_NOTE or "\x00" in note:
        raise DomainError("A11", _("A note on the list holds 300 characters."), field="note")
    waiting = Ticket.objects.filter(
        pk__in=named(number), case__in=(Case.DECIDED, Case.PLATFORM), goods__in=(Goods.AWAITED, Goods.SENT)
    )
    if waiting.exists():
        raise Conflict("A11", _("A ticket tells of this number: scan it."))
    found, is_new = UnmatchedReturn.objects.get_or_create(
        invoice_no=number, ticket=None, defaults={"note": note, "found_at": now, "found_by": actor}
    )
    if not is_new:
        raise Conflict("A11", _("This stands on the list already."))
    audit.record(facts.listed_unmatched(found), at=now, actor=actor)
    return found


@transaction.atomic
def match(unmatched_id: int, number: int, *, actor: Staff, now: datetime | None = None) -> Ticket:
    """Say whose the goods on the list are: their ticket has received them (A11).

    Raises ``Forbidden`` (A11) by role, ``Conflict`` (A11) where it was matched before, (A5, A6) where the ticket
    waits for no goods.
    """
    if not actor.may(Permission.WORK_WAREHOUSE):
        require_role("A11", actor)
    now = now or clock.now()
    ticket = lock_ticket(number)
    found = UnmatchedReturn.objects.select_for_update().filter(pk=unmatched_id, ticket=None).first()
    if found is None:
        raise Conflict("A11", _("Somebody matched these goods already."))
    if not ticket.return_invoice_no:
        ticket.return_invoice_no = found.invoice_no
    _match(found, ticket, actor=actor, now=now)
    return ticket


def match_listed(ticket: Ticket, *, actor: Staff, now: datetime) -> None:
    """Goods of a locked ticket's tracking number that lie on the list are received for it (A11)."""
    waiting = UnmatchedReturn.objects.select_for_update().filter(ticket=None)
    found = waiting.filter(invoice_no=ticket.return_invoice_no).first()
    if found is not None:
        _match(found, ticket, actor=actor, now=now)


def _match(found: UnmatchedReturn, ticket: Ticket, *, actor: Staff, now: datetime) -> None:
    take_in(ticket, actor=actor, now=now)
    found.ticket, found.matched_at, found.matched_by = ticket, now, actor
    found.save(update_fields=["ticket", "matched_at", "matched_by"])
    audit.record(facts.matched(found), at=now, actor=actor)


def take_in(ticket: Ticket, *, actor: Staff, now: datetime) -> None:
    """Receive the goods of a locked ticket (A5); what is due next with them runs from the carrier's signing (A6).

    Raises ``Conflict`` (A6) for a ticket that was closed meanwhile, (A5) for one that waits for no goods.
    """
    if ticket.case == Case.CLOSED:
        raise Conflict(
            "A6",
            _("%(ticket)s was closed (%(why)s). Put the goods on the list; the desk opens it again.")
            % {"ticket": ticket.number, "why": ticket.get_close_reason_display()},
        )
    require_accepted(ticket, on_platform=True)
    before = ticket.goods
    ticket.goods = GOODS_MOVES.require("receive", before)
    ticket.received_at, ticket.received_by = now, actor
    save(ticket, ["goods", "received_at", "received_by", "return_invoice_no"])
    clocks.stop(ticket, ClockKind.SEND_BACK, now=now)
    if ticket.kind == TicketKind.REPAIR:
        clocks.stop(ticket, ClockKind.INSPECT, now=now)
        clocks.start(ticket, ClockKind.REPAIR, now=now)  # from receipt
    else:
        clocks.start(ticket, ClockKind.INSPECT, now=now, since=ticket.return_signed_at)
    audit.record(facts.received(ticket, before), at=now, actor=actor)


def tidy(text: str) -> str:
    """A scanned or typed number without spaces, in capitals."""
    return re.sub(r"\s+", "", text).upper()


def named(scanned: str) -> list[int]:
    """The tickets that a scan may mean: by their number, or by the tracking number that they were told."""
    by_ticket = TICKET_NUMBER.match(scanned)
    if by_ticket:
        return list(Ticket.objects.filter(pk=int(by_ticket[1])).values_list("pk", flat=True))
    if not scanned:
        return []
    return list(Ticket.objects.filter(return_invoice_no=scanned).values_list("pk", flat=True))
