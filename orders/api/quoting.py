"""Quotes: the price of what a buyer asks for, explained (S11)."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.quotes import MOST_LINES, MOST_PIECES, quote_ask
from orders.rules.products import ProductKind
from orders.states import Status
from shipping.carriers import CARRIERS
from shopdesk.api.access import Access, Scope
from shopdesk.api.fields import Money, MoneyIn, list_of
from shopdesk.api.views import ApiView
from shopdesk.base.permissions import Permission

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_WEIGHT: dict[str, Any] = {
    "required": False,
    "allow_null": True,
    "max_length": 20,
    "help_text": "In kg, such as “0.5”.",
}


class QuoteLineIn(serializers.Serializer[Any]):
    """Goods that are asked for."""

    title = serializers.CharField(allow_blank=True)
    price = MoneyIn()
    num = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MOST_PIECES)
    special_price = serializers.BooleanField(
        required=False, allow_null=True, help_text="Read from the title (O12) where it is left out."
    )
    kind = serializers.ChoiceField(choices=ProductKind.choices, required=False, allow_null=True)
    weight_kg = serializers.CharField(**_WEIGHT)


class SiblingIn(serializers.Serializer[Any]):
    """Another order of the buyer to the same address (S7)."""

    goods_payable = MoneyIn()
    post_fee = MoneyIn(required=False)
    status = serializers.ChoiceField(choices=Status.choices)
    created = serializers.CharField(help_text="A time; without an offset it is Shanghai's.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "M3 (a)",
            {
                "prior_spend": "749.00",
                "receiver_state": "上海",
                "lines": [{"title": "小白鞋", "price": "499.00", "num": 1}],
            },
            request_only=True,
        ),
        OpenApiExample(
            "M3 (b)",
            {
                "prior_spend": "459.00",
                "receiver_state": "广东",
                "lines": [
                    {"title": "大衣", "price": "790.00", "num": 1},
                    {"title": "特价背心", "price": "39.00", "num": 1, "special_price": True},
                ],
            },
            request_only=True,
        ),
        OpenApiExample(
            "S7",
            {
                "at": "2026-11-22 10:00:00",
                "receiver_state": "上海",
                "lines": [{"title": "毛衣", "price": "250.00", "num": 1}],
                "sibling_orders": [
                    {
                        "goods_payable": "300.00",
                        "post_fee": "6.00",
                        "status": "WAIT_SELLER_SEND_GOODS",
                        "created": "2026-11-20 10:00:00",
                    }
                ],
            },
            request_only=True,
        ),
    ]
)
class QuoteIn(serializers.Serializer[Any]):
    """What is asked for. What is left out is looked up or takes its default."""

    at = serializers.CharField(required=False, allow_null=True, help_text="Now, where it is left out.")
    buyer_nick = serializers.CharField(required=False, allow_null=True)
    prior_spend = MoneyIn(required=False, allow_null=True)
    receiver_state = serializers.CharField(required=False, allow_null=True)
    receiver_address = serializers.CharField(required=False, allow_null=True)
    carrier = serializers.ChoiceField(
        choices=[(code, carrier.name) for code, carrier in CARRIERS.items()], required=False, allow_null=True
    )
    weight_kg = serializers.CharField(**_WEIGHT)
    shelf_goods_first = serializers.BooleanField(required=False, allow_null=True)
    lifetime_free_shipping = serializers.BooleanField(required=False, allow_null=True)
    lines = list_of(QuoteLineIn, min_length=1, max_length=MOST_LINES)
    sibling_orders = list_of(SiblingIn, required=False, allow_null=True, max_length=MOST_LINES)


class QuoteLineOut(serializers.Serializer[Any]):
    """A line of the quote."""

    payment = Money()
    discount_fee = Money()
    kind = serializers.ChoiceField(choices=ProductKind.choices, read_only=True)


class StepOut(serializers.Serializer[Any]):
    """One step of the explanation: its rule, its words, its amount."""

    rule = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)
    amount = Money()


class QuoteOut(serializers.Serializer[Any]):
    """The price, explained. `payment` = `goods_payable` + links + `post_fee` − `post_fee_credit`."""

    goods_total = Money()
    discount_fee = Money()
    goods_payable = Money()
    post_fee = Money()
    post_fee_credit = Money()
    payment = Money()
    parcels = serializers.IntegerField(read_only=True)
    post_fee_owed = Money()
    lines = QuoteLineOut(many=True, read_only=True)
    steps = StepOut(many=True, read_only=True)
    tariff_version = serializers.CharField(read_only=True, allow_null=True)
    tier_version = serializers.CharField(read_only=True, allow_null=True)


class QuotesCall(ApiView):
    """Quotes."""

    access: ClassVar[dict[str, Access]] = {"post": Access(Permission.SEE_PRICES, Scope.ORDERS_READ)}
    takes = QuoteIn
    answers: ClassVar[dict[int, Any]] = {200: QuoteOut}
    writes = False

    def post(self, request: Request) -> Response:
        """Price what is asked for; nothing is written. A refusal names the rule (S2, S3, S5, O12)."""
        _require_storable(request.data)
        ask = request.data if isinstance(request.data, Mapping) else {"lines": request.data}
        return Response(quote_ask(ask).as_json())


def _require_storable(value: Any) -> None:
    """The nick is looked up: no text that the database cannot hold gets that far."""
    if isinstance(value, str) and _UNSTORABLE.search(value):
        raise exceptions.ParseError(_("The text holds a character that cannot be stored."))
    if isinstance(value, Mapping):
        for inner in value.values():
            _require_storable(inner)
    elif isinstance(value, list):
        for inner in value:
            _require_storable(inner)
