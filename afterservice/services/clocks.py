"""The clocks of a ticket (A6): started, stopped, paused and resumed; and the terms that they run by.

Whoever changes a clock has its ticket locked, and ``Ticket.next_due_at`` and ``awaits`` are kept in step here.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import clocks as events
from afterservice.models import Clock, ClockPolicy, Ticket
from afterservice.rules.clocks import (
    STARTING_TERMS,
    AtZero,
    ClockKind,
    Terms,
    Times,
    choices_at_zero,
    moved_on,
    next_due,
    terms_may_be,
    times_of,
)
from afterservice.services.locks import lock_ticket, require_role
from shopdesk.base import audit
from shopdesk.base import clock as base_clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

SINCE_EVER = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST_REASON = 200


def start(
    ticket: Ticket, kind: str, *, now: datetime, since: datetime | None = None, due_at: datetime | None = None
) -> Clock:
    """Start a clock by the newest terms (A6). The caller has locked the ticket.

    It runs from ``since``, such as the carrier's signing, else from ``now``; ``due_at`` is for a time that somebody
    else set. Where one of the kind is awaited already, also one that ran out, that is answered and nothing
    changes; only another ``due_at`` takes its place.
    """
    return start_many([ticket], kind, now=now, since={ticket.pk: since or now}, due_at=due_at)[ticket.pk]


def start_many(
    tickets: Iterable[Ticket],
    kind: str,
    *,
    now: datetime,
    since: dict[int, datetime],
    due_at: datetime | None = None,
) -> dict[int, Clock]:
    """As ``start``, for many tickets with a constant number of statements; ``since`` and the answer by number."""
    tickets = list(tickets)
    policy = current_policies(now).get(kind)
    terms = terms_of(kind, policy)
    found = {
        clock.ticket_id: clock
        for clock in Clock.objects.filter(ticket__in=tickets, kind=kind, stopped_at__isnull=True)
    }
    if due_at is not None:
        moved = [clock for clock in found.values() if clock.due_at != due_at]
        _stop(moved, now)
        for clock in moved:
            del found[clock.ticket_id]
    begun = []
    for ticket in tickets:
        if ticket.pk not in found:
            times = times_of(kind, terms, since.get(ticket.pk, now), due_at)
            begun.append(
                Clock(
                    ticket=ticket,
                    kind=kind,
                    awaits=terms.awaits,
                    at_zero=terms.at_zero,
                    policy=policy,
                    started_at=since.get(ticket.pk, now),
                    due_at=times.due_at,
                    warn_at=times.warn_at,
                    last_warn_at=times.last_warn_at,
                )
            )
    for clock in Clock.objects.bulk_create(begun):
        found[clock.ticket_id] = clock
    keep_in_step(tickets)
    return found


def stop(ticket: Ticket, *kinds: str, now: datetime) -> None:
    """Stop what of these kinds is awaited: it was met, late or in time (A6). The caller has locked the ticket."""
    _stop(Clock.objects.filter(ticket=ticket, kind__in=kinds, stopped_at__isnull=True), now)
    keep_in_step([ticket])


def stop_all(ticket: Ticket, now: datetime) -> None:
    """Nothing is awaited any more. The caller has locked the ticket."""
    stop(ticket, *ClockKind.values, now=now)


def stop_many(tickets: Iterable[Ticket], *, now: datetime, kinds: Iterable[str] = ClockKind.values) -> None:
    """As ``stop``, for many tickets with a constant number of statements."""
    tickets = list(tickets)
    waiting = Clock.objects.filter(ticket__in=tickets, kind__in=list(kinds), stopped_at__isnull=True)
    _stop(waiting, now)
    keep_in_step(tickets)


def _stop(clocks: Iterable[Clock], now: datetime) -> None:
    """A paused one stops as it stands: how long it had stood still and why is in the audit log."""
    Clock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(
        stopped_at=now, paused_at=None, paused_by=None, pause_reason=""
    )


def keep_in_step(tickets: Iterable[Ticket]) -> None:
    """Write what is due next on tickets that are locked (A6): ``next_due_at`` and ``awaits``; two statements.

    What ran out and was not done since counts with its time: such a ticket comes first. A paused clock waits.
    """
    tickets = list(tickets)
    awaited: dict[int, list[tuple[str, datetime]]] = {ticket.pk: [] for ticket in tickets}
    running = Clock.objects.filter(ticket__in=tickets, stopped_at__isnull=True, paused_at__isnull=True)
    for number, awaits, due_at in running.values_list("ticket_id", "awaits", "due_at"):
        awaited[number].append((awaits, due_at))
    changed = []
    for ticket in tickets:
        following = next_due(awaited[ticket.pk])
        if (ticket.awaits, ticket.next_due_at) != following:
            ticket.awaits, ticket.next_due_at = following
            changed.append(ticket)
    Ticket.objects.bulk_update(changed, ["awaits", "next_due_at"])


@transaction.atomic
def pause(
    ticket_number: int,
    kind: str,
    *,
    reason: str,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Clock:
    """Let a clock stand still, for a reason (A6). The ticket's version stays: a request to a supervisor holds.

    Raises ``Forbidden`` (A6) by role, ``VersionConflict`` (T5), ``DomainError`` (A6) without a reason or for
    Taobao's own time, ``Conflict`` (A6) for a clock that does not run.
    """
    require_role("A6", actor)
    now = now or base_clock.now()
    reason = reason.strip()
    if not reason:
        raise DomainError("A6", _("Say why the clock stands still."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError("A6", _("A reason holds 200 characters."), field="reason")
    if kind == ClockKind.PLATFORM:
        raise DomainError(
            "A6", _("Taobao's own time does not stand still: do it in time, or ask for more there.")
        )
    ticket = lock_ticket(ticket_number, version=version)
    clock = _running(ticket, kind)
    if clock.paused_at is not None:
        raise Conflict("A6", _("This clock stands still already."))
    if clock.due_at <= now:
        raise Conflict(
            "A6", _("This clock ran out: what was awaited is late, and a supervisor looks after it.")
        )
    clock.paused_at, clock.paused_by, clock.pause_reason = now, actor, reason
    clock.save(update_fields=["paused_at", "paused_by", "pause_reason"])
    keep_in_step([ticket])
    audit.record(events.paused(clock), at=now, actor=actor)
    return clock


@transaction.atomic
def resume(
    ticket_number: int, kind: str, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Clock:
    """Let a paused clock run again; it is due, and warns, later by the length of the pause (A6).

    Raises ``Forbidden`` (A6) by role, ``VersionConflict`` (T5), ``Conflict`` (A6) for a clock that is not paused.
    """
    require_role("A6", actor)
    now = now or base_clock.now()
    ticket = lock_ticket(ticket_number, version=version)
    clock = _running(ticket, kind)
    if clock.paused_at is None:
        raise Conflict("A6", _("This clock runs already."))
    before, reason = clock.due_at, clock.pause_reason
    times = moved_on(Times(clock.due_at, clock.warn_at, clock.last_warn_at), clock.paused_at, now)
    clock.due_at, clock.warn_at, clock.last_warn_at = times.due_at, times.warn_at, times.last_warn_at
    clock.paused_at, clock.paused_by, clock.pause_reason = None, None, ""
    clock.save(update_fields=["due_at", "warn_at", "last_warn_at", "paused_at", "paused_by", "pause_reason"])
    keep_in_step([ticket])
    audit.record(events.resumed(clock, before, reason), at=now, actor=actor)
    return clock


def _running(ticket: Ticket, kind: str) -> Clock:
    clock = Clock.objects.filter(
        ticket=ticket, kind=kind, stopped_at__isnull=True, expired_at__isnull=True
    ).first()
    if clock is None:
        raise Conflict("A6", _("This clock does not run any more. Look at the ticket as it is now."))
    return clock


def current_policies(now: datetime) -> dict[str, ClockPolicy]:
    """The newest terms of each kind of clock, as they are laid down at this moment."""
    newest = ClockPolicy.objects.filter(valid_from__lte=now).order_by("kind", "-valid_from").distinct("kind")
    return {policy.kind: policy for policy in newest}


def terms_of(kind: str, policy: ClockPolicy | None) -> Terms:
    """The terms that a policy lays down; A6's own where there is none. Whom it waits for is never laid down."""
    terms = STARTING_TERMS[ClockKind(kind)]
    if policy is None:
        return terms
    return policy.terms(terms.awaits)


def ensure_starting_terms() -> None:
    """Give a shop that lacks terms of a clock those of A6."""
    known = set(ClockPolicy.objects.values_list("kind", flat=True))
    ClockPolicy.objects.bulk_create(
        (
            ClockPolicy(
                kind=kind,
                hours=terms.hours,
                warning_hours=terms.warning_hours,
                at_zero=terms.at_zero,
                valid_from=SINCE_EVER,
            )
            for kind, terms in STARTING_TERMS.items()
            if kind not in known
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def set_terms(
    kind: str,
    *,
    hours: int,
    warning_hours: int,
    at_zero: str,
    seen: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> ClockPolicy:
    """Lay down other terms for a kind of clock, from now on; running clocks keep theirs (A6).

    ``seen`` is the version (the id of the terms) that the page showed. Raises ``Forbidden`` (A6) by role,
    ``DomainError`` (A6) for terms that cannot be, ``Conflict`` (T5) when somebody laid down others meanwhile.
    """
    if not actor.may(Permission.CHANGE_POLICIES):
        raise Forbidden("A6", _("Only a manager changes the terms of clocks."))
    now = now or base_clock.now()
    if kind not in ClockKind.values:
        raise DomainError("A6", _("There is no such clock."))
    starting = STARTING_TERMS[ClockKind(kind)]
    if at_zero not in choices_at_zero(kind):
        raise DomainError("A6", _("This cannot happen at zero of this clock."), field="at_zero")
    terms = Terms(hours, warning_hours, starting.awaits, AtZero(at_zero))
    if not terms_may_be(terms, kind):
        raise DomainError(
            "A6", _("A clock runs from 1 hour to 365 days, and warns before it runs out."), field="hours"
        )
    # The rows that there are are the lock: two who change the same clock at once take turns. What came while this
    # one waited is read after it.
    rows = ClockPolicy.objects.filter(kind=kind).order_by("-valid_from")
    list(rows.select_for_update())
    newest = rows.first()
    if newest is not None and (seen not in (None, newest.pk) or newest.valid_from >= now):
        raise Conflict("T5", _("Somebody laid down other terms meanwhile. Look at them, then try again."))
    policy = ClockPolicy.objects.create(
        kind=kind,
        hours=hours,
        warning_hours=warning_hours,
        at_zero=at_zero,
        valid_from=now,
        changed_by=actor,
    )
    audit.record(events.terms_set(policy, newest), at=now, actor=actor)
    return policy
