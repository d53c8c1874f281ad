"""O7, O8, S7 through the services: the computed price, dropped lines, credit given once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from members.services import Spent, record_spend
from orders.models import Order, OrderTerms, PlatformTask, PostageCredit, RefundTask
from orders.services.pricing import apply_computed_price, drop_lines
from orders.states import Status
from shipping.services import TariffChange, change_tariff, ensure_starting_tariffs
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_staff
from tests.orders.price_scenes import paid, unpaid


@pytest.fixture(autouse=True)
def tariffs(db: None) -> None:
    ensure_starting_tariffs()


def apply(order: Order, **fields: Any) -> Order:
    fields.setdefault("actor", make_staff("agent"))
    apply_computed_price(order.tid, version=fields.pop("version", order.version), now=NOW, **fields)
    return Order.objects.get(pk=order.pk)


def test_the_handbooks_example_is_applied_and_explained() -> None:
    order = unpaid("499.00", receiver_state="上海")
    record_spend([Spent("公主小肥", "order", "1", Decimal("749.00"), NOW)])

    after = apply(order)

    assert (after.goods_payable, after.discount_fee, after.post_fee, after.payment) == (
        Decimal("486.60"),
        Decimal("12.40"),
        Decimal("6.00"),
        Decimal("492.60"),
    )
    assert after.version == order.version + 1
    assert after.lines.get().payment == Decimal("486.60")
    terms = OrderTerms.objects.get()
    assert {"M2", "S3"} <= {step["rule"] for step in terms.quote["steps"]}
    assert terms.tariff_version
    assert PlatformTask.objects.get(kind=PlatformTask.Kind.PRICE).order_id == order.tid
    entry = AuditEntry.objects.get(action="order.priced")
    assert (entry.before["payment"], entry.after["payment"]) == ("505.00", "492.60")


def test_its_own_spend_does_not_count_against_itself() -> None:
    order = unpaid("499.00")
    record_spend([Spent("公主小肥", "order", order.tid, Decimal("5000.00"), NOW)])

    assert apply(order).discount_fee == 0


def test_joining_takes_the_postage_of_the_other_off() -> None:
    other, order = paid(), unpaid()

    after = apply(order)

    assert (after.post_fee, after.post_fee_credit, after.payment) == (0, Decimal("6.00"), Decimal("244.00"))
    credit = PostageCredit.objects.get()
    assert (credit.paid_on, credit.given_to, credit.amount) == (other, order, Decimal("6.00"))


def test_applying_twice_gives_it_once() -> None:
    paid()
    order = unpaid()

    first = apply(order)
    second = apply(first)

    assert second.payment == first.payment == Decimal("244.00")
    assert PostageCredit.objects.count() == 1


def test_a_second_order_gets_the_free_postage_but_not_the_credit() -> None:
    paid()
    first, second = unpaid(), unpaid()
    apply(first)

    after = apply(second)

    assert (after.post_fee, after.post_fee_credit, after.payment) == (0, 0, Decimal("250.00"))


def test_what_is_left_over_is_owed_back_once() -> None:
    paid("600.00")
    order = unpaid("4.00")

    after = apply(apply(order))

    task = RefundTask.objects.get()
    assert (after.payment, task.amount, task.rule) == (Decimal("0.01"), Decimal("2.01"), "S7")


@pytest.mark.parametrize("status", [s for s in Status if s != Status.WAIT_BUYER_PAY and "CLOSED" not in s])
def test_only_unpaid_orders_change_their_price(status: str) -> None:
    order = unpaid(status=status)

    with pytest.raises(Conflict) as refusal:
        apply(order)

    assert refusal.value.code == "O8"
    assert not OrderTerms.objects.exists()


def test_refusals_change_nothing() -> None:
    order = unpaid(receiver_state="")

    with pytest.raises(DomainError) as refusal:
        apply(order)
    assert refusal.value.code == "S2"
    with pytest.raises(VersionConflict):
        apply(order, version=9)
    with pytest.raises(Forbidden):
        apply(order, actor=make_staff("warehouse"))

    assert Order.objects.get(pk=order.pk).payment == order.payment
    assert not AuditEntry.objects.filter(action="order.priced").exists()


def test_terms_explain_themselves_after_the_tariff_changed() -> None:
    order = unpaid()
    apply(order)
    old = OrderTerms.objects.get()

    change_tariff(
        TariffChange("zhongtong", "浙江", Decimal(1), Decimal("9.00"), Decimal(1), Decimal("2.00")),
        actor=make_staff("manager"),
        now=NOW + timedelta(minutes=1),
    )
    old.refresh_from_db()

    assert any("6.00" in step["text"] and old.tariff_version in step["text"] for step in old.quote["steps"])
    # The order was placed before the change: its tariff is that of its own time.
    assert apply(Order.objects.get(pk=order.pk)).post_fee == Decimal("6.00")


class TestDroppingLines:
    """O7."""

    @pytest.fixture
    def order(self) -> Order:
        order = unpaid("480.00")
        make_line(order, "双眼皮贴 特价", price=Decimal("39.00"))
        return order

    def drop(self, order: Order, *positions: int, **fields: Any) -> Order:
        given = {"reason": "不想要了", "version": order.version, "actor": make_staff("agent"), "now": NOW}
        drop_lines(order.tid, positions, **(given | fields))
        return Order.objects.get(pk=order.pk)

    def test_the_rest_is_priced_anew(self, order: Order) -> None:
        assert apply(order).post_fee == 0

        after = self.drop(Order.objects.get(pk=order.pk), 2)

        assert (after.goods_payable, after.post_fee, after.payment) == (
            Decimal("480.00"),
            Decimal("6.00"),
            Decimal("486.00"),
        )
        assert after.lines.count() == 1
        assert AuditEntry.objects.get(action="order.lines_dropped").after["reason"] == "不想要了"

    @pytest.mark.parametrize(
        ("positions", "fields", "field"),
        [
            ((1, 2), {}, "positions"),
            ((), {}, "positions"),
            ((7,), {}, "positions"),
            ((2,), {"reason": " "}, "reason"),
        ],
    )
    def test_what_cannot_be_dropped(
        self, order: Order, positions: tuple[int, ...], fields: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(DomainError) as refusal:
            self.drop(order, *positions, **fields)

        assert (refusal.value.code, refusal.value.field) == ("O7", field)
        assert order.lines.count() == 2
