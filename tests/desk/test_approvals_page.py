"""The approvals inbox (P1–P3), with late payments (O5) as what is decided."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.approval_kinds import LATE_PAYMENT
from orders.models import Order, PlatformTask
from orders.services.closing import close_unpaid_orders
from orders.services.payments import PaymentMessage, record_payment
from orders.states import Status
from shopdesk.base import clock
from shopdesk.base.models import Approval, AuditEntry, Staff
from shopdesk.base.services import approvals
from shopdesk.desk.selectors.approvals import TABS, read_approvals
from tests.factories import NOW, make_order, make_staff

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def late_payment(nick: str = "") -> Approval:
    """An order closed at 72 hours whose money came after."""
    order = make_order(nick, created=NOW - timedelta(hours=80))
    close_unpaid_orders(NOW - timedelta(hours=6), False)
    record_payment(
        order.tid,
        PaymentMessage(f"2026{order.tid}", Decimal("505.00"), NOW - timedelta(hours=5, minutes=30)),
        now=NOW - timedelta(hours=5),
    )
    return Approval.objects.get(subject_id=order.tid)


def asked_by(staff: Staff) -> Approval:
    """A request that a person made."""
    order = make_order(status=Status.TRADE_CLOSED_BY_TAOBAO, close_reason="timeout", end_time=NOW)
    return approvals.ask(
        LATE_PAYMENT,
        subject_kind="order",
        subject_id=order.tid,
        subject_version=order.version,
        rule="O5",
        reason="客户说已付款",
        before={"status": order.status, "payment": "505.00"},
        after={"payments": {"20260001": "505.00"}},
        amount=Decimal("505.00"),
        requested_by=staff,
        now=NOW,
    )


def order_of(approval: Approval) -> Order:
    return Order.objects.get(pk=approval.subject_id)


class TestReading:
    def test_card_says_what_would_change(self, client_of: Callable[..., Client]) -> None:
        approval = late_payment("小肥羊")

        page = client_of("supervisor").get(reverse("approvals")).content.decode()

        assert "Paid after closing" in page
        assert reverse("orders:detail", args=[approval.subject_id]) in page
        for words in (
            "小肥羊",
            "¥505.00",
            "Closed",
            "Reopen the order",
            "Refund the money",
            "订单关闭后收到付款",
        ):
            assert words in page

    def test_similar_past_decisions_come_along(self) -> None:
        supervisor = make_staff("supervisor")
        past = [late_payment() for _number in range(4)]
        for number, approval in enumerate(past):
            approvals.refuse(
                approval.pk, reason=f"理由{number}", actor=supervisor, now=NOW + timedelta(hours=number)
            )
        late_payment()

        _page, [card] = read_approvals(TABS["pending"], staff=supervisor, now=NOW)

        assert [similar.decision_reason for similar in card.similar] == ["理由3", "理由2", "理由1"]

    def test_card_says_from_when_it_is_every_supervisors(self, client_of: Callable[..., Client]) -> None:
        """Asked at 07:00, before the day shift: 4 hours of shift time are over at 12:30."""
        late_payment()
        supervisor = make_staff("supervisor")
        over = NOW + timedelta(minutes=30)

        _page, [card] = read_approvals(TABS["pending"], staff=supervisor, now=over - timedelta(seconds=1))
        assert (card.escalates_at, card.escalated) == (over, False)
        _page, [card] = read_approvals(TABS["pending"], staff=supervisor, now=over)
        assert (card.escalates_at, card.escalated) == (over, True)

        with clock.fixed(NOW):
            page = client_of("supervisor").get(reverse("approvals")).content.decode()
        assert "to every supervisor at" in page
        assert "2026-11-22 12:30:00" in page

    def test_what_was_decided_goes_to_nobody(self) -> None:
        approval, supervisor = late_payment(), make_staff("supervisor")
        approvals.refuse(approval.pk, reason="不行", actor=supervisor, now=NOW)

        _page, [card] = read_approvals(TABS["decided"], staff=supervisor, now=NOW + timedelta(days=2))

        assert (card.escalates_at, card.escalated) == (None, False)

    def test_tabs(self, client_of: Callable[..., Client]) -> None:
        mine, other = make_staff("agent"), late_payment()
        own = asked_by(mine)
        approvals.refuse(other.pk, reason="不行", actor=make_staff("supervisor"), now=NOW)
        client = Client()
        client.force_login(mine)

        def shown(tab: str) -> list[Approval]:
            return [card.approval for card in client.get(reverse("approvals"), {"tab": tab}).context["cards"]]

        assert shown("pending") == [own]
        assert shown("decided") == [other]
        assert shown("mine") == [own]

    def test_agent_sees_and_does_not_decide(self, client_of: Callable[..., Client]) -> None:
        approval = late_payment()

        page = client_of("agent").get(reverse("approvals")).content.decode()

        assert approval.subject_id in page
        assert reverse("approval-approve", args=[approval.pk]) not in page

    def test_warehouse_sees_only_its_own_and_no_price(self) -> None:
        late_payment()
        packer = make_staff("warehouse")
        own = asked_by(packer)
        client = Client()
        client.force_login(packer)

        answer = client.get(reverse("approvals"))

        assert [card.approval for card in answer.context["cards"]] == [own]
        assert "¥" not in answer.content.decode()

    def test_manager_is_refused(self, client_of: Callable[..., Client]) -> None:
        assert client_of("manager").get(reverse("approvals")).status_code == 403

    def test_costs_the_same_whatever_it_shows(
        self, client_of: Callable[..., Client], django_assert_num_queries: Callable[..., Any]
    ) -> None:
        client, supervisor = client_of("supervisor"), make_staff("supervisor")
        approvals.refuse(late_payment().pk, reason="不行", actor=supervisor, now=NOW)
        late_payment()
        # Who asks; hours, counts; requests; their orders; similar ones and who decided them; who is on shift when.
        with clock.fixed(NOW), django_assert_num_queries(10):
            client.get(reverse("approvals"))
        for _number in range(5):
            late_payment()
            approvals.refuse(late_payment().pk, reason="不行", actor=make_staff("supervisor"), now=NOW)
        with clock.fixed(NOW), django_assert_num_queries(10):
            client.get(reverse("approvals"))


class TestDeciding:
    def test_approve_reopens_the_order(self, client_of: Callable[..., Client]) -> None:
        approval = late_payment()

        answer = client_of("supervisor").post(reverse("approval-approve", args=[approval.pk]), follow=True)

        order = order_of(approval)
        assert (order.status, str(order.paid_fee)) == (Status.WAIT_SELLER_SEND_GOODS, "505.00")
        assert "Approved and done." in answer.content.decode()

    def test_refuse_owes_the_money_back(self, client_of: Callable[..., Client]) -> None:
        approval = late_payment()

        client_of("supervisor").post(reverse("approval-refuse", args=[approval.pk]), {"reason": "货已卖完"})

        approval.refresh_from_db()
        assert (approval.status, approval.decision_reason) == ("refused", "货已卖完")
        assert order_of(approval).status == Status.TRADE_CLOSED_BY_TAOBAO
        task = PlatformTask.objects.get(order=approval.subject_id, kind="refund")
        assert str(task.amount) == "505.00"

    def test_refusal_without_a_reason_is_refused_in_place(self, client_of: Callable[..., Client]) -> None:
        approval = late_payment()

        answer = client_of("supervisor").post(
            reverse("approval-refuse", args=[approval.pk]), {"reason": "  "}, headers=HTMX
        )

        assert answer.status_code == 422
        assert "Say why" in answer.content.decode()
        approval.refresh_from_db()
        assert approval.status == "pending"

    def test_with_htmx_the_card_comes_back_decided(self, client_of: Callable[..., Client]) -> None:
        approval = late_payment()

        answer = client_of("supervisor").post(reverse("approval-approve", args=[approval.pk]), headers=HTMX)

        assert answer.headers["HX-Retarget"] == f"#approval-{approval.pk}"
        assert "Approved and done." in answer.content.decode()
        assert "<html" not in answer.content.decode()

    def test_lapsed_request_says_that_nothing_was_decided(self, client_of: Callable[..., Client]) -> None:
        approval = late_payment()
        Order.objects.filter(pk=approval.subject_id).update(version=99)

        answer = client_of("supervisor").post(reverse("approval-approve", args=[approval.pk]), follow=True)

        approval.refresh_from_db()
        assert approval.status == "lapsed"
        assert "Nothing was decided" in answer.content.decode()
        assert order_of(approval).status == Status.TRADE_CLOSED_BY_TAOBAO

    def test_nobody_decides_their_own(self) -> None:
        supervisor = make_staff("supervisor")
        approval = asked_by(supervisor)
        client = Client()
        client.force_login(supervisor)

        page = client.get(reverse("approvals")).content.decode()
        answer = client.post(reverse("approval-approve", args=[approval.pk]), headers=HTMX)

        assert "another supervisor decides" in page
        assert answer.status_code == 403
        approval.refresh_from_db()
        assert approval.status == "pending"

    def test_own_request_is_taken_back(self) -> None:
        agent = make_staff("agent")
        approval = asked_by(agent)
        client = Client()
        client.force_login(agent)

        client.post(reverse("approval-withdraw", args=[approval.pk]))

        approval.refresh_from_db()
        assert approval.status == "withdrawn"

    def test_somebody_elses_request_is_not_taken_back(self, client_of: Callable[..., Client]) -> None:
        approval = asked_by(make_staff("agent"))

        answer = client_of("agent").post(reverse("approval-withdraw", args=[approval.pk]), follow=True)

        assert "Only the person who asked" in answer.content.decode()
        approval.refresh_from_db()
        assert approval.status == "pending"

    @pytest.mark.parametrize("action", ["approve", "refuse", "withdraw"])
    def test_decided_twice_or_unknown_is_a_plain_message(
        self, action: str, client_of: Callable[..., Client]
    ) -> None:
        answer = client_of("supervisor").post(
            reverse(f"approval-{action}", args=[10**15]), {"reason": "x"}, headers=HTMX
        )

        assert answer.status_code == 422
        assert "There is no such request" in answer.content.decode()

    @pytest.mark.parametrize("role", ["agent", "warehouse", "manager"])
    def test_role_is_refused_and_nothing_changes(self, role: str, client_of: Callable[..., Client]) -> None:
        approval, client = late_payment(), client_of(role)
        before = AuditEntry.objects.count()

        for action in ("approve", "refuse"):
            answer = client.post(reverse(f"approval-{action}", args=[approval.pk]), {"reason": "x"})
            assert answer.status_code == 403
        approval.refresh_from_db()
        assert approval.status == "pending"
        assert AuditEntry.objects.count() == before
