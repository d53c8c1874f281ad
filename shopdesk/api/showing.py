"""Rows as programs are shown them."""

from __future__ import annotations

from typing import Any

from django.db.models import Field
from django.utils.functional import cached_property
from rest_framework import serializers


class Shown(serializers.ModelSerializer[Any]):
    """A row. A choice that nobody made is ``null``: the schema's enumerations name no empty word."""

    def build_standard_field(
        self, field_name: str, model_field: Field[Any, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """A choice that may be empty may be ``null``."""
        field_class, arguments = super().build_standard_field(field_name, model_field)
        if model_field.choices and model_field.blank:
            arguments["allow_null"] = True
        return field_class, arguments

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The row."""
        shown: dict[str, Any] = super().to_representation(instance)
        for name in self._choices:
            if shown[name] == "":
                shown[name] = None
        return shown

    @cached_property
    def _choices(self) -> list[str]:
        return [name for name, field in self.fields.items() if isinstance(field, serializers.ChoiceField)]
