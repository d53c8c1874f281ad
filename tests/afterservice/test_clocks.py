"""A6: clocks start by the newest terms, stop, stand still for a reason, and keep the ticket's next due time true."""

from datetime import datetime, timedelta

import pytest

from afterservice.models import Clock, ClockPolicy, Ticket
from afterservice.rules.clocks import (
    STARTING_TERMS,
    AtZero,
    Awaits,
    ClockKind,
    Terms,
    next_due,
    terms_may_be,
    times_of,
)
from afterservice.services import clocks
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry, Staff
from tests.afterservice.clock_scenes import clock_of, make_ticket
from tests.factories import NOW, make_staff

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
K = ClockKind


@pytest.fixture
def agent(db: None) -> Staff:
    return make_staff("agent")


@pytest.fixture
def manager(db: None) -> Staff:
    return make_staff("manager")


# A6, word for word: how long, and how long before it warns.
A6 = [
    (K.ANSWER, 24 * HOUR, 4 * HOUR, Awaits.US),
    (K.DECIDE, 48 * HOUR, 8 * HOUR, Awaits.US),
    (K.SEND_BACK, 10 * DAY, 48 * HOUR, Awaits.BUYER),
    (K.INSPECT, 7 * DAY, 24 * HOUR, Awaits.US),
    (K.REPAIR, 30 * DAY, 72 * HOUR, Awaits.US),
    (K.CONFIRM, 10 * DAY, 24 * HOUR, Awaits.BUYER),
]


@pytest.mark.parametrize(("kind", "span", "warning", "awaits"), A6, ids=[kind for kind, *_ in A6])
def test_the_terms_of_a6(kind: K, span: timedelta, warning: timedelta, awaits: Awaits) -> None:
    times = times_of(kind, STARTING_TERMS[kind], NOW)

    assert (times.due_at, times.warn_at, times.last_warn_at) == (NOW + span, NOW + span - warning, None)
    assert STARTING_TERMS[kind].awaits == awaits


@pytest.mark.parametrize(
    ("kind", "span"),
    [(K.AGREE_VISIT, 3 * DAY), (K.VISIT, 15 * DAY), (K.VISIT_REPAIR, 30 * DAY), (K.FOLLOW_UP, 7 * DAY)],
)
def test_a_visit_and_the_follow_up(kind: K, span: timedelta) -> None:
    assert times_of(kind, STARTING_TERMS[kind], NOW).due_at == NOW + span


def test_taobaos_time_warns_24_and_4_hours_before() -> None:
    times = times_of(K.PLATFORM, STARTING_TERMS[K.PLATFORM], NOW, NOW + 5 * DAY)

    assert times.due_at == NOW + 5 * DAY
    assert (times.warn_at, times.last_warn_at) == (times.due_at - 24 * HOUR, times.due_at - 4 * HOUR)


def test_taobaos_time_has_no_span_of_its_own() -> None:
    with pytest.raises(ValueError, match="needs a due time"):
        times_of(K.PLATFORM, STARTING_TERMS[K.PLATFORM], NOW)


def test_what_waits_on_us_comes_first_however_soon_the_buyers_is() -> None:
    assert next_due([("buyer", NOW), ("us", NOW + 2 * DAY), ("us", NOW + DAY)]) == ("us", NOW + DAY)
    assert next_due([("buyer", NOW + DAY), ("buyer", NOW)]) == ("buyer", NOW)
    assert next_due([]) == ("", None)


@pytest.mark.parametrize(
    ("kind", "hours", "warning", "may"),
    [
        (K.ANSWER, 1, 0, True),
        (K.ANSWER, 24, 23, True),
        (K.ANSWER, 24, 24, False),
        (K.ANSWER, 0, 0, False),
        (K.ANSWER, 365 * 24, 0, True),
        (K.ANSWER, 365 * 24 + 1, 0, False),
        (K.PLATFORM, 0, 24, True),
        (K.PLATFORM, 1, 0, False),
    ],
)
def test_terms_that_may_be(kind: K, hours: int, warning: int, may: bool) -> None:
    assert terms_may_be(Terms(hours, warning, Awaits.US, AtZero.SUPERVISOR), kind) == may


def test_a_clock_runs_by_a6_where_no_terms_are_laid_down(db: None) -> None:
    ticket = make_ticket()

    clock = clocks.start(ticket, K.DECIDE, now=NOW)

    assert (clock.policy, clock.awaits, clock.at_zero) == (None, "us", "accept")
    assert (clock.started_at, clock.due_at, clock.warn_at) == (NOW, NOW + 48 * HOUR, NOW + 40 * HOUR)
    stored = Ticket.objects.get()
    assert (stored.next_due_at, stored.awaits, stored.version) == (NOW + 48 * HOUR, "us", 1)


def test_a_clock_may_run_from_the_carriers_signing(db: None) -> None:
    clock = clocks.start(make_ticket(), K.INSPECT, now=NOW, since=NOW - 2 * DAY)

    assert (clock.started_at, clock.due_at) == (NOW - 2 * DAY, NOW + 5 * DAY)


def test_starting_twice_changes_nothing_even_when_it_ran_out(db: None) -> None:
    ticket = make_ticket(running=(K.ANSWER,))
    first = clock_of(ticket)

    assert clocks.start(ticket, K.ANSWER, now=NOW + HOUR) == first
    Clock.objects.update(expired_at=NOW + DAY)
    assert clocks.start(ticket, K.ANSWER, now=NOW + 2 * DAY) == first

    assert Clock.objects.get().due_at == NOW + DAY


def test_another_time_of_taobao_takes_the_place_of_the_old_one(db: None) -> None:
    ticket = make_ticket()
    old = clocks.start(ticket, K.PLATFORM, now=NOW, due_at=NOW + DAY)

    assert clocks.start(ticket, K.PLATFORM, now=NOW + HOUR, due_at=NOW + DAY) == old
    new = clocks.start(ticket, K.PLATFORM, now=NOW + 2 * HOUR, due_at=NOW + 3 * DAY)

    old.refresh_from_db()
    assert (old.stopped_at, new.due_at, new.stopped_at) == (NOW + 2 * HOUR, NOW + 3 * DAY, None)
    assert Ticket.objects.get().next_due_at == NOW + 3 * DAY


def test_a_stopped_clock_stays_on_record_and_the_next_one_counts(db: None) -> None:
    ticket = make_ticket(running=(K.ANSWER, K.DECIDE, K.SEND_BACK))

    clocks.stop(ticket, K.ANSWER, now=NOW + HOUR)

    assert clock_of(ticket).stopped_at == NOW + HOUR
    assert (ticket.next_due_at, ticket.awaits) == (NOW + 48 * HOUR, "us")
    clocks.stop(ticket, K.DECIDE, K.ANSWER, now=NOW + 2 * HOUR)
    stored = Ticket.objects.get()
    assert (stored.next_due_at, stored.awaits) == (NOW + 10 * DAY, "buyer")
    assert clock_of(ticket).stopped_at == NOW + HOUR


def test_nothing_is_awaited_after_all_are_stopped(db: None) -> None:
    ticket = make_ticket(running=(K.ANSWER, K.DECIDE))

    clocks.stop_all(ticket, NOW + HOUR)

    assert not Clock.objects.filter(stopped_at__isnull=True).exists()
    stored = Ticket.objects.get()
    assert (stored.next_due_at, stored.awaits) == (None, "")


def test_the_clocks_of_many_tickets_cost_as_many_statements_as_of_one(
    db: None, django_assert_num_queries: object
) -> None:
    tickets = [make_ticket() for _ in range(5)]

    with django_assert_num_queries(5):  # type: ignore[operator]
        clocks.start_many(tickets, K.ANSWER, now=NOW, since={})

    assert Ticket.objects.filter(next_due_at=NOW + DAY).count() == 5


def test_a_paused_clock_stands_still_and_is_due_later_by_the_pause(agent: Staff) -> None:
    ticket = make_ticket(running=(K.ANSWER,))

    clocks.pause(ticket.pk, K.ANSWER, reason=" 等客户补图 ", version=1, actor=agent, now=NOW + HOUR)

    clock = clock_of(ticket)
    assert (clock.paused_at, clock.paused_by, clock.pause_reason) == (NOW + HOUR, agent, "等客户补图")
    assert Ticket.objects.get().next_due_at is None
    clocks.resume(ticket.pk, K.ANSWER, version=1, actor=agent, now=NOW + 6 * HOUR)
    clock = clock_of(ticket)
    assert (clock.paused_at, clock.pause_reason) == (None, "")
    assert (clock.due_at, clock.warn_at) == (NOW + 29 * HOUR, NOW + 25 * HOUR)
    stored = Ticket.objects.get()
    # The version stays: what a supervisor was asked about this ticket still holds.
    assert (stored.next_due_at, stored.version) == (NOW + 29 * HOUR, 1)
    said = AuditEntry.objects.filter(subject_kind="ticket").order_by("pk")
    assert [(entry.action, entry.actor_id) for entry in said] == [
        ("clock.paused", agent.pk),
        ("clock.resumed", agent.pk),
    ]
    assert said[0].after["reason"] == said[1].before["reason"] == "等客户补图"


def nothing_changed(ticket: Ticket) -> bool:
    clock = clock_of(ticket)
    return (clock.paused_at, clock.due_at) == (None, NOW + DAY) and not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("kind", "reason", "version", "at", "error", "code"),
    [
        (K.ANSWER, "  ", 1, NOW, DomainError, "A6"),
        (K.ANSWER, "x" * 201, 1, NOW, DomainError, "A6"),
        (K.ANSWER, "等图", 2, NOW, VersionConflict, "T5"),
        (K.DECIDE, "等图", 1, NOW, Conflict, "A6"),
        (K.PLATFORM, "等图", 1, NOW, DomainError, "A6"),
        (K.ANSWER, "等图", 1, NOW + DAY, Conflict, "A6"),
    ],
)
def test_pauses_that_are_refused(
    agent: Staff, kind: str, reason: str, version: int, at: datetime, error: type[DomainError], code: str
) -> None:
    ticket = make_ticket(running=(K.ANSWER,))

    with pytest.raises(error) as refusal:
        clocks.pause(ticket.pk, kind, reason=reason, version=version, actor=agent, now=at)

    assert refusal.value.code == code
    assert nothing_changed(ticket)


def test_no_pause_in_a_pause_and_no_resuming_of_what_runs(agent: Staff) -> None:
    ticket = make_ticket(running=(K.ANSWER,))
    with pytest.raises(Conflict):
        clocks.resume(ticket.pk, K.ANSWER, actor=agent, now=NOW)
    clocks.pause(ticket.pk, K.ANSWER, reason="等图", actor=agent, now=NOW)

    with pytest.raises(Conflict):
        clocks.pause(ticket.pk, K.ANSWER, reason="再等", actor=agent, now=NOW + HOUR)

    assert clock_of(ticket).pause_reason == "等图"


@pytest.mark.parametrize("role", ["warehouse", "manager"])
def test_who_may_not_pause(role: str, db: None) -> None:
    ticket = make_ticket(running=(K.ANSWER,))

    with pytest.raises(Forbidden):
        clocks.pause(ticket.pk, K.ANSWER, reason="等图", actor=make_staff(role), now=NOW)
    with pytest.raises(Forbidden):
        clocks.resume(ticket.pk, K.ANSWER, actor=make_staff(role), now=NOW)

    assert nothing_changed(ticket)


def test_a_stopped_pause_keeps_its_reason_in_the_log(agent: Staff) -> None:
    ticket = make_ticket(running=(K.ANSWER,))
    clocks.pause(ticket.pk, K.ANSWER, reason="等图", actor=agent, now=NOW)

    clocks.stop(ticket, K.ANSWER, now=NOW + HOUR)

    assert clock_of(ticket).stopped_at == NOW + HOUR
    assert AuditEntry.objects.get().after["reason"] == "等图"


def test_starting_terms_are_written_once(db: None) -> None:
    clocks.ensure_starting_terms()
    clocks.ensure_starting_terms()

    rows = ClockPolicy.objects.values_list("kind", "hours", "warning_hours", "at_zero")
    assert sorted(rows) == sorted(
        (kind, terms.hours, terms.warning_hours, terms.at_zero) for kind, terms in STARTING_TERMS.items()
    )


def test_running_clocks_keep_the_terms_they_started_with(manager: Staff) -> None:
    clocks.ensure_starting_terms()
    early = make_ticket(running=(K.ANSWER,))
    seen = ClockPolicy.objects.get(kind=K.ANSWER).pk

    clocks.set_terms(
        K.ANSWER, hours=12, warning_hours=2, at_zero="supervisor", seen=seen, actor=manager, now=NOW
    )

    late = make_ticket(running=(K.ANSWER,), now=NOW + HOUR)
    assert clock_of(early).due_at == NOW + DAY
    assert (clock_of(late).due_at, clock_of(late).warn_at) == (NOW + 13 * HOUR, NOW + 11 * HOUR)
    assert ClockPolicy.objects.filter(kind=K.ANSWER).count() == 2
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_kind, entry.subject_id) == ("clock.terms", "clock_policy", "answer")
    assert (entry.before["hours"], entry.after["hours"]) == (24, 12)


@pytest.mark.parametrize(
    ("kind", "hours", "warning", "at_zero", "role", "error"),
    [
        (K.ANSWER, 12, 2, "supervisor", "supervisor", Forbidden),
        (K.ANSWER, 12, 12, "supervisor", "manager", DomainError),
        (K.ANSWER, 12, 2, "close", "manager", DomainError),
        (K.PLATFORM, 12, 2, "flag", "manager", DomainError),
        ("nap", 12, 2, "flag", "manager", DomainError),
    ],
)
def test_terms_that_are_refused(
    db: None, kind: str, hours: int, warning: int, at_zero: str, role: str, error: type[DomainError]
) -> None:
    clocks.ensure_starting_terms()

    with pytest.raises(error):
        clocks.set_terms(
            kind, hours=hours, warning_hours=warning, at_zero=at_zero, actor=make_staff(role), now=NOW
        )

    assert ClockPolicy.objects.count() == len(STARTING_TERMS)
    assert not AuditEntry.objects.exists()


def test_terms_over_terms_that_the_page_did_not_show_are_refused(manager: Staff) -> None:
    clocks.ensure_starting_terms()
    seen = ClockPolicy.objects.get(kind=K.DECIDE).pk
    clocks.set_terms(K.DECIDE, hours=24, warning_hours=2, at_zero="accept", seen=seen, actor=manager, now=NOW)

    with pytest.raises(Conflict) as refusal:
        clocks.set_terms(
            K.DECIDE, hours=36, warning_hours=2, at_zero="accept", seen=seen, actor=manager, now=NOW + HOUR
        )

    assert refusal.value.code == "T5"
    assert clocks.current_policies(NOW + HOUR)[K.DECIDE].hours == 24
