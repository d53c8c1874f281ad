"""A9 at the same moment: real threads, real connections; one refund is made, never more than was paid."""

import threading
from functools import partial

import pytest

from afterservice.rules.refunds import Ask
from afterservice.services import paying_back
from afterservice.states import Goods
from orders.models import PlatformTask, Refund
from shopdesk.base.errors import DomainError
from tests.afterservice.goods_scenes import accepted, d, sent_order
from tests.factories import NOW, make_staff
from tests.orders.test_races import together

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.mark.django_db(transaction=True)
def test_two_people_settle_one_ticket_at_once_and_one_refund_is_made() -> None:
    order = sent_order("100.00")
    ticket = accepted(order, goods=Goods.PASSED)
    people = [make_staff("agent") for _ in range(4)]
    outcomes: list[str] = []
    lock = threading.Lock()

    def settle(number: int) -> None:
        try:
            paying_back.pay_back(
                ticket.pk, Ask(), reason="退货", seen=d("100.00"), actor=people[number], now=NOW
            )
            outcome = "paid"
        except DomainError as refusal:
            outcome = refusal.code
        with lock:
            outcomes.append(outcome)

    together(*[partial(settle, number) for number in range(4)])

    assert sorted(outcomes) == ["A9", "A9", "A9", "paid"]
    assert Refund.objects.get().total == d("100.00")
    assert PlatformTask.objects.get(order=order, kind="refund").amount == d("100.00")


@pytest.mark.django_db(transaction=True)
def test_two_tickets_for_the_same_pieces_at_once_never_pay_more_than_was_paid() -> None:
    order = sent_order("100.00")
    tickets = [accepted(order, goods=Goods.PASSED) for _ in range(4)]
    agent = make_staff("agent")

    def settle(number: int) -> None:
        try:
            paying_back.pay_back(
                tickets[number].pk, Ask(), reason="退货", seen=d("100.00"), actor=agent, now=NOW
            )
        except DomainError:
            return

    together(*[partial(settle, number) for number in range(4)])

    assert Refund.objects.get().goods_fee == d("100.00")
