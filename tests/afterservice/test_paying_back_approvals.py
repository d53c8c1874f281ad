"""A9, P1–P3: above the limit, and for compensation, a supervisor is asked before anything is paid back."""

import pytest

from afterservice.approval_kinds import COMPENSATION, REFUND_ABOVE_LIMIT
from afterservice.models import Ticket
from afterservice.rules.refunds import Ask
from afterservice.states import Money
from orders.models import Refund, RefundTask
from shopdesk.base.errors import Forbidden
from shopdesk.base.models import Approval
from shopdesk.base.services import approvals
from tests.afterservice.goods_scenes import accepted, d, now_of, passed, pay, sent_order
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def test_above_the_limit_a_supervisor_is_asked_and_pays_it() -> None:
    # given 150.00 that an agent gave back on the order before
    order = sent_order("300.00", "150.00")
    first, second = order.lines.order_by("position")
    pay(passed(accepted(order, lines=[second])))
    ticket = passed(accepted(order, lines=[first]), number="YT99999999")
    agent = make_staff("agent")
    part = Ask({first.pk: d("50.01")})

    # when 50.01 more are asked for
    asked = pay(ticket, part, actor=agent)

    # then nothing is paid, and a supervisor sees all of it
    assert isinstance(asked, Approval)
    assert (asked.kind, asked.rule, asked.amount) == (REFUND_ABOVE_LIMIT, "A9", d("50.01"))
    assert asked.before["given"] == "150.00"
    assert (now_of(ticket).money, Refund.objects.count()) == (Money.ASKED, 1)

    # when a supervisor agrees
    approvals.approve(asked.pk, actor=make_staff("supervisor"), now=NOW)

    # then it is the agent's refund, of exactly that
    refund = Refund.objects.latest("pk")
    assert (refund.total, refund.asked_by_id) == (d("50.01"), agent.pk)
    assert (now_of(ticket).money, now_of(ticket).refund_id) == (Money.DUE, refund.pk)


def test_at_the_limit_nobody_is_asked() -> None:
    assert isinstance(pay(passed(accepted(sent_order("200.00")))), Ticket)


def test_a_refusal_leaves_the_ticket_to_be_asked_again() -> None:
    ticket = passed(accepted(sent_order("300.00")))
    asked = pay(ticket)

    approvals.refuse(asked.pk, reason="先和客户谈", actor=make_staff("supervisor"), now=NOW)

    assert now_of(ticket).money == Money.NONE
    assert isinstance(pay(ticket), Approval)
    assert not Refund.objects.exists()


def test_a_request_that_was_taken_back_is_asked_anew() -> None:
    agent = make_staff("agent")
    ticket = passed(accepted(sent_order("300.00")))
    asked = pay(ticket, actor=agent)
    approvals.withdraw(asked.pk, actor=agent, now=NOW)
    assert now_of(ticket).money == Money.NONE

    again = pay(ticket, Ask({ticket.lines.get().line_id: d("120.00")}), actor=agent)

    assert isinstance(again, Ticket)
    assert again.refund.total == d("120.00")


def test_a_supervisor_settles_it_themself_and_the_request_lapses() -> None:
    ticket = passed(accepted(sent_order("300.00")))
    asked = pay(ticket)

    paid = pay(ticket, actor=make_staff("supervisor"))

    assert paid.refund.total == d("300.00")
    asked.refresh_from_db()
    assert asked.status == Approval.Status.LAPSED


def test_nobody_approves_their_own_request() -> None:
    boss = make_staff("supervisor")
    ticket = passed(accepted(sent_order("300.00")))
    asked = pay(ticket)
    Approval.objects.filter(pk=asked.pk).update(requested_by=boss)

    with pytest.raises(Forbidden) as refusal:
        approvals.approve(asked.pk, actor=boss, now=NOW)

    assert refusal.value.code == "P3"
    assert not Refund.objects.exists()


def test_a_request_lapses_when_its_ticket_changes() -> None:
    ticket = passed(accepted(sent_order("300.00")))
    asked = pay(ticket)
    Ticket.objects.filter(pk=ticket.pk).update(version=now_of(ticket).version + 1)

    decided = approvals.approve(asked.pk, actor=make_staff("supervisor"), now=NOW)

    assert decided.status == Approval.Status.LAPSED
    assert now_of(ticket).money == Money.NONE
    assert not Refund.objects.exists()


@pytest.mark.parametrize("kind", ["compensation", "bad_review", "dispute", "return"])
def test_compensation_always_asks_a_supervisor(kind: str) -> None:
    ticket = accepted(kind=kind, problem="flawed")
    if kind == "return":
        ticket = passed(ticket)
    ask = Ask(
        compensation=d("5.00"),
        goods=kind == "return",
        amounts={} if kind != "return" else {ticket.lines.get().line_id: d("10.00")},
    )

    asked = pay(ticket, ask)

    assert isinstance(asked, Approval)
    assert (asked.kind, asked.rule) == (COMPENSATION, "P1")
    approvals.approve(asked.pk, actor=make_staff("supervisor"), now=NOW)
    ticket = now_of(ticket)
    assert (ticket.owed, ticket.money) == (d("5.00"), Money.DUE)
    assert RefundTask.objects.get(reason="after_sale").amount == d("5.00")
