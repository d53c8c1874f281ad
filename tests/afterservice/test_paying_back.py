"""A9: what is previewed is what is paid, once, never more than was paid."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from afterservice.models import Clock, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import TicketKind
from afterservice.rules.refunds import Ask
from afterservice.services import paying_back, settling
from afterservice.states import Case, Goods, Money
from members.models import Buyer, SpendEntry
from members.selectors import standing_of
from orders.models import Hold, Order, PlatformTask, Refund, RefundLine, RefundTask
from orders.services import platform
from orders.services.spend import tell_spend
from orders.states import Status
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.money import ZERO
from tests.afterservice.goods_scenes import (
    accepted,
    caught_up,
    d,
    exchange,
    kept,
    now_of,
    passed,
    pay,
    sent_order,
)
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def done_on_taobao(order: Order) -> None:
    """Somebody makes the refund on Taobao."""
    task = PlatformTask.objects.get(order=order, kind=PlatformTask.Kind.REFUND, done_at=None)
    platform.tick(task.pk, actor=make_staff("agent"), now=NOW)


CENTS = st.integers(1, 90_000).map(lambda cents: Decimal(cents) / 100)


def spend(order: Order) -> Decimal:
    return sum(SpendEntry.objects.filter(tid=order.pk).values_list("amount", flat=True), ZERO)


def test_a_return_is_refunded_as_it_was_charged() -> None:
    # given a return of one of three pieces that passed
    order = sent_order("100.00", num=3)
    tell_spend([order.pk])
    ticket = passed(accepted(order, num=1))

    # when it is paid back
    ticket = pay(ticket)

    # then exactly its share is due on Taobao, and the case waits for the money
    assert (ticket.money, ticket.case, ticket.refund.total) == (Money.DUE, Case.DECIDED, d("33.33"))
    assert PlatformTask.objects.get(order=order, kind="refund").amount == d("33.33")
    assert caught_up(ticket) is False

    # when it is made there
    done_on_taobao(order)
    assert caught_up(ticket) is True

    # then order, ledger and ticket follow
    order.refresh_from_db()
    ticket = now_of(ticket)
    assert (order.refund_fee, spend(order)) == (d("33.33"), d("66.67"))
    assert (ticket.money, ticket.case, ticket.settlement) == (Money.PAID, Case.SETTLED, "refunded")
    assert Clock.objects.filter(ticket=ticket, stopped_at=None).get().kind == ClockKind.FOLLOW_UP
    assert caught_up(ticket) is False


def test_three_tickets_for_three_pieces_sum_to_what_was_paid_and_close_the_order() -> None:
    order = sent_order("100.00", num=3)
    tell_spend([order.pk])
    amounts = []
    for number in range(3):
        ticket = passed(accepted(order, num=1, problem="flawed"), number=f"YT00000000{number}")
        ticket = pay(ticket, actor=make_staff("supervisor"))
        amounts.append((ticket.refund.goods_fee, ticket.refund.post_fee))
        done_on_taobao(order)
        caught_up(ticket)

    # the last one takes all that was left, and the shop is at fault: the postage goes with it
    assert amounts == [
        (d("33.33"), d("0.00")),
        (d("33.34"), d("0.00")),
        (d("33.33"), d("6.00")),
    ]
    order.refresh_from_db()
    assert (order.status, order.refund_fee, spend(order)) == (Status.TRADE_CLOSED, d("106.00"), ZERO)


def test_a_second_ticket_for_the_same_pieces_gets_nothing_more() -> None:
    order = sent_order("100.00")
    pay(passed(accepted(order)))
    again = passed(accepted(order), number="YT99999999")

    with pytest.raises(DomainError) as refusal:
        paying_back.preview(now_of(again), Ask())

    assert refusal.value.code == "A9"
    assert Refund.objects.count() == 1


def test_an_amount_that_changed_since_the_preview_is_not_paid() -> None:
    order = sent_order("100.00")
    first, second = passed(accepted(order)), passed(accepted(order), number="YT99999999")
    seen = paying_back.preview(now_of(second), Ask()).total
    pay(first, Ask({first.lines.get().line_id: d("40.00")}))

    with pytest.raises(Conflict) as refusal:
        pay(second, seen=seen)

    assert refusal.value.code == "A9"
    assert (now_of(second).money, Refund.objects.count()) == (Money.NONE, 1)


@pytest.mark.parametrize("seen", [None, d("99.99"), d("100.01")])
def test_nothing_is_paid_that_was_not_shown(seen: Decimal | None) -> None:
    ticket = passed(accepted(sent_order("100.00")))

    with pytest.raises(Conflict) as refusal:
        pay(ticket, seen=seen)

    assert refusal.value.code == "A9"
    assert not Refund.objects.exists()


def test_what_is_owed_is_paid_when_the_debt_is_paid_out() -> None:
    ticket = passed(accepted(sent_order("100.00"), problem="flawed"))
    ticket = pay(ticket, Ask(return_postage=d("12.00")))
    assert (ticket.refund.total, ticket.owed) == (d("106.00"), d("12.00"))

    done_on_taobao(ticket.order)
    assert caught_up(ticket) is False  # the return postage is still owed
    RefundTask.objects.filter(order=ticket.order).update(done_at=NOW)

    assert caught_up(ticket) is True
    assert now_of(ticket).case == Case.SETTLED


def test_an_invoice_settles_a_repair_by_the_buyer() -> None:
    ticket = accepted(kind="repair", problem="flawed", repair_place="buyer")

    ticket = pay(ticket, Ask(goods=False, invoice=d("80.00")))

    assert (ticket.owed, ticket.refund_id, ticket.settlement) == (d("80.00"), None, "repaired")
    RefundTask.objects.filter(order=ticket.order).update(done_at=NOW)
    caught_up(ticket)
    assert now_of(ticket).settlement == "repaired"
    assert now_of(ticket).case == Case.SETTLED


def test_price_protection_pays_a_part_of_the_line() -> None:
    ticket = accepted(sent_order("100.00"), kind="price_protection")

    ticket = pay(ticket, Ask({ticket.lines.get().line_id: d("15.00")}))

    assert (ticket.refund.goods_fee, ticket.settlement) == (d("15.00"), "refunded")


def test_a_refund_instead_of_an_exchange_frees_what_was_kept() -> None:
    order = sent_order("100.00")
    ticket, wanted = exchange(order)
    kept(ticket, wanted)
    Ticket.objects.filter(pk=ticket.pk).update(
        goods=Goods.PASSED, agreed_by=make_staff("agent", signature="小雨")
    )

    pay(ticket)

    wanted.refresh_from_db()
    assert wanted.held == 0
    assert Hold.objects.get(order=order).released_at == NOW


@pytest.mark.parametrize(
    "goods", [Goods.NONE, Goods.AWAITED, Goods.SENT, Goods.RECEIVED, Goods.FAILED, Goods.SENT_BACK]
)
def test_no_money_for_goods_that_are_not_back(goods: str) -> None:
    ticket = accepted(sent_order("100.00"), goods=goods)

    with pytest.raises(Conflict) as refusal:
        paying_back.pay_back(
            ticket.pk, Ask(), reason="退", seen=d("100.00"), actor=make_staff("supervisor"), now=NOW
        )

    assert refusal.value.code == "A5"
    assert not Refund.objects.exists()


@pytest.mark.parametrize("money", [Money.DUE, Money.PAID])
def test_a_ticket_pays_once(money: str) -> None:
    ticket = accepted(sent_order("100.00"), goods=Goods.PASSED, money=money, owed=d("1.00"))

    with pytest.raises(Conflict) as refusal:
        paying_back.pay_back(
            ticket.pk, Ask(), reason="退", seen=d("100.00"), actor=make_staff("supervisor"), now=NOW
        )

    assert refusal.value.code == "A9"
    assert not Refund.objects.exists()


@pytest.mark.parametrize("role", ["warehouse", "manager"])
def test_who_pays_back(role: str) -> None:
    ticket = passed(accepted(sent_order("100.00")))

    with pytest.raises(Forbidden):
        pay(ticket, actor=make_staff(role))

    assert not Refund.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
def test_a_refund_has_a_reason(reason: str) -> None:
    ticket = passed(accepted(sent_order("100.00")))

    with pytest.raises(DomainError) as refusal:
        pay(ticket, reason=reason)

    assert (refusal.value.code, refusal.value.field) == ("P2", "reason")
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    "kind", [kind for kind in TicketKind if kind not in ("bad_review", "dispute", "compensation", "repair")]
)
def test_only_cases_without_goods_or_money_are_settled_as_done(kind: str) -> None:
    ticket = accepted(kind=kind)

    with pytest.raises(Conflict) as refusal:
        settling.settle_as_done(ticket.pk, remark="好了", actor=make_staff("agent"), now=NOW)

    assert refusal.value.code == "A5"


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    payments=st.tuples(CENTS, CENTS),
    num=st.integers(1, 3),
    asks=st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from([0, 1]), st.none() | CENTS), min_size=1, max_size=4
    ),
)
def test_over_any_sequence_of_refunds_nobody_gets_more_than_was_paid(
    payments: tuple[Decimal, Decimal], num: int, asks: list[tuple[int, int, Decimal | None]]
) -> None:
    order = sent_order(*map(str, payments), num=num)
    tell_spend([order.pk])
    lines = list(order.lines.order_by("position"))
    boss = make_staff("supervisor")
    for pieces, which, amount in asks:
        ticket = accepted(order, num=min(pieces, num), goods=Goods.PASSED, problem="flawed")
        ask = Ask() if amount is None else Ask({lines[which].pk: amount})
        try:
            shown = paying_back.preview(now_of(ticket), ask)
        except DomainError:
            continue
        paid = pay(ticket, ask, actor=boss, seen=shown.total)
        # What was shown is what was paid.
        assert (paid.refund.goods_fee, paid.refund.post_fee) == (
            sum(shown.lines.values(), ZERO),
            shown.post_fee,
        )
        done_on_taobao(order)

    order.refresh_from_db()
    for line, payment in zip(lines, payments, strict=True):
        line.refresh_from_db()
        parts = RefundLine.objects.filter(line=line).values_list("amount", flat=True)
        assert line.refund_fee == sum(parts, ZERO) <= payment
    refunded = sum((line.refund_fee for line in lines), ZERO)
    assert order.refund_fee <= order.payment
    # Spend follows, and the tier with it (M1, M4).
    left = ZERO if order.status == Status.TRADE_CLOSED else sum(payments, ZERO) - refunded
    assert spend(order) == left
    standing = standing_of(Buyer.objects.get(pk=order.buyer_id), NOW)
    assert (standing.spend, standing.tier is not None) == (left, left >= 1000)
