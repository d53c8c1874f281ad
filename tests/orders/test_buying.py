"""O16: buying runs, what arrives, what cannot be had, and what is made to order."""

from datetime import timedelta
from typing import Any

import pytest

from orders.models import BuyingRun, BuyingRunLine, Flag, Order, OrderLine, Sku
from orders.selectors.buying import made, to_buy, to_make
from orders.services import buying, making
from orders.states import Status, Supply
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order, make_paid_order, make_sku, make_staff
from tests.orders.test_races import together

pytestmark = pytest.mark.django_db
COAT, SUIT = "【韩国直送】大衣", "【momonaco made】旗袍"
HOUR = timedelta(hours=1)


def a_line(sku: Sku, num: int = 1, *, hours: int = 5, **fields: Any) -> OrderLine:
    """A line of an order that was paid so long ago."""
    order = make_paid_order(pay_time=NOW - hours * HOUR)
    return make_line(order, sku.product.title, sku=sku, num=num, **fields)


def coat(properties: str = "颜色分类：驼色", **fields: Any) -> Sku:
    return make_sku(COAT, properties, **fields)


def state(line: OrderLine) -> str:
    line.refresh_from_db()
    return line.supply


def run_of(*lines: OrderLine, actor: Any) -> tuple[BuyingRun, list[int]]:
    """A run with these lines, and its rows in their order."""
    run = buying.open_run(actor=actor, now=NOW)
    rows = dict(run.lines.values_list("line", "pk"))
    return run, [rows[line.pk] for line in lines]


class TestOpening:
    def test_takes_every_paid_line_that_is_to_be_bought_and_no_other(self) -> None:
        sku, agent = coat(), make_staff("agent")
        mine, marked = a_line(sku, 2), a_line(sku, supply=Supply.TO_BUY)
        unpaid = make_order()
        make_line(unpaid, COAT, sku=sku)
        for supply in (Supply.BOUGHT, Supply.UNAVAILABLE, Supply.ARRIVED):
            a_line(sku, supply=supply)
        a_line(sku, refunded_at=NOW)
        a_line(sku, hours=-1)  # paid later than the run's time
        a_line(make_sku("小白鞋"))
        sent = a_line(sku)
        Order.objects.filter(pk=sent.order_id).update(status=Status.WAIT_BUYER_CONFIRM_GOODS)

        run = buying.open_run(actor=agent, now=NOW)

        assert set(run.lines.values_list("line", "sku", "num")) == {
            (mine.pk, sku.pk, 2), (marked.pk, sku.pk, 1),
        }  # fmt: skip
        assert (run.opened_by, run.opened_at, run.closed_at) == (agent, NOW, None)
        with pytest.raises(DomainError):  # all are in a run now
            buying.open_run(actor=agent, now=NOW)
        assert BuyingRun.objects.count() == 1

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_refused_by_role(self, role: str) -> None:
        a_line(coat())
        with pytest.raises(Forbidden):
            buying.open_run(actor=make_staff(role), now=NOW)
        assert not BuyingRun.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_do_not_take_the_same_line(self) -> None:
        sku, agent = coat(), make_staff("agent")
        for _ in range(10):
            a_line(sku)
        refused: list[str] = []

        def open_one() -> None:
            try:
                buying.open_run(actor=agent, now=NOW)
            except DomainError as refusal:
                refused.append(refusal.code)

        together(*[open_one] * 4)

        assert refused == ["O16"] * 3
        assert (BuyingRun.objects.count(), BuyingRunLine.objects.count()) == (1, 10)


class TestDeciding:
    def test_bought_line_by_line_until_the_run_closes(self) -> None:
        agent = make_staff("agent")
        first, second = a_line(coat()), a_line(coat("黑色"))
        run, (one, two) = run_of(first, second, actor=agent)

        buying.decide(run.pk, [one], "bought", actor=agent, now=NOW)
        run.refresh_from_db()
        assert (state(first), state(second), run.closed_at) == (Supply.BOUGHT, "", None)
        buying.decide(run.pk, [two], "bought", actor=agent, now=NOW + HOUR)

        run.refresh_from_db()
        assert run.closed_at == NOW + HOUR
        order = first.order
        order.refresh_from_db()
        assert order.version == 2
        entry = AuditEntry.objects.get(action="supply.moved", subject_id=order.tid)
        assert (entry.before["supply"], entry.after["supply"]) == ("to_buy", "bought")

    def test_unavailable_flags_the_order_red_to_its_agent_with_the_three_ways(self) -> None:
        agent = make_staff("agent")
        line = a_line(coat())
        other = make_line(line.order, COAT, sku=coat("黑色"), sku_properties_name="黑色")
        run, rows = run_of(line, other, actor=agent)

        buying.decide(run.pk, rows, "unavailable", actor=agent, now=NOW)

        flag = Flag.objects.get(ended_at=None)
        assert (flag.order, flag.seller_flag, flag.addressee, flag.label) == (
            line.order,
            1,
            "agent",
            "买不到",
        )
        assert flag.note is not None
        assert flag.note.text == (
            f"{COAT} 颜色分类：白色;尺码：37 ×1、{COAT} 黑色 ×1韩国买不到，请联系客户：换颜色尺码、退这件，或继续等"
        )
        assert (state(line), state(other)) == (Supply.UNAVAILABLE, Supply.UNAVAILABLE)

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"refunded_at": NOW}, id="refunded"),
            pytest.param({"supply": Supply.ARRIVED}, id="here already"),
            pytest.param({"status": Status.TRADE_CLOSED, "close_reason": "refund"}, id="closed"),
            pytest.param({"sku": None}, id="another colour"),
        ],
    )
    def test_what_changed_meanwhile_is_dropped(self, change: dict[str, Any]) -> None:
        agent = make_staff("agent")
        line = a_line(coat())
        run, rows = run_of(line, actor=agent)
        if "status" in change:
            Order.objects.filter(pk=line.order_id).update(**change)
        else:
            OrderLine.objects.filter(pk=line.pk).update(**change)
        before = state(line)

        [row] = buying.decide(run.pk, rows, "bought", actor=agent, now=NOW)

        run.refresh_from_db()
        assert (row.outcome, state(line), run.closed_at) == ("dropped", before, NOW)

    def test_a_changed_line_leaves_the_run_and_is_bought_with_the_next(self) -> None:
        agent = make_staff("agent")
        line = a_line(coat())
        run, _rows = run_of(line, actor=agent)

        buying.drop_lines([line.pk], actor=agent, now=NOW)

        run.refresh_from_db()
        assert run.closed_at == NOW
        assert run.lines.get().outcome == "dropped"
        assert list(to_buy(NOW)) == [line]

    def test_decided_once(self) -> None:
        agent = make_staff("agent")
        line = a_line(coat())
        run, rows = run_of(line, actor=agent)
        buying.decide(run.pk, rows, "bought", actor=agent, now=NOW)
        for ids, outcome in ((rows, "unavailable"), ([0], "bought"), (rows, "dropped"), (rows, "")):
            with pytest.raises(DomainError):
                buying.decide(run.pk, ids, outcome, actor=agent, now=NOW)
        assert state(line) == Supply.BOUGHT
        with pytest.raises(Forbidden):
            buying.decide(run.pk, rows, "bought", actor=make_staff("warehouse"), now=NOW)

    def test_bought_and_then_not_to_be_had_after_all(self) -> None:
        agent = make_staff("agent")
        line = a_line(coat(), supply=Supply.BOUGHT)
        buying.miss_bought([line.pk], actor=agent, now=NOW)
        assert state(line) == Supply.UNAVAILABLE
        assert Flag.objects.get(ended_at=None).order == line.order
        with pytest.raises(Conflict):
            buying.miss_bought([line.pk], actor=agent, now=NOW)


class TestWaiting:
    def test_goes_into_the_next_run_and_the_flag_is_taken_off(self) -> None:
        agent = make_staff("agent")
        line = a_line(coat())
        run, rows = run_of(line, actor=agent)
        buying.decide(run.pk, rows, "unavailable", actor=agent, now=NOW)

        buying.wait(line.order_id, line.pk, actor=agent, now=NOW)

        assert state(line) == Supply.TO_BUY
        order = Order.objects.get(pk=line.order_id)
        assert (order.seller_flag, order.owner) == (0, agent)
        assert list(to_buy(NOW)) == [line]
        again = buying.open_run(actor=agent, now=NOW)
        assert again.lines.get().line == line

    def test_the_flag_stays_while_another_line_is_unavailable(self) -> None:
        agent = make_staff("agent")
        line = a_line(coat())
        other = make_line(line.order, COAT, sku=coat("黑色"))
        run, rows = run_of(line, other, actor=agent)
        buying.decide(run.pk, rows, "unavailable", actor=agent, now=NOW)
        buying.wait(line.order_id, line.pk, actor=agent, now=NOW)
        assert Order.objects.get(pk=line.order_id).seller_flag == 1

    def test_refusals(self) -> None:
        agent = make_staff("agent")
        line = a_line(coat(), supply=Supply.UNAVAILABLE)
        with pytest.raises(Forbidden):
            buying.wait(line.order_id, line.pk, actor=make_staff("warehouse"), now=NOW)
        with pytest.raises(VersionConflict):
            buying.wait(line.order_id, line.pk, version=7, actor=agent, now=NOW)
        with pytest.raises(Conflict):
            buying.wait(line.order_id, 0, actor=agent, now=NOW)
        OrderLine.objects.update(supply=Supply.BOUGHT)
        with pytest.raises(Conflict):
            buying.wait(line.order_id, line.pk, actor=agent, now=NOW)
        assert state(line) == Supply.BOUGHT


class TestArriving:
    def test_whole_lines_the_oldest_payment_first(self) -> None:
        sku, warehouse = coat(), make_staff("warehouse")
        young, old, big = (
            a_line(sku, num, hours=hours, supply=Supply.BOUGHT) for num, hours in ((1, 1), (1, 9), (2, 5))
        )

        assert set(buying.arrive(sku.pk, 3, actor=warehouse, now=NOW)) == {old, big}

        assert [state(line) for line in (old, big, young)] == [Supply.ARRIVED, Supply.ARRIVED, Supply.BOUGHT]

    @pytest.mark.parametrize(
        ("role", "num"), [("warehouse", 0), ("warehouse", 4), ("warehouse", 1), ("agent", 3)]
    )
    def test_refusals_change_nothing(self, role: str, num: int) -> None:
        sku = coat()
        line = a_line(sku, 3, supply=Supply.BOUGHT)
        with pytest.raises(DomainError):
            buying.arrive(sku.pk, num, actor=make_staff(role), now=NOW)
        assert state(line) == Supply.BOUGHT


class TestMaking:
    def test_to_make_in_making_made(self) -> None:
        warehouse = make_staff("warehouse")
        line = a_line(make_sku(SUIT), 1)
        assert list(to_make()) == [line]

        making.begin([line.pk], actor=warehouse, now=NOW)
        assert state(line) == Supply.MAKING
        making.finish([line.pk], actor=warehouse, now=NOW)

        assert state(line) == Supply.MADE
        assert list(made()) == [line]
        assert not to_make().exists()

    def test_can_be_made_at_once_but_not_twice(self) -> None:
        warehouse = make_staff("warehouse")
        line = a_line(make_sku(SUIT), 1)
        making.finish([line.pk], actor=warehouse, now=NOW)
        for move in (making.begin, making.finish):
            with pytest.raises(Conflict):
                move([line.pk], actor=warehouse, now=NOW)
        assert state(line) == Supply.MADE

    def test_refusals_change_nothing(self) -> None:
        line, bought = a_line(make_sku(SUIT)), a_line(coat())
        with pytest.raises(Forbidden):
            making.begin([line.pk], actor=make_staff("agent"), now=NOW)
        with pytest.raises(Conflict):  # goods that are bought are not made
            making.begin([line.pk, bought.pk], actor=make_staff("warehouse"), now=NOW)
        assert (state(line), state(bought)) == ("", "")
