"""P2, P3 by the clock: requests whose order changed lapse, unanswered ones are escalated."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.approval_kinds import LATE_PAYMENT, POSTAGE_WAIVER
from orders.models import Order
from orders.services.closing import close_unpaid_orders
from orders.services.payments import PaymentMessage, record_payment
from shopdesk.base import jobs
from shopdesk.base.models import Approval, AuditEntry, Staff
from shopdesk.base.services import approvals, lapsing
from shopdesk.base.services.lapsing import lapse_approvals
from shopdesk.desk.selectors.approvals import TABS, read_approvals
from tests.factories import NOW, make_order, make_staff

pytestmark = pytest.mark.django_db


def request(staff: Staff, *, at: datetime = NOW, order: Order | None = None) -> Approval:
    order = order or make_order()
    return approvals.ask(
        POSTAGE_WAIVER,
        subject_kind="order",
        subject_id=order.tid,
        subject_version=order.version,
        rule="S6",
        reason="发货慢了",
        before={},
        after={},
        amount=Decimal("6.00"),
        requested_by=staff,
        now=at,
    )


def change(approval: Approval) -> None:
    Order.objects.filter(pk=approval.subject_id).update(version=9)


def statuses() -> list[str]:
    return list(Approval.objects.order_by("pk").values_list("status", flat=True))


def test_only_those_whose_order_changed_lapse() -> None:
    agent = make_staff("agent")
    same, changed, decided = request(agent), request(agent), request(agent)
    change(changed)
    approvals.refuse(decided.pk, reason="不行", actor=make_staff("supervisor"), now=NOW)
    change(decided)

    result = lapse_approvals(NOW, False)

    assert statuses() == ["pending", "lapsed", "refused"]
    assert (result.done, result.subjects) == (1, [changed.subject_id])
    entry = AuditEntry.objects.get(action="approval.lapsed")
    assert (entry.subject_id, entry.actor, entry.after["approval"]) == (changed.subject_id, None, changed.pk)
    changed.refresh_from_db()
    assert (changed.decided_at, changed.decided_by) == (NOW, None)
    assert lapse_approvals(NOW, False).done == 0
    assert same.subject_id not in result.subjects


def test_a_dry_run_tells_and_changes_nothing() -> None:
    agent = make_staff("agent")
    change(changed := request(agent))
    waiting = request(agent, at=NOW - timedelta(hours=12))

    result = lapse_approvals(NOW, True)

    assert result.subjects == [changed.subject_id, waiting.subject_id]
    assert statuses() == ["pending", "pending"]
    assert not Approval.objects.filter(escalated_at__isnull=False).exists()
    assert AuditEntry.objects.exclude(action="approval.asked").count() == 0


def test_unanswered_for_four_hours_of_shift_time_is_escalated_once() -> None:
    """At 12:00 half an hour of the late shift before and three and a half of the day shift have passed."""
    agent = make_staff("agent")
    late = request(agent, at=NOW - timedelta(hours=11, minutes=30))
    request(agent, at=NOW - timedelta(hours=11, minutes=30) + timedelta(seconds=1))

    first, second = lapse_approvals(NOW, False), lapse_approvals(NOW + timedelta(seconds=0), False)

    assert (first.done, second.done) == (1, 0)
    late.refresh_from_db()
    assert late.escalated_at == NOW
    assert AuditEntry.objects.get(action="approval.escalated").subject_id == late.subject_id
    _page, shown = read_approvals(TABS["pending"], staff=make_staff("supervisor"), now=NOW)
    assert [card.escalated for card in shown] == [False, True]


def test_the_desks_own_request_is_asked_anew_for_the_order_as_it_is() -> None:
    order = make_order(created=NOW - timedelta(hours=80))
    close_unpaid_orders(NOW, False)
    record_payment(order.tid, PaymentMessage("p", Decimal("505.00"), NOW), now=NOW + timedelta(minutes=1))
    old = Approval.objects.get()
    change(old)

    result = lapse_approvals(NOW + timedelta(hours=1), False)

    old.refresh_from_db()
    new = Approval.objects.get(status="pending")
    assert (old.status, new.kind, new.subject_version) == ("lapsed", LATE_PAYMENT, 9)
    assert (result.done, result.failed) == (1, 0)


def test_a_kind_that_nobody_knows_does_not_stop_the_rest() -> None:
    agent = make_staff("agent")
    Approval.objects.create(
        kind="moon", subject_kind="order", subject_id="1", subject_version=1, rule="P1", reason="x",
        requested_at=NOW,
    )  # fmt: skip
    change(request(agent))

    result = lapse_approvals(NOW, False)

    assert (result.done, result.failed) == (1, 1)


def test_statements_do_not_grow_with_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = make_staff("agent")

    def statements(count: int) -> int:
        for _number in range(count):
            change(request(agent, at=NOW - timedelta(hours=12)))
        with CaptureQueriesContext(connection) as captured:
            assert lapse_approvals(NOW, False).done == count
        return len(captured)

    assert statements(2) == statements(40)


def test_it_goes_on_over_several_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lapsing, "BATCH", 2)
    agent = make_staff("agent")
    for _number in range(5):
        change(request(agent))
    for _number in range(5):
        request(agent, at=NOW - timedelta(hours=12))

    assert lapse_approvals(NOW, False).done == 10
    assert statuses().count("lapsed") == 5


def test_the_job_runs_by_its_name() -> None:
    change(request(make_staff("agent")))

    report = jobs.run("lapse_approvals", now=NOW)

    assert (report.done, report.error) == (1, "")
