"""The forms of chasing (O14): they check types and give what the services take. The rules stand there."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.rules.chasing import Channel, Outcome, WhyNot
from orders.services.chasing import OutcomeRequest, ReasonRequest, ReminderRequest
from orders.services.enquiries import EnquiryRequest
from shopdesk.base.forms import LOCAL_TIMES, DeskForm, LocalTimeInput

# What the small forms in rows and boxes offer, by the names that the templates use.
CHOICES = {"channels": Channel.choices, "outcomes": Outcome.choices, "reasons": WhyNot.choices}


class OutcomeForm(DeskForm):
    """What came of a reminder; ``seen`` is what the page showed."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=[("", "—"), *Outcome.choices], required=False)
    remark = forms.CharField(label=_("Remark"), required=False)
    seen = forms.CharField(required=False)

    def result(self) -> OutcomeRequest:
        """What the service takes. Call it on a valid form."""
        return OutcomeRequest(self.cleaned_data["outcome"], self.cleaned_data["remark"])


class ReminderForm(OutcomeForm):
    """A reminder that was sent."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices, initial=Channel.WANGWANG)

    def request(self) -> ReminderRequest:
        """What the service takes. Call it on a valid form."""
        return ReminderRequest(self.cleaned_data["channel"], self.result())


class ReasonForm(DeskForm):
    """Why an order closed unpaid. No choice is for the service to refuse."""

    reason = forms.ChoiceField(label=_("Why not paid"), choices=[("", "—"), *WhyNot.choices], required=False)
    words = forms.CharField(label=_("In words"), required=False)
    seen = forms.CharField(required=False)

    def request(self) -> ReasonRequest:
        """What the service takes. Call it on a valid form."""
        return ReasonRequest(self.cleaned_data["reason"], self.cleaned_data["words"])


class EnquiryForm(DeskForm):
    """An enquiry, new or corrected. What is missing is for the service to refuse."""

    nick = forms.CharField(label=_("Nick"), required=False)
    asked_at = forms.DateTimeField(label=_("Asked"), input_formats=LOCAL_TIMES, widget=LocalTimeInput)
    question = forms.CharField(label=_("Question"), required=False)
    why_not = forms.ChoiceField(
        label=_("Why not bought"), choices=[("", "—"), *WhyNot.choices], required=False
    )
    words = forms.CharField(label=_("In words"), required=False)

    def request(self) -> EnquiryRequest:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        return EnquiryRequest(
            data["nick"], data["question"], data["asked_at"], data["why_not"], data["words"]
        )
