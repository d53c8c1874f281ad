"""Forms of clocks: pausing one, and the terms of a kind."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from afterservice.rules.clocks import LONGEST_HOURS, AtZero, ClockKind
from shopdesk.base.forms import DeskForm


class PauseForm(DeskForm):
    """Which clock stands still, and why."""

    kind = forms.ChoiceField(label=_("Which clock"), choices=ClockKind.choices)
    reason = forms.CharField(label=_("Why"), max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput)


class ResumeForm(DeskForm):
    """Which clock runs again."""

    kind = forms.ChoiceField(choices=ClockKind.choices)
    version = forms.IntegerField()


@dataclass(frozen=True)
class NewTerms:
    """Terms that a manager typed, and the version that the page showed."""

    hours: int
    warning_hours: int
    at_zero: str
    seen: int | None


class TermsForm(DeskForm):
    """Other terms for a kind of clock."""

    hours = forms.IntegerField(label=_("Hours"), min_value=0, max_value=LONGEST_HOURS)
    warning_hours = forms.IntegerField(label=_("Warns ahead (hours)"), min_value=0, max_value=LONGEST_HOURS)
    at_zero = forms.ChoiceField(label=_("At zero"), choices=AtZero.choices)
    seen = forms.IntegerField(required=False)

    def terms(self) -> NewTerms:
        """What the service takes. Call it on a valid form."""
        data: dict[str, Any] = self.cleaned_data
        return NewTerms(data["hours"], data["warning_hours"], data["at_zero"], data["seen"])
