"""A9, F5, O4, F1 at the same moment: real threads, real connections."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from orders.models import (
    ExtraGoods,
    Hold,
    LinkSettlement,
    Order,
    Parcel,
    PlatformTask,
    Refund,
    RefundTask,
    Sku,
)
from orders.services import platform
from orders.services.changes.locking import lock_for_change
from orders.services.closing import close_unpaid_orders
from orders.services.extra_parcels import Extra, drop_extra, plan_extra
from orders.services.holds_for_exchange import hold_for, release_held
from orders.services.links import pay_by_links
from orders.services.locks import lock_order
from orders.services.parcels.printing import print_parcels
from orders.services.payments import PaymentMessage, record_payment
from orders.services.refunds_after import owe_after_sale, refund_shipped, withdraw_after_sale
from orders.services.tying import tie
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from tests.factories import NOW, make_line, make_order, make_sku, make_staff
from tests.orders.after_sale_scenes import (
    NICK,
    exchange_parcel,
    finished_order,
    held,
    line_of,
    other_sku,
    sent_order,
)
from tests.orders.postage_links import link
from tests.orders.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 6


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

    def of(self, act: Callable[[], object]) -> None:
        try:
            act()
            outcome = "done"
        except DomainError as refusal:
            outcome = refusal.code
        with self.lock:
            self.counts[outcome] += 1


def test_two_refunds_of_one_line_at_once_never_exceed_what_was_paid() -> None:
    order, agent, seen = sent_order("499.00"), make_staff("agent"), Outcomes()
    line = line_of(order).pk

    def refund() -> None:
        with transaction.atomic():
            refund_shipped(
                lock_order(order.pk), {line: Decimal("200.00")}, reason="瑕疵", actor=agent, now=NOW
            )

    together(*[lambda: seen.of(refund)] * THREADS)

    assert seen.counts == {"done": 2, "A9": THREADS - 2}
    assert sum(made.total for made in Refund.objects.all()) == Decimal("400.00")
    assert PlatformTask.objects.get(kind="refund").amount == Decimal("400.00")


def test_a_caller_without_the_lock_is_caught_up_with() -> None:
    order, agent, seen = sent_order("499.00"), make_staff("agent"), Outcomes()
    stale = [Order.objects.get(pk=order.pk) for _ in range(THREADS)]
    line = line_of(order).pk

    def refund(mine: Order) -> None:
        refund_shipped(mine, {line: Decimal("300.00")}, reason="瑕疵", actor=agent, now=NOW)

    together(*[lambda mine=mine: seen.of(lambda: refund(mine)) for mine in stale])

    assert seen.counts == {"done": 1, "A9": THREADS - 1}
    order.refresh_from_db()
    assert (order.version, Refund.objects.count()) == (2, 1)


def test_a_refund_is_either_paid_or_taken_back() -> None:
    order, agent, seen = sent_order("499.00"), make_staff("agent"), Outcomes()
    with transaction.atomic():
        made = refund_shipped(
            lock_order(order.pk), {line_of(order).pk: Decimal("9.00")}, reason="瑕疵", actor=agent, now=NOW
        )
    task = PlatformTask.objects.get(kind="refund").pk

    def take_back() -> None:
        with transaction.atomic():
            withdraw_after_sale(lock_order(order.pk), made.pk, actor=agent, now=NOW)

    together(lambda: seen.of(lambda: platform.tick(task, actor=agent, now=NOW)), lambda: seen.of(take_back))

    made.refresh_from_db(), order.refresh_from_db()
    assert seen.counts["done"] == 1
    assert (made.status, order.refund_fee) in (("done", Decimal("9.00")), ("withdrawn", Decimal("0.00")))


def test_debts_that_arise_at_once_add_up() -> None:
    order, agent = finished_order("499.00"), make_staff("agent")

    def owe() -> None:
        with transaction.atomic():
            owe_after_sale(lock_order(order.pk), Decimal("1.50"), actor=agent, now=NOW)

    together(*[owe] * THREADS)

    assert RefundTask.objects.get().amount == Decimal("1.50") * THREADS


def test_the_last_pieces_are_held_once() -> None:
    sku, agent, seen = other_sku(2), make_staff("agent"), Outcomes()
    orders = [sent_order(nick=f"{NICK}{number}") for number in range(THREADS)]

    def hold(order: Order) -> None:
        with transaction.atomic():
            hold_for(lock_order(order.pk), sku.pk, 1, reason="换码", actor=agent, now=NOW)

    together(*[lambda order=order: seen.of(lambda: hold(order)) for order in orders])

    sku.refresh_from_db()
    assert seen.counts == {"done": 2, "F5": THREADS - 2}
    assert (sku.stock, sku.held, Hold.objects.count()) == (2, 2, 2)


def test_one_hold_goes_into_one_parcel_or_back_to_the_shelf() -> None:
    order, agent, seen = sent_order(), make_staff("agent"), Outcomes()
    hold, line = held(order), line_of(order)

    def send() -> None:
        with transaction.atomic():
            plan_extra(lock_order(order.pk), "exchange", [Extra(line, 1, hold)], actor=agent, now=NOW)

    def let_go() -> None:
        with transaction.atomic():
            lock_order(order.pk)
            release_held(Hold.objects.get(pk=hold.pk), actor=agent, now=NOW)

    together(*[lambda: seen.of(send)] * 3, *[lambda: seen.of(let_go)] * 2)

    hold.refresh_from_db()
    sku = Sku.objects.get(pk=hold.sku_id)
    assert (sku.held, ExtraGoods.objects.filter(live=True).count()) in ((1, 1), (0, 0))
    assert (hold.released_at is None) == (sku.held == 1)


def test_a_parcel_is_printed_or_dropped() -> None:
    order, agent, actor, seen = sent_order(), make_staff("agent"), make_staff("warehouse"), Outcomes()
    parcel = exchange_parcel(order)

    def drop() -> None:
        with transaction.atomic():
            lock_order(order.pk)
            drop_extra(Parcel.objects.get(pk=parcel.pk), actor=agent, now=NOW)

    together(lambda: seen.of(drop), lambda: seen.of(lambda: print_parcels([parcel.pk], actor=actor, now=NOW)))

    parcel.refresh_from_db()
    goods = ExtraGoods.objects.get()
    assert seen.counts["done"] == 1
    assert (parcel.stage, goods.live) in (("printed", True), ("voided", False))


def test_an_order_is_tied_or_closed_at_72_hours() -> None:
    order, agent, seen = make_order(NICK, created=NOW - timedelta(hours=73)), make_staff("agent"), Outcomes()
    make_line(order)

    def bind() -> None:
        with transaction.atomic():
            tie(lock_order(order.pk), actor=agent, now=NOW)

    together(lambda: seen.of(bind), lambda: close_unpaid_orders(NOW, False))
    close_unpaid_orders(NOW + timedelta(hours=1), False)

    order.refresh_from_db()
    assert (order.tied, order.status, dict(seen.counts)) in (
        (True, Status.WAIT_BUYER_PAY, {"done": 1}),
        (False, Status.TRADE_CLOSED_BY_TAOBAO, {"A8": 1}),
    )


def test_an_order_is_tied_or_paid_and_money_for_a_tied_one_is_seen() -> None:
    sku = make_sku(stock=1)
    order, agent, seen = make_order(NICK), make_staff("agent"), Outcomes()
    make_line(order, sku=sku)

    def bind() -> None:
        with transaction.atomic():
            tie(lock_order(order.pk), actor=agent, now=NOW)

    message = PaymentMessage("p", order.payment, NOW)
    together(lambda: seen.of(bind), lambda: record_payment(order.pk, message, now=NOW))

    order.refresh_from_db()
    assert order.status == Status.WAIT_SELLER_SEND_GOODS
    if order.tied:
        assert (order.seller_flag, Parcel.objects.count()) == (1, 0)
    else:
        assert (seen.counts, Parcel.objects.count()) == ({"A8": 1}, 1)


def test_one_link_pays_one_difference() -> None:
    paying, agent, seen = link("20.00"), make_staff("agent"), Outcomes()
    orders = [finished_order(nick=paying.buyer_id) for _ in range(4)]

    def pay(tid: str) -> None:
        with transaction.atomic():
            order = lock_for_change(tid)
            pay_by_links(order, Decimal("20.00"), [paying.pk], rule="A8", actor=agent, now=NOW)

    together(*[lambda tid=order.pk: seen.of(lambda: pay(tid)) for order in orders])

    assert seen.counts == {"done": 1, "A8": 3}
    assert LinkSettlement.objects.get().amount == Decimal("20.00")
