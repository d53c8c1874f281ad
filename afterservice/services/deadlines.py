"""The job of clocks (A6): each warning and each expiry happens once, however many workers run and wherever one dies.

A batch is one transaction: what a clock did and that it did it stand or fall together.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet

from afterservice.events import clocks as events
from afterservice.models import Clock, Ticket
from afterservice.rules.clock_words import PLATFORM_LABEL, platform_words
from afterservice.rules.clocks import ClockKind
from afterservice.selectors import due_clocks
from afterservice.services import pulling
from afterservice.services.expiring import Due, at_zero
from afterservice.services.locks import lock_free
from orders.services.red_flags import Alarm, raise_red_flags
from shopdesk.base import audit
from shopdesk.base.batches import work_off
from shopdesk.base.jobs import JobResult

WARNED, EXPIRED = "after_sale.warned", "after_sale.expired"
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
    if dry_run:
        for tickets, _work in pulls:
            result.add([f"T{number}" for number in tickets.order_by("pk").values_list("pk", flat=True)])
        for clocks, _do in phases:
            numbers = clocks.order_by("due_at", "pk").values_list("ticket_id", flat=True)
            result.add([f"T{number}" for number in numbers])
        return result
    for tickets, work in pulls:
        work_off(tickets, lambda found, work=work: work(found, now), result)  # type: ignore[misc]
    for clocks, do in phases:
        work_off(clocks, lambda found, do=do: do(found, now), result)  # type: ignore[misc]
    return result


def _locked(clocks: QuerySet[Clock]) -> Due:
    """Those of ``clocks`` whose tickets are free, as they are once these are locked."""
    tickets = {ticket.pk: ticket for ticket in lock_free(clocks.values_list("ticket_id", flat=True))}
    still = clocks.filter(ticket__in=tickets).order_by("ticket_id", "pk")
    return [(clock, tickets[clock.ticket_id]) for clock in still]


def _warn(clocks: QuerySet[Clock], now: datetime) -> list[str]:
    due = _locked(clocks)
    for clock, _ticket in due:
        clock.warned_at = clock.warned_at or now
        # One that was not looked at for so long says both at once.
        if clock.last_warn_at is not None and clock.last_warn_at <= now:
            clock.last_warned_at = now
    Clock.objects.bulk_update([clock for clock, _ticket in due], ["warned_at", "last_warned_at"])
    texts: dict[str, list[str]] = defaultdict(list)
    for clock, ticket in due:
        if clock.kind == ClockKind.PLATFORM:
            texts[ticket.order_id].append(platform_words(ticket.number, clock.due_at, now))
    raise_red_flags({tid: Alarm(PLATFORM_LABEL, "；".join(lines)) for tid, lines in texts.items()}, now=now)
    facts = [events.warned(clock) for clock, _ticket in due]
    facts += [events.told_order(WARNED, clock, ticket.order_id) for clock, ticket in due]
    audit.record_many(facts, at=now, actor=None)
    return [ticket.number for _clock, ticket in due]


def _expire(clocks: QuerySet[Clock], now: datetime) -> list[str]:
    due = _locked(clocks)
    Clock.objects.filter(pk__in=[clock.pk for clock, _ticket in due]).update(expired_at=now)
    facts = [events.expired(clock) for clock, _ticket in due]
    facts += [events.told_order(EXPIRED, clock, ticket.order_id) for clock, ticket in due]
    audit.record_many(facts, at=now, actor=None)
    at_zero(due, now)
    return [ticket.number for _clock, ticket in due]
