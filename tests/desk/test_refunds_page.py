"""Refunds owed: what, to whom, why, since when; paid out once, by whom (S7, S10, O5)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order, Payment, PlatformTask, Refund, RefundTask
from orders.services.platform import open_task, tick
from orders.services.refunding import refund_lines
from orders.services.refunds import pay_out_payment, pay_out_refund, pay_out_task
from orders.states import Status
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff

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


def refund(order: Order, amount: str = "30.00", status: str = Refund.Status.DUE, **fields: Any) -> Refund:
    return Refund.objects.create(
        order=order,
        status=status,
        goods_fee=Decimal(amount),
        reason="不想要了",
        asked_at=NOW - timedelta(hours=4),
        due_at=NOW - timedelta(hours=3) if status == Refund.Status.DUE else None,
        **fields,
    )


def two_refunded() -> tuple[Order, list[Refund]]:
    """A paid order of two lines, each refunded by itself and due; nothing of it travels any more."""
    order = make_paid_order("小肥")
    for title in ("小白鞋", "帆布包"):
        make_line(order, title, price=Decimal("200.00"))
    for position in (1, 2):
        refund_lines(
            order.tid,
            (position,),
            reason="不想要了",
            version=Order.objects.get().version,
            actor=make_staff("agent"),
            now=NOW,
        )
    return order, list(Refund.objects.order_by("pk"))


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


def test_refunds_of_goods_are_owed_once_their_parcel_is_out_of_the_way(client_of: SignIn) -> None:
    order = make_order("小肥", status=Status.WAIT_SELLER_SEND_GOODS)
    refund(order, "10.00", Refund.Status.WAITING)
    before, after = refund(order, "30.00"), refund(order, "5.00", after_sale=True)
    refund(order, "7.00", Refund.Status.DONE)

    page = client_of("agent").get(reverse("refunds"))

    owed = [(debt.kind, debt.pk, debt.rule, debt.amount, debt.due) for debt in page.context["owed"]]
    assert owed == [
        ("refund", before.pk, "O6", Decimal("30.00"), True),
        ("refund", after.pk, "A9", Decimal("5.00"), True),
    ]


def test_each_refund_of_goods_is_paid_once_here_or_on_taobao(client_of: SignIn) -> None:
    order, (first, second) = two_refunded()
    client, both = client_of("agent"), first.total + second.total
    assert PlatformTask.objects.get(kind="refund").amount == both

    answer, again = pay(client, "refund", first.pk), pay(client, "refund", first.pk)

    assert f"Paid out: ¥{first.total}." in answer.content.decode()
    assert "Somebody paid this out already." in again.content.decode()
    order.refresh_from_db()
    assert (order.status, order.refund_fee) == (Status.WAIT_SELLER_SEND_GOODS, first.total)
    left = PlatformTask.objects.get(kind="refund", done_at=None)
    assert left.amount == second.total

    tick(left.pk, actor=make_staff("agent"), now=NOW)

    assert "Somebody paid this out already." in pay(client, "refund", second.pk).content.decode()
    order.refresh_from_db()
    assert (order.status, order.refund_fee) == (Status.TRADE_CLOSED, both)
    paid = AuditEntry.objects.filter(action="refund.paid_out").order_by("pk")
    assert [entry.after["refund"] for entry in paid] == [first.pk, second.pk]
    assert client.get(reverse("refunds")).context["owed"] == []


def test_a_refund_that_waits_for_its_parcel_is_not_paid_out() -> None:
    waiting = refund(make_order(status=Status.WAIT_SELLER_SEND_GOODS), status=Refund.Status.WAITING)

    with pytest.raises(Conflict):
        pay_out_refund(waiting.pk, actor=make_staff("agent"), now=NOW)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.order.refund_fee) == ("waiting", Decimal("0.00"))


@pytest.mark.parametrize("role", ["warehouse", "manager"])
def test_other_roles_are_refused_and_nothing_changes(role: str) -> None:
    owed, due, actor = task(), payment(make_order()), make_staff(role)
    goods = refund(owed.order)

    with pytest.raises(Forbidden):
        pay_out_task(owed.pk, actor=actor)
    with pytest.raises(Forbidden):
        pay_out_payment(due.pk, actor=actor)
    with pytest.raises(Forbidden):
        pay_out_refund(goods.pk, actor=actor)

    for row in (owed, due, goods):
        row.refresh_from_db()
    assert (owed.done_at, due.status, goods.status) == (None, "refund_due", "due")
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
    assert "Somebody paid this out already." in pay(client, "refund", 99).content.decode()
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
            refund(make_order(status=Status.WAIT_SELLER_SEND_GOODS))
            pay_out_task(task().pk, actor=agent)
        # Who asks; the rows: of three tables, or of the audit with their orders.
        with django_assert_num_queries(3 if tab else 4):
            client.get(reverse("refunds"), {"tab": tab})
