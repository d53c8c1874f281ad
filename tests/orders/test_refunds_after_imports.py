"""D5: a file that shows a refund of shipped goods as made does it here, too, once."""

from decimal import Decimal

import pytest

from orders.imports.rows import ItemRow, OrderRow
from orders.models import Order, PlatformTask, Refund
from orders.services.imports.catalogue import Catalogue
from orders.services.imports.items import import_items
from orders.services.imports.orders import import_orders
from orders.services.imports.waiting import Item
from orders.states import Status
from tests.factories import NOW
from tests.orders.after_sale_scenes import line_of, refund, sent_order, spend, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
D = Decimal


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
