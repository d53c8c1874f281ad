"""F5: stock comes in and is counted; what is out of stock stands in a register with the orders that wait."""

from datetime import date, timedelta
from typing import Any

import pytest

from orders.models import Hold, Shortage, Sku, StockMovement
from orders.services import hand_holds, shortages, stock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_sku, make_staff
from tests.orders.hold_scenes import figures, held_for, ordered, take
from tests.orders.test_races import together

pytestmark = pytest.mark.django_db


class TestReceiving:
    def test_the_lines_that_wait_get_theirs_oldest_payment_first(self) -> None:
        sku = make_sku()
        unpaid = ordered(sku, created=NOW - timedelta(days=2))
        late, early = (ordered(sku, paid=True, pay_time=NOW - timedelta(hours=hours)) for hours in (1, 2))
        warehouse = make_staff("warehouse")

        movement = stock.receive(sku.pk, 2, reason=" 补货 ", actor=warehouse, now=NOW)

        assert (movement.num, movement.stock, movement.reason, movement.by) == (2, 2, "补货", warehouse)
        assert [held_for(order) for order in (early, late, unpaid)] == [1, 1, 0]
        assert figures(sku) == (2, 2)
        entry = AuditEntry.objects.get(action="stock.received")
        assert (entry.before, entry.after) == ({"stock": 0}, {"stock": 2, "reason": "补货"})

    @pytest.mark.parametrize(
        ("role", "num"),
        [("agent", 1), ("manager", 1), ("warehouse", 0), ("warehouse", -1), ("warehouse", 10**7)],
    )
    def test_refusals_change_nothing(self, role: str, num: int) -> None:
        sku = make_sku(stock=1)
        with pytest.raises(DomainError):
            stock.receive(sku.pk, num, actor=make_staff(role), now=NOW)
        assert figures(sku) == (1, 0)
        assert not StockMovement.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_receipts_and_orders_at_once(self) -> None:
        sku = make_sku()
        warehouse = make_staff("warehouse")
        orders = [ordered(sku, paid=True) for _ in range(12)]

        together(
            *[lambda: stock.receive(sku.pk, 1, actor=warehouse, now=NOW)] * 6,
            *[lambda order=order: take(order) for order in orders],  # type: ignore[misc]
        )

        count, held = figures(sku)
        assert count == 6
        assert 0 <= held <= 6
        hand_holds.release_expired_holds(NOW, False)
        assert figures(sku) == (6, 6)


class TestCounting:
    def test_sets_the_stock_and_says_why(self) -> None:
        sku = make_sku(stock=5, held=0)
        movement = stock.count(sku.pk, 3, seen=5, reason="盘点少两件", actor=make_staff("warehouse"), now=NOW)
        assert movement is not None
        assert (movement.kind, movement.num, movement.stock) == ("counted", -2, 3)
        assert figures(sku) == (3, 0)

    def test_a_right_count_is_on_record_and_moves_nothing(self) -> None:
        sku = make_sku(stock=5)
        assert stock.count(sku.pk, 5, seen=5, reason="月盘", actor=make_staff("supervisor"), now=NOW) is None
        assert not StockMovement.objects.exists()
        assert AuditEntry.objects.filter(action="stock.counted").count() == 1

    def test_more_than_was_known_goes_to_who_waits(self) -> None:
        sku = make_sku()
        order = ordered(sku, 2, paid=True)
        stock.count(sku.pk, 2, seen=0, reason="找到两件", actor=make_staff("warehouse"), now=NOW)
        assert held_for(order) == 2

    def test_below_what_is_held_is_refused_with_who_holds(self) -> None:
        sku = make_sku(stock=5)
        order = ordered(sku, 2, paid=True)
        take(order)
        hand_holds.keep(sku.pk, 1, reason="老客户留", actor=make_staff("agent"), now=NOW)

        with pytest.raises(DomainError) as refused:
            stock.count(sku.pk, 2, seen=5, reason="盘点", actor=make_staff("warehouse"), now=NOW)

        assert refused.value.code == "F5"
        assert f"3 pieces are held: {order.tid} ×2, 老客户留 ×1." in str(refused.value.message)
        assert figures(sku) == (5, 3)
        assert not StockMovement.objects.exists()

    @pytest.mark.parametrize(
        ("role", "wish", "kind"),
        [
            ("agent", {}, Forbidden),
            ("warehouse", {"reason": " "}, DomainError),
            ("warehouse", {"counted": -1}, DomainError),
            ("warehouse", {"seen": 4}, VersionConflict),
        ],
    )
    def test_refusals_change_nothing(self, role: str, wish: dict[str, Any], kind: type[Exception]) -> None:
        sku = make_sku(stock=5)
        with pytest.raises(kind):
            stock.count(
                sku.pk, **{"counted": 3, "seen": 5, "reason": "x"} | wish, actor=make_staff(role), now=NOW
            )
        assert figures(sku) == (5, 0)


class TestShortages:
    def test_reported_changed_and_ended_by_hand(self) -> None:
        sku, agent = make_sku(), make_staff("agent")
        shortage = shortages.report(sku.pk, remark="厂家断货", actor=agent, now=NOW)
        changed = shortages.report(sku.pk, expected_on=date(2026, 12, 1), actor=agent, now=NOW)
        assert changed.pk == shortage.pk
        assert Shortage.objects.get().expected_on == date(2026, 12, 1)

        shortages.end(shortage.pk, actor=agent, now=NOW)

        assert Shortage.objects.get().ended_by == agent
        with pytest.raises(Conflict):
            shortages.end(shortage.pk, actor=agent, now=NOW)
        assert shortages.report(sku.pk, actor=agent, now=NOW).pk != shortage.pk

    def test_a_receipt_ends_it_once_nobody_waits_any_more(self) -> None:
        sku, warehouse = make_sku(), make_staff("warehouse")
        ordered(sku, 2, paid=True)
        shortages.report(sku.pk, actor=warehouse, now=NOW)

        stock.receive(sku.pk, 1, actor=warehouse, now=NOW)
        assert Shortage.objects.get().ended_at is None
        stock.receive(sku.pk, 1, actor=warehouse, now=NOW)
        assert Shortage.objects.get().ended_at == NOW

    @pytest.mark.parametrize("wish", [{"expected_on": date(2026, 11, 21)}, {"sku_id": 0}])
    def test_refusals_change_nothing(self, wish: dict[str, Any]) -> None:
        with pytest.raises(DomainError):
            shortages.report(**{"sku_id": make_sku().pk} | wish, actor=make_staff("agent"), now=NOW)
        assert not Shortage.objects.exists()

    def test_not_while_the_shelf_has_free_pieces_nor_by_a_manager(self) -> None:
        with pytest.raises(DomainError):
            shortages.report(make_sku(stock=1).pk, actor=make_staff("agent"), now=NOW)
        with pytest.raises(Forbidden):
            shortages.report(make_sku(properties="x").pk, actor=make_staff("manager"), now=NOW)


def test_holds_that_were_placed_before_know_their_line() -> None:
    """The migration's data step: the nth hold of an order's SKU is for its nth line."""
    from importlib import import_module

    from django.db import connection

    order, sku = make_paid_order(), make_sku(stock=9)
    other = make_sku(properties="other", stock=9)
    lines = [make_line(order, sku=chosen) for chosen in (sku, other, sku)]
    fields = {"order": order, "num": 1, "reason": "下单占用", "placed_at": NOW}
    holds = [Hold.objects.create(sku=chosen, **fields) for chosen in (sku, sku, other)]
    by_hand = Hold.objects.create(sku=other, until=NOW, **fields)
    Sku.objects.filter(pk=sku.pk).update(held=2)
    migration = import_module("orders.migrations.0005_holds_know_their_line")

    with connection.cursor() as cursor:
        cursor.execute(migration._GIVE_LINES)

    for hold in (*holds, by_hand):
        hold.refresh_from_db()
    assert [hold.line for hold in holds] == [lines[0], lines[2], lines[1]]
    assert by_hand.line is None
