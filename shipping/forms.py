"""The form of one tariff: it checks types and gives what the service takes."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shipping.models import TariffRow
from shipping.services import TariffChange
from shopdesk.base.forms import DeskForm


def _number(label: Any, places: int) -> forms.DecimalField:
    attributes = {"class": "form-control num", "step": "any", "min": "0"}
    return forms.DecimalField(
        label=label,
        max_digits=9,
        decimal_places=places,
        min_value=Decimal(0),
        widget=forms.NumberInput(attrs=attributes),
    )


class TariffForm(DeskForm):
    """A price of a carrier to a province (S3)."""

    first_kg = _number(_("first weight (kg)"), 3)
    first_fee = _number(_("fee for it"), 2)
    step_kg = _number(_("further step (kg)"), 3)
    extra_fee = _number(_("fee per step"), 2)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @classmethod
    def showing(cls, row: TariffRow | None) -> "TariffForm":
        """The form as it shows the present price; without one, with the usual weights."""
        if row is None:
            return cls(initial={"first_kg": "1", "step_kg": "1", "seen": 0})
        return cls(
            initial={
                "first_kg": f"{row.first_kg.normalize():f}",
                "first_fee": f"{row.first_fee:.2f}",
                "step_kg": f"{row.step_kg.normalize():f}",
                "extra_fee": f"{row.extra_fee:.2f}",
                "seen": row.pk,
            }
        )

    def change(self, carrier: str, province: str) -> TariffChange:
        """What was typed. Call it on a valid form."""
        values = {name: self.cleaned_data[name] for name in ("first_kg", "first_fee", "step_kg", "extra_fee")}
        return TariffChange(carrier=carrier, province=province, **values)
