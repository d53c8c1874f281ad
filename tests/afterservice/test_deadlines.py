"""A6, A13: the job of clocks: when it warns, of what it flags, what stands still; each once, however many are due."""

from datetime import timedelta
from typing import Any

import pytest

from afterservice.models import Clock, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.services import clocks
from afterservice.services.deadlines import flag_return_deadlines
from afterservice.states import Goods
from orders.models import Flag, Note
from orders.selectors.timeline import read_timeline
from shopdesk.base import jobs
from shopdesk.base.models import AuditEntry, JobRun
from tests.afterservice.clock_scenes import actions, clock_of, decided, make_ticket, run, say_signed
from tests.factories import NOW, make_staff
from tests.orders.shipped_parcels import make_shipped_order

pytestmark = pytest.mark.django_db
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
K = ClockKind


# A6: how long each runs, and how long before it warns.
WARNINGS = [
    (K.ANSWER, 24, 4), (K.DECIDE, 48, 8), (K.SEND_BACK, 240, 48), (K.INSPECT, 168, 24), (K.REPAIR, 720, 72),
    (K.CONFIRM, 240, 24), (K.AGREE_VISIT, 72, 24), (K.VISIT, 360, 48), (K.VISIT_REPAIR, 720, 72),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "hours", "ahead"), WARNINGS, ids=[kind for kind, *_ in WARNINGS])
def test_each_clock_warns_once_at_its_time(kind: K, hours: int, ahead: int) -> None:
    ticket = make_ticket(running=(kind,))
    moment = NOW + (hours - ahead) * HOUR

    assert run(moment - SECOND) == 0
    assert run(moment) == 1
    assert run(moment) == 0
    assert run(moment + HOUR) == 0

    assert clock_of(ticket, kind).warned_at == moment
    assert actions() == ["clock.warned"]
    # The order shows it, without a flag: A6 wants red only at zero.
    assert actions("order") == ["after_sale.warned"]
    assert not Flag.objects.exists()


def test_the_order_says_so_in_words() -> None:
    ticket = make_ticket(running=(K.ANSWER,))
    run(NOW + 20 * HOUR)
    run(NOW + 24 * HOUR)

    told = [happening.text for happening in read_timeline(ticket.order_id, notes=[], see_prices=False)]

    assert told[-1] == f"{ticket.number}: “answer the buyer” is due at 11-23 12:00"
    assert f"{ticket.number}: “answer the buyer” was due at 11-23 12:00 and ran out" in told


def test_taobaos_time_flags_red_24_and_4_hours_before_and_at_zero() -> None:
    ticket = make_ticket()
    due = NOW + 5 * DAY
    clocks.start(ticket, K.PLATFORM, now=NOW, due_at=due)

    done = [run(due - 24 * HOUR - SECOND), run(due - 24 * HOUR), run(due - 23 * HOUR)]
    done += [run(due - 4 * HOUR - SECOND), run(due - 4 * HOUR), run(due - HOUR), run(due), run(due + HOUR)]

    assert done == [0, 1, 0, 0, 1, 0, 1, 0]
    assert list(Note.objects.order_by("pk").values_list("text", flat=True)) == [
        f"售后{ticket.number}：淘宝处理时限11月27日12:00，还剩约24小时，请尽快处理",
        f"售后{ticket.number}：淘宝处理时限11月27日12:00，还剩约4小时，请尽快处理",
        f"售后{ticket.number}：应在11月27日12:00前在淘宝上处理，已超时，请主管跟进",
    ]
    flags = Flag.objects.order_by("pk").values_list("label", "addressee", "set_at")
    assert list(flags) == [
        ("平台时限", "agent", due - 24 * HOUR),
        ("平台时限", "agent", due - 4 * HOUR),
        ("售后超时", "supervisor", due),
    ]
    clock = clock_of(ticket, K.PLATFORM)
    assert (clock.warned_at, clock.last_warned_at, clock.expired_at) == (
        due - 24 * HOUR,
        due - 4 * HOUR,
        due,
    )


def test_a_time_of_taobao_that_is_heard_of_late_warns_once_for_both() -> None:
    ticket = make_ticket()
    clocks.start(ticket, K.PLATFORM, now=NOW, due_at=NOW + 3 * HOUR)

    assert [run(NOW), run(NOW + HOUR)] == [1, 0]

    assert Note.objects.count() == 1


def test_paused_and_stopped_clocks_do_nothing() -> None:
    paused, stopped = make_ticket(running=(K.ANSWER,)), make_ticket(running=(K.ANSWER,))
    clocks.pause(paused.pk, K.ANSWER, reason="等图", actor=make_staff("agent"), now=NOW + HOUR)
    clocks.stop(stopped, K.ANSWER, now=NOW + HOUR)

    assert run(NOW + 22 * HOUR) == 0
    assert run(NOW + 10 * DAY) == 0


def test_a_clock_that_warned_before_its_pause_does_not_warn_again() -> None:
    ticket, agent = make_ticket(running=(K.ANSWER,)), make_staff("agent")
    run(NOW + 20 * HOUR)
    clocks.pause(ticket.pk, K.ANSWER, reason="等图", actor=agent, now=NOW + 21 * HOUR)
    clocks.resume(ticket.pk, K.ANSWER, actor=agent, now=NOW + 41 * HOUR)

    assert [run(NOW + 43 * HOUR), run(NOW + 44 * HOUR)] == [0, 1]

    assert actions().count("clock.warned") == actions().count("clock.expired") == 1


def test_what_ran_out_while_nobody_looked_warns_no_more() -> None:
    make_ticket(running=(K.ANSWER,))

    assert run(NOW + 30 * HOUR) == 1

    assert actions() == ["clock.expired"]


def test_two_late_tickets_of_an_order_make_one_flag_that_names_both() -> None:
    order = make_shipped_order()
    first, second = make_ticket(order, running=(K.ANSWER,)), make_ticket(order, running=(K.ANSWER,))

    assert run(NOW + DAY) == 2

    assert Flag.objects.count() == 1
    assert first.number in Note.objects.get().text
    assert second.number in Note.objects.get().text


def test_a_dry_run_tells_and_does_nothing() -> None:
    ticket = make_ticket(running=(K.ANSWER,))
    coming = decided(goods=Goods.SENT, return_invoice_no="ZT1234567")
    say_signed("ZT1234567", NOW)
    before = list(Clock.objects.values()), list(Ticket.objects.values())

    result = flag_return_deadlines(NOW + DAY, True)

    assert (result.done, result.subjects) == (2, [coming.number, ticket.number])
    assert (list(Clock.objects.values()), list(Ticket.objects.values())) == before
    assert not AuditEntry.objects.exists()


def test_the_job_is_known_by_the_contracts_name_and_runs_every_five_minutes() -> None:
    make_ticket(running=(K.ANSWER,))

    report = jobs.run("flag_return_deadlines", now=NOW + DAY)

    assert (report.done, JobRun.objects.get().name) == (1, "flag_return_deadlines")
    assert jobs.get("flag_return_deadlines").minute == "*/5"


def test_many_due_clocks_cost_as_many_statements_as_one(django_assert_max_num_queries: Any) -> None:
    for kind in (K.ANSWER, K.REPAIR):
        for _number in range(6):
            make_ticket(running=(kind,))
    for _number in range(6):
        decided(running=(K.SEND_BACK,), goods=Goods.AWAITED)

    with django_assert_max_num_queries(45):
        run(NOW + 30 * DAY)

    assert Clock.objects.filter(expired_at__isnull=False).count() == 18
