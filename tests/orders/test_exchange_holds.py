"""F5, A7: what is kept for an exchange is signed by the warehouse, stands until it is sent or let go of, and is never
taken for something else.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Hold, Order, OrderLine, Sku, StockMovement
from orders.selectors.stock import holds_to_sign
from orders.services import hand_holds, holds
from orders.services.extra_parcels import drop_extra
from orders.services.hand_holds import release_expired_holds
from orders.services.holds_for_exchange import hold_for, release_held
from orders.services.parcels.shipping import ship
from orders.services.returns import put_back
from orders.states import Status
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_sku, make_staff
from tests.orders.after_sale_scenes import (
    NICK,
    exchange_parcel,
    finished_order,
    held,
    line_of,
    other_sku,
    refund,
    sent_order,
)
from tests.orders.hold_scenes import figures, ordered
from tests.orders.parcel_scenes import NUMBER, packed, shelf_line
from tests.orders.refund_scenes import tick

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
ClientOf = Callable[..., Client]


def state() -> list[Any]:
    models = (Hold, Sku, StockMovement, Order)
    return [list(model.objects.order_by("pk").values()) for model in models] + [AuditEntry.objects.count()]


class TestHeld:
    def test_it_has_no_line_and_no_end(self) -> None:
        order, agent = finished_order(), make_staff("agent")
        sku = other_sku(3)

        hold = hold_for(order, sku.pk, 2, reason=" 换码 37→38 ", actor=agent, now=NOW)

        assert (hold.order_id, hold.line, hold.until, hold.after_sale) == (order.pk, None, None, True)
        assert (hold.reason, hold.placed_by, hold.placed_at) == ("换码 37→38", agent, NOW)
        assert figures(sku) == (3, 2)
        assert AuditEntry.objects.get(action="hold.placed").subject_id == order.pk

    @pytest.mark.parametrize(("num", "reason"), [(4, "换码"), (0, "换码"), (-1, "换码"), (1, "  ")])
    def test_what_cannot_be_kept_changes_nothing(self, num: int, reason: str) -> None:
        order, sku, agent = finished_order(), other_sku(3), make_staff("agent")
        before = state()

        with pytest.raises(DomainError) as refused:
            hold_for(order, sku.pk, num, reason=reason, actor=agent, now=NOW)

        assert (refused.value.code, state()) == ("F5", before)

    def test_a_manager_keeps_nothing(self) -> None:
        order, sku, manager = finished_order(), other_sku(3), make_staff("manager")
        hold = held(order, sku)
        before = state()

        with pytest.raises(Forbidden):
            hold_for(order, sku.pk, 1, reason="换码", actor=manager, now=NOW)
        with pytest.raises(Forbidden):
            release_held(hold, actor=manager, now=NOW)

        assert state() == before


class TestSigned:
    def test_it_stands_on_the_page_of_holds_to_sign_until_it_is_signed(self, client_of: ClientOf) -> None:
        hold = held(finished_order())
        warehouse = client_of("warehouse")
        assert [row.pk for row in holds_to_sign()] == [hold.pk]
        page = warehouse.get(reverse("stock:holds")).content.decode()
        assert "B-2-1" in page
        assert "sent after the sale" in page

        answer = warehouse.post(reverse("stock:sign", args=[hold.pk]), follow=True)

        assert answer.status_code == 200
        hold.refresh_from_db()
        assert hold.signed_at == NOW
        assert not holds_to_sign().exists()
        assert "B-2-1" in warehouse.get(reverse("stock:holds"), {"tab": "signed"}).content.decode()

    def test_agents_do_not_sign(self) -> None:
        hold = held(finished_order())
        with pytest.raises(Forbidden):
            hand_holds.sign(hold.pk, actor=make_staff("agent"), now=NOW)

    def test_it_is_not_given_back_on_the_page_of_its_sku(self, client_of: ClientOf) -> None:
        hold = held(finished_order())
        agent = client_of("agent")

        page = agent.get(reverse("stock:sku", args=[hold.sku_id])).content.decode()
        agent.post(reverse("stock:give-back", args=[hold.pk]))

        assert "Give back" not in page
        assert "not signed" in page
        hold.refresh_from_db()
        assert hold.released_at is None


class TestStands:
    """Whatever happens to its order: only its parcel, or whoever asks for it, ends it."""

    def test_not_when_72_hours_are_over(self) -> None:
        hold = held(finished_order())

        release_expired_holds(NOW + timedelta(days=30), False)

        hold.refresh_from_db()
        assert hold.released_at is None

    def test_not_when_the_order_closes_by_its_refund(self) -> None:
        order = sent_order("499.00")
        hold = held(order)
        refund(order, {1: "499.00"})

        tick(order)

        order.refresh_from_db(), hold.refresh_from_db()
        assert (order.status, hold.released_at) == (Status.TRADE_CLOSED, None)

    def test_not_when_a_file_shows_the_order_as_sent(self) -> None:
        order = make_paid_order(NICK)
        shelf_line(order)
        hold = held(order)

        holds.release_of_orders([order.tid], release=Hold.Release.CONSUMED, now=NOW)

        hold.refresh_from_db()
        assert hold.released_at is None
        assert set(Hold.objects.exclude(pk=hold.pk).values_list("release", flat=True)) == {"consumed"}

    def test_not_when_the_last_parcel_of_its_order_is_shipped(self) -> None:
        from tests.orders.parcel_scenes import ready_order

        order = ready_order(NICK)
        hold = held(order)
        parcel = packed(order)

        ship(parcel.pk, carrier="zhongtong", invoice_no=NUMBER, actor=make_staff("warehouse"), now=NOW)

        hold.refresh_from_db()
        assert hold.released_at is None
        assert figures(Sku.objects.get(pk=hold.sku_id)) == (1, 1)

    def test_it_does_not_make_a_line_of_its_order_ready(self) -> None:
        sku = other_sku(1)
        order = ordered(sku, paid=True)
        held(order, sku)

        from orders.selectors.readiness import with_line_readiness

        assert not with_line_readiness(OrderLine.objects.filter(order=order)).get().ready  # type: ignore[attr-defined]


class TestLetGo:
    def test_whoever_waits_gets_the_piece(self) -> None:
        sku = other_sku(1, title="【韩国现货】小白鞋")
        hold = held(finished_order(), sku)
        waits = ordered(sku, paid=True)

        release_held(hold, actor=make_staff("agent"), now=NOW)

        hold.refresh_from_db()
        assert (hold.release, hold.released_at) == ("cancelled", NOW)
        assert Hold.objects.get(released_at=None).order_id == waits.pk
        assert figures(sku) == (1, 1)

    def test_twice_is_once(self) -> None:
        hold = held(finished_order())
        release_held(hold, actor=make_staff("agent"), now=NOW)
        before = state()

        release_held(hold, actor=make_staff("agent"), now=NOW + timedelta(hours=1))

        assert state()[:4] == before[:4]

    def test_not_while_its_parcel_stands(self) -> None:
        order = sent_order()
        hold = held(order)
        parcel = exchange_parcel(order, hold)

        with pytest.raises(Conflict) as refused:
            release_held(hold, actor=make_staff("agent"), now=NOW)
        assert (refused.value.code, f"P{parcel.pk}" in str(refused.value)) == ("F5", True)

        drop_extra(parcel, actor=make_staff("agent"), now=NOW)
        release_held(hold, actor=make_staff("agent"), now=NOW)

        assert figures(Sku.objects.get(pk=hold.sku_id)) == (1, 0)

    def test_no_other_hold(self) -> None:
        order = make_paid_order(NICK)
        shelf_line(order)
        hold = Hold.objects.get()

        with pytest.raises(Conflict):
            release_held(hold, actor=make_staff("agent"), now=NOW)

        hold.refresh_from_db()
        assert hold.released_at is None


class TestPutBack:
    """Goods that came back and passed are stock again."""

    def test_they_go_on_the_shelf_with_a_movement(self) -> None:
        order, warehouse = finished_order(), make_staff("warehouse")
        sku = make_sku("小白鞋", stock=2)
        OrderLine.objects.filter(order=order).update(sku=sku, num=2)

        movement = put_back(line_of(order), 2, actor=warehouse, now=NOW)

        assert (movement.kind, movement.num, movement.stock, movement.by) == ("returned", 2, 4, warehouse)
        assert movement.reason == f"订单{order.tid}退回，验货通过"
        assert figures(sku) == (4, 0)
        assert AuditEntry.objects.get(action="stock.returned").after["stock"] == 4

    def test_as_what_they_are_and_for_whoever_waits(self) -> None:
        sku = other_sku(0, title="【韩国现货】小白鞋")
        waits = ordered(sku, paid=True)

        put_back(line_of(finished_order()), 1, sku, actor=make_staff("supervisor"), now=NOW)

        assert figures(sku) == (1, 1)
        assert Hold.objects.get().order_id == waits.pk

    @pytest.mark.parametrize("num", [0, 2, -1])
    def test_not_more_than_the_line_has(self, num: int) -> None:
        order, warehouse = finished_order(), make_staff("warehouse")
        OrderLine.objects.filter(order=order).update(sku=make_sku("小白鞋"))
        before = state()

        with pytest.raises(DomainError) as refused:
            put_back(line_of(order), num, actor=warehouse, now=NOW)

        assert (refused.value.code, state()) == ("F5", before)

    def test_a_line_without_sku_asks_for_it(self) -> None:
        with pytest.raises(DomainError) as refused:
            put_back(line_of(finished_order()), 1, actor=make_staff("warehouse"), now=NOW)
        assert refused.value.code == "F5"

    @pytest.mark.parametrize("role", ["agent", "manager"])
    def test_only_the_warehouse(self, role: str) -> None:
        order, actor = finished_order(), make_staff(role)
        OrderLine.objects.filter(order=order).update(sku=make_sku("小白鞋"))
        before = state()

        with pytest.raises(Forbidden):
            put_back(line_of(order), 1, actor=actor, now=NOW)

        assert state() == before


def test_a_line_of_its_own_is_still_held_beside_it() -> None:
    sku = other_sku(2)
    order = ordered(sku, paid=True)
    held(order, sku)
    make_line(order)

    assert holds.take([order.tid], now=NOW)

    assert figures(sku) == (2, 2)
