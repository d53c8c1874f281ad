"""A6, A13: what a clock does at zero: to the supervisor, accepted, closed or settled by default, and once."""

from datetime import timedelta
from typing import Any

import pytest

from afterservice.models import Clock, Ticket, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import TicketKind
from afterservice.services import clocks
from afterservice.states import Case, Decision, Goods
from orders.models import Flag, Note
from orders.services.holds_for_exchange import hold_for
from tests.afterservice.clock_scenes import actions, clock_of, decided, exchange, make_ticket, run
from tests.afterservice.scenes import make_received_order
from tests.factories import NOW, make_sku, make_staff

pytestmark = pytest.mark.django_db
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
K = ClockKind


def settled(**fields: Any) -> Ticket:
    return decided(**{"case": Case.SETTLED, "settlement": "refunded", "settled_at": NOW} | fields)


TO_SUPERVISOR = [
    (K.ANSWER, 24, "应在11月23日12:00前回复客户，已超时，请主管跟进"),
    (K.INSPECT, 168, "应在11月29日12:00前验货，已超时，请主管跟进"),
    (K.AGREE_VISIT, 72, "应在11月25日12:00前约定上门时间，已超时，请主管跟进"),
    (K.VISIT, 360, "应在12月7日12:00前上门，已超时，请主管跟进"),
    (K.REPAIR, 720, "应在12月22日12:00前修好，已超时，可提出退货退款，请主管跟进"),
    (K.VISIT_REPAIR, 720, "应在12月22日12:00前上门修好，已超时，可提出退货退款，请主管跟进"),
]


@pytest.mark.parametrize(("kind", "hours", "text"), TO_SUPERVISOR, ids=[kind for kind, *_ in TO_SUPERVISOR])
def test_what_is_late_goes_to_the_supervisor_once(kind: K, hours: int, text: str) -> None:
    ticket = make_ticket(running=(kind,))
    zero = NOW + hours * HOUR

    run(zero - SECOND)
    assert clock_of(ticket, kind).expired_at is None
    assert run(zero) == 1
    assert run(zero + HOUR) == 0

    flag, note = Flag.objects.get(), Note.objects.get()
    assert (flag.order_id, flag.seller_flag, flag.label) == (ticket.order_id, 1, "售后超时")
    assert (flag.addressee, flag.set_by, note.text) == ("supervisor", None, f"售后{ticket.number}：{text}")
    stored = Ticket.objects.get()
    # It is still awaited: the ticket stays first in its list, and its version holds for what was asked.
    assert (stored.escalated_at, stored.next_due_at, stored.version) == (zero, zero, 1)
    clock = clock_of(ticket, kind)
    assert (clock.expired_at, clock.stopped_at) == (zero, None)
    assert actions().count("clock.expired") == 1
    assert actions("order").count("after_sale.expired") == 1


@pytest.mark.parametrize("kind", [K.REPAIR, K.VISIT_REPAIR])
def test_a_late_repair_offers_return_and_refund_in_the_tickets_log(kind: K) -> None:
    ticket = make_ticket(running=(kind,), kind=TicketKind.REPAIR)

    run(NOW + 30 * DAY)

    said = TicketMessage.objects.get()
    assert (said.ticket, said.side, said.author) == (ticket, "staff", None)
    assert said.text == "维修超过时限仍未完成：可向客户提出退货退款，由客户选择，请主管跟进"
    assert "ticket.return_offered" in actions()


def test_what_a3_allows_is_accepted_when_nobody_decided() -> None:
    ticket = make_ticket(running=(K.DECIDE, K.ANSWER), received_time=NOW, received_source="chat")
    Clock.objects.filter(kind=K.ANSWER).update(warned_at=NOW)
    clocks.stop(ticket, K.ANSWER, now=NOW + HOUR)

    assert run(NOW + 48 * HOUR - SECOND) == 1  # the warning
    assert run(NOW + 48 * HOUR) == 1
    assert run(NOW + 49 * HOUR) == 0

    stored = Ticket.objects.get()
    assert (stored.case, stored.decision) == (Case.DECIDED, Decision.ACCEPTED)
    assert (stored.decided_at, stored.decided_by) == (NOW + 48 * HOUR, None)
    assert (stored.verdict, stored.verdict_rule, stored.escalated_at) == ("allowed", "A3", None)
    clock = clock_of(ticket, K.DECIDE)
    assert clock.expired_at == clock.stopped_at == NOW + 48 * HOUR
    assert actions().count("decision.by_default") == 1
    assert not Flag.objects.exists()


@pytest.mark.parametrize("decision", [Decision.PENDING, Decision.ASKED])
@pytest.mark.parametrize("title", ["【韩国直送】大衣", "小白鞋"])
def test_what_a3_does_not_allow_or_a_supervisor_has_goes_to_the_supervisor(title: str, decision: str) -> None:
    order = make_received_order(title=title)
    make_ticket(order, running=(K.DECIDE,), decision=decision)
    allowed = title == "小白鞋" and decision == Decision.PENDING

    run(NOW + 48 * HOUR)

    stored = Ticket.objects.get()
    assert (stored.decision == Decision.ACCEPTED) == allowed
    assert stored.escalated_at == (None if allowed else NOW + 48 * HOUR)
    assert Flag.objects.filter(addressee="supervisor").exists() != allowed


def test_a_refusal_that_the_buyer_left_at_that_is_closed() -> None:
    decided(running=(K.FOLLOW_UP,), decision=Decision.REFUSED, refusal="已穿过")

    run(NOW + 7 * DAY)

    stored = Ticket.objects.get()
    assert (stored.case, stored.close_reason, stored.refusal) == (Case.CLOSED, "refused", "已穿过")
    assert TicketMessage.objects.get().text == "拒绝后客户没有再提出，系统自动结束"


def test_goods_that_were_not_sent_back_close_the_ticket() -> None:
    ticket = decided(running=(K.SEND_BACK,), goods=Goods.AWAITED, address_given_at=NOW)

    assert run(NOW + 10 * DAY) == 1
    assert run(NOW + 11 * DAY) == 0

    stored = Ticket.objects.get()
    assert (stored.case, stored.close_reason, stored.closed_at) == (
        Case.CLOSED,
        "not_sent_back",
        NOW + 10 * DAY,
    )
    # All else that it had stays.
    assert (stored.goods, stored.decision, stored.version) == (Goods.AWAITED, Decision.ACCEPTED, 2)
    assert (stored.next_due_at, stored.awaits, stored.escalated_at) == (None, "", None)
    clock = clock_of(ticket, K.SEND_BACK)
    assert clock.expired_at == clock.stopped_at == NOW + 10 * DAY
    assert TicketMessage.objects.get().text == "超过时限未寄回退货并填写单号，系统自动关闭；客户可重新申请"
    assert actions() == ["clock.expired", "ticket.closed"]
    assert not Flag.objects.exists()


def test_an_exchange_that_was_not_sent_back_gives_back_what_was_kept_for_it() -> None:
    agent, order = make_staff("agent"), make_received_order()
    sku = make_sku(properties="颜色分类：白色;尺码：38", stock=2)
    ticket = decided(order=order, kind=TicketKind.EXCHANGE_SKU, running=(K.SEND_BACK,), goods=Goods.AWAITED)
    line = ticket.lines.get()
    line.hold = hold_for(order, sku.pk, 1, reason="换货", actor=agent, now=NOW)
    line.save()

    assert run(NOW + 10 * DAY) == 1

    line.hold.refresh_from_db()
    sku.refresh_from_db()
    assert (line.hold.released_at, sku.held, sku.stock) == (NOW + 10 * DAY, 0, 2)
    assert Ticket.objects.get().close_reason == "not_sent_back"


def test_an_exchange_that_the_buyer_does_not_object_to_is_settled_as_done() -> None:
    ticket = exchange(signed_at=NOW)
    run(NOW)

    assert [run(NOW + 10 * DAY - SECOND), run(NOW + 10 * DAY), run(NOW + 11 * DAY)] == [1, 1, 0]

    stored = Ticket.objects.get()
    assert (stored.case, stored.settlement, stored.settled_at) == (Case.SETTLED, "exchanged", NOW + 10 * DAY)
    assert clock_of(ticket, K.CONFIRM).expired_at == clock_of(ticket, K.CONFIRM).stopped_at == NOW + 10 * DAY
    assert (stored.next_due_at, stored.escalated_at) == (NOW + 17 * DAY, None)
    assert run(NOW + 17 * DAY) == 1
    assert Ticket.objects.get().close_reason == "no_answer"


def test_a_settled_ticket_without_an_answer_is_closed_after_seven_days() -> None:
    settled(running=(K.FOLLOW_UP,))

    assert run(NOW + 7 * DAY - SECOND) == 0
    assert run(NOW + 7 * DAY) == 1

    stored = Ticket.objects.get()
    assert (stored.case, stored.close_reason, stored.satisfaction) == (Case.CLOSED, "no_answer", None)
    assert not Flag.objects.exists()


def test_what_cannot_be_closed_goes_to_the_supervisor() -> None:
    make_ticket(running=(K.SEND_BACK,), case=Case.PLATFORM)

    assert run(NOW + 10 * DAY) == 1

    stored = Ticket.objects.get()
    assert (stored.case, stored.escalated_at) == (Case.PLATFORM, NOW + 10 * DAY)
    assert Flag.objects.get().addressee == "supervisor"


def test_terms_may_send_it_to_the_supervisor_instead() -> None:
    clocks.ensure_starting_terms()
    clocks.set_terms(
        K.SEND_BACK,
        hours=24,
        warning_hours=2,
        at_zero="supervisor",
        actor=make_staff("manager"),
        now=NOW - DAY,
    )
    decided(running=(K.SEND_BACK,), goods=Goods.AWAITED)

    run(NOW + DAY)

    stored = Ticket.objects.get()
    assert (stored.case, stored.escalated_at) == (Case.DECIDED, NOW + DAY)
