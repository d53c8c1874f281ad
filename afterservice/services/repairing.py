"""A6: repairs in the shop, on site with three clocks of their own, or by the buyer whose invoice the shop pays."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import goods as facts
from afterservice.models import Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import TicketKind
from afterservice.rules.settling import REPAIRED
from afterservice.services import clocks, settling
from afterservice.services.goods_steps import begin, log_to_buyer
from afterservice.services.locks import save
from afterservice.states import Goods
from shopdesk.base import audit, clock
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff

VISIT_TOLD = "约定上门维修时间：{time}"
_ON_SITE = (ClockKind.AGREE_VISIT, ClockKind.VISIT, ClockKind.VISIT_REPAIR)


@transaction.atomic
def choose_place(
    number: int, place: str, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Say who repairs where (A6). On site, a time is agreed within 3 days and the visit is within 15, from now.

    Raises as ``goods_steps.begin``; ``DomainError`` (A6) for no such place; ``Conflict`` (A6) for another kind, or
    once goods, a visit or money are under way.
    """
    now = now or clock.now()
    ticket = _begin(number, actor=actor, version=version, now=now)
    if place not in Ticket.RepairPlace.values:
        raise DomainError("A6", _("Choose who repairs it."), field="place")
    if ticket.goods != Goods.NONE or ticket.visited_at is not None or ticket.settlement:
        raise Conflict("A6", _("The repair is under way: it stays where it is."))
    before, ticket.repair_place = ticket.repair_place, place
    ticket.visit_at = None
    save(ticket, ["repair_place", "visit_at"])
    clocks.stop(ticket, *_ON_SITE, now=now)
    if place == Ticket.RepairPlace.ON_SITE:
        clocks.start(ticket, ClockKind.AGREE_VISIT, now=now)
        clocks.start(ticket, ClockKind.VISIT, now=now)
    audit.record(facts.repair_placed(ticket, before), at=now, actor=actor)
    return ticket


@transaction.atomic
def agree_visit(
    number: int, at: datetime, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Keep the time that was agreed for the visit (A6); until the visit another one may be agreed.

    Raises as ``goods_steps.begin``; ``DomainError`` (A6) for a time that is past; ``Conflict`` (A6) unless it is
    repaired on site and nobody was there yet.
    """
    now = now or clock.now()
    ticket = _begin(number, actor=actor, version=version, now=now)
    _require_on_site(ticket)
    if ticket.visited_at is not None:
        raise Conflict("A6", _("The visit was made already."))
    if at <= now:
        raise DomainError("A6", _("This time is past: choose one still to come."), field="at")
    before, ticket.visit_at = ticket.visit_at, at
    save(ticket, ["visit_at"])
    clocks.stop(ticket, ClockKind.AGREE_VISIT, now=now)
    told = VISIT_TOLD.format(time=at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"))
    log_to_buyer(ticket, told, actor=actor, now=now)
    audit.record(facts.visit_agreed(ticket, before), at=now, actor=actor)
    return ticket


@transaction.atomic
def note_visit(
    number: int, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Note that somebody was there (A6): the repair is done within 30 days from now.

    Raises as ``goods_steps.begin``; ``Conflict`` (A6) unless it is repaired on site and nobody was there yet.
    """
    now = now or clock.now()
    ticket = _begin(number, actor=actor, version=version, now=now)
    _require_on_site(ticket)
    if ticket.visited_at is not None:
        raise Conflict("A6", _("The visit was made already."))
    ticket.visited_at = now
    save(ticket, ["visited_at"])
    clocks.stop(ticket, ClockKind.AGREE_VISIT, ClockKind.VISIT, now=now)
    clocks.start(ticket, ClockKind.VISIT_REPAIR, now=now)
    audit.record(facts.visited(ticket), at=now, actor=actor)
    return ticket


@transaction.atomic
def finish_on_site(
    number: int, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """It was repaired on site: settled (A5).

    Raises as ``goods_steps.begin``; ``Conflict`` (A6) unless somebody was there.
    """
    now = now or clock.now()
    ticket = _begin(number, actor=actor, version=version, now=now)
    _require_on_site(ticket)
    if ticket.visited_at is None:
        raise Conflict("A6", _("Nobody was there yet: note the visit first."))
    if ticket.settlement:
        raise Conflict("A5", _("This ticket is being settled already."))
    ticket.settlement = REPAIRED
    settling.settle(ticket, actor=actor, now=now)
    return ticket


def _begin(number: int, *, actor: Staff, version: int | None, now: datetime) -> Ticket:
    ticket = begin(number, "A6", actor=actor, now=now, version=version)
    if ticket.kind != TicketKind.REPAIR:
        raise Conflict("A6", _("A ticket of this kind has no such step."))
    return ticket


def _require_on_site(ticket: Ticket) -> None:
    if ticket.repair_place != Ticket.RepairPlace.ON_SITE:
        raise Conflict("A6", _("This is not repaired on site."))
