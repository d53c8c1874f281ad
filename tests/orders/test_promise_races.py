"""Two workers at once: each late parcel, debt, missed order and finished order comes up once."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from orders.models import Flag, Note, Order, Parcel, RefundTask, TrackingNews
from orders.rules.deliveries import News
from orders.services.finishing import auto_confirm_receipts
from orders.services.following_up import flag_late_deliveries
from orders.services.missed import flag_missed_orders, return_unshipped_to_desk
from orders.services.promises import flag_late_promises
from orders.services.tracking import record_news
from orders.states import ParcelStage, Supply
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order
from tests.orders.shipped_parcels import make_parcel, make_shipped_order, make_shipped_parcel
from tests.orders.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
MANY, WORKERS = 40, 4
DAY = timedelta(days=1)


def late() -> None:
    paid = NOW - 15 * DAY
    order = make_paid_order(created=paid, pay_time=paid)
    make_line(order, "【韩国直送】大衣")
    make_parcel(order, ship_by=NOW)


def missed() -> None:
    order = make_paid_order(created=NOW - 2 * DAY, pay_time=NOW - 2 * DAY)
    make_line(order, "【韩国直送】大衣", supply=Supply.ARRIVED)
    make_parcel(order)


def unsent() -> None:
    make_parcel(stage=ParcelStage.PRINTED)


def shipped_long_ago() -> None:
    make_shipped_order(shipped_at=NOW - 10 * DAY)


def overdue() -> None:
    make_shipped_parcel(deliver_by=NOW)


@pytest.mark.parametrize(
    ("job", "make", "now", "action"),
    [
        (flag_late_promises, late, NOW, "flag.set"),
        (flag_missed_orders, missed, NOW, "flag.set"),
        (return_unshipped_to_desk, unsent, NOW.replace(hour=17, minute=30), "parcel.returned_to_desk"),
        (auto_confirm_receipts, shipped_long_ago, NOW, "order.finished"),
        (flag_late_deliveries, overdue, NOW, "parcel.trouble"),
    ],
    ids=["promises", "missed", "evening", "receipts", "deliveries"],
)
def test_workers_at_once_do_it_once(
    job: Callable[[datetime, bool], JobResult], make: Callable[[], None], now: datetime, action: str
) -> None:
    for _number in range(MANY):
        make()
    results: list[JobResult] = []

    together(*[lambda: results.append(job(now, False))] * WORKERS)

    # What one worker held, another passed over: one more run finishes it, and nothing is done twice.
    results.append(job(now, False))
    # One worker may flag an order and another owe its postage.
    assert MANY <= sum(result.done for result in results) <= (2 if job is flag_late_promises else 1) * MANY
    assert sum(result.failed for result in results) == 0
    told = Counter(AuditEntry.objects.filter(action=action).values_list("subject_id", flat=True))
    assert len(told) == MANY
    assert set(told.values()) == {1}
    if job is flag_late_promises:
        assert RefundTask.objects.count() == Note.objects.count() == Flag.objects.count() == MANY


def test_the_same_push_from_all_sides_counts_once() -> None:
    parcels = [make_shipped_parcel() for _number in range(10)]
    news = [
        News("zhongtong", parcel.invoice_no, state, NOW - timedelta(hours=hours), str(state))
        for parcel in parcels
        for state, hours in ((1, 9), (2, 5), (3, 1))
    ]

    together(
        *[
            lambda: record_news(news, source="push", now=NOW),
            lambda: record_news(news[::-1], source="push", now=NOW),
        ]
        * 3
    )

    assert TrackingNews.objects.count() == 30
    assert Parcel.objects.filter(signed_at=NOW - timedelta(hours=1)).count() == 10
    assert Order.objects.filter(signed_time=NOW - timedelta(hours=1), seller_flag=0).count() == 10
    assert AuditEntry.objects.filter(action="order.signed").count() == 10


def test_pushes_and_the_job_at_once_flag_each_parcel_once() -> None:
    parcels = [make_shipped_parcel(deliver_by=NOW) for _number in range(20)]
    news = [News("zhongtong", parcel.invoice_no, 2, NOW, "地址不详") for parcel in parcels]

    together(
        lambda: record_news(news, source="push", now=NOW),
        lambda: [flag_late_deliveries(NOW, False) for _time in range(3)] and None,
        lambda: record_news(news[::-1], source="push", now=NOW),
    )

    assert Flag.objects.filter(ended_at__isnull=True).count() == 20
    assert Parcel.objects.filter(trouble_at=NOW).count() == 20
