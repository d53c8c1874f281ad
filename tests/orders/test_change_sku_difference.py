"""O9, O12: another colour or size at another price: a postage link pays the difference, or it is owed back."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from members.models import Buyer
from members.services import Spent, record_spend
from orders.models import Flag, LinkSettlement, Order, OrderLine, OrderTerms, RefundTask, Sku
from orders.rules.changes import Terms
from orders.services.spend import tell_spend
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from tests.factories import NOW, make_paid_order, make_sku
from tests.orders.postage_links import NICK, link
from tests.orders.sku_change_scenes import change, other, paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


def spend() -> Decimal:
    return Buyer.objects.get(pk=NICK).spend


class TestDifference:
    """O9, O12: the same price, or a postage link, or owed back."""

    @pytest.mark.parametrize("asked", [(), ("missing",), ("short",), ("foreign",), ("unpaid",), ("goods",)])
    def test_a_dearer_one_needs_a_paid_link_of_the_buyer(self, asked: tuple[str, ...]) -> None:
        line = paid()
        orders = {
            "short": link("10.00"),
            "foreign": link("20.00", nick="别人"),
            "unpaid": link("20.00", status=Status.WAIT_BUYER_PAY, pay_time=None),
            "goods": make_paid_order(NICK),
        }
        links = tuple(orders[name].tid if name in orders else name for name in asked)

        with pytest.raises(DomainError) as refusal:
            change(line, other(line, "519.00"), links=links)

        assert (refusal.value.code, refusal.value.field) == ("O9", "links")
        assert not LinkSettlement.objects.exists()
        assert OrderLine.objects.get(pk=line.pk).ordered_properties_name == ""

    def test_the_link_settles_it_once(self) -> None:
        line, paying = paid(), link("20.00")
        before = spend()

        change(line, other(line, "519.00"), links=(paying.tid,))

        settlement = LinkSettlement.objects.get()
        assert (settlement.paid_by, settlement.order, settlement.amount, settlement.rule) == (
            paying, line.order, Decimal("20.00"), "O9",
        )  # fmt: skip
        order = Order.objects.get(pk=line.order_id)
        assert (order.payment, order.goods_payable) == (Decimal("505.00"), Decimal("499.00"))
        assert spend() == before  # postage links are no spend (M1)
        terms = OrderTerms.objects.get()
        assert (terms.quote["payment"], terms.quote["moved"]) == ("525.00", "20.00")
        second = paid()
        with pytest.raises(DomainError, match="settled something already"):
            change(second, Sku.objects.get(price=Decimal("519.00")), links=(paying.tid,))

    def test_two_links_pay_together_and_too_much_is_flagged(self) -> None:
        line, links = paid(), [link("15.00"), link("15.00")]

        change(line, other(line, "519.00"), links=tuple(order.tid for order in links))

        assert sorted(LinkSettlement.objects.values_list("amount", flat=True)) == [5, 15]
        flag = Flag.objects.exclude(order=line.order).get()
        assert (flag.label, flag.addressee) == ("差价多付", "supervisor")
        assert "多付10.00" in flag.note.text

    def test_a_link_that_is_not_needed_is_refused(self) -> None:
        line, links = paid(), [link("20.00"), link("15.00")]

        with pytest.raises(DomainError, match="is not needed"):
            change(line, other(line, "519.00"), links=tuple(order.tid for order in links))

    def test_a_cheaper_one_is_owed_back_and_counts_as_refunded(self) -> None:
        line = paid()
        before = spend()

        change(line, other(line, "489.00"))

        debt = RefundTask.objects.get()
        assert (debt.reason, debt.rule, debt.amount) == ("lower_price", "O9", Decimal("10.00"))
        assert OrderLine.objects.get().refund_fee == Order.objects.get().refund_fee == Decimal("10.00")
        assert spend() == before - Decimal("10.00")

    def test_back_again_takes_the_open_debt_first(self) -> None:
        line = paid()
        white = Sku.objects.get()
        Sku.objects.update(price=Decimal("499.00"))
        before = spend()
        change(line, other(line, "489.00"))

        change(OrderLine.objects.get(), white)

        assert not RefundTask.objects.exists()
        assert (OrderLine.objects.get().refund_fee, spend()) == (0, before)
        assert OrderTerms.objects.order_by("-pk")[0].quote["moved"] == "0.00"

    def test_a_debt_that_was_paid_out_begins_anew(self) -> None:
        line = paid()
        change(line, other(line, "489.00"))
        RefundTask.objects.update(done_at=NOW)

        change(OrderLine.objects.get(), make_sku("小白鞋", "红色", price=Decimal("484.00"), stock=1))

        debt = RefundTask.objects.get()
        assert (debt.amount, debt.done_at) == (Decimal("5.00"), None)

    def test_kept_terms_keep_the_discount_and_anew_takes_todays(self) -> None:
        line = paid()
        OrderLine.objects.update(payment=Decimal("474.05"), discount_fee=Decimal("24.95"))  # at 95 %
        Order.objects.update(
            goods_payable=Decimal("474.05"), discount_fee=Decimal("24.95"), payment=Decimal("480.05")
        )
        tell_spend([line.order_id])
        record_spend([Spent(NICK, "order", "1", Decimal("30000.00"), NOW)])  # today 93 %
        line.refresh_from_db()
        sku, links = other(line, "599.00"), (link("95.00").tid,)

        with pytest.raises(DomainError, match="links pay") as refusal:
            change(line, sku, terms=Terms.ANEW, links=())
        assert "¥77.02" in str(refusal.value.message)  # 599 × 0.93 + 0 - 480.05, free from 500

        change(line, sku, links=links)

        assert LinkSettlement.objects.get().amount == Decimal("95.00")

    def test_a_price_that_nobody_knows_is_the_same_price(self) -> None:
        line = paid()

        change(line, other(line))

        assert not RefundTask.objects.exists()
        assert OrderTerms.objects.get().quote["moved"] == "0.00"
