"""The forms of the product card: they check types and give what the service takes (T6)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orders.rules.products import ProductKind
from orders.rules.sizes import SizeRow, read_chart
from shopdesk.base.forms import VersionedForm

LONGEST_CHART = 4000


class ProductForm(VersionedForm):
    """What a manager says of a product."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ProductKind.choices)
    lead_days = forms.IntegerField(label=_("Days to make or buy"), required=False)
    special_price = forms.BooleanField(label=_("Special price"), required=False)
    virtual = forms.BooleanField(label=_("Virtual"), required=False)
    origin = forms.CharField(label=_("Origin"), max_length=60, required=False)
    material = forms.CharField(label=_("Material"), max_length=200, required=False)
    care = forms.CharField(label=_("Care"), max_length=300, required=False)
    chart = forms.CharField(label=_("Size chart"), max_length=LONGEST_CHART, required=False, strip=False)

    def clean_chart(self) -> list[SizeRow]:
        """The rows; lines that cannot be read are named."""
        rows, faults = read_chart(self.cleaned_data["chart"])
        if faults:
            lines = ", ".join(str(fault.line) for fault in faults[:5])
            raise forms.ValidationError(
                ngettext(
                    "line %(lines)s cannot be read. A line is a size, heights in cm and weights in kg:"
                    " “M 158-165 48-56”.",
                    "lines %(lines)s cannot be read. A line is a size, heights in cm and weights in kg:"
                    " “M 158-165 48-56”.",
                    len(faults),
                )
                % {"lines": lines}
            )
        return rows

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("chart", "version")}
