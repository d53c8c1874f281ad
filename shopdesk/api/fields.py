"""How the API writes amounts, times, order numbers and words: money and numbers of orders are strings."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from shopdesk.base.listing import midnight, read_day

MOST_MONEY = Decimal("99999999.99")
FIRST_YEAR, LAST_YEAR = 2000, 2100
TID = r"^[0-9A-Za-z-]{1,32}$"
INTEGER = 2**31 - 1


@extend_schema_field({"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,2})?$", "example": "499.00"})
class MoneyIn(serializers.DecimalField):
    """An amount in CNY as a string; a JSON number may have lost digits on its way."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=10, decimal_places=2, min_value=Decimal(0), **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """Read it."""
        if not isinstance(data, str):
            raise serializers.ValidationError(_("An amount comes as a string, such as “499.00”."))
        amount: Decimal = super().to_internal_value(data)
        return amount


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "example": "492.60"})
class Money(serializers.DecimalField):
    """An amount in CNY that is told."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, coerce_to_string=True, read_only=True, **kwargs)


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentIn(serializers.DateTimeField):
    """A time by ISO 8601; without an offset it is Shanghai's."""

    def to_internal_value(self, data: Any) -> datetime:
        """Read it; a shop has no business in other centuries."""
        if not isinstance(data, str):
            raise serializers.ValidationError(_("A time is written as 2026-11-22T10:00:00+08:00."))
        moment: datetime = super().to_internal_value(data)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise serializers.ValidationError(_("A time lies between the years 2000 and 2100."))
        return moment


@extend_schema_field({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]})
class BoundIn(MomentIn):
    """Where a span of time begins or, with ``ends``, ends: a moment, or a day in Shanghai, which counts whole."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _(
            "Write a day as 2026-11-22, or a time as 2026-11-22T10:00:00+08:00; in an address, its + is %2B."
        )
    }

    def __init__(self, *, ends: bool = False, **kwargs: Any) -> None:
        self._days_later = 1 if ends else 0
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> datetime:
        """The moment, or the midnight that the day begins or ends with."""
        if not isinstance(data, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", data):
            return super().to_internal_value(data)
        day = read_day(data)
        if day is None:
            self.fail("invalid")
        return midnight(day, days_later=self._days_later)


class TidIn(serializers.RegexField):
    """An order number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(TID, max_length=32, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Read it: a number would have lost digits."""
        if not isinstance(data, str):
            raise serializers.ValidationError(_("An order number comes as a string."))
        return str(super().to_internal_value(data))


def list_of(items: Callable[..., Any], **limits: Any) -> Any:
    """A list of such objects, with its limits: ``min_length``, ``max_length``, ``required``, ``default``."""
    return items(many=True, **limits)


class VersionIn(serializers.Serializer[Any]):
    """What every change may carry: the version that the caller has seen (T5). ``If-Match`` says the same."""

    version = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=INTEGER,
        help_text="The version that the caller saw. A newer one refuses the change with 409.",
    )  # fmt: skip


class Nothing(serializers.Serializer[Any]):
    """Nothing is to be said."""


class ErrorAnswer(serializers.Serializer[Any]):
    """Every refusal."""

    code = serializers.CharField(help_text="The rule that refuses (“O4”), or what is wrong with the request.")
    message = serializers.CharField(help_text="What is wrong and what to do next, in the caller's language.")
    field = serializers.CharField(allow_null=True, help_text="Where in the body, such as “orders[0].price”.")
