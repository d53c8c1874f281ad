"""A8: an exchange of style: its order is tied, the difference paid before the address is given, or paid back."""

from datetime import timedelta

import pytest

from afterservice.models import Ticket, TicketPayment
from afterservice.rules.refunds import Ask
from afterservice.services import buyer_pays, deciding, exchanging, paying_back, returning, settling
from afterservice.services.deadlines import flag_return_deadlines
from afterservice.states import Case, Goods, Money
from orders.models import Hold, Note, Order, PlatformTask
from orders.services import platform
from orders.states import CloseReason, Status
from shopdesk.base.errors import Conflict, DomainError
from tests.afterservice.goods_scenes import (
    accepted,
    caught_up,
    d,
    keep_address,
    link,
    now_of,
    shipped,
    sign,
    style_exchange,
)
from tests.factories import NOW, make_order, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def test_an_exchange_of_style_withholds_the_address_until_the_difference_is_paid() -> None:
    # given an accepted exchange of style, its unpaid order tied
    agent = make_staff("agent")
    keep_address()
    ticket, new = style_exchange("520.00")
    exchanging.ask_resale(ticket.pk, actor=agent, now=NOW)
    exchanging.tell_exception(ticket.pk, actor=agent, now=NOW)
    exchanging.tie_order(ticket.pk, new.tid, actor=agent, now=NOW)
    exchanging.hold_targets(ticket.pk, actor=agent, now=NOW)
    sign(ticket)

    # then it is exempt, and the difference is what it costs more
    new.refresh_from_db()
    ticket = now_of(ticket)
    assert new.tied
    assert new.closes_at is None
    assert ticket.difference_due == d("21.00")

    # when the address is asked for before it is paid
    before = now_of(ticket).version
    with pytest.raises(DomainError) as refusal:
        returning.give_address(ticket.pk, actor=agent, now=NOW)

    # then it is refused, and nothing changed
    assert refusal.value.code == "A8"
    assert (now_of(ticket).version, now_of(ticket).goods) == (before, Goods.NONE)
    assert not Note.objects.filter(order=ticket.order, text__contains="退回换").exists()

    # when a link pays it
    paying = link("21.00", "换款的人")
    buyer_pays.pay_by_links(ticket.pk, "difference", [paying.tid], actor=agent, now=NOW)
    returning.give_address(ticket.pk, actor=agent, now=NOW)

    # then it is given, and the link is used up
    assert now_of(ticket).goods == Goods.AWAITED
    assert TicketPayment.objects.get(ticket=ticket).settlement.amount == d("21.00")
    assert (
        "退回换红裙子 M，退回的商品暂时还没有收到"
        in Note.objects.filter(order=ticket.order).latest("pk").text
    )


def style_with_address(cost: str = "499.00") -> tuple[Ticket, Order]:
    """An exchange of style whose buyer has the address: tied, kept, signed, the postage given."""
    agent = make_staff("agent")
    keep_address()
    ticket, new = style_exchange(cost)
    exchanging.ask_resale(ticket.pk, actor=agent, now=NOW)
    exchanging.tell_exception(ticket.pk, actor=agent, now=NOW)
    exchanging.tie_order(ticket.pk, new.tid, actor=agent, now=NOW)
    exchanging.hold_targets(ticket.pk, actor=agent, now=NOW)
    sign(ticket)
    buyer_pays.set_postage(ticket.pk, d("0.00"), actor=make_staff("supervisor"), now=NOW)
    returning.give_address(ticket.pk, actor=agent, now=NOW)
    return now_of(ticket), new


def come_back(ticket: Ticket) -> None:
    """Scanned at the door, and passed."""
    keeper = make_staff("warehouse")
    returning.receive(f"t{ticket.pk}", actor=keeper, now=NOW)
    returning.inspect(ticket.pk, passed=True, found="", actor=keeper, now=NOW)


def through_style(cost: str = "499.00") -> tuple[Ticket, Order]:
    """An exchange of style that is out."""
    ticket, new = style_with_address(cost)
    come_back(ticket)
    ticket = settling.send(ticket.pk, "exchanged", actor=make_staff("agent"), now=NOW)
    shipped(ticket.parcel)
    return now_of(ticket), new


def test_what_a_new_style_costs_less_goes_back_by_the_rule_and_the_exchange_goes_on() -> None:
    # given an exchange of 499.00 for a style of 430.00, whose goods are back
    agent = make_staff("agent")
    ticket, new = style_with_address("430.00")
    assert ticket.difference_due == d("0.00")
    come_back(ticket)

    # when nobody names an amount, then the rule does
    shown = paying_back.preview(now_of(ticket), Ask(goods=False))
    assert [(step.rule, step.amount) for step in shown.steps] == [("A8", d("69.00"))]
    paying_back.pay_back(ticket.pk, Ask(goods=False), reason="差价", seen=shown.total, actor=agent, now=NOW)

    # then that is refunded, and nothing of the exchange is let go
    ticket = now_of(ticket)
    new.refresh_from_db()
    assert (ticket.money, ticket.refund.total, ticket.settlement) == (Money.DUE, d("69.00"), "")
    assert new.tied
    assert Hold.objects.get(after_sale=True).released_at is None

    # when it is paid out, then the exchange goes all the same and settles the ticket
    platform.tick(
        PlatformTask.objects.get(order=ticket.order, kind="refund", done_at=None).pk, actor=agent, now=NOW
    )
    assert caught_up(ticket)
    assert (now_of(ticket).money, now_of(ticket).case) == (Money.PAID, Case.DECIDED)
    shipped(settling.send(ticket.pk, "exchanged", actor=agent, now=NOW).parcel)
    settling.confirm(ticket.pk, actor=agent, now=NOW)
    assert (now_of(ticket).case, now_of(ticket).settlement) == (Case.SETTLED, "exchanged")


def test_the_difference_waits_for_the_goods_and_a_refund_instead_takes_all() -> None:
    ticket, new = style_with_address("430.00")
    with pytest.raises(Conflict) as refusal:
        paying_back.preview(ticket, Ask(goods=False))
    assert refusal.value.code == "A5"
    come_back(ticket)

    assert paying_back.preview(now_of(ticket), Ask()).total == d("499.00")
    paying_back.pay_back(
        ticket.pk, Ask(), reason="改退款", seen=d("499.00"), actor=make_staff("supervisor"), now=NOW
    )

    new.refresh_from_db()
    assert (now_of(ticket).settlement, new.tied) == ("refunded", False)


def test_a_dearer_or_equal_style_gives_nothing_back() -> None:
    ticket, _new = through_style()

    with pytest.raises(DomainError) as refusal:
        paying_back.preview(ticket, Ask(goods=False))

    assert refusal.value.code == "A9"


def test_an_exchange_of_style_that_is_opened_again_ties_an_order_anew() -> None:
    # given one whose goods were not sent back in ten days: its order was let go
    agent = make_staff("agent")
    ticket, new = style_with_address()
    flag_return_deadlines(NOW + timedelta(days=10), False)
    assert (now_of(ticket).case, now_of(ticket).tied_order_id) == (Case.CLOSED, new.tid)

    # when it is opened again and accepted
    deciding.reopen(ticket.pk, text="还想换", channel="wangwang", actor=agent, now=NOW)
    Ticket.objects.filter(pk=ticket.pk).update(case=Case.DECIDED, decision="accepted", decided_at=NOW)

    # then no address is shown before an order is tied, and the same one may be
    assert now_of(ticket).tied_order is None
    with pytest.raises(DomainError) as refusal:
        exchanging.hold_targets(ticket.pk, actor=agent, now=NOW)
    assert refusal.value.code == "A8"
    exchanging.tie_order(ticket.pk, new.tid, actor=agent, now=NOW)
    exchanging.hold_targets(ticket.pk, actor=agent, now=NOW)
    assert now_of(ticket).tied_order.tied


def test_an_order_that_was_let_go_may_be_tied_to_another_ticket() -> None:
    agent = make_staff("agent")
    first, new = style_exchange()
    exchanging.tie_order(first.pk, new.tid, actor=agent, now=NOW)
    deciding.withdraw(first.pk, text="再想想", actor=agent, now=NOW)
    second = accepted(first.order, kind="exchange_style")

    exchanging.tie_order(second.pk, new.tid, actor=agent, now=NOW)

    # The one that is over keeps what it had; the other one's order is not to be paid.
    assert now_of(first).tied_order_id == now_of(second).tied_order_id == new.tid
    assert now_of(second).tied_order.tied


def test_a_tied_order_closes_with_the_exchange() -> None:
    ticket, new = through_style()

    settling.confirm(ticket.pk, actor=make_staff("agent"), now=NOW)

    new.refresh_from_db()
    assert (new.status, new.close_reason) == (Status.TRADE_CLOSED_BY_TAOBAO, CloseReason.SELLER)
    assert new.consents.get().recorded_by_id == ticket.agreed_by_id


def test_an_exchange_is_settled_by_default_once() -> None:
    ticket, _new = through_style()

    assert settling.confirm_many_by_default([now_of(ticket)], NOW) == [ticket]
    assert settling.confirm_many_by_default([now_of(ticket)], NOW) == []
    assert now_of(ticket).case == Case.SETTLED


@pytest.mark.parametrize(
    ("what", "rule"),
    [("paid", "A8"), ("other buyer", "A8"), ("dearer", "A8"), ("two lines", "A8"), ("tied", "A8")],
)
def test_only_a_like_unpaid_order_of_the_buyer_is_tied(what: str, rule: str) -> None:
    ticket, new = style_exchange("600.00" if what == "dearer" else "499.00")
    if what == "paid":
        Order.objects.filter(pk=new.pk).update(status=Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW)
    elif what == "other buyer":
        Order.objects.filter(pk=new.pk).update(buyer=make_order("别人").buyer)
    elif what == "two lines":
        from tests.factories import make_line

        make_line(new, "围巾", price=d("1.00"))
    elif what == "tied":
        Order.objects.filter(pk=new.pk).update(tied=True)

    with pytest.raises(DomainError) as refusal:
        exchanging.tie_order(ticket.pk, new.tid, actor=make_staff("agent"), now=NOW)

    assert refusal.value.code == rule
    assert now_of(ticket).tied_order_id is None
