"""The job of clocks (A6): each warning and each expiry happens once, however many workers run and wherever one dies.

A batch is one transaction: what a clock did and that it did it stand or fall together.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from afterservice.events import clocks as events
from afterservice.models import Clock, Ticket
from afterservice.rules.clock_words import PLATFORM_LABEL, platform_words
from afterservice.rules.clocks import ClockKind
from afterservice.selectors import due_clocks
from afterservice.selectors.exempt import tickets_exempt
from afterservice.services import pulling
from afterservice.services.expiring import Due, at_zero
from afterservice.services.locks import lock_free
from afterservice.services.warning import warn
from orders.services.red_flags import Alarm, raise_red_flags
from shopdesk.base import audit
from shopdesk.base.batches import work_off
from shopdesk.base.exemptions import spare
from shopdesk.base.jobs import JobResult

JOB = "flag_return_deadlines"
Pull = Callable[[QuerySet[Ticket], datetime], list[str]]


def flag_return_deadlines(now: datetime, dry_run: bool) -> JobResult:
    """Take over what carriers, warehouse and payers wrote down; warn of clocks; do what is due at zero (A6).

    A ticket counts once for each thing that happens to it.
    """
    result = JobResult()
    pulls: tuple[tuple[QuerySet[Ticket], Pull], ...] = (
        (due_clocks.paid_out(), pulling.take_payments),
        (due_clocks.sent_out(), pulling.take_shipments),
        (due_clocks.return_signed(), pulling.take_return_signings),
        (due_clocks.exchange_signed(), pulling.take_exchange_signings),
    )
    phases = (
        (due_clocks.to_warn(now), _warn),
        (due_clocks.to_warn_again(now), _warn),
        (due_clocks.run_out(now), _expire),
    )
    exempt_tickets, exempt_clocks = tickets_exempt(JOB, now), tickets_exempt(JOB, now, "ticket_id")
    for tickets, work in pulls:
        free = spare(tickets, exempt_tickets, result)
        if dry_run:
            result.add_rows(free.order_by("pk").values_list(_numbered("pk"), flat=True))
        else:
            work_off(free, lambda found, work=work: work(found, now), result, job=JOB)  # type: ignore[misc]
    for clocks, do in phases:
        running = spare(clocks, exempt_clocks, result)
        if dry_run:
            result.add_rows(running.order_by("due_at", "pk").values_list(_numbered("ticket_id"), flat=True))
        else:
            work_off(running, lambda found, do=do: do(found, now), result, job=JOB)  # type: ignore[misc]
    return result


def _numbered(ticket: str) -> Concat:
    """The ticket's number as people write it."""
    return Concat(Value("T"), Cast(ticket, CharField()))


def _locked(clocks: QuerySet[Clock]) -> Due:
    """Those of ``clocks`` whose tickets are free, as they are once these are locked."""
    tickets = {ticket.pk: ticket for ticket in lock_free(clocks.values_list("ticket_id", flat=True))}
    still = clocks.filter(ticket__in=tickets).order_by("ticket_id", "pk")
    return [(clock, tickets[clock.ticket_id]) for clock in still]


def _warn(clocks: QuerySet[Clock], now: datetime) -> list[str]:
    # Taobao's own times make the order red, which wants it locked before the clock.
    of_platform = _locked(clocks.filter(kind=ClockKind.PLATFORM))
    texts: dict[str, list[str]] = defaultdict(list)
    for clock, ticket in of_platform:
        texts[ticket.order_id].append(platform_words(ticket.number, clock.due_at, now))
    raise_red_flags({tid: Alarm(PLATFORM_LABEL, "；".join(lines)) for tid, lines in texts.items()}, now=now)
    locked = Q(pk__in=[clock.pk for clock, _ticket in of_platform])
    return warn(clocks.filter(locked | ~Q(kind=ClockKind.PLATFORM)), now)


def _expire(clocks: QuerySet[Clock], now: datetime) -> list[str]:
    due = _locked(clocks)
    Clock.objects.filter(pk__in=[clock.pk for clock, _ticket in due]).update(expired_at=now)
    facts = [events.expired(clock) for clock, _ticket in due]
    facts += [events.expired_for_order(clock, ticket.order_id) for clock, ticket in due]
    audit.record_many(facts, at=now, actor=None)
    at_zero(due, now)
    return [ticket.number for _clock, ticket in due]
