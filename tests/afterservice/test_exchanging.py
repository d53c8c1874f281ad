"""A7, A8: exchanges step by step, by the services; what comes too early is refused and changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from afterservice.models import Clock, Ticket, TicketMessage, TicketPayment
from afterservice.rules.clocks import ClockKind
from afterservice.rules.refunds import Ask
from afterservice.services import buyer_pays, deciding, exchanging, paying_back, returning, settling
from afterservice.services.deadlines import flag_return_deadlines
from afterservice.states import Case, Goods, Money
from orders.models import Hold, LinkSettlement, Note, Order, Parcel, PlatformTask, Sku, StockMovement
from orders.services import platform
from orders.services.locks import lock_order
from orders.states import CloseReason, Status
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.afterservice.goods_scenes import (
    RETURN_NO,
    SHOE,
    WANTED,
    accepted,
    caught_up,
    d,
    exchange,
    keep_address,
    kept,
    link,
    now_of,
    sent_order,
    shipped,
    sign,
    style_exchange,
)
from tests.factories import NOW, make_order, make_sku, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with clock.fixed(NOW):
        yield


def audit_of(ticket: Ticket) -> list[str]:
    return list(
        AuditEntry.objects.filter(subject_kind="ticket", subject_id=str(ticket.pk))
        .order_by("pk")
        .values_list("action", flat=True)
    )


def test_an_exchange_of_size_from_request_to_closed() -> None:
    # given an accepted exchange, and one piece of what is wanted
    agent, keeper = make_staff("agent", signature="小雨"), make_staff("warehouse")
    ticket, wanted = exchange()
    order = ticket.order

    # when it is kept and signed, the address given, postage paid
    ticket = kept(ticket, wanted, agent, given=False)
    wanted.refresh_from_db()
    assert (wanted.stock, wanted.held) == (1, 1)
    returning.give_address(ticket.pk, actor=agent, now=NOW)

    # then the order says so, red, to the warehouse, and the buyer has ten days
    note = Note.objects.filter(order=order).latest("pk")
    assert note.text == "小白鞋 白色 / 37退回换白色 / 38，退回的商品暂时还没有收到"
    assert str(note).endswith("(小雨11.22)")
    order.refresh_from_db()
    assert order.seller_flag == Order.SellerFlag.RED
    clock_row = Clock.objects.get(ticket=ticket, kind=ClockKind.SEND_BACK)
    assert (clock_row.due_at - NOW).days == 10
    told = TicketMessage.objects.filter(ticket=ticket, side=TicketMessage.Side.TO_BUYER)
    assert "退货地址：江苏省" in told.latest("pk").text

    # when the buyer pays, sends it back, and it passes
    buyer_pays.set_postage(ticket.pk, d("12.00"), actor=agent, now=NOW)
    paying = link("12.00", str(order.buyer_id))
    buyer_pays.pay_by_links(ticket.pk, "postage", [paying.tid], actor=agent, now=NOW)
    returning.note_return(ticket.pk, "yuantong", RETURN_NO, actor=agent, now=NOW)
    returning.receive(RETURN_NO.lower(), actor=keeper, now=NOW)
    returning.inspect(ticket.pk, passed=True, found="", actor=keeper, now=NOW)

    # then it is on the shelf again, and the exchange goes out from what was kept
    came = Sku.objects.get(product__title=SHOE, sku_properties_name="颜色分类：白色;尺码：37")
    assert came.stock == 1
    assert StockMovement.objects.get(sku=came).kind == StockMovement.Kind.RETURNED
    ticket = settling.send(ticket.pk, "exchanged", actor=agent, now=NOW)
    assert ticket.parcel is not None
    assert ticket.parcel.purpose == Parcel.Purpose.EXCHANGE
    shipped(ticket.parcel)
    wanted.refresh_from_db()
    assert (wanted.stock, wanted.held) == (0, 0)
    assert ticket.lines.get().hold.release == Hold.Release.CONSUMED

    # when the buyer confirms and says how it was
    ticket = settling.confirm(ticket.pk, actor=agent, now=NOW)
    assert (ticket.case, ticket.settlement) == (Case.SETTLED, "exchanged")
    assert set(running(ticket)) == {ClockKind.FOLLOW_UP}
    ticket = settling.follow_up(ticket.pk, 5, "很满意", actor=agent, now=NOW)

    # then it is closed, nothing runs, and all of it is on record
    assert (ticket.case, ticket.close_reason, ticket.satisfaction) == (Case.CLOSED, "followed_up", 5)
    assert running(ticket) == []
    order.refresh_from_db()
    assert (order.status, order.refund_fee) == (Status.WAIT_BUYER_CONFIRM_GOODS, d("0.00"))
    assert audit_of(ticket) == [
        "goods.resale_asked",
        "exchange.target_chosen",
        "exchange.held",
        "goods.address_given",
        "exchange.postage_set",
        "exchange.links_paid",
        "goods.return_noted",
        "goods.received",
        "goods.inspected",
        "goods.parcel_planned",
        "ticket.settled",
        "ticket.followed_up",
        "ticket.closed",
    ]


def running(ticket: Ticket) -> list[str]:
    return list(Clock.objects.filter(ticket=ticket, stopped_at__isnull=True).values_list("kind", flat=True))


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


Step = Callable[[Ticket, Any], Any]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("hold", "A4"),  # the receipt time is not known
        ("hold_after_receipt", "A7"),  # resale was not asked
        ("address", "A7"),  # nothing is signed
        ("send", "A5"),  # nothing came back
        ("number", "A5"),  # no address was given
    ],
)
def test_what_comes_too_early_is_refused(name: str, rule: str) -> None:
    agent = make_staff("agent")
    ticket, wanted = exchange()
    keep_address()
    if name == "hold":
        Order.objects.filter(pk=ticket.order_id).update(signed_time=None)
    if name in ("address", "send"):
        kept(ticket, wanted, agent, signed=name == "send")
    steps: dict[str, Callable[[], Any]] = {
        "hold": lambda: exchanging.hold_targets(ticket.pk, actor=agent, now=NOW),
        "hold_after_receipt": lambda: exchanging.hold_targets(ticket.pk, actor=agent, now=NOW),
        "address": lambda: returning.give_address(ticket.pk, actor=agent, now=NOW),
        "send": lambda: settling.send(ticket.pk, "exchanged", actor=agent, now=NOW),
        "number": lambda: returning.note_return(ticket.pk, "", RETURN_NO, actor=agent, now=NOW),
    }
    before, holds = now_of(ticket), Hold.objects.count()

    with pytest.raises(DomainError) as refusal:
        steps[name]()

    assert refusal.value.code in {rule, "A7"}
    after = now_of(ticket)
    assert (after.version, after.goods, after.parcel_id) == (before.version, before.goods, None)
    assert Hold.objects.count() == holds


def test_postage_must_be_paid_before_the_exchange_goes() -> None:
    agent, keeper = make_staff("agent"), make_staff("warehouse")
    ticket, wanted = exchange()
    kept(ticket, wanted, agent)
    buyer_pays.set_postage(ticket.pk, d("12.00"), actor=agent, now=NOW)
    returning.give_address(ticket.pk, actor=agent, now=NOW)
    returning.receive(f"T{ticket.pk}", actor=keeper, now=NOW)
    returning.inspect(ticket.pk, passed=True, found="", actor=keeper, now=NOW)

    with pytest.raises(DomainError) as refusal:
        settling.send(ticket.pk, "exchanged", actor=agent, now=NOW)

    assert refusal.value.code == "A7"
    assert "¥12.00" in str(refusal.value)
    assert now_of(ticket).parcel_id is None


@pytest.mark.parametrize(
    ("problem", "goes"), [("changed_mind", False), ("flawed", True)], ids=["the buyer's", "the shop's fault"]
)
def test_an_exchange_does_not_go_before_somebody_said_what_postage_the_buyer_pays(
    problem: str, goes: bool
) -> None:
    agent = make_staff("agent")
    ticket, wanted = exchange(problem=problem)
    kept(ticket, wanted, agent, given=False)
    Ticket.objects.filter(pk=ticket.pk).update(
        goods=Goods.PASSED, address_given_at=NOW, return_invoice_no="SF1234567890"
    )

    if goes:
        settling.send(ticket.pk, "exchanged", actor=agent, now=NOW)
        assert now_of(ticket).parcel_id is not None
        return
    with pytest.raises(DomainError, match="Say what postage") as refusal:
        settling.send(ticket.pk, "exchanged", actor=agent, now=NOW)
    assert refusal.value.code == "A7"
    assert now_of(ticket).parcel_id is None
    with pytest.raises(DomainError, match="Say first"):
        buyer_pays.pay_by_links(ticket.pk, "postage", [link("12.00", "买家").tid], actor=agent, now=NOW)


@pytest.mark.parametrize(
    ("amount", "problem", "role", "rule"),
    [
        ("0.00", "changed_mind", "agent", "A3"),
        ("0.00", "changed_mind", "supervisor", ""),  # a supervisor gives it
        ("5.00", "flawed", "agent", "A3"),  # the shop is at fault
        ("0.00", "flawed", "agent", ""),
        ("-1.00", "changed_mind", "agent", "A7"),
        ("1.001", "changed_mind", "agent", "A7"),
        ("5.00", "changed_mind", "agent", ""),
    ],
)
def test_who_pays_postage_for_an_exchange(amount: str, problem: str, role: str, rule: str) -> None:
    ticket, _wanted = exchange(problem=problem)
    if not rule:
        buyer_pays.set_postage(ticket.pk, d(amount), actor=make_staff(role), now=NOW)
        assert now_of(ticket).postage_due == d(amount)
        return
    with pytest.raises(DomainError) as refusal:
        buyer_pays.set_postage(ticket.pk, d(amount), actor=make_staff(role), now=NOW)
    assert refusal.value.code == rule


def test_a_link_of_somebody_else_pays_nothing() -> None:
    ticket, _wanted = exchange()
    agent = make_staff("agent")
    buyer_pays.set_postage(ticket.pk, d("12.00"), actor=agent, now=NOW)
    paying = link("12.00", "别人")

    with pytest.raises(DomainError) as refusal:
        buyer_pays.pay_by_links(ticket.pk, "postage", [paying.tid], actor=agent, now=NOW)

    assert refusal.value.code == "A7"
    assert not LinkSettlement.objects.exists()
    assert not TicketPayment.objects.exists()


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


def test_another_choice_frees_what_was_kept() -> None:
    agent = make_staff("agent")
    ticket, wanted = exchange()
    other = make_sku(SHOE, "颜色分类：白色;尺码：39", stock=1)
    kept(ticket, wanted, agent)

    exchanging.choose_target(ticket.pk, ticket.lines.get().line_id, other.pk, actor=agent, now=NOW)

    wanted.refresh_from_db()
    assert wanted.held == 0
    exchanging.hold_targets(ticket.pk, actor=agent, now=NOW)
    other.refresh_from_db()
    assert other.held == 1


@pytest.mark.parametrize("sku", ["same", "other product"])
def test_only_another_sku_of_the_product_is_chosen(sku: str) -> None:
    ticket, _wanted = exchange()
    line = ticket.lines.select_related("line").get()
    chosen = line.line.sku_id if sku == "same" else make_sku("围巾", "红").pk

    with pytest.raises(DomainError) as refusal:
        exchanging.choose_target(ticket.pk, line.line_id, chosen, actor=make_staff("agent"), now=NOW)

    assert refusal.value.code == "A7"
    assert ticket.lines.get().target_id is None


def test_nothing_is_kept_that_the_shelf_does_not_have() -> None:
    ticket, wanted = exchange(stock=0)
    agent = make_staff("agent")
    exchanging.ask_resale(ticket.pk, actor=agent, now=NOW)
    exchanging.choose_target(ticket.pk, ticket.lines.get().line_id, wanted.pk, actor=agent, now=NOW)

    with pytest.raises(DomainError) as refusal:
        exchanging.hold_targets(ticket.pk, actor=agent, now=NOW)

    assert refusal.value.code == "A7"
    assert not Hold.objects.filter(order=ticket.order).exists()


def test_a_refused_ticket_keeps_all_it_had_and_frees_its_hold() -> None:
    agent = make_staff("agent")
    ticket, wanted = exchange()
    ticket = kept(ticket, wanted, agent)
    hold = ticket.lines.get().hold
    lock_order(ticket.order_id)

    exchanging.let_go(now_of(ticket), actor=agent, now=NOW)

    wanted.refresh_from_db()
    line = ticket.lines.get()
    assert wanted.held == 0
    assert (line.target_id, line.hold_id) == (wanted.pk, hold.pk)
    assert line.hold.released_at == NOW
    assert audit_of(ticket)[-1] == "exchange.freed"


@pytest.mark.parametrize("role", ["warehouse", "manager"])
def test_roles_that_do_not_work_tickets(role: str) -> None:
    ticket, _wanted = exchange()

    with pytest.raises(Forbidden) as refusal:
        exchanging.ask_resale(ticket.pk, actor=make_staff(role), now=NOW)

    assert refusal.value.code == "A7"
    assert now_of(ticket).resale_asked_at is None


def test_an_older_page_is_told_so() -> None:
    ticket, _wanted = exchange()

    with pytest.raises(VersionConflict):
        exchanging.ask_resale(ticket.pk, version=ticket.version + 1, actor=make_staff("agent"), now=NOW)


CLOSED = {"closed_at": NOW, "close_reason": "followed_up"}


@pytest.mark.parametrize(
    "state",
    [
        {"case": Case.OPENED, "decision": "pending"},
        {"case": Case.ANSWERED, "decision": "asked"},
        {"case": Case.DECIDED, "decision": "refused", "refusal": "过期"},
        {"case": Case.PLATFORM, "decision": "refused", "refusal": "过期"},
        {"case": Case.PLATFORM, "decision": "pending"},
        {"case": Case.SETTLED},
        {"case": Case.CLOSED, **CLOSED},
        {"case": Case.CANCELLED},
    ],
)
@pytest.mark.parametrize(
    "step", ["resale", "target", "hold", "postage", "address", "number", "send", "confirm"]
)
def test_no_step_is_made_on_a_ticket_that_is_not_accepted(state: dict[str, Any], step: str) -> None:
    ticket = accepted(sent_order(), kind="exchange_sku", **state)
    wanted = make_sku(SHOE, WANTED, stock=1)
    who: dict[str, Any] = {"actor": make_staff("supervisor"), "now": NOW}
    line = ticket.lines.get().line_id
    steps: dict[str, Callable[[], Any]] = {
        "resale": lambda: exchanging.ask_resale(ticket.pk, **who),
        "target": lambda: exchanging.choose_target(ticket.pk, line, wanted.pk, **who),
        "hold": lambda: exchanging.hold_targets(ticket.pk, **who),
        "postage": lambda: buyer_pays.set_postage(ticket.pk, d("1.00"), **who),
        "address": lambda: returning.give_address(ticket.pk, **who),
        "number": lambda: returning.note_return(ticket.pk, "", RETURN_NO, **who),
        "send": lambda: settling.send(ticket.pk, "exchanged", **who),
        "confirm": lambda: settling.confirm(ticket.pk, **who),
    }
    before = Ticket.objects.filter(pk=ticket.pk).values().get()

    with pytest.raises(Conflict) as refusal:
        steps[step]()

    assert refusal.value.code == "A5"
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == before
