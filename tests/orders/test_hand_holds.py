"""F5: what somebody keeps by hand is signed by the warehouse, given back, or let go of after 72 hours."""

from datetime import timedelta
from typing import Any

import pytest

from orders.models import Hold
from orders.rules.holds import HAND_HOLD
from orders.services import hand_holds
from orders.services.hand_holds import release_expired_holds
from orders.states import Status
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_order, make_paid_order, make_sku, make_staff
from tests.orders.hold_scenes import figures, held_for, ordered, take

HOUR = timedelta(hours=1)


class TestByHand:
    def test_for_72_hours_and_signed(self, db: None) -> None:
        sku = make_sku(stock=2)
        order = make_paid_order()
        agent, warehouse = make_staff("agent"), make_staff("warehouse")

        hold = hand_holds.keep(sku.pk, 2, reason=" 等补款 ", tid=order.tid, actor=agent, now=NOW)
        hand_holds.sign(hold.pk, actor=warehouse, now=NOW + HOUR)

        hold.refresh_from_db()
        assert (hold.until, hold.reason, hold.placed_by) == (NOW + HAND_HOLD, "等补款", agent)
        assert (hold.signed_by, hold.signed_at) == (warehouse, NOW + HOUR)
        assert figures(sku) == (2, 2)
        actions = (
            AuditEntry.objects.filter(subject_id=order.tid).order_by("pk").values_list("action", flat=True)
        )
        assert list(actions) == ["hold.placed", "hold.signed"]

    @pytest.mark.parametrize(
        ("role", "wish", "code"),
        [
            ("warehouse", {}, "F5"),
            ("manager", {}, "F5"),
            ("agent", {"reason": " "}, "F5"),
            ("agent", {"num": 3}, "F5"),
            ("agent", {"num": 0}, "F5"),
            ("agent", {"num": -1}, "F5"),
            ("agent", {"sku_id": 0}, "F5"),
            ("agent", {"tid": "nobody"}, "O1"),
            ("agent", {"tid": "closed"}, "F5"),
        ],
    )
    def test_refusals_change_nothing(self, db: None, role: str, wish: dict[str, Any], code: str) -> None:
        sku = make_sku(stock=2)
        make_order(tid="closed", status=Status.TRADE_FINISHED)
        wish = {"sku_id": sku.pk, "num": 1, "reason": "等补款"} | wish

        with pytest.raises(DomainError) as refused:
            hand_holds.keep(**wish, actor=make_staff(role), now=NOW)

        assert refused.value.code == code
        assert figures(sku) == (2, 0)
        assert not AuditEntry.objects.filter(action="hold.placed").exists()

    def test_is_signed_once_by_the_warehouse_or_a_supervisor(self, db: None) -> None:
        hold = hand_holds.keep(make_sku(stock=1).pk, 1, reason="x", actor=make_staff("agent"), now=NOW)
        for role in ("agent", "manager"):
            with pytest.raises(Forbidden):
                hand_holds.sign(hold.pk, actor=make_staff(role), now=NOW)
        hand_holds.sign(hold.pk, actor=make_staff("supervisor"), now=NOW)
        with pytest.raises(Conflict):
            hand_holds.sign(hold.pk, actor=make_staff("warehouse"), now=NOW)

    def test_can_be_given_back_but_not_what_the_desk_holds_by_itself(self, db: None) -> None:
        sku = make_sku(stock=2)
        agent = make_staff("agent")
        order = ordered(sku)
        take(order)
        hold = hand_holds.keep(sku.pk, 1, reason="x", actor=agent, now=NOW)

        hand_holds.give_back(hold.pk, actor=agent, now=NOW)

        assert figures(sku) == (2, 1)
        for ended in (hold.pk, Hold.objects.get(order=order).pk, 0):
            with pytest.raises(Conflict):
                hand_holds.give_back(ended, actor=agent, now=NOW)
        assert figures(sku) == (2, 1)


class TestReleaseExpiredHolds:
    def test_at_72_hours_and_not_before_and_once(self, db: None) -> None:
        sku = make_sku(stock=3)
        agent = make_staff("agent")
        hold = hand_holds.keep(sku.pk, 2, reason="x", actor=agent, now=NOW)
        waiting = ordered(sku, 3, paid=True)

        assert release_expired_holds(NOW + HAND_HOLD - timedelta(seconds=1), False).done == 0
        assert release_expired_holds(NOW + HAND_HOLD, True).done == 1
        assert figures(sku) == (3, 2)
        result = release_expired_holds(NOW + HAND_HOLD, False)
        again = release_expired_holds(NOW + HAND_HOLD, False)

        hold.refresh_from_db()
        assert (hold.release, hold.released_at) == (Hold.Release.EXPIRED, NOW + HAND_HOLD)
        assert (result.done, result.skipped, result.subjects, again.done) == (1, 0, [f"SKU {sku.pk}"], 0)
        assert held_for(waiting) == 3  # whoever waited has the pieces now
        assert figures(sku) == (3, 3)

    def test_batches_and_orders_that_wait_though_there_is_stock(
        self, db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hand_holds, "BATCH", 2)
        agent = make_staff("agent")
        kept = [make_sku(properties=str(number), stock=1) for number in range(5)]
        for number, sku in enumerate(kept):
            hand_holds.keep(sku.pk, 1, reason="x", actor=agent, now=NOW + timedelta(minutes=number // 3))
        waiting = ordered(make_sku(properties="waits", stock=1))  # came in before the desk held by itself

        assert release_expired_holds(NOW + HAND_HOLD + HOUR, False).done == 5
        assert held_for(waiting) == 1
        assert {figures(sku) for sku in kept} == {(1, 0)}
