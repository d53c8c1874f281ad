"""A9, O6, M1, D5: refunds of shipped goods, never more than was paid, followed by ledger, order and Taobao's list."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.models import Buyer, SpendEntry
from members.services import prove_spend
from orders.imports.rows import ItemRow, OrderRow
from orders.models import Order, OrderLine, PlatformTask, PostageCredit, Refund, RefundTask, StockMovement
from orders.selectors.refunds import open_refund_tasks, read_owed
from orders.services import platform
from orders.services.imports.catalogue import Catalogue
from orders.services.imports.items import import_items
from orders.services.imports.orders import import_orders
from orders.services.imports.waiting import Item
from orders.services.refunding import withdraw_refund
from orders.services.refunds import pay_out_task
from orders.services.refunds_after import owe_after_sale, refundable, seen_paid, withdraw_after_sale
from orders.states import CloseReason, Status, Supply
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import NOW, make_line, make_order, make_paid_order, make_sku, make_staff
from tests.orders.after_sale_scenes import NICK, finished_order, line_of, refund, sent_order
from tests.orders.shipped_parcels import make_parcel, make_shipped_parcel

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def tick(order: Order) -> None:
    task = PlatformTask.objects.get(order=order, kind="refund", done_at=None)
    platform.tick(task.pk, actor=make_staff("agent"), now=NOW)


def left(order: Order) -> tuple[list[str], str, str]:
    """What is left to refund: by line, of the postage, of the order."""
    order.refresh_from_db()
    amounts = refundable(order)
    lines = order.lines.order_by("position")
    return [str(amounts[line.pk]) for line in lines], str(amounts.post_fee), str(amounts.total)


def state(order: Order) -> list[Any]:
    models = (Order, OrderLine, Refund, PlatformTask, RefundTask)
    return [list(model.objects.order_by("pk").values()) for model in models] + [AuditEntry.objects.count()]


def spend() -> Decimal:
    assert prove_spend(NOW, True).done == 0
    return Buyer.objects.get(pk=NICK).spend


class TestDueAtOnce:
    """Nothing is pulled or waited for: it is to be made on Taobao now."""

    def test_it_is_due_and_stands_on_taobaos_list(self) -> None:
        order = sent_order("499.00", "100.00")
        agent = make_staff("agent")

        made = refund(order, {1: "120.00", 2: "30.50"}, "6.00", actor=agent, reason=" 尺码不合适 ")

        assert (made.status, made.after_sale, made.goods_fee, made.post_fee) == (
            "due",
            True,
            D("150.50"),
            D("6.00"),
        )
        assert (made.reason, made.asked_by, made.due_at, made.done_at) == ("尺码不合适", agent, NOW, None)
        assert sorted(made.lines.values_list("amount", flat=True)) == [D("30.50"), D("120.00")]
        assert PlatformTask.objects.get(order=order, kind="refund").amount == D("156.50")
        before = order.version
        order.refresh_from_db()
        assert (order.version, order.refund_fee, order.status) == (
            before + 1,
            D("0.00"),
            "WAIT_BUYER_CONFIRM_GOODS",
        )
        fact = AuditEntry.objects.get(action="refund.after_sale")
        assert (fact.after["amount"], fact.after["post_fee"], fact.actor) == ("156.50", "6.00", agent)
        assert left(order) == (["379.00", "69.50"], "0.00", "448.50")
        assert spend() == D("599.00")

    def test_ticking_it_moves_line_order_and_ledger_and_no_goods(self) -> None:
        order = sent_order("499.00", "100.00")
        OrderLine.objects.filter(order=order).update(supply=Supply.ARRIVED, sku=make_sku("小白鞋", stock=0))
        refund(order, {1: "120.00"}, "6.00")

        tick(order)

        order.refresh_from_db()
        assert (order.refund_fee, order.status) == (D("126.00"), Status.WAIT_BUYER_CONFIRM_GOODS)
        assert line_of(order).refund_fee == D("120.00")
        assert spend() == D("479.00")
        assert not StockMovement.objects.exists()
        assert line_of(order).supply == Supply.ARRIVED
        paid = AuditEntry.objects.get(action="refund.paid_out")
        assert (paid.after["amount"], paid.after["rule"], paid.after["reason"]) == (
            "126.00",
            "A9",
            "refund_after_sale",
        )
        assert left(order) == (["379.00", "100.00"], "0.00", "479.00")

    def test_several_are_one_task_with_their_sum_and_all_done_by_one_tick(self) -> None:
        order = sent_order("499.00")
        refund(order, {1: "100.00"})
        refund(order, {1: "50.00"})
        assert PlatformTask.objects.get(order=order, kind="refund").amount == D("150.00")

        tick(order)

        assert set(Refund.objects.values_list("status", flat=True)) == {"done"}
        assert line_of(order).refund_fee == D("150.00")


class TestClosing:
    """O6: what is refunded in full closes; what is finished stays finished."""

    @pytest.mark.parametrize("postage", ["0.00", "6.00"])
    def test_a_shipped_order_refunded_in_full_closes(self, postage: str) -> None:
        order = sent_order("499.00", "100.00")
        refund(order, {1: "499.00"})
        tick(order)
        order.refresh_from_db()
        assert order.status == Status.WAIT_BUYER_CONFIRM_GOODS

        refund(order, {2: "100.00"}, postage)
        order.refresh_from_db()
        assert order.status == Status.WAIT_BUYER_CONFIRM_GOODS
        tick(order)

        order.refresh_from_db()
        assert (order.status, order.close_reason, order.end_time) == (
            Status.TRADE_CLOSED,
            CloseReason.REFUND,
            NOW,
        )
        assert order.refund_fee == D("599.00") + D(postage)
        assert spend() == D("0.00")
        closed = AuditEntry.objects.get(action="order.closed")
        assert (closed.before["status"], closed.after["reason"]) == ("WAIT_BUYER_CONFIRM_GOODS", "refund")

    def test_one_refund_still_open_keeps_it_open(self) -> None:
        order = sent_order("499.00", "100.00")
        first = refund(order, {1: "499.00", 2: "100.00"})
        refund(order, {}, "6.00")

        seen_paid([first.pk], now=NOW)

        order.refresh_from_db()
        assert (order.status, order.refund_fee) == (Status.WAIT_BUYER_CONFIRM_GOODS, D("599.00"))
        tick(order)
        order.refresh_from_db()
        assert (order.status, order.refund_fee) == (Status.TRADE_CLOSED, D("605.00"))

    def test_a_finished_one_stays_finished(self) -> None:
        order = finished_order("499.00")
        refund(order, {1: "499.00"}, "6.00")

        tick(order)

        order.refresh_from_db()
        assert (order.status, order.refund_fee, order.close_reason) == (
            Status.TRADE_FINISHED,
            D("505.00"),
            "",
        )
        assert spend() == D("0.00")


class TestNeverMoreThanWasPaid:
    """A9, over all refunds of a line together, open or done."""

    @pytest.mark.parametrize(
        ("amounts", "postage"),
        [
            ({1: "499.01"}, "0.00"),
            ({2: "100.01"}, "0.00"),
            ({1: "499.00", 2: "100.01"}, "0.00"),
            ({1: "1.00"}, "6.01"),
            ({1: "-1.00", 2: "2.00"}, "0.00"),
            ({1: "1.00"}, "-0.01"),
            ({}, "0.00"),
            ({1: "0.00"}, "0.00"),
            ({1: "0.004"}, "0.00"),
        ],
    )
    def test_what_cannot_be_refunded_changes_nothing(self, amounts: dict[int, str], postage: str) -> None:
        order = sent_order("499.00", "100.00")
        agent = make_staff("agent")
        before = state(order)

        with pytest.raises(DomainError) as refused:
            refund(order, amounts, postage, actor=agent)

        assert refused.value.code == "A9"
        assert state(order) == before

    @pytest.mark.parametrize("done", [False, True])
    def test_the_next_refund_has_only_what_the_one_before_left(self, done: bool) -> None:
        order = sent_order("499.00")
        refund(order, {1: "400.00"}, "4.00")
        if done:
            tick(order)
        assert left(order) == (["99.00"], "2.00", "101.00")

        for amounts, postage in (({1: "99.01"}, "0.00"), ({}, "2.01")):
            with pytest.raises(DomainError):
                refund(order, amounts, postage)

        refund(order, {1: "99.00"}, "2.00")
        assert left(order) == (["0.00"], "0.00", "0.00")

    def test_what_taobao_refunded_by_itself_counts(self) -> None:
        order = sent_order("499.00", "100.00")
        OrderLine.objects.filter(order=order, position=1).update(refund_fee="450.00")
        Order.objects.filter(pk=order.pk).update(refund_fee="450.00")

        assert left(order) == (["49.00", "100.00"], "6.00", "155.00")

    def test_what_was_paid_less_than_is_due_bounds_all(self) -> None:
        order = sent_order("499.00")
        Order.objects.filter(pk=order.pk).update(paid_fee="300.00")

        assert left(order) == (["300.00"], "6.00", "300.00")

        with pytest.raises(DomainError):
            refund(order, {1: "299.00"}, "6.00")

    @pytest.mark.parametrize(
        ("reason", "rule"), [("late_postage", "S10"), ("lower_postage", "O10"), ("after_sale", "A9")]
    )
    def test_postage_that_is_owed_back_is_not_refunded_again(self, reason: str, rule: str) -> None:
        order = sent_order("499.00")
        RefundTask.objects.create(order=order, reason=reason, rule=rule, amount=D("6.00"), opened_at=NOW)

        assert left(order)[1] == ("6.00" if reason == "after_sale" else "0.00")

    def test_postage_that_was_credited_to_another_order_is_not_refunded(self) -> None:
        order, other = sent_order("499.00"), make_order(NICK)
        PostageCredit.objects.create(paid_on=order, given_to=other, amount=D("4.00"), at=NOW)

        assert left(order)[1] == "2.00"

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 60000),
                st.integers(0, 15000),
                st.integers(0, 900),
                st.sampled_from(["tick", "take", ""]),
            ),
            min_size=1,
            max_size=6,
        )
    )
    def test_over_any_sequence_of_refunds(self, steps: list[tuple[int, int, int, str]]) -> None:
        order = sent_order("499.00", "100.00", nick=NICK)
        agent = make_staff("agent")
        for first, second, postage, then in steps:
            cents = [str(D(value) / 100) for value in (first, second, postage)]
            try:
                made = refund(order, {1: cents[0], 2: cents[1]}, cents[2], actor=agent)
            except DomainError:
                continue
            if then == "tick":
                tick(order)
            elif then == "take":
                order.refresh_from_db()
                withdraw_after_sale(order, made.pk, actor=agent, now=NOW)
            order.refresh_from_db()
            if order.status == Status.TRADE_CLOSED:
                break

        refunds = Refund.objects.filter(order=order).exclude(status="withdrawn")
        for line in order.lines.all():
            total = sum(part.amount for part in line.refunds.filter(refund__in=refunds))
            assert total <= line.payment
            assert line.refund_fee == sum(p.amount for p in line.refunds.filter(refund__status="done"))
        assert sum(made.post_fee for made in refunds) <= order.post_fee
        assert sum(made.total for made in refunds) <= order.payment
        done = refunds.filter(status="done")
        assert order.refund_fee == sum(made.total for made in done)
        spent = (
            D(0)
            if order.status == Status.TRADE_CLOSED
            else D("599.00") - sum(made.goods_fee for made in done)
        )
        assert Buyer.objects.get(pk=NICK).spend == spent
        open_sum = sum(made.total for made in refunds.filter(status="due"))
        task = PlatformTask.objects.filter(order=order, kind="refund", done_at=None).first()
        assert (task.amount if task else 0) == open_sum
        _forget(order)


def _forget(order: Order) -> None:
    """Hypothesis asks several times in one transaction: the next begins with no spend."""
    Order.objects.filter(pk=order.pk).update(buyer=None)
    SpendEntry.objects.filter(tid=order.tid).delete()
    Buyer.objects.filter(pk=NICK).update(spend=0)


class TestWhatIsRefunded:
    """By state: what was not shipped is refunded before shipping (F4)."""

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (Status.WAIT_SELLER_SEND_GOODS, "A9"),
            (Status.TRADE_CLOSED, "A9"),
        ],
    )
    def test_other_states_refuse(self, status: str, code: str) -> None:
        order = make_paid_order(
            NICK, status=status, close_reason="refund" if status == Status.TRADE_CLOSED else ""
        )
        make_line(order)
        agent = make_staff("agent")
        before = state(order)

        with pytest.raises(Conflict) as refused:
            refund(order, {1: "1.00"}, actor=agent)

        assert refused.value.code == code
        assert state(order) == before

    def test_of_a_partly_shipped_order_only_what_is_out(self) -> None:
        order = make_paid_order(NICK, goods_payable=D("599.00"), partly_shipped=True)
        make_line(order, "小白鞋1")
        make_shipped_parcel(order)
        make_line(order, "小白鞋2", price=D("100.00"))
        make_parcel(order)
        assert left(order) == (["499.00", "0.00"], "6.00", "605.00")

        refund(order, {1: "499.00"})
        with pytest.raises(DomainError):
            refund(order, {2: "1.00"})

        tick(order)
        order.refresh_from_db()
        assert (order.status, order.refund_fee) == (Status.WAIT_SELLER_SEND_GOODS, D("499.00"))

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_roles_that_do_not_work_orders_refuse(self, role: str) -> None:
        order = sent_order()
        actor = make_staff(role)
        before = state(order)

        for attempt in (
            lambda: refund(order, {1: "1.00"}, actor=actor),
            lambda: owe_after_sale(order, D("1.00"), actor=actor, now=NOW),
            lambda: withdraw_after_sale(order, 1, actor=actor, now=NOW),
        ):
            with pytest.raises(Forbidden):
                attempt()
        assert state(order) == before

    @pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
    def test_a_reason_is_given(self, reason: str) -> None:
        order = sent_order()

        with pytest.raises(DomainError) as refused:
            refund(order, {1: "1.00"}, reason=reason)

        assert (refused.value.code, Refund.objects.count()) == ("P2", 0)


class TestTakenBack:
    """Until it is paid out a refund can be taken back."""

    def test_it_leaves_taobaos_list_and_can_be_refunded_anew(self) -> None:
        order = sent_order("499.00")
        first, second = refund(order, {1: "400.00"}), refund(order, {1: "99.00"})
        order.refresh_from_db()

        withdraw_after_sale(order, first.pk, actor=make_staff("agent"), now=NOW)

        first.refresh_from_db(), second.refresh_from_db()
        assert (first.status, second.status) == ("withdrawn", "due")
        assert PlatformTask.objects.get(order=order, kind="refund").amount == D("99.00")
        assert left(order)[0] == ["400.00"]
        assert AuditEntry.objects.filter(action="refund.withdrawn").count() == 1

    @pytest.mark.parametrize("status", ["done", "withdrawn"])
    def test_not_twice_and_not_when_paid(self, status: str) -> None:
        order = sent_order()
        made = refund(order, {1: "1.00"})
        if status == "done":
            tick(order)
        else:
            withdraw_after_sale(order, made.pk, actor=make_staff("agent"), now=NOW)

        with pytest.raises(Conflict) as refused:
            withdraw_after_sale(order, made.pk, actor=make_staff("agent"), now=NOW)

        assert refused.value.code == "A9"

    def test_the_order_page_does_not_take_it_back(self) -> None:
        order = make_paid_order(NICK, goods_payable=D("599.00"), partly_shipped=True)
        make_line(order, "小白鞋1")
        make_shipped_parcel(order)
        make_line(order, "小白鞋2", price=D("100.00"))
        made = refund(order, {1: "1.00"})
        order.refresh_from_db()

        with pytest.raises(Conflict):
            withdraw_refund(order.pk, made.pk, version=order.version, actor=make_staff("agent"), now=NOW)

        made.refresh_from_db()
        assert made.status == "due"


class TestShownByAFile:
    """D5: an import that shows a refund as made does it here, too."""

    def order_list(self, order: Order, fee: str, status: str | None = None) -> None:
        row = OrderRow(row=2, tid=order.tid, status=status, refund_fee=D(fee))
        import_orders([row], file_name="orders.csv", now=NOW)

    def item_list(self, order: Order, *fees: str) -> None:
        items = [
            Item(
                ItemRow(
                    row=number + 2, tid=order.tid, title=line.product.title, refund_fee=D(fee),
                    sku_properties_name=line.sku_properties_name, price=line.price, num=1,
                ),
                line.position,
            )
            for number, (line, fee) in enumerate(
                zip(order.lines.select_related("product").order_by("position"), fees, strict=True)
            )
        ]  # fmt: skip
        import_items(items, Catalogue(), file_name="items.csv", now=NOW)

    def test_an_order_list_shows_it(self) -> None:
        order = sent_order("499.00", "100.00")
        refund(order, {1: "120.00"}, "6.00")

        self.order_list(order, "126.00")

        order.refresh_from_db()
        assert (order.refund_fee, line_of(order).refund_fee, spend()) == (
            D("126.00"),
            D("120.00"),
            D("479.00"),
        )
        assert Refund.objects.get().status == "done"
        assert not PlatformTask.objects.filter(kind="refund", done_at=None).exists()

    def test_an_item_list_shows_one_of_two(self) -> None:
        order = sent_order("499.00", "100.00")
        first, second = refund(order, {1: "120.00"}), refund(order, {2: "100.00"})

        self.item_list(order, "120.00", "0.00")

        first.refresh_from_db(), second.refresh_from_db(), order.refresh_from_db()
        assert (first.status, second.status, order.refund_fee) == ("done", "due", D("120.00"))
        assert PlatformTask.objects.get(kind="refund", done_at=None).amount == D("100.00")
        assert (line_of(order).refund_fee, line_of(order, 2).refund_fee) == (D("120.00"), D("0.00"))

    def test_two_refunds_of_one_line_are_shown_by_their_sum(self) -> None:
        order = sent_order("499.00")
        first, second = refund(order, {1: "120.00"}), refund(order, {1: "60.00"})

        self.item_list(order, "120.00")
        first.refresh_from_db(), second.refresh_from_db()
        assert (first.status, second.status) == ("done", "due")

        self.item_list(order, "180.00")
        second.refresh_from_db(), order.refresh_from_db()
        assert (second.status, line_of(order).refund_fee, order.refund_fee) == (
            "done",
            D("180.00"),
            D("180.00"),
        )
        assert spend() == D("319.00")

    def test_the_same_files_twice_change_nothing(self) -> None:
        order = sent_order("499.00", "100.00")
        refund(order, {1: "120.00"})
        self.item_list(order, "120.00", "0.00")
        self.order_list(order, "120.00")
        before = state(order)[:5]

        self.item_list(order, "120.00", "0.00")
        self.order_list(order, "120.00")

        assert state(order)[:5] == before

    def test_a_closing_shows_all_of_them(self) -> None:
        order = sent_order("499.00")
        refund(order, {1: "499.00"})

        self.order_list(order, "499.00", Status.TRADE_CLOSED)

        order.refresh_from_db()
        assert (order.status, Refund.objects.get().status, spend()) == (
            Status.TRADE_CLOSED,
            "done",
            D("0.00"),
        )


class TestOwed:
    """Compensation, return postage, an invoice: paid out on /refunds/."""

    def owe(self, order: Order, amount: str, actor: Staff | None = None) -> RefundTask:
        order.refresh_from_db()
        return owe_after_sale(order, D(amount), actor=actor or make_staff("agent"), now=NOW)

    def test_it_adds_up_until_it_is_paid_out_then_begins_anew(self) -> None:
        order = finished_order()
        self.owe(order, "20.00")
        task = self.owe(order, "12.50")
        assert (task.amount, task.rule, task.get_reason_display()) == (
            D("32.50"),
            "A9",
            "owed after the sale",
        )
        owed, _more = read_owed()
        assert [(debt.amount, debt.rule, debt.due) for debt in owed] == [(D("32.50"), "A9", True)]

        pay_out_task(task.pk, actor=make_staff("agent"), now=NOW)
        assert not open_refund_tasks().exists()

        again = self.owe(order, "5.00")
        assert (again.pk, again.amount, again.done_at) == (task.pk, D("5.00"), None)
        facts = AuditEntry.objects.filter(action="debt.after_sale").order_by("id")
        assert [fact.after["owed"] for fact in facts] == ["20.00", "32.50", "5.00"]
        assert AuditEntry.objects.get(action="refund.paid_out").after["amount"] == "32.50"
        order.refresh_from_db()
        assert order.refund_fee == 0

    def test_it_stays_owed_when_the_order_closes(self) -> None:
        order = sent_order("499.00")
        task = self.owe(order, "20.00")
        refund(order, {1: "499.00"})
        tick(order)
        order.refresh_from_db()
        assert order.status == Status.TRADE_CLOSED

        assert [debt.amount for debt in read_owed()[0]] == [D("20.00")]
        pay_out_task(task.pk, actor=make_staff("agent"), now=NOW)

        task.refresh_from_db()
        assert task.done_at == NOW

    @pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.001"])
    def test_an_amount_is_owed(self, amount: str) -> None:
        with pytest.raises(DomainError) as refused:
            self.owe(finished_order(), amount)
        assert (refused.value.code, RefundTask.objects.count()) == ("A9", 0)


def test_a_page_of_the_order_names_it_and_offers_no_taking_back(client_of: Any, tmp_path: Path) -> None:
    order = sent_order("499.00")
    refund(order, {1: "120.00"})

    page = client_of("agent").get(f"/orders/{order.tid}/").content.decode()
    hidden = client_of("warehouse").get(f"/orders/{order.tid}/").content.decode()

    assert "after the sale" in page
    assert "120.00" in page
    assert "Take it back" not in page
    assert "Refund after the sale to be paid out" in page
    assert "120.00" not in hidden
