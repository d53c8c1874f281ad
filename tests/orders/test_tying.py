"""A8: an order placed for an exchange is exempt from O4 and S7, keeps nothing, and is never paid silently."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from members.models import Buyer
from orders.imports.rows import OrderRow
from orders.models import Consent, Flag, Hold, Order, Parcel, Payment, PlatformTask, PostageCredit, RefundTask
from orders.quotes import facts_of_ask, siblings_of
from orders.selectors.buying import to_buy
from orders.selectors.waiting import waiting_for_shelf, waiting_lines
from orders.services import holds
from orders.services.closing import TIED, close_unpaid_orders
from orders.services.imports.orders import import_orders
from orders.services.joining import SHORT_LABEL
from orders.services.late_payments import refund_late
from orders.services.parcels.planning import plan
from orders.services.payments import PaymentMessage, record_payment
from orders.services.refunding import refund_lines
from orders.services.tied_money import TIED_LABEL
from orders.services.tying import REPRICE_LABEL, close_tied, tie, untie
from orders.states import CloseReason, Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Approval, AuditEntry
from tests.factories import NOW, make_line, make_order, make_paid_order, make_sku, make_staff
from tests.orders.hold_scenes import figures, ordered
from tests.orders.test_joining import ADDRESS, order_of, priced

pytestmark = pytest.mark.django_db
SHELF = "【韩国现货】小白鞋"
AGENT = "agent"
NOT_SENT = "未安排发货，请主管决定退款，或取消换款后照常发货"
D = Decimal


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


def tied(order: Order) -> Order:
    order.refresh_from_db()
    tie(order, actor=make_staff(AGENT), now=NOW)
    order.refresh_from_db()
    return order


def untied(order: Order) -> Order:
    order.refresh_from_db()
    untie(order, actor=make_staff(AGENT), now=NOW)
    order.refresh_from_db()
    return order


def state(order: Order) -> list[Any]:
    models = (Order, Hold, Flag, Consent, PlatformTask, Parcel)
    return [list(model.objects.order_by("pk").values()) for model in models] + [AuditEntry.objects.count()]


def red(order: Order) -> tuple[str, str, str] | None:
    flag = Flag.objects.filter(order=order, ended_at=None, seller_flag=1).select_related("note").first()
    return (flag.label, flag.addressee, flag.note.text) if flag and flag.note else None


class TestExemptFromClosing:
    """O4."""

    def test_not_closed_at_72_hours_until_it_is_untied(self) -> None:
        order = tied(make_order(created=NOW - timedelta(hours=100)))
        plain = make_order(created=NOW - timedelta(hours=100))
        assert order.closes_at is None

        preview = close_unpaid_orders(NOW, True)
        result = close_unpaid_orders(NOW, False)

        assert preview.subjects == result.subjects == [plain.pk]
        assert preview.skip_reasons == result.skip_reasons == {TIED: 1}
        order.refresh_from_db()
        assert order.status == Status.WAIT_BUYER_PAY

        untied(order)
        assert order.closes_at == NOW - timedelta(hours=28)
        assert close_unpaid_orders(NOW, False).subjects == [order.pk]

    def test_one_that_is_partly_paid_goes_to_no_second_supervisor(self) -> None:
        order = tied(make_order(created=NOW - timedelta(hours=100)))
        record_payment(order.pk, PaymentMessage("p", D("10.00"), NOW), now=NOW)

        for dry_run in (True, False):
            result = close_unpaid_orders(NOW, dry_run)
            assert (result.done, result.skip_reasons) == (0, {TIED: 1})
        assert not Approval.objects.exists()
        assert red(order) == (TIED_LABEL, "supervisor", f"换款单不用付款，却收到10.00；{NOT_SENT}")


class TestShelf:
    """F5: what it held goes back, and is not taken again."""

    def test_its_holds_go_to_whoever_waits(self) -> None:
        sku = make_sku(SHELF, stock=1)
        order = ordered(sku)
        holds.take([order.pk], now=NOW)
        waits = ordered(sku)
        assert figures(sku) == (1, 1)

        tied(order)

        assert Hold.objects.get(released_at=None).order_id == waits.pk
        assert Hold.objects.get(order=order).release == "changed"
        assert figures(sku) == (1, 1)

    def test_they_are_not_retaken_while_it_is_tied(self) -> None:
        sku = make_sku(SHELF, stock=1)
        order = tied(ordered(sku))

        holds.take([order.pk], now=NOW)
        holds.serve_all(now=NOW)

        assert figures(sku) == (1, 0)
        assert not waiting_for_shelf().exists()
        assert not waiting_lines().exists()

        untied(order)
        assert figures(sku) == (1, 1)

    def test_what_was_kept_by_hand_for_it_stays(self) -> None:
        sku = make_sku(SHELF, stock=1)
        order = make_order()
        hold = holds.place(sku.pk, 1, reason="留", order=order, until=NOW + timedelta(hours=72), now=NOW)

        tied(order)

        hold.refresh_from_db()
        assert hold.released_at is None


class TestAddsUpWithNothing:
    """S7."""

    def test_no_quote_counts_it(self) -> None:
        order = order_of("400.00", paid=False)
        other = order_of("200.00", paid=False)
        assert [found.pk for found, _ in siblings_of(other)] == [order.pk]

        tied(order)

        assert siblings_of(other) == []
        assert siblings_of(order) == []
        ask = {
            "buyer_nick": "琥珀", "receiver_address": ADDRESS, "at": "2026-11-22 12:00:00",
            "lines": [{"title": "鞋", "price": "1.00"}],
        }  # fmt: skip
        assert [str(sibling.goods_payable) for sibling in facts_of_ask(ask).siblings] == ["200.00"]

    def test_it_leaves_those_it_was_joined_with_and_they_are_told(self) -> None:
        other = order_of("300.00", paid=True, post_fee=D("0.00"))
        order = priced(order_of("250.00", paid=False))
        other.refresh_from_db()
        assert order.joined == other.joined == min(order.pk, other.pk)

        tied(order)

        other.refresh_from_db()
        assert (order.joined, other.joined) == ("", "")
        assert red(other) == (
            SHORT_LABEL, "agent", "合并的订单改为换款单，合计不足包邮，应补邮费6.00，补齐前勿打单"
        )  # fmt: skip
        assert Parcel.objects.get(order=other).lines.count() == 1

    def test_credit_that_it_was_given_is_theirs_again(self) -> None:
        paid = order_of("600.00", paid=True, post_fee=D("8.00"))
        order = priced(order_of("500.00", paid=False))
        assert PostageCredit.objects.get().paid_on_id == paid.pk

        tied(order)
        assert not PostageCredit.objects.exists()
        assert not RefundTask.objects.exists()

        untied(order)
        assert red(order) == (
            REPRICE_LABEL, "agent", "取消换款关联：原合单抵扣的邮费8.00已不适用，请重新计价后再请客户付款"
        )  # fmt: skip

    def test_the_card_of_accumulation_is_gone(self, client_of: Callable[..., Client]) -> None:
        order = order_of("400.00", paid=False)
        other = order_of("200.00", paid=False)
        client = client_of(AGENT)
        assert order.tid in client.get(f"/orders/{other.tid}/").content.decode()

        tied(order)

        assert order.tid not in client.get(f"/orders/{other.tid}/").content.decode()


class TestMoney:
    """O5: money for it is on record, seen, and nothing is sent."""

    def test_a_payment_is_recorded_and_flagged_and_nothing_travels(self) -> None:
        sku = make_sku(SHELF, stock=1)
        order = tied(ordered(sku, payment=D("505.00")))

        payment = record_payment(order.pk, PaymentMessage("p", D("505.00"), NOW), now=NOW)

        order.refresh_from_db()
        assert (payment.status, order.status, order.paid_fee) == (
            "applied",
            Status.WAIT_SELLER_SEND_GOODS,
            D("505.00"),
        )
        assert red(order) == (TIED_LABEL, "supervisor", f"换款单不用付款，却收到505.00；{NOT_SENT}")
        assert not Parcel.objects.exists()
        assert figures(sku) == (1, 0)
        plan([order.pk], now=NOW)
        assert not Parcel.objects.exists()

    def test_untied_it_is_sent_as_any_other(self) -> None:
        sku = make_sku(SHELF, stock=1)
        order = tied(ordered(sku))
        record_payment(order.pk, PaymentMessage("p", order.payment, NOW), now=NOW)

        untied(order)

        assert red(order) is None
        assert Parcel.objects.get().order_id == order.pk
        assert figures(sku) == (1, 1)

    def test_or_it_is_refunded(self) -> None:
        order = tied(ordered(make_sku(SHELF, stock=1)))
        record_payment(order.pk, PaymentMessage("p", order.payment, NOW), now=NOW)
        order.refresh_from_db()

        refund = refund_lines(
            order.pk, [1], reason="换款单误付", version=order.version, actor=make_staff(AGENT), now=NOW
        )

        assert (refund.status, Buyer.objects.get(pk=order.buyer_id).spend) == ("due", D("499.00"))

    def test_goods_of_it_are_not_bought(self) -> None:
        order = tied(ordered(make_sku("【韩国直送】大衣")))
        record_payment(order.pk, PaymentMessage("p", order.payment, NOW), now=NOW)

        assert not to_buy(NOW).exists()
        untied(order)
        assert to_buy(NOW).count() == 1

    def test_a_file_that_shows_it_paid_flags_it(self) -> None:
        order = tied(ordered(make_sku(SHELF, stock=1)))
        row = OrderRow(
            row=2, tid=order.pk, status=Status.WAIT_SELLER_SEND_GOODS, paid_fee=order.payment, pay_time=NOW
        )

        import_orders([row], file_name="orders.csv", now=NOW)
        import_orders([row], file_name="orders.csv", now=NOW)

        order.refresh_from_db()
        assert order.status == Status.WAIT_SELLER_SEND_GOODS
        assert Payment.objects.get().amount == order.payment
        told = red(order)
        assert told is not None
        assert told[0] == TIED_LABEL
        assert Flag.objects.filter(label=TIED_LABEL).count() == 1
        assert not Parcel.objects.exists()

    def test_money_after_its_closing_is_late_money(self) -> None:
        order = tied(make_order())
        close_tied(order, agreed_at=NOW, agreed_with=make_staff(AGENT), actor=None, now=NOW)
        later = NOW + timedelta(hours=1)

        record_payment(order.pk, PaymentMessage("p", order.payment, later), now=later)

        told = red(order)
        assert told is not None
        assert told[0] == "关闭后付款"
        refund_late(Approval.objects.get(), make_staff("supervisor"), later)
        assert Payment.objects.get().status == "refund_due"


class TestWhatCanBeTied:
    @pytest.mark.parametrize(
        ("fields", "paid"),
        [
            ({"paid_fee": D("1.00")}, False),
            ({"payment_pending": True}, False),
            ({"tied": True}, False),
            ({}, True),
        ],
    )
    def test_only_what_nobody_paid(self, fields: dict[str, Any], paid: bool) -> None:
        order = make_paid_order() if paid else make_order(**fields)
        agent = make_staff(AGENT)
        before = state(order)

        with pytest.raises(Conflict) as refused:
            tie(order, actor=agent, now=NOW)

        assert (refused.value.code, state(order)) == ("A8", before)

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_roles_that_do_not_work_orders(self, role: str) -> None:
        order, actor = tied(make_order()), make_staff(role)
        plain = make_order()
        before = state(order)

        for attempt in (
            lambda: tie(plain, actor=actor, now=NOW),
            lambda: untie(order, actor=actor, now=NOW),
            lambda: close_tied(order, agreed_at=NOW, agreed_with=actor, actor=actor, now=NOW),
        ):
            with pytest.raises(Forbidden):
                attempt()
        assert state(order) == before

    def test_what_is_not_tied_is_not_untied_or_closed_as_such(self) -> None:
        order, agent = make_order(), make_staff(AGENT)
        before = state(order)

        for attempt in (
            lambda: untie(order, actor=agent, now=NOW),
            lambda: close_tied(order, agreed_at=NOW, agreed_with=agent, actor=agent, now=NOW),
        ):
            with pytest.raises(Conflict) as refused:
                attempt()
            assert refused.value.code == "A8"
        assert state(order) == before


class TestClosed:
    """O6: for the seller, with the buyer's agreement on record."""

    def test_with_the_consent_of_the_ticket(self) -> None:
        order = tied(make_order())
        agreed_with, agreed = make_staff(AGENT), NOW - timedelta(minutes=20)

        close_tied(order, agreed_at=agreed, agreed_with=agreed_with, remark="换款 T7", actor=None, now=NOW)

        order.refresh_from_db()
        assert (order.status, order.close_reason, order.end_time) == (
            Status.TRADE_CLOSED_BY_TAOBAO, CloseReason.SELLER, NOW
        )  # fmt: skip
        consent = Consent.objects.get()
        assert (consent.channel, consent.agreed_at, consent.remark) == ("wangwang", agreed, "换款 T7")
        assert (consent.recorded_by, consent.recorded_at) == (agreed_with, NOW)
        assert PlatformTask.objects.get(kind="close").order_id == order.pk
        assert AuditEntry.objects.get(action="order.closed").after["reason"] == "seller"

    def test_agreed_to_before_the_order_was_placed(self) -> None:
        order = tied(make_order())

        close_tied(
            order, agreed_at=NOW - timedelta(days=2), agreed_with=make_staff(AGENT), actor=None, now=NOW
        )

        assert Consent.objects.get().agreed_at == order.created

    @pytest.mark.parametrize("case", ["future", "part", "paid", "closed"])
    def test_not_what_is_paid_or_over(self, case: str) -> None:
        order, agent = tied(make_order()), make_staff(AGENT)
        agreed = NOW + timedelta(minutes=1) if case == "future" else NOW
        if case in ("part", "paid"):
            amount = order.payment if case == "paid" else D("1.00")
            record_payment(order.pk, PaymentMessage("p", amount, NOW), now=NOW)
        if case == "closed":
            close_tied(order, agreed_at=NOW, agreed_with=agent, actor=None, now=NOW)
        order.refresh_from_db()
        before = state(order)

        with pytest.raises(DomainError) as refused:
            close_tied(order, agreed_at=agreed, agreed_with=agent, actor=agent, now=NOW)

        assert refused.value.code == {"future": "O6", "part": "O5", "paid": "O1", "closed": "O1"}[case]
        assert state(order) == before


def test_the_page_and_the_list_say_so_and_count_nothing_down(client_of: Callable[..., Client]) -> None:
    order = make_order(created=NOW - timedelta(hours=65))
    make_line(order)
    client = client_of(AGENT)
    closing = {"view": "closing"}
    assert order.tid in client.get("/orders/", closing).content.decode()
    assert "closes in" in client.get(f"/orders/{order.tid}/").content.decode()

    tied(order)
    page = client.get(f"/orders/{order.tid}/").content.decode()

    assert "placed for an exchange" in page
    assert "Tied to an exchange" in page
    assert "closes in" not in page
    assert "for an exchange" in client.get("/orders/").content.decode()
    assert order.tid not in client.get("/orders/", closing).content.decode()
