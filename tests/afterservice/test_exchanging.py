"""A7: exchanges of size step by step, by the services; what comes too early is refused and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from afterservice.models import Clock, Ticket, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.services import buyer_pays, exchanging, returning, settling
from afterservice.states import Case
from orders.models import Hold, Note, Order, Parcel, Sku, StockMovement
from orders.services.locks import lock_order
from orders.states import Status
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.afterservice.goods_scenes import (
    RETURN_NO,
    SHOE,
    WANTED,
    accepted,
    d,
    exchange,
    keep_address,
    kept,
    link,
    now_of,
    sent_order,
    shipped,
)
from tests.factories import NOW, make_sku, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


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
