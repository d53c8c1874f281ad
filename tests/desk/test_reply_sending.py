"""T3: logging replies as sent, by how the order or ticket is at that moment."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from afterservice.models import ReturnAddress, Ticket, TicketMessage
from afterservice.selectors.ticket_page import WITH_ALL
from orders.models import Order, Reminder
from orders.selectors.timeline import read_timeline
from orders.services.payments import PaymentMessage, record_payment
from shopdesk.base import clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from shopdesk.desk.models import CannedReply, SentReply
from shopdesk.desk.selectors.replies import offers_of_order, stop_words
from shopdesk.desk.selectors.reply_facts import order_facts, ticket_facts
from shopdesk.desk.services.reply_sending import Untrue, send_to_order, send_to_ticket
from tests.afterservice.scenes import make_ticket
from tests.desk.reply_scenes import make_reply, shipped_reply
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel

pytestmark = pytest.mark.django_db
NUMBER = "75510000000099"


def sent_order() -> Order:
    order = make_shipped_order("收货的人")
    make_line(order)
    make_shipped_parcel(order, invoice_no=NUMBER)
    return order


def send(order: Order, reply: CannedReply, text: str, **fields: Any) -> SentReply:
    fields = {"language": "zh", "channel": "wangwang", "actor": make_staff("agent")} | fields
    return send_to_order(order.tid, reply.pk, text=text, now=NOW, **fields)


def nothing_happened(order: Order) -> None:
    assert not SentReply.objects.exists()
    assert not AuditEntry.objects.filter(subject_id=order.tid).exists()
    order.refresh_from_db()
    assert order.owner is None


def test_what_was_sent_is_kept_and_told() -> None:
    order, reply, agent = sent_order(), shipped_reply(), make_staff("agent")
    text = f"亲，已经发货啦，中通快递 {NUMBER}"

    sent = send(order, reply, text, channel="phone", actor=agent)

    assert (sent.text, sent.channel, sent.by, sent.at, sent.reply_version) == (text, "phone", agent, NOW, 1)
    order.refresh_from_db()
    assert order.owner == agent  # O17
    entry = AuditEntry.objects.get(action="reply.sent")
    assert (entry.subject_id, entry.after["sent"], entry.actor_id) == (order.tid, sent.pk, agent.pk)
    assert text not in str(entry.after)  # the audit refers to what is personal
    told = [happening.text for happening in read_timeline(order.tid, notes=[], see_prices=True)]
    assert "Reply sent: 已发货 (phone)" in told


def test_shipped_on_an_unshipped_order_is_stopped() -> None:
    order, reply = make_paid_order(), shipped_reply()
    make_line(order)

    with pytest.raises(Untrue) as refused:
        send(order, reply, "亲，已经发货啦，中通快递 1")

    message = str(refused.value.message)
    assert refused.value.code == "T3"
    assert "“shipped”: The order is not shipped." in message
    assert "{tracking}: No parcel of this order is shipped yet." in message
    nothing_happened(order)


UNPAID = "亲，{goods} 还没有付款哦"


def unpaid_order() -> tuple[Order, str]:
    order = make_order("小草莓", created=NOW - timedelta(hours=30))
    line = make_line(order)
    return order, f"亲，{line.product.title} 还没有付款哦"


@pytest.mark.parametrize("claims", [["unpaid"], []], ids=["says unpaid", "untagged"])
def test_a_reply_that_chases_is_a_reminder(claims: list[str]) -> None:
    reply = make_reply("亲，{nick}，付款遇到问题了吗", *claims, moment="chasing")
    order, _text = unpaid_order()
    agent = make_staff("agent")

    with clock.fixed(NOW):
        [offer] = offers_of_order(order, staff=agent).offers
        assert not offer.stops
        send(order, reply, "亲，小草莓，付款遇到问题了吗", channel="taobao", actor=agent)

    reminder = Reminder.objects.get()
    assert (reminder.order, reminder.at, reminder.by, reminder.channel) == (order, NOW, agent, "other")
    # The quiet hours stop the next one: in the box, and when it is sent all the same.
    with clock.fixed(NOW + timedelta(hours=11)):
        [offer] = offers_of_order(order, staff=agent).offers
        assert "12 hours must pass" in str(stop_words(offer.stops[0]))
        with pytest.raises(Untrue, match="12 hours must pass"):
            send_to_order(order.tid, reply.pk, language="zh", text="亲", channel="phone", actor=agent)
    assert (Reminder.objects.count(), SentReply.objects.count()) == (1, 1)


def test_a_reminder_to_a_buyer_who_paid_a_second_ago_is_stopped() -> None:
    reply = make_reply(UNPAID, "unpaid", moment="chasing")
    order, text = unpaid_order()
    record_payment(order.tid, PaymentMessage("p", order.payment, NOW - timedelta(seconds=1)), now=NOW)

    with pytest.raises(Untrue, match=r"The buyer has paid \(11-22 .*no reminder goes to who has paid"):
        send(order, reply, text)

    assert (Reminder.objects.count(), SentReply.objects.count()) == (0, 0)
    order.refresh_from_db()
    assert order.owner is None


def test_a_reply_about_a_closed_order_is_no_reminder() -> None:
    order = make_order("小草莓", status="TRADE_CLOSED_BY_TAOBAO", close_reason="timeout")
    send(order, make_reply("订单已关闭", "closed", moment="chasing"), "订单已关闭")
    assert (Reminder.objects.count(), SentReply.objects.count()) == (0, 1)


def test_a_ticket_of_a_paid_order_sends_no_reminder() -> None:
    ticket = make_ticket()
    reply = make_reply("亲，记得付款哦", moment="chasing")
    with pytest.raises(Untrue, match="has paid"):
        send_to_ticket(
            ticket.pk,
            reply.pk,
            language="zh",
            text=reply.text,
            channel="phone",
            actor=make_staff("agent"),
            now=NOW,
        )
    assert (TicketMessage.objects.count(), Reminder.objects.count()) == (0, 0)


def test_an_empty_field_is_stopped() -> None:
    order, reply = make_order(nick=None), make_reply("亲，{nick}，您好")

    with pytest.raises(Untrue, match=r"\{nick\}: The order names no buyer"):
        send(order, reply, "亲，，您好")

    nothing_happened(order)


def test_an_order_that_changed_meanwhile_is_refused() -> None:
    order = make_order("小草莓")
    make_line(order)
    reply = make_reply("亲，一共{payment}，还没有付款哦", "unpaid")
    seen = "亲，一共¥505.00，还没有付款哦"
    Order.objects.filter(pk=order.pk).update(payment=Decimal("492.60"))

    with pytest.raises(DomainError, match="has changed since"):
        send(order, reply, seen)
    Order.objects.filter(pk=order.pk).update(status="WAIT_SELLER_SEND_GOODS", pay_time=NOW)
    with pytest.raises(Untrue, match="does not wait for payment"):
        send(order, reply, "亲，一共¥492.60，还没有付款哦")

    nothing_happened(order)


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": "pigeon"},
        {"channel": ""},
        {"language": "fr"},
        {"language": "en"},
        {"text": "亲，别的话"},
    ],
)
def test_what_is_not_the_reply_is_refused(fields: dict[str, Any]) -> None:
    order, reply = make_order("小草莓"), make_reply()

    with pytest.raises(DomainError):
        send(order, reply, **({"text": "亲，小草莓，您好"} | fields))

    nothing_happened(order)


@pytest.mark.parametrize("role", ["warehouse", "manager"])
def test_who_works_no_orders_sends_nothing(role: str) -> None:
    order, reply, actor = make_order("小草莓"), make_reply(), make_staff(role)

    with pytest.raises(Forbidden):
        send(order, reply, "亲，小草莓，您好", actor=actor)
    with pytest.raises(Forbidden):
        send_to_ticket(
            make_ticket().pk, reply.pk, language="zh", text="亲", channel="phone", actor=actor, now=NOW
        )

    nothing_happened(order)


@pytest.mark.parametrize("fields", [{"retired_at": NOW}, {"owner": "another"}])
def test_a_reply_that_is_not_there_for_one_is_not_sent(fields: dict[str, Any]) -> None:
    if "owner" in fields:
        fields = {"owner": make_staff("agent")}
    order, reply = make_order("小草莓"), make_reply(**fields)

    with pytest.raises(DomainError, match="no such reply"):
        send(order, reply, "亲，小草莓，您好")

    nothing_happened(order)


def test_a_ticket_keeps_it_in_its_log_and_is_answered() -> None:
    ticket, agent = make_ticket(), make_staff("agent")
    reply = make_reply("亲，{ticket} 收到")
    text = f"亲，{ticket.number} 收到"

    sent = send_to_ticket(
        ticket.pk, reply.pk, language="zh", text=text, channel="taobao", actor=agent, now=NOW
    )

    message = TicketMessage.objects.get()
    assert (message.text, message.side, message.channel, message.author) == (
        text,
        "to_buyer",
        "taobao",
        agent,
    )
    ticket.refresh_from_db()
    assert (ticket.case, ticket.answered_at) == ("answered", NOW)
    assert (sent.order_id, sent.ticket_id) == (ticket.order_id, ticket.pk)
    told = [happening.text for happening in read_timeline(ticket.order_id, notes=[], see_prices=True)]
    assert f"{ticket.number} · Reply sent: {reply.title} (Taobao's request page)" in told


def test_the_return_address_is_not_told_before_it_is_given() -> None:
    ReturnAddress.objects.create(text="杭州 某仓 1 号", valid_from=NOW.replace(year=2020))
    ticket = make_ticket(case="decided", decision="accepted")
    reply = make_reply("寄到：{return_address}", "return_accepted")
    said = {"language": "zh", "text": "寄到：杭州 某仓 1 号", "channel": "wangwang"}

    with pytest.raises(Untrue, match="give it on the ticket first"):
        send_to_ticket(ticket.pk, reply.pk, **said, actor=make_staff("agent"), now=NOW)
    assert not TicketMessage.objects.exists()

    Ticket.objects.filter(pk=ticket.pk).update(address_given_at=NOW, goods="awaited")
    send_to_ticket(ticket.pk, reply.pk, **said, actor=make_staff("agent"), now=NOW)
    assert TicketMessage.objects.get().text == "寄到：杭州 某仓 1 号"


def test_a_refused_reply_leaves_the_ticket_unanswered() -> None:
    ticket = make_ticket()

    with pytest.raises(Untrue, match="not accepted"):
        send_to_ticket(
            ticket.pk,
            make_reply("同意您的退货", "return_accepted").pk,
            language="zh",
            text="同意您的退货",
            channel="wangwang",
            actor=make_staff("agent"),
            now=NOW,
        )

    ticket.refresh_from_db()
    assert (ticket.case, TicketMessage.objects.exists(), SentReply.objects.exists()) == (
        "opened",
        False,
        False,
    )


def test_facts_take_a_fixed_number_of_statements(django_assert_num_queries: Any) -> None:
    order = sent_order()
    for _ in range(5):
        make_line(order)
    with django_assert_num_queries(3):
        facts = order_facts(order, now=NOW)
    assert (facts.carrier, facts.tracking, facts.goods.count("小白鞋")) == ("中通快递", NUMBER, 6)
    ticket = Ticket.objects.select_related(*WITH_ALL).get(
        pk=make_ticket(order, address_given_at=NOW, case="decided", decision="accepted", goods="awaited").pk
    )
    with django_assert_num_queries(6):
        ticket_facts(ticket, now=NOW)


@pytest.mark.parametrize(
    "change", [lambda sent: sent.update(text="没说过"), lambda sent: sent.delete()], ids=["edited", "removed"]
)
def test_what_was_sent_is_never_edited_or_removed(change: Callable[[Any], object]) -> None:
    send(make_order("小草莓"), make_reply(), "亲，小草莓，您好")

    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        change(SentReply.objects.all())

    assert SentReply.objects.get().text == "亲，小草莓，您好"


def test_what_fits_is_the_same_whether_the_others_are_filled_or_not() -> None:
    for moment in ("chasing", "payment", "farewell", "price", "greeting"):
        make_reply(f"亲，{moment}", moment=moment)
        make_reply("亲，单号 {tracking}", moment=moment, title=f"{moment} 单号")
    order, _text = unpaid_order()

    with clock.fixed(NOW):
        found = offers_of_order(order, staff=make_staff("agent"))
        expected = [offer for offer in found.offers if offer.fits and not offer.stops]

    assert len(expected) >= 3
    assert found.fitting == expected[: len(found.fitting)]
    assert len(found.fitting) == min(len(expected), 6)
    assert len(found.replies) == len(found.offers) == 10
