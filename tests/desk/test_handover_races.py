"""T2 under load: two who accept one line, hand over twice, end one promise; and two runs of the job."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import DomainError
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import AuditEntry
from shopdesk.desk.models import Handover, HandoverLine, Promise
from shopdesk.desk.services.handovers import accept_line, escalate_handovers, hand_over
from shopdesk.desk.services.promises import end_promise, make_promise
from tests.factories import NOW, make_order, make_staff
from tests.orders.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
EVENING = datetime(2026, 11, 22, 17, 20, tzinfo=SHANGHAI)


def outcomes_of(*works: Callable[[], object]) -> list[str]:
    """What came of each, all at once: ``done``, or the rule that refused."""
    outcomes: list[str] = []

    def one(work: Callable[[], object]) -> None:
        try:
            work()
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(refusal.code)

    together(*[lambda work=work: one(work) for work in works])
    return sorted(outcomes)


def test_two_accept_one_line_while_its_promise_ends() -> None:
    nana, yu, wang = make_staff("agent"), make_staff("agent"), make_staff("supervisor")
    promise = make_promise(make_order().tid, "今晚发", EVENING + timedelta(hours=3), actor=nana, now=NOW)
    line = hand_over(actor=nana, now=EVENING).lines.get()

    outcomes = outcomes_of(
        lambda: accept_line(line.pk, actor=yu, now=EVENING),
        lambda: accept_line(line.pk, actor=wang, now=EVENING),
        lambda: end_promise(promise.pk, "kept", actor=nana, now=EVENING),
    )

    line.refresh_from_db()
    promise.refresh_from_db()
    assert outcomes == ["T2", "done", "done"]
    assert line.accepted_by in (yu, wang)
    assert promise.status == "kept"
    assert promise.keeper in (nana, line.accepted_by)
    assert AuditEntry.objects.filter(action="handover.accepted").count() == 1


def test_handing_over_twice_at_once_is_one_packet_a_shift() -> None:
    nana = make_staff("agent")

    outcomes = outcomes_of(*[lambda: hand_over(words="一", actor=nana, now=EVENING)] * 3)

    # Two shifts are on at 17:20, so two packets can be; never two of one.
    assert outcomes == ["T2", "done", "done"]
    assert set(Handover.objects.values_list("shift", flat=True)) == {"day", "late"}


def test_two_runs_of_the_job_give_each_line_once() -> None:
    hand_over(words="\n".join("一二三四五六七八九十"), actor=make_staff("agent"), now=EVENING)
    results: list[JobResult] = []

    together(*[lambda: results.append(escalate_handovers(EVENING + timedelta(hours=2), False))] * 3)
    results.append(escalate_handovers(EVENING + timedelta(hours=2), False))

    assert sum(result.done for result in results) == 10
    assert HandoverLine.objects.filter(escalated_at__isnull=False).count() == 10
    assert AuditEntry.objects.filter(action="handover.escalated").count() == 10


def test_the_same_promise_made_twice_at_once_is_one() -> None:
    order, nana = make_order(), make_staff("agent")

    outcomes = outcomes_of(*[lambda: make_promise(order.tid, "今晚发", EVENING, actor=nana, now=NOW)] * 3)

    assert outcomes == ["T2", "T2", "done"]
    assert Promise.objects.count() == 1
