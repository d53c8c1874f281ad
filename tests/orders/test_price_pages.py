"""The price by the rules on the order page, one click to apply it, and the words for the buyer (M2, S2, S3)."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from members.services import Spent, record_spend
from orders.models import Order, OrderTerms, PlatformTask
from orders.rules.terms import as_terms, read_terms
from orders.selectors.buyer_words import buyer_words
from orders.selectors.pricing import read_pricing
from orders.services.pricing import apply_computed_price
from orders.states import Status
from shipping.models import TariffRow
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from tests.factories import NOW, make_line, make_order, make_staff
from tests.orders.price_scenes import page_of, paid, unpaid

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


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
