"""Refunds owed: what, to whom, why, since when; paid out once, by whom (S7, S10, O5)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order, Payment, PlatformTask, RefundTask
from orders.services.platform import open_task, tick
from orders.services.refunds import pay_out_payment, pay_out_task
from orders.states import Status
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_order, make_staff

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def task(order: Order | None = None, amount: str = "6.00", hours: int = 1) -> RefundTask:
    return RefundTask.objects.create(
        order=order or make_order("小肥", status=Status.WAIT_SELLER_SEND_GOODS),
        reason="joined_postage",
        rule="S7",
        amount=Decimal(amount),
        opened_at=NOW - timedelta(hours=hours),
    )


def payment(order: Order, amount: str = "505.00", number: str = "p", hours: int = 2) -> Payment:
    return Payment.objects.create(
        order=order,
        payment_no=number,
        amount=Decimal(amount),
        status=Payment.Status.REFUND_DUE,
        heard_at=NOW - timedelta(hours=hours),
    )


def pay(client: Client, kind: str, pk: int) -> Any:
    return client.post(reverse("refund-paid", args=[kind, pk]), follow=True)


def test_oldest_first_with_amount_rule_and_total(client_of: SignIn) -> None:
    newer, older = task(hours=1), payment(make_order("大肥"), hours=2)

    page = client_of("agent").get(reverse("refunds"))

    assert [(debt.kind, debt.pk, debt.rule) for debt in page.context["owed"]] == [
        ("payment", older.pk, "O5"),
        ("task", newer.pk, "S7"),
    ]
    assert "¥511.00" in page.content.decode()
    assert "postage left over after joining orders" in page.content.decode()


def test_paid_out_once_by_whom_on_record(client_of: SignIn) -> None:
    owed, client = task(), client_of("agent", signature="小雨")

    first, second = pay(client, "task", owed.pk), pay(client, "task", owed.pk)

    owed.refresh_from_db()
    assert "Paid out: ¥6.00." in first.content.decode()
    assert "Somebody paid this out already." in second.content.decode()
    assert (owed.done_at is not None, str(owed.done_by)) == (True, "小雨")
    assert AuditEntry.objects.get(action="refund.paid_out").after["amount"] == "6.00"
    [row] = client.get(reverse("refunds"), {"tab": "done"}).context["done"]
    assert (row.amount, str(row.entry.actor), row.order) == (Decimal("6.00"), "小雨", owed.order)


def test_paying_back_a_payment_takes_it_off_the_list_for_taobao() -> None:
    order = make_order()
    first, second = payment(order, "500.00", "a"), payment(order, "5.00", "b")
    open_task(order, PlatformTask.Kind.REFUND, amount=Decimal("505.00"), now=NOW)

    pay_out_payment(first.pk, actor=make_staff("agent"), now=NOW)
    assert PlatformTask.objects.get().amount == Decimal("5.00")
    pay_out_payment(second.pk, actor=make_staff("agent"), now=NOW)

    assert not PlatformTask.objects.exists()
    assert set(Payment.objects.values_list("status", flat=True)) == {"refunded"}
    with pytest.raises(Conflict):
        pay_out_payment(first.pk, actor=make_staff("agent"), now=NOW)


def test_refunded_on_taobao_is_paid_out_here_too() -> None:
    order = make_order()
    due = payment(order)
    open_task(order, PlatformTask.Kind.REFUND, amount=due.amount, now=NOW)

    tick(PlatformTask.objects.get().pk, actor=make_staff("agent"), now=NOW)

    due.refresh_from_db()
    assert due.status == Payment.Status.REFUNDED
    assert AuditEntry.objects.get(action="refund.paid_out").after["payment"] == due.pk


@pytest.mark.parametrize("role", ["warehouse", "manager"])
def test_other_roles_are_refused_and_nothing_changes(role: str) -> None:
    owed, due, actor = task(), payment(make_order()), make_staff(role)

    with pytest.raises(Forbidden):
        pay_out_task(owed.pk, actor=actor)
    with pytest.raises(Forbidden):
        pay_out_payment(due.pk, actor=actor)

    owed.refresh_from_db()
    due.refresh_from_db()
    assert (owed.done_at, due.status) == (None, "refund_due")
    assert not AuditEntry.objects.exists()


def test_applied_payment_is_not_paid_back() -> None:
    due = payment(make_order())
    Payment.objects.update(status=Payment.Status.APPLIED)

    with pytest.raises(Conflict):
        pay_out_payment(due.pk, actor=make_staff("agent"), now=NOW)

    assert Payment.objects.get().status == "applied"


def test_no_such_debt(client_of: SignIn) -> None:
    client = client_of("agent")

    assert client.post(reverse("refund-paid", args=["gift", 1])).status_code == 404
    assert "Somebody paid this out already." in pay(client, "payment", 99).content.decode()


@pytest.mark.parametrize("tab", ["", "done"])
def test_costs_the_same_however_much_is_owed(
    tab: str, client_of: SignIn, django_assert_num_queries: Callable[..., Any]
) -> None:
    client, agent = client_of("agent"), make_staff("agent")
    for count in (1, 8):
        for _number in range(count):
            task()
            payment(make_order())
            pay_out_task(task().pk, actor=agent)
        # Who asks; two statements for the rows.
        with django_assert_num_queries(3):
            client.get(reverse("refunds"), {"tab": tab})
