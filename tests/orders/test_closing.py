"""O4, O6: closing unpaid orders by the clock and with the buyer's consent."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from orders.approval_kinds import PART_PAYMENT
from orders.models import Consent, Flag, Hold, Order, PlatformTask
from orders.services import holds
from orders.services.closing import BATCH, PART_PAID, PENDING, close_unpaid_orders, close_with_consent
from orders.services.payments import PaymentMessage, record_payment
from orders.states import CloseReason, Status
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Approval, AuditEntry, JobRun
from tests.factories import NOW, make_order, make_sku, make_staff

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent.parent / "data" / "taobao"


def moves_of(order: Order) -> list[str]:
    """The audited moves of an order."""
    return list(
        AuditEntry.objects.filter(subject_kind="order", subject_id=order.tid, action__startswith="order.")
        .order_by("id")
        .values_list("action", flat=True)
    )


@pytest.mark.parametrize(
    ("placed", "closes"),
    [
        (NOW - timedelta(hours=72) + timedelta(microseconds=1), False),
        (NOW - timedelta(hours=72) + timedelta(seconds=1), False),
        (NOW - timedelta(hours=72), True),
        (NOW - timedelta(hours=72, seconds=1), True),
        (NOW - timedelta(days=400), True),
        (NOW, False),
    ],
)
def test_closes_at_72_hours_to_the_second(placed: datetime, closes: bool) -> None:
    order = make_order(created=placed)

    result = close_unpaid_orders(NOW, False)

    order.refresh_from_db()
    assert result.done == int(closes)
    assert (order.status == Status.TRADE_CLOSED_BY_TAOBAO) is closes
    assert moves_of(order) == (["order.closed"] if closes else [])
    if closes:
        assert (order.close_reason, order.end_time, order.version) == (CloseReason.TIMEOUT, NOW, 2)
        assert PlatformTask.objects.get(order=order).kind == PlatformTask.Kind.CLOSE


@pytest.mark.parametrize("year", ["2017", "2018", "2022", "2026"])
def test_closes_exactly_what_is_due_in_the_samples(year: str) -> None:
    expected = json.loads((SAMPLES / year / "expected.json").read_text("utf-8"))
    files = [str(path) for path in sorted((SAMPLES / year).glob("[io][tr]*.[cx]*"))]
    call_command("import_orders", *files, "--json", stdout=StringIO())

    assert run_job(expected["now"])["subjects"] == []  # a dry run first: it changes nothing
    report = run_job(expected["now"], dry_run=False)
    again = run_job(expected["now"], dry_run=False)

    assert sorted(report["subjects"]) == sorted(expected["unpaid_due"])
    assert report["done"] == len(expected["unpaid_due"])
    assert (again["done"], again["skipped"], again["subjects"]) == (0, 0, [])
    open_still = Order.objects.filter(status=Status.WAIT_BUYER_PAY).values_list("tid", flat=True)
    assert sorted(open_still) == sorted(expected["unpaid_kept"])


def run_job(now: str, *, dry_run: bool = True) -> dict[str, Any]:
    out = StringIO()
    arguments = ["close_unpaid_orders", "--now", now, "--json"]
    if dry_run:
        arguments.append("--dry-run")
    call_command("run_job", *arguments, stdout=out)
    report = json.loads(out.getvalue().splitlines()[-1])
    if dry_run:
        assert set(report["subjects"]) == set(
            Order.objects.filter(tid__in=report["subjects"], status=Status.WAIT_BUYER_PAY).values_list(
                "tid", flat=True
            )
        )
        return {**report, "subjects": []}
    return report


def test_a_run_is_reported() -> None:
    make_order(created=NOW - timedelta(hours=80))

    run_job("2026-11-22 12:00:00", dry_run=False)

    report = JobRun.objects.get()
    assert (report.name, report.done, report.dry_run, report.moment) == ("close_unpaid_orders", 1, False, NOW)
    assert report.ended_at is not None


def test_more_than_one_batch_is_closed_in_one_run() -> None:
    for _ in range(3):
        make_order(created=NOW - timedelta(hours=80))
    Order.objects.bulk_create(
        Order(tid=f"9{n:017d}", status=Status.WAIT_BUYER_PAY, created=NOW - timedelta(hours=73), payment=1)
        for n in range(BATCH)
    )

    assert close_unpaid_orders(NOW, False).done == BATCH + 3
    assert AuditEntry.objects.filter(action="order.closed").count() == BATCH + 3


@pytest.mark.parametrize("status", [s for s in Status if s != Status.WAIT_BUYER_PAY])
def test_never_closes_what_is_paid_shipped_or_ended(status: str) -> None:
    reasons = {Status.TRADE_CLOSED: CloseReason.REFUND, Status.TRADE_CLOSED_BY_TAOBAO: CloseReason.UNPAID}
    order = make_order(
        created=NOW - timedelta(days=9), status=status, close_reason=reasons.get(Status(status), "")
    )

    assert close_unpaid_orders(NOW, False).done == 0
    assert Order.objects.get(pk=order.pk).status == status


def test_an_order_whose_payment_is_being_confirmed_is_left_alone() -> None:
    make_order(created=NOW - timedelta(days=9), payment_pending=True)

    result = close_unpaid_orders(NOW, False)

    assert (result.done, result.skip_reasons) == (0, {PENDING: 1})


def test_says_why_it_skips_the_same_in_a_dry_run() -> None:
    for paid in ("100.00", "200.00"):
        order = make_order(created=NOW - timedelta(hours=80))
        record_payment(order.tid, PaymentMessage("p1", Decimal(paid), NOW), now=NOW)
    make_order(created=NOW - timedelta(days=9), payment_pending=True)

    foretold, result = close_unpaid_orders(NOW, True), close_unpaid_orders(NOW, False)

    assert result.skip_reasons == {PART_PAID: 2, PENDING: 1}
    assert (foretold.skip_reasons, result.skipped) == (result.skip_reasons, 3)


def test_releases_the_holds_of_what_it_closes() -> None:
    sku = make_sku(stock=5)
    due, kept = make_order(created=NOW - timedelta(hours=72)), make_order()
    mine = holds.place(sku.pk, 2, reason="下单占用", order=due, now=NOW)
    other = holds.place(sku.pk, 3, reason="下单占用", order=kept, now=NOW)

    close_unpaid_orders(NOW, False)

    mine.refresh_from_db()
    other.refresh_from_db()
    sku.refresh_from_db()
    assert (mine.released_at, mine.release) == (NOW, Hold.Release.CLOSED)
    assert other.released_at is None
    assert (sku.stock, sku.held) == (5, 3)
    assert AuditEntry.objects.filter(action="hold.released", subject_id=due.tid).count() == 1


def test_a_part_paid_order_goes_to_a_supervisor_once() -> None:
    order = make_order(created=NOW - timedelta(hours=70))
    record_payment(order.tid, PaymentMessage("p1", Decimal("100.00"), NOW), now=NOW)
    later = NOW + timedelta(hours=3)

    first = close_unpaid_orders(later, False)
    second = close_unpaid_orders(later + timedelta(minutes=1), False)

    order.refresh_from_db()
    approval = Approval.objects.get(kind=PART_PAYMENT)
    assert order.status == Status.WAIT_BUYER_PAY
    assert (first.done, first.skipped, second.skipped) == (0, 1, 0)
    assert (approval.subject_id, approval.amount, approval.rule) == (order.tid, Decimal("100.00"), "O5")
    flag = Flag.objects.get(order=order, ended_at__isnull=True)
    assert (flag.seller_flag, flag.addressee) == (1, Flag.Addressee.SUPERVISOR)


class TestWithConsent:
    """O6."""

    def close(self, order: Order, **fields: Any) -> Order:
        given = {
            "version": order.version,
            "channel": Consent.Channel.WANGWANG,
            "agreed_at": NOW - timedelta(minutes=5),
            "actor": fields.pop("actor", None) or make_staff("agent"),
            "now": NOW,
        }
        return close_with_consent(order.tid, **(given | fields))

    def test_closes_and_keeps_the_consent(self) -> None:
        order, agent = make_order(), make_staff("agent")

        self.close(order, actor=agent, remark="买家说不要了")

        order.refresh_from_db()
        consent = Consent.objects.get(order=order)
        assert (order.status, order.close_reason) == (Status.TRADE_CLOSED_BY_TAOBAO, CloseReason.SELLER)
        assert (consent.channel, consent.recorded_by, consent.remark) == ("wangwang", agent, "买家说不要了")
        assert order.owner == agent
        assert "order.closed" in moves_of(order)

    @pytest.mark.parametrize(
        ("fields", "code", "error"),
        [
            ({"channel": ""}, "O6", DomainError),
            ({"channel": "telepathy"}, "O6", DomainError),
            ({"agreed_at": NOW + timedelta(seconds=1)}, "O6", DomainError),
            ({"agreed_at": NOW - timedelta(days=2)}, "O6", DomainError),
            ({"version": 7}, "T5", VersionConflict),
        ],
    )
    def test_refuses_without_a_consent_that_can_be(
        self, fields: dict[str, Any], code: str, error: type[DomainError]
    ) -> None:
        order = make_order()

        with pytest.raises(error) as refusal:
            self.close(order, **fields)

        assert refusal.value.code == code
        order.refresh_from_db()
        assert order.status == Status.WAIT_BUYER_PAY
        assert not Consent.objects.exists()
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_refuses_roles_that_do_not_work_orders(self, role: str) -> None:
        order = make_order()

        with pytest.raises(Forbidden):
            self.close(order, actor=make_staff(role))

        assert not Consent.objects.exists()

    @pytest.mark.parametrize(
        "status", [Status.WAIT_SELLER_SEND_GOODS, Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED]
    )
    def test_refuses_what_is_not_unpaid(self, status: str) -> None:
        order = make_order(status=status)

        with pytest.raises(Conflict) as refusal:
            self.close(order)

        assert refusal.value.code == "O1"

    def test_refuses_where_part_is_paid(self) -> None:
        order = make_order()
        record_payment(order.tid, PaymentMessage("p1", Decimal("1.00"), NOW), now=NOW)
        order.refresh_from_db()

        with pytest.raises(DomainError) as refusal:
            self.close(order)

        assert refusal.value.code == "O5"
