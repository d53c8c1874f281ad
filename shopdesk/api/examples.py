"""Examples in the schema, from the rulebook."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework.serializers import BaseSerializer


def illustrate(serializer: type[BaseSerializer[Any]], **bodies: dict[str, Any]) -> None:
    """Show these bodies of a request, each by the number of the rule that it is from."""
    shown = [OpenApiExample(rule, body, request_only=True) for rule, body in bodies.items()]
    extend_schema_serializer(examples=shown)(serializer)
