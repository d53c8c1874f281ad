"""Model fields of the kernel."""

from typing import Any

from django.db import models


class MoneyField(models.DecimalField):
    """An amount in CNY with two places; it stands in migrations as the plain decimal it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 12)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Name the plain field, so that migrations do not depend on this class."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", args, kwargs
