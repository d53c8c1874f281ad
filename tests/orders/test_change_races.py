"""O9, O12, F4 at the same moment: real threads, real connections; each thing happens once."""

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from orders.models import ChangeNotice, Hold, LinkSettlement, Order, PlatformTask, Refund, Sku, Slip
from orders.services import platform
from orders.services.acknowledging import acknowledge_notice
from orders.services.refunding import withdraw_refund
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.parcel_makers import hold_line, make_printed_parcel
from tests.orders.postage_links import NICK, link
from tests.orders.refund_scenes import refund
from tests.orders.sku_change_scenes import change, other
from tests.orders.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4


@pytest.fixture(autouse=True)
def shop(transactional_db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


class Outcomes:
    """What became of each of the threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def of(self, outcome: str) -> None:
        with self.lock:
            self.counts[outcome] += 1


def test_one_link_settles_one_of_many_changes() -> None:
    paying, lines = link("20.00"), []
    for _number in range(THREADS):
        line = make_line(make_paid_order(NICK))
        hold_line(line, stock=THREADS)
        lines.append(line)
    sku, agent, seen = other(lines[0], "519.00", stock=THREADS), make_staff("agent"), Outcomes()

    def make(number: int) -> None:
        try:
            change(lines[number], sku, agent, links=(paying.pk,))
            seen.of("changed")
        except DomainError as refusal:
            seen.of(refusal.code)

    together(*(lambda number=number: make(number) for number in range(THREADS)))

    assert seen.counts == {"changed": 1, "O9": THREADS - 1}
    assert LinkSettlement.objects.count() == ChangeNotice.objects.count() == 1
    assert Hold.objects.filter(released_at=None).count() == THREADS
    assert sum(Sku.objects.values_list("held", flat=True)) == THREADS


def test_a_notice_is_acknowledged_once_and_printed_once() -> None:
    line = make_line(make_paid_order(NICK))
    hold_line(line)
    make_printed_parcel(line.order)
    notice, people, seen = change(line, other(line)), make_staff("warehouse"), Outcomes()

    def acknowledge() -> None:
        try:
            acknowledge_notice(notice.pk, found=True, actor=people, now=NOW)
            seen.of("acknowledged")
        except DomainError as refusal:
            seen.of(refusal.code)

    together(*[acknowledge] * THREADS)

    assert seen.counts == {"acknowledged": 1, "O9": THREADS - 1}
    assert sorted(Slip.objects.values_list("version", flat=True)) == [1, 2]


def test_paid_out_and_taken_back_at_once_is_one_of_both() -> None:
    line = make_line(make_paid_order(NICK))
    hold_line(line)
    order = line.order
    refund(order)
    version = Order.objects.get(pk=order.pk).version
    task, agent, seen = PlatformTask.objects.get(kind="refund"), make_staff("agent"), Outcomes()
    asked = Refund.objects.get()

    def pay() -> None:
        try:
            platform.tick(task.pk, actor=agent, now=NOW)
            seen.of("paid")
        except DomainError:
            seen.of("refused")

    def take_back() -> None:
        try:
            withdraw_refund(order.pk, asked.pk, version=version, actor=agent, now=NOW)
            seen.of("back")
        except DomainError:
            seen.of("refused")

    together(pay, take_back)

    assert seen.counts["refused"] == 1
    after, asked = Order.objects.get(pk=order.pk), Refund.objects.get()
    if seen.counts["paid"]:
        assert (after.status, asked.status) == (Status.TRADE_CLOSED, "done")
        assert not Hold.objects.filter(released_at=None).exists()
    else:
        assert (after.status, asked.status, after.refund_fee) == (
            Status.WAIT_SELLER_SEND_GOODS,
            "withdrawn",
            0,
        )
        assert Hold.objects.filter(released_at=None).count() == 1
