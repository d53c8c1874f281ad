"""O8, P1, P2 on the order page: prices that the rules do not give are asked for, waited for, given and told."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.models import Approval
from tests.factories import NOW
from tests.orders.price_scenes import approve, ask, mixed, special, unpaid

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


class TestPages:
    def test_asked_approved_and_told(self, client_of: ClientOf) -> None:
        order, agent, supervisor = unpaid(), client_of("agent"), client_of("supervisor")

        asked = agent.post(
            f"/orders/{order.tid}/special-price/", {"version": 1, "total": "200", "reason": "老客户"}
        )
        page = agent.get(f"/orders/{order.tid}/").content.decode()
        inbox = supervisor.get(reverse("approvals")).content.decode()

        assert asked.status_code == 302
        for words in (
            "Waits for a supervisor",
            "Special price",
            "¥256.00 → ¥200.00",
            "Take it back",
            "老客户",
        ):
            assert words in page, words
        for words in ("By the rules", "¥256.00", "¥200.00", "Give this price", "老客户"):
            assert words in inbox, words

        supervisor.post(reverse("approval-approve", args=[Approval.objects.get().pk]))
        page = agent.get(f"/orders/{order.tid}/").content.decode()

        assert Order.objects.get().payment == Decimal("200.00")
        for words in (
            "given by a supervisor", "Back to the rules: ¥256.00",
            "Special price (¥56.00 at stake) · A supervisor is asked: 老客户",
            "Special price (¥56.00 at stake) · Approved",
            "Price given by a supervisor", "¥256.00 → ¥200.00",
        ):  # fmt: skip
            assert words in page, words

    def test_a_given_price_is_what_is_explained_and_what_the_buyer_is_told(self, client_of: ClientOf) -> None:
        order = approve(ask(unpaid(), special()))
        approval = Approval.objects.get()

        pricing = client_of("agent").get(f"/orders/{order.tid}/").context["detail"].pricing

        assert pricing.explained.payment == Decimal("200.00")
        assert str(pricing.explained.steps[-1]) == f"Special price, given by 慧慧 (request {approval.pk})"
        assert "合计：¥200.00" in pricing.for_buyer
        assert "慧慧" not in pricing.for_buyer

    @pytest.mark.parametrize("address", ["postage-waiver", "free-split"])
    def test_the_others_are_asked_for_too(self, client_of: ClientOf, address: str) -> None:
        order = mixed("100.00", "150.00")

        answer = client_of("agent").post(f"/orders/{order.tid}/{address}/", {"version": 1, "reason": "急"})

        assert answer.status_code == 302
        assert Approval.objects.get().kind == address.replace("-", "_")

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"total": ""}, "required"),
            ({"total": "abc"}, "Enter a number"),
            ({"total": "-1"}, "greater than or equal"),
            ({"total": "1.001"}, "decimal places"),
            ({"total": "NaN"}, "Enter a number"),
            ({"total": "999999999999"}, "digits"),
            ({"reason": " "}, "Say why"),
            ({"reason": "长" * 501}, "500 characters"),
            ({"total": "9999"}, "more than their full price"),
            ({"version": "9"}, "Somebody changed"),
            ({"carrier": "pigeon"}, "Select a valid choice"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(
        self, client_of: ClientOf, fields: dict[str, str], message: str
    ) -> None:
        order = unpaid()
        asked = {"version": "1", "total": "200.00", "reason": "老客户很熟"} | fields

        answer = client_of("agent").post(f"/orders/{order.tid}/special-price/", asked)

        assert answer.status_code in (409, 422)
        page = answer.content.decode()
        assert message in page
        if "reason" not in fields:
            assert 'value="老客户很熟"' in page
        assert not Approval.objects.exists()

    def test_the_page_does_not_offer_what_makes_no_sense(self, client_of: ClientOf) -> None:
        page = client_of("agent").get(f"/orders/{unpaid('600.00').tid}/").content.decode()

        assert "special-price" in page
        assert "postage-waiver" not in page
        assert "free-split" not in page

    def test_the_warehouse_sees_the_request_without_its_money(self, client_of: ClientOf) -> None:
        ask(unpaid(), special())

        page = client_of("warehouse").get(f"/orders/{Order.objects.get().tid}/").content.decode()

        assert "Special price" in page
        assert "¥" not in page
        assert "200.00" not in page
