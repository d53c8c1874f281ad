"""O1, A4: shipped orders are finished by their buyers or by the clock."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from orders.models import Order, Parcel
from orders.rules.finishing import confirmed_by_buyer
from orders.services.finishing import auto_confirm_receipts, finish
from orders.states import Status
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_order, make_paid_order, make_staff
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel
from tests.orders.test_import_orders import Desk, order_row

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_the_buyers_confirmation_finishes_and_is_the_receipt() -> None:
    order, agent = make_shipped_order(), make_staff("agent")
    parcel = make_shipped_parcel(order, trouble_at=NOW - DAY)

    finish(order.tid, version=1, actor=agent, now=NOW)

    order.refresh_from_db()
    assert (order.status, order.end_time, order.version) == (Status.TRADE_FINISHED, NOW, 2)
    assert (order.signed_time, order.owner) == (NOW, agent)
    assert Parcel.objects.get(pk=parcel.pk).signed_at == NOW
    finished = AuditEntry.objects.get(action="order.finished")
    assert (finished.actor, finished.before, finished.after) == (
        agent,
        {"status": "WAIT_BUYER_CONFIRM_GOODS"},
        {"status": "TRADE_FINISHED", "by": "buyer"},
    )


def test_the_carriers_signing_time_is_not_replaced() -> None:
    order = make_shipped_order(signed_time=NOW - DAY)

    finish(order.tid, actor=make_staff("supervisor"), now=NOW)

    order.refresh_from_db()
    assert (order.signed_time, order.owner) == (NOW - DAY, None)


@pytest.mark.parametrize(
    "status", [code for code in Status.values if code != Status.WAIT_BUYER_CONFIRM_GOODS]
)
def test_only_a_shipped_order_is_finished(status: str) -> None:
    closed = {"TRADE_CLOSED": "refund", "TRADE_CLOSED_BY_TAOBAO": "timeout"}
    order = make_order(status=status, close_reason=closed.get(status, ""))

    with pytest.raises(Conflict) as refusal:
        finish(order.tid, actor=make_staff("agent"), now=NOW)

    assert refusal.value.code == "O1"
    assert Order.objects.get().status == status
    assert not AuditEntry.objects.exists()


def test_who_may_not_and_what_was_changed_meanwhile() -> None:
    order = make_shipped_order()

    for role in ("warehouse", "manager"):
        with pytest.raises(Forbidden):
            finish(order.tid, actor=make_staff(role), now=NOW)
    with pytest.raises(VersionConflict):
        finish(order.tid, version=7, actor=make_staff("agent"), now=NOW)

    assert Order.objects.get().status == Status.WAIT_BUYER_CONFIRM_GOODS


def test_the_clock_finishes_ten_days_after_shipping() -> None:
    due = make_shipped_order(shipped_at=NOW - 10 * DAY)
    younger = make_shipped_order(shipped_at=NOW - 10 * DAY + timedelta(seconds=1))
    make_paid_order()

    result = auto_confirm_receipts(NOW, False)

    assert (result.done, result.skipped, result.failed, result.subjects) == (1, 0, 0, [due.tid])
    due.refresh_from_db()
    assert (due.status, due.end_time, due.version) == (Status.TRADE_FINISHED, NOW, 2)
    assert due.signed_time is None  # the clock is no receipt (A4)
    assert Order.objects.get(pk=younger.tid).status == Status.WAIT_BUYER_CONFIRM_GOODS
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.after["by"]) == ("order.finished", None, "clock")
    assert auto_confirm_receipts(NOW, False).done == 0


def test_a_dry_run_of_confirming_does_nothing() -> None:
    order = make_shipped_order(shipped_at=NOW - 10 * DAY)

    assert auto_confirm_receipts(NOW, True).subjects == [order.tid]
    assert Order.objects.get().status == Status.WAIT_BUYER_CONFIRM_GOODS


@pytest.mark.parametrize(
    ("name", "now"),
    [
        ("auto_confirm_receipts", "2026-11-22 12:00:00"),
        ("flag_late_promises", "2026-11-22 12:00:00"),
        ("flag_late_deliveries", "2026-11-22 12:00:00"),
        ("flag_missed_orders", "2026-11-22 12:00:00"),
        ("return_unshipped_to_desk", "2026-11-22 17:30:00"),
    ],
)
def test_the_jobs_answer_as_the_contract_says(name: str, now: str) -> None:
    output = StringIO()

    call_command("run_job", name, "--now", now, "--json", stdout=output)

    assert json.loads(output.getvalue().splitlines()[-1]) == {
        "job": name, "done": 0, "skipped": 0, "failed": 0, "subjects": []
    }  # fmt: skip


@pytest.mark.parametrize(
    ("days", "by_buyer"), [(0, True), (3, True), (9.9, True), (10, False), (11, False), (-1, False)]
)
def test_before_ten_days_only_the_buyer_can_have_confirmed(days: float, by_buyer: bool) -> None:
    assert confirmed_by_buyer(NOW, NOW + timedelta(days=days)) == by_buyer
    assert not confirmed_by_buyer(None, NOW)
    assert not confirmed_by_buyer(NOW, None)


@pytest.mark.parametrize(
    ("ended", "received"), [("2026-11-23 09:00:00", True), ("2026-11-30 10:00:00", False)]
)
def test_an_import_shows_the_receipt_where_only_the_buyer_can_have_confirmed(
    tmp_path: Path, ended: str, received: bool
) -> None:
    desk = Desk(tmp_path)
    desk.take(order_row("卖家已发货，等待买家确认", 发货时间="2026-11-20 10:00:00"))
    order = Order.objects.get()
    parcel = make_shipped_parcel(order, trouble_at=NOW)

    desk.take(order_row("交易成功", 发货时间="2026-11-20 10:00:00", 确认收货时间=ended))

    order.refresh_from_db()
    parcel.refresh_from_db()
    at = clock.parse(ended) if received else None
    assert (order.status, order.signed_time, parcel.signed_at) == (Status.TRADE_FINISHED, at, at)
