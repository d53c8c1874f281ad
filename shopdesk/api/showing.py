"""Rows as programs are shown them."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.db.models import Field, Model
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import SkipField


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
        shown: dict[str, Any] = {}
        for name, read, tell in self._readers:
            try:
                value = read(instance)
            except SkipField:
                continue
            shown[name] = None if value is None else tell(value)
        for name in self._choices:
            if shown[name] == "":
                shown[name] = None
        return shown

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]:
        """Each field, how it is read and how it is told: columns straight, as a field asks much first."""
        model: type[Model] = self.Meta.model
        columns = {column.attname for column in model._meta.concrete_fields}
        return [
            (
                name,
                attrgetter(str(field.source)) if field.source in columns else field.get_attribute,
                field.to_representation,
            )
            for name, field in self.fields.items()
        ]

    @cached_property
    def _choices(self) -> list[str]:
        return [name for name, field in self.fields.items() if isinstance(field, serializers.ChoiceField)]
