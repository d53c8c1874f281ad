"""F1, F5, A7: what is sent after the sale is planned of what was sold or is held for it, and may be dropped."""

from datetime import timedelta

import pytest

from orders.models import Hold, Order, OrderLine, Parcel, Slip
from orders.selectors.warehouse import Tab, read_board
from orders.services.extra_parcels import Extra, drop_extra, plan_extra
from orders.services.holds_for_exchange import release_held
from orders.services.parcels.late_goods import Wanted, take_late
from orders.services.parcels.planning import plan
from orders.services.parcels.scanning import Scan, scan
from orders.services.parcels.stages import pull
from orders.states import Status
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.after_sale_scenes import (
    exchange_parcel,
    finished_order,
    held,
    line_of,
    other_sku,
    packed_extra,
    printed_extra,
    sent_order,
)
from tests.orders.extra_parcel_scenes import send, state
from tests.orders.parcel_scenes import ready_order
from tests.orders.shipped_parcels import make_parcel, make_shipped_parcel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR = timedelta(hours=1)


class TestPlanned:
    def test_it_goes_to_the_orders_address_with_what_is_held(self) -> None:
        order, agent = finished_order(), make_staff("agent")
        hold = held(order)

        parcel = plan_extra(order, "exchange", [Extra(line_of(order), 1, hold)], actor=agent, now=NOW)

        assert (parcel.order_id, parcel.buyer_id, parcel.purpose, parcel.stage) == (
            order.pk, order.buyer_id, "exchange", "planned",
        )  # fmt: skip
        assert (parcel.carrier, parcel.ship_by, parcel.slip_version) == ("zhongtong", NOW + 48 * HOUR, 0)
        assert list(parcel.extra_goods.values_list("line__position", "num", "hold", "live")) == [
            (1, 1, hold.pk, True)
        ]
        fact = AuditEntry.objects.get(action="parcel.planned")
        assert (fact.subject_id, fact.after["purpose"], fact.actor) == (order.pk, "exchange", agent)

    @pytest.mark.parametrize(
        ("case", "code"),
        [
            ("no goods", "F1"),
            ("order's own purpose", "F1"),
            ("unknown purpose", "F1"),
            ("too many", "F1"),
            ("none", "F1"),
            ("another order's line", "F1"),
            ("a line twice", "F1"),
            ("exchange without hold", "F1"),
            ("sent back with hold", "F1"),
            ("hold let go of", "F5"),
            ("hold of another order", "F5"),
            ("hold in a parcel", "F5"),
            ("automatic hold", "F5"),
            ("fewer held", "F5"),
            ("unpaid", "F1"),
            ("closed", "F1"),
            ("not shipped", "F1"),
        ],
    )
    def test_what_cannot_be_planned_changes_nothing(self, case: str, code: str) -> None:
        order, agent = finished_order(), make_staff("agent")
        OrderLine.objects.filter(order=order).update(num=2)
        hold, line = held(order, other_sku(4)), line_of(order)
        other = finished_order(nick="别人")
        purpose, goods = "exchange", [Extra(line, 1, hold)]
        match case:
            case "no goods":
                goods = []
            case "order's own purpose":
                purpose = "order"
            case "unknown purpose":
                purpose = "gift"
            case "too many":
                purpose, goods = "sent_back", [Extra(line, 3)]
            case "none":
                purpose, goods = "sent_back", [Extra(line, 0)]
            case "another order's line":
                goods = [Extra(line_of(other), 1, hold)]
            case "a line twice":
                purpose, goods = "resend", [Extra(line, 1), Extra(line, 1, hold)]
            case "exchange without hold":
                goods = [Extra(line, 1)]
            case "sent back with hold":
                purpose = "sent_back"
            case "hold let go of":
                release_held(hold, actor=agent, now=NOW)
            case "hold of another order":
                goods = [Extra(line, 1, held(other, hold.sku))]
            case "hold in a parcel":
                exchange_parcel(order, hold)
            case "automatic hold":
                Hold.objects.filter(pk=hold.pk).update(after_sale=False)
            case "fewer held":
                goods = [Extra(line, 2, hold)]
            case "unpaid":
                Order.objects.filter(pk=order.pk).update(status=Status.WAIT_BUYER_PAY, pay_time=None)
            case "closed":
                Order.objects.filter(pk=order.pk).update(status=Status.TRADE_CLOSED, close_reason="refund")
            case "not shipped":
                order = make_paid_order(order.buyer_id)
                line = make_line(order)
                purpose, goods = "resend", [Extra(line, 1)]
        before = state()

        with pytest.raises(DomainError) as refused:
            plan_extra(order, purpose, goods, actor=agent, now=NOW)

        assert refused.value.code == code
        assert state() == before

    def test_of_a_partly_shipped_order_what_is_out(self) -> None:
        order = make_paid_order(partly_shipped=True)
        make_line(order)
        make_shipped_parcel(order)
        make_line(order)
        make_parcel(order)

        parcel = plan_extra(order, "resend", [Extra(line_of(order), 1)], actor=make_staff("agent"), now=NOW)

        assert parcel.stage == "planned"
        with pytest.raises(Conflict):
            plan_extra(order, "resend", [Extra(line_of(order, 2), 1)], actor=make_staff("agent"), now=NOW)

    @pytest.mark.parametrize(("role", "may"), [("warehouse", True), ("supervisor", True), ("manager", False)])
    def test_by_role(self, role: str, may: bool) -> None:
        order, actor = finished_order(), make_staff(role)
        if may:
            plan_extra(order, "sent_back", [Extra(line_of(order), 1)], actor=actor, now=NOW)
            return
        parcel = exchange_parcel(order)
        before = state()
        for attempt in (
            lambda: plan_extra(order, "sent_back", [Extra(line_of(order), 1)], actor=actor, now=NOW),
            lambda: drop_extra(parcel, actor=actor, now=NOW),
        ):
            with pytest.raises(Forbidden):
                attempt()
        assert state() == before

    def test_the_planning_of_orders_leaves_it_alone(self) -> None:
        order = sent_order()
        parcel = exchange_parcel(order)
        before = state()

        plan([order.tid], now=NOW)
        Order.objects.filter(pk=order.pk).update(status=Status.WAIT_SELLER_SEND_GOODS)
        plan([order.tid], now=NOW)
        Order.objects.filter(pk=order.pk).update(status=Status.WAIT_BUYER_CONFIRM_GOODS)

        assert state() == before
        assert Parcel.objects.get(pk=parcel.pk).stage == "planned"

    def test_goods_of_joined_orders_never_go_into_one_that_is_printed(self) -> None:
        order = sent_order()
        extra = printed_extra(exchange_parcel(order))
        Order.objects.filter(pk=order.pk).update(joined=order.pk)
        wanted = {(order.pk, "whole"): Wanted(order, "whole", "zhongtong", [line_of(order).pk])}

        assert take_late(wanted, [order.pk]) == []

        assert list(wanted) == [(order.pk, "whole")]
        assert Slip.objects.get(parcel=extra).voided_at is None


class TestDropped:
    def test_a_planned_one_is_voided_and_its_hold_may_go_into_another(self) -> None:
        order, agent = sent_order(), make_staff("agent")
        hold = held(order)
        parcel = exchange_parcel(order, hold)

        drop_extra(parcel, actor=agent, now=NOW)

        parcel.refresh_from_db(), hold.refresh_from_db()
        assert (parcel.stage, hold.released_at, parcel.extra_goods.get().live) == ("voided", None, False)
        assert AuditEntry.objects.get(action="parcel.dropped").actor == agent
        assert exchange_parcel(order, hold).pk != parcel.pk
        assert read_board(Tab.TO_PRINT, staff=agent, now=NOW).to_print == 1

    @pytest.mark.parametrize("stage", ["printed", "packed"])
    def test_a_printed_or_packed_one_is_pulled_first(self, stage: str) -> None:
        parcel = (printed_extra if stage == "printed" else packed_extra)(exchange_parcel(sent_order()))
        agent = make_staff("agent")
        before = state()
        with pytest.raises(Conflict) as refused:
            drop_extra(parcel, actor=agent, now=NOW)
        assert (refused.value.code, state()) == ("F1", before)

        pull(parcel.pk, reason="客户不换了", actor=make_staff("warehouse"), now=NOW)
        drop_extra(parcel, actor=agent, now=NOW)

        parcel.refresh_from_db()
        assert parcel.stage == "voided"
        with pytest.raises(Conflict) as stopped:
            scan(Scan(f"P{parcel.pk}-1"), actor=make_staff("warehouse"), now=NOW)
        assert (stopped.value.code, "娜娜" in str(stopped.value.message)) == ("F3", True)

    def test_not_one_that_is_out_nor_an_orders_own(self) -> None:
        agent = make_staff("agent")
        out = send(packed_extra(exchange_parcel(sent_order())))
        with pytest.raises(Conflict):
            drop_extra(out, actor=agent, now=NOW)
        own = Parcel.objects.get(order=ready_order(), stage="planned")
        with pytest.raises(DomainError):
            drop_extra(own, actor=agent, now=NOW)
        own.refresh_from_db()
        assert own.stage == "planned"
