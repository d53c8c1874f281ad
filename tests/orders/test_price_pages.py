"""The money on the order page: the price by the rules, joined orders, dropped lines; with htmx and without."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from members.models import LifetimeShipping
from members.services import Spent, record_spend
from orders.models import Order, OrderTerms, PlatformTask
from orders.rules.terms import as_terms, read_terms
from orders.selectors.buyer_words import buyer_words
from orders.selectors.pricing import read_pricing
from orders.services.pricing import apply_computed_price, drop_lines
from orders.states import Status
from shipping.models import TariffRow
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from tests.factories import NOW, make_line, make_order, make_staff
from tests.orders.test_pricing import paid, unpaid

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


def page_of(client: Client, order: Order, **asked: str) -> str:
    response = client.get(f"/orders/{order.tid}/", asked)
    assert response.status_code == 200
    return str(response.content.decode())


def handbook() -> Order:
    """Example (a) of M3: 492.60, on the page of Taobao 505.00."""
    order = unpaid("499.00", receiver_state="上海")
    record_spend([Spent("公主小肥", "order", "1", Decimal("749.00"), NOW)])
    return order


class TestMoneyBox:
    def test_the_price_by_the_rules_stands_beside_the_present_one(self, client_of: ClientOf) -> None:
        page = page_of(client_of("agent"), handbook())

        for words in (
            "By the rules", "¥505.00", "¥492.60", "−¥12.40", "Apply ¥492.60", "M2", "S3", "tier table",
            "tariff version", "248.00 of the regular goods at 95 % (初级)",
        ):  # fmt: skip
            assert words in page, words

    def test_one_click_applies_it(self, client_of: ClientOf) -> None:
        order, client = handbook(), client_of("agent")

        answer = client.post(f"/orders/{order.tid}/price/", {"version": order.version})

        assert answer.status_code == 302
        assert Order.objects.get().payment == Decimal("492.60")
        page = page_of(client, order)
        assert "This is the price by the rules." in page
        assert "Apply ¥" not in page
        assert "Price by the rules: ¥505.00 → ¥492.60" in page
        assert PlatformTask.objects.get().kind == "price"

    def test_with_htmx_the_order_comes_back_priced(self, client_of: ClientOf) -> None:
        order = handbook()

        answer = client_of("agent").post(
            f"/orders/{order.tid}/price/", {"version": order.version}, headers=HTMX
        )

        assert "The price is ¥492.60 now." in answer.content.decode()
        assert "<html" not in answer.content.decode()

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_a_page_that_is_out_of_date_is_refused_in_place(
        self, client_of: ClientOf, headers: dict[str, str]
    ) -> None:
        order = handbook()

        answer = client_of("agent").post(f"/orders/{order.tid}/price/", {"version": 9}, headers=headers)

        assert answer.status_code == 409
        assert "Somebody changed this order" in answer.content.decode()
        assert Order.objects.get().payment == Decimal("505.00")

    def test_another_carrier_is_tried_applied_and_kept(self, client_of: ClientOf) -> None:
        order, client = unpaid("499.00", receiver_state="上海"), client_of("agent")
        TariffRow.objects.exclude(carrier__in=["zhongtong", "shunfeng"]).delete()
        fee = TariffRow.objects.get(carrier="shunfeng", province="上海").first_fee

        page = page_of(client, order, carrier="shunfeng")

        total = Decimal("499.00") + fee
        assert f"Apply ¥{total}" in page
        assert "中通快递" in page
        client.post(f"/orders/{order.tid}/price/", {"version": order.version, "carrier": "shunfeng"})
        assert Order.objects.get().payment == total
        after = page_of(client, order)
        assert '<option value="shunfeng" selected>' in after
        assert "This is the price by the rules." in after

    @pytest.mark.parametrize("carrier", ["pigeon", "\x00", "x" * 500])
    def test_an_unknown_carrier_is_the_zones_own(self, client_of: ClientOf, carrier: str) -> None:
        assert "Apply ¥492.60" in page_of(client_of("agent"), handbook(), carrier=carrier)

    @pytest.mark.parametrize(
        ("fields", "code", "words"),
        [
            ({"receiver_state": ""}, "S2", "Ask the buyer"),
            ({"receiver_state": "火星"}, "S2", "Ask the buyer"),
            ({"receiver_state": "青海", "no_tariff": True}, "S3", "Enter it, or choose another carrier"),
            ({"receiver_state": "香港", "carrier": "zhongtong"}, "S5", "only shunfeng goes"),
        ],
    )
    def test_a_refused_quote_says_why_and_what_to_do(
        self, client_of: ClientOf, fields: dict[str, Any], code: str, words: str
    ) -> None:
        if fields.pop("no_tariff", False):
            TariffRow.objects.filter(province="青海").delete()
        asked = {"carrier": fields.pop("carrier")} if "carrier" in fields else {}
        order = unpaid("499.00", **fields)

        page = page_of(client_of("agent"), order, **asked)

        assert words in page
        assert f'<span class="rule">{code}</span>' in page
        assert "Apply ¥" not in page

    def test_an_order_without_its_items_waits(self, client_of: ClientOf) -> None:
        assert "once the item list is here" in page_of(client_of("agent"), make_order())

    def test_a_part_paid_order_keeps_its_price(self, client_of: ClientOf) -> None:
        order = unpaid("499.00", receiver_state="上海", paid_fee=Decimal("100.00"), post_fee=Decimal("9.00"))

        page = page_of(client_of("agent"), order)

        assert "Part of this order is paid: its price stays." in page
        assert "Apply ¥" not in page

    def test_the_manager_sees_and_does_not_apply(self, client_of: ClientOf) -> None:
        page = page_of(client_of("manager"), handbook())

        assert "¥492.60" in page
        assert "Apply ¥" not in page

    def test_the_warehouse_sees_none_of_it(self, client_of: ClientOf) -> None:
        paid()
        page = page_of(client_of("warehouse"), unpaid())

        assert "¥" not in page
        assert "By the rules" not in page

    def test_a_paid_order_shows_the_terms_that_it_was_priced_on(self, client_of: ClientOf) -> None:
        order = handbook()
        apply_computed_price(order.tid, version=1, actor=make_staff("agent", signature="小雨"), now=NOW)
        Order.objects.update(status=Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW)
        TariffRow.objects.update(first_fee=Decimal("99.00"))

        page = page_of(client_of("agent"), order)

        assert "248.00 of the regular goods at 95 % (初级)" in page
        assert "小雨" in page
        assert "¥99.00" not in page
        assert "Apply ¥" not in page

    def test_terms_that_do_not_match_any_more_say_so(self, client_of: ClientOf) -> None:
        order = handbook()
        apply_computed_price(order.tid, version=1, actor=make_staff("agent"), now=NOW)
        Order.objects.update(status=Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW, payment=Decimal("480.00"))

        assert "These terms came to ¥492.60" in page_of(client_of("agent"), order)

    def test_the_box_costs_the_same_however_many_orders_add_up(self, client_of: ClientOf) -> None:
        order, agent = unpaid(), make_staff("agent")

        def statements() -> int:
            lines = list(order.lines.select_related("product"))
            with CaptureQueriesContext(connection) as captured:
                assert read_pricing(order, lines, staff=agent).quote is not None
            return len(captured)

        before = statements()
        for _number in range(15):
            paid()
        make_line(order, "袜子", price=Decimal("5.00"))

        assert statements() == before <= 7


class TestWords:
    def test_the_buyer_reads_chinese_whatever_the_agent_reads(self, client_of: ClientOf) -> None:
        order = handbook()
        quote = apply_computed_price(order.tid, version=1, actor=make_staff("agent"), now=NOW)
        with override("zh-hans"):
            chinese = [str(step) for step in quote.steps]

        with override("en"):
            words = buyer_words(quote)

        assert [line.partition(". ")[2] for line in words.splitlines()[-len(chinese) :]] == chinese
        assert "¥492.60" in words
        assert "浙江" not in words
        assert "上海" in words

    def test_kept_terms_speak_both_languages(self) -> None:
        order = handbook()
        with override("zh-hans"):
            quote = apply_computed_price(order.tid, version=1, actor=make_staff("agent"), now=NOW)

        kept = read_terms(OrderTerms.objects.get().quote)

        for language in ("en", "zh-hans"):
            with override(language):
                assert [str(step) for step in kept.steps] == [str(step) for step in quote.steps]
        assert kept.payment == quote.payment
        assert kept.links == quote.links

    def test_terms_kept_without_sources_stay_as_they_were_written(self) -> None:
        order = handbook()
        quote = apply_computed_price(order.tid, version=1, actor=make_staff("agent"), now=NOW)

        kept = read_terms(quote.as_json())

        assert [str(step) for step in kept.steps] == [str(step) for step in quote.steps]
        assert as_terms(kept)["payment"] == "492.60"


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
