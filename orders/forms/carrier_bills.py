"""The forms of carriers' bills. The rules stand in the service."""

from datetime import date, datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from shipping.carriers import CARRIERS
from shopdesk.base.forms import DeskForm


class BillFileForm(DeskForm):
    """A file of a carrier's bill, and of which month."""

    carrier = forms.ChoiceField(label=_("Carrier"), choices=[(code, c.name) for code, c in CARRIERS.items()])
    month = forms.RegexField(label=_("Month"), regex=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")
    file = forms.FileField(label=_("File"))

    def clean_month(self) -> date:
        """Its first day."""
        return datetime.strptime(self.cleaned_data["month"], "%Y-%m").date()  # noqa: DTZ007 (a month has no offset)


class ResolveForm(DeskForm):
    """What became of a difference. An empty word is for the service to refuse."""

    resolution = forms.CharField(required=False, max_length=8)
    word = forms.CharField(label=_("Word"), required=False)
