"""What moves the price on the order page: joined orders, dropped lines, and goods that go first (S7, O7, S8)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from members.models import LifetimeShipping
from orders.models import Order
from orders.services.pricing import apply_computed_price, drop_lines
from orders.states import Status
from shipping.models import TariffRow
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from tests.factories import NOW, make_line, make_staff
from tests.orders.price_scenes import page_of, paid, unpaid

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


class TestJoining:
    """S7: the card of what adds up."""

    def test_the_card_says_what_joining_saves_and_one_click_joins(self, client_of: ClientOf) -> None:
        other, order, client = paid(), unpaid(), client_of("agent")

        page = page_of(client, order)

        for words in (
            other.tid, "Adds up within three days", "1 d 0 h left", "¥300.00", "¥550.00", "free from ¥500.00",
            "Postage ¥0.00 · ¥6.00 paid before comes off → <b>¥244.00</b>", "Join them: ¥244.00",
        ):  # fmt: skip
            assert words in page, words

        client.post(f"/orders/{order.tid}/price/", {"version": order.version})

        assert Order.objects.get(pk=order.pk).payment == Decimal("244.00")
        assert "Joined: it is in the price." in page_of(client, order)

    def test_what_is_missing_is_said(self, client_of: ClientOf) -> None:
        paid("100.00")

        page = page_of(client_of("agent"), unpaid())

        assert "¥150.00 more would make the postage free." in page
        assert "Join them" not in page

    def test_nothing_stands_there_without_other_orders(self, client_of: ClientOf) -> None:
        paid(receiver_address="浙江省 杭州市 别处")

        assert "Adds up within three days" not in page_of(client_of("agent"), unpaid())

    @pytest.mark.parametrize("province", ["西藏", "香港"])
    def test_nor_where_nothing_adds_up(self, client_of: ClientOf, province: str) -> None:
        paid(receiver_state=province)

        assert "Adds up within three days" not in page_of(client_of("agent"), unpaid(receiver_state=province))

    def test_postage_that_was_given_back_is_not_offered_again(self, client_of: ClientOf) -> None:
        paid()
        first, second = unpaid(), unpaid()
        apply_computed_price(first.tid, version=1, actor=make_staff("agent"), now=NOW)

        page = page_of(client_of("agent"), second)

        assert "postage ¥6.00, given back already" in page
        assert "Join them: ¥250.00" in page

    def test_the_window_that_is_over_says_so(self, client_of: ClientOf) -> None:
        order = unpaid(created=NOW - timedelta(hours=70))
        other = paid()
        Order.objects.filter(pk=other.pk).update(created=NOW - timedelta(hours=100))

        assert "too late for another order" in page_of(client_of("agent"), order)


class TestDropping:
    """O7 on the page."""

    @pytest.fixture
    def order(self) -> Order:
        order = unpaid("480.00", num=2)
        make_line(order, "双眼皮贴 特价", price=Decimal("39.00"))
        agent = make_staff("agent")
        apply_computed_price(order.tid, version=1, actor=agent, now=NOW)
        return Order.objects.get()

    def asked(self, order: Order, *positions: int, **fields: Any) -> dict[str, Any]:
        return {"positions": positions, "reason": "unwanted", "version": order.version} | fields

    def test_the_preview_shows_both_totals_and_changes_nothing(
        self, client_of: ClientOf, order: Order
    ) -> None:
        client, address = client_of("agent"), f"/orders/{order.tid}/drop-lines/preview/"

        part = client.post(address, self.asked(order, 2), headers=HTMX).content.decode()
        page = client.post(address, self.asked(order, 2)).content.decode()

        for shown in (part, page):
            for words in ("¥519.00", "¥486.00", "双眼皮贴 特价", "Drop 1 line: ¥486.00"):
                assert words in shown, words
        assert "<html" not in part
        assert "Back to the order" in page
        assert order.lines.count() == 2

    def test_they_are_dropped(self, client_of: ClientOf, order: Order) -> None:
        client = client_of("agent")

        client.post(f"/orders/{order.tid}/drop-lines/", self.asked(order, 2))

        after = Order.objects.get()
        assert (after.payment, after.num, after.lines.count()) == (Decimal("486.00"), 1, 1)
        assert "1 line dropped: the buyer no longer wants it" in page_of(client, order)

    @pytest.mark.parametrize("address", ["drop-lines/", "drop-lines/preview/"])
    @pytest.mark.parametrize(
        ("fields", "status", "message"),
        [
            ({"positions": (1, 2)}, 422, "The last line cannot be dropped"),
            ({"positions": ()}, 422, "Tick the lines"),
            ({"positions": (7,)}, 422, "Tick the lines"),
            ({"positions": ("x",)}, 422, "Lines"),
            ({"reason": "mood"}, 422, "Why"),
            ({"version": 9}, 409, "Somebody changed"),
            ({"version": ""}, 422, "required"),
        ],
    )
    def test_what_cannot_be_is_refused_in_place(
        self,
        client_of: ClientOf,
        order: Order,
        address: str,
        fields: dict[str, Any],
        status: int,
        message: str,
    ) -> None:
        client, asked = client_of("agent"), self.asked(order, 2) | fields

        for headers in ({}, HTMX):
            answer = client.post(f"/orders/{order.tid}/{address}", asked, headers=headers)
            assert answer.status_code == status
            assert message in answer.content.decode()
        assert order.lines.count() == 2

    def test_a_paid_order_keeps_its_lines(self, client_of: ClientOf, order: Order) -> None:
        Order.objects.update(status=Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW)
        client = client_of("agent")

        answer = client.post(f"/orders/{order.tid}/drop-lines/", self.asked(order, 2))

        assert answer.status_code == 409
        assert "drop-form" not in page_of(client, order)

    def test_a_single_line_has_nothing_to_tick(self, client_of: ClientOf) -> None:
        assert 'name="positions"' not in page_of(client_of("agent"), unpaid())

    def test_the_carrier_that_was_asked_for_stays(self, client_of: ClientOf, order: Order) -> None:
        agent = make_staff("agent")
        apply_computed_price(order.tid, version=order.version, carrier="shunfeng", actor=agent, now=NOW)
        fee = TariffRow.objects.get(carrier="shunfeng", province="浙江").first_fee

        client_of("agent").post(f"/orders/{order.tid}/drop-lines/", self.asked(Order.objects.get(), 2))

        assert Order.objects.get().post_fee == fee


class TestShelfGoodsFirst:
    """S8: the buyer asks for what is on the shelf ahead of the rest."""

    def mixed(self, *prices: str) -> Order:
        order = unpaid(prices[0])
        make_line(order, "【韩国直送】连衣裙", price=Decimal(prices[1]))
        Order.objects.filter(pk=order.pk).update(goods_payable=sum(map(Decimal, prices), Decimal(0)))
        return order

    @pytest.mark.parametrize(
        ("prices", "post_fee"),
        [(("100.00", "150.00"), "12.00"), (("300.00", "300.00"), "6.00")],
        ids=["a paying order pays both", "free shipping is free once"],
    )
    def test_tried_applied_and_kept(
        self, client_of: ClientOf, prices: tuple[str, ...], post_fee: str
    ) -> None:
        order, agent = self.mixed(*prices), client_of("agent")
        address = f"/orders/{order.tid}/"

        together = agent.get(address).context["detail"].pricing
        apart = agent.get(address, {"carrier": "", "shelf_first": "on"}).context["detail"].pricing
        assert together.may_go_apart
        assert (together.quote.parcels, apart.quote.parcels) == (1, 2)
        assert apart.quote.post_fee == Decimal(post_fee)

        agent.post(f"{address}price/", {"version": 1, "carrier": "", "shelf_first": "on"})
        after = Order.objects.get()
        page = agent.get(address).context["detail"].pricing
        assert after.post_fee == Decimal(post_fee)
        assert (page.shelf_first, page.changes, page.kept.parcels) == (True, False, 2)
        assert "S8" in {step.rule for step in page.explained.steps}

        back = agent.get(address, {"carrier": ""}).context["detail"].pricing
        assert (back.shelf_first, back.changes) == (False, True)

    def test_dropping_a_line_keeps_what_was_asked_for(self, client_of: ClientOf) -> None:
        order, agent = self.mixed("100.00", "150.00"), client_of("agent")
        make_line(order, "小白鞋二", price=Decimal("50.00"))
        agent.post(f"/orders/{order.tid}/price/", {"version": 1, "carrier": "", "shelf_first": "on"})

        drop_lines(order.tid, [3], reason="不要", version=2, actor=make_staff("agent"), now=NOW)

        assert Order.objects.get().post_fee == Decimal("12.00")

    def test_it_can_be_kept_where_it_costs_the_same(self, client_of: ClientOf) -> None:
        """S9: free for life covers both parcels."""
        order, agent = self.mixed("100.00", "150.00"), client_of("agent")
        LifetimeShipping.objects.create(
            buyer_id=order.buyer_id, address=order.receiver_address, status="confirmed",
            proposed_at=NOW, decided_at=NOW,
        )  # fmt: skip
        agent.post(f"/orders/{order.tid}/price/", {"version": 1, "carrier": ""})

        apart = (
            agent.get(f"/orders/{order.tid}/", {"carrier": "", "shelf_first": "on"}).context["detail"].pricing
        )

        assert (apart.quote.payment, apart.changes) == (Decimal("250.00"), True)

    @pytest.mark.parametrize(
        "prices", [("250.00",), ("1600.00", "1600.00")], ids=["one place", "3000 and more"]
    )
    def test_no_choice_is_offered_where_there_is_none(
        self, client_of: ClientOf, prices: tuple[str, ...]
    ) -> None:
        order = self.mixed(*prices) if len(prices) > 1 else unpaid(*prices)

        assert "shelf_first" not in client_of("agent").get(f"/orders/{order.tid}/").content.decode()
