"""The forms of deliveries: they check types and give what the services take. The rules stand there."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.rules.deliveries import News, TrackingState
from shopdesk.base.forms import LOCAL_TIMES, DeskForm, LocalTimeInput


class FollowUpForm(DeskForm):
    """What was done about a delivery in trouble. An empty one is for the service to refuse."""

    text = forms.CharField(label=_("What you found out"), required=False)


class NewsForm(DeskForm):
    """News that somebody read at the carrier's (F7)."""

    invoice_no = forms.CharField(label=_("Tracking number"), max_length=64)
    state = forms.TypedChoiceField(
        label=_("State"),
        coerce=int,
        choices=[(state.value, state.label) for state in TrackingState if state != TrackingState.UNNAMED],
    )
    at = forms.DateTimeField(label=_("When"), input_formats=LOCAL_TIMES, widget=LocalTimeInput)
    text = forms.CharField(label=_("What the carrier says"), max_length=500, required=False)

    def request(self) -> News:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        return News("", data["invoice_no"].strip(), data["state"], data["at"], data["text"].strip())


class NewsFileForm(DeskForm):
    """A list of news as carriers export it (F7)."""

    file = forms.FileField(label=_("File"))
