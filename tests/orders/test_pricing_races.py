"""S7 under load: two agents price sibling orders at once, with real threads."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from orders.approval_kinds import SPECIAL_PRICE
from orders.models import Order, OrderTerms, PostageCredit
from orders.services.payments import PaymentMessage, record_payment
from orders.services.pricing import apply_computed_price
from orders.services.special_prices import PriceWish, ask_for_price
from shipping.services import ensure_starting_tariffs
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Approval
from shopdesk.base.services import approvals
from shopdesk.base.services.lapsing import lapse_approvals
from tests.factories import NOW, make_staff
from tests.orders.price_scenes import paid, unpaid


@pytest.mark.django_db(transaction=True)
def test_the_credit_is_given_once() -> None:
    ensure_starting_tariffs()
    paid()
    orders = [unpaid() for _ in range(6)]
    agents = [make_staff("agent") for _ in orders]
    barrier = threading.Barrier(len(orders))
    errors: list[Exception] = []

    def work(order: Order, actor: Any) -> Callable[[], None]:
        def run() -> None:
            barrier.wait()
            try:
                apply_computed_price(order.tid, version=1, actor=actor, now=NOW)
            except Exception as error:  # told to the test below, whatever it is
                errors.append(error)
            finally:
                connections.close_all()

        return run

    threads = [threading.Thread(target=work(o, a)) for o, a in zip(orders, agents, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    payments = sorted(Order.objects.filter(pk__in=[o.pk for o in orders]).values_list("payment", flat=True))
    assert payments == [Decimal("244.00")] + [Decimal("250.00")] * 5
    assert PostageCredit.objects.count() == 1


def together(*works: Callable[[], object]) -> list[Exception]:
    """Run each in a thread with a connection of its own; answer what they raised."""
    barrier = threading.Barrier(len(works))
    errors: list[Exception] = []

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except Exception as error:  # told to the test, whatever it is
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_decide_once() -> None:
    ensure_starting_tariffs()
    for _turn in range(5):
        order = unpaid()
        wish = PriceWish(SPECIAL_PRICE, "老客户", Decimal("200.00"))
        approval = ask_for_price(order.tid, wish, version=1, actor=make_staff("agent"), now=NOW)
        people = [make_staff("supervisor") for _ in range(4)]

        errors = together(
            *(
                lambda who=who, pk=approval.pk: approvals.approve(pk, actor=who, now=NOW)
                for who in people[:2]
            ),
            *(
                lambda who=who, pk=approval.pk: approvals.refuse(pk, reason="不行", actor=who, now=NOW)
                for who in people[2:]
            ),
        )

        approval.refresh_from_db()
        after = Order.objects.get(pk=order.pk)
        assert [type(error) for error in errors] == [Conflict] * 3
        given = approval.status == Approval.Status.APPROVED
        assert OrderTerms.objects.filter(order=order).count() == int(given)
        assert (after.payment, after.version) == ((Decimal("200.00"), 2) if given else (order.payment, 1))


@pytest.mark.django_db(transaction=True)
def test_approving_and_pricing_siblings_at_once_never_deadlocks() -> None:
    ensure_starting_tariffs()
    paid()
    orders = [unpaid() for _ in range(4)]
    agent, supervisor = make_staff("agent"), make_staff("supervisor")
    wish = PriceWish(SPECIAL_PRICE, "老客户", Decimal("200.00"))
    asked = [ask_for_price(order.tid, wish, version=1, actor=agent, now=NOW) for order in orders[:2]]

    errors = together(
        *(lambda one=one: approvals.approve(one.pk, actor=supervisor, now=NOW) for one in asked),
        *(
            lambda order=order: apply_computed_price(order.tid, version=1, actor=agent, now=NOW)
            for order in reversed(orders[2:])
        ),
        lambda: lapse_approvals(NOW, False),
    )

    assert errors == []
    assert PostageCredit.objects.count() == 1
    payments = sorted(Order.objects.filter(pk__in=[o.pk for o in orders]).values_list("payment", flat=True))
    assert payments[:2] == [Decimal("200.00")] * 2
    assert payments[2:] in ([Decimal("244.00"), Decimal("250.00")], [Decimal("250.00")] * 2)


@pytest.mark.django_db(transaction=True)
def test_a_payment_and_an_approval_at_once_leave_one_price() -> None:
    ensure_starting_tariffs()
    for turn in range(5):
        order = unpaid()
        wish = PriceWish(SPECIAL_PRICE, "老客户", Decimal("200.00"))
        approval = ask_for_price(order.tid, wish, version=1, actor=make_staff("agent"), now=NOW)
        supervisor = make_staff("supervisor")
        message = PaymentMessage(f"p{turn}", order.payment, NOW)

        errors = together(
            lambda one=approval, who=supervisor: approvals.approve(one.pk, actor=who, now=NOW),
            lambda tid=order.tid, told=message: record_payment(tid, told, now=NOW),
        )

        assert errors == []
        approval.refresh_from_db()
        after = Order.objects.get(pk=order.pk)
        if approval.status == Approval.Status.LAPSED:
            assert (after.payment, after.paid_fee) == (order.payment, order.payment)
        else:
            # Paid at the old price just after: too much came in, and the flag says so (O5).
            assert (after.payment, after.paid_fee, after.seller_flag) == (Decimal("200.00"), order.payment, 1)
