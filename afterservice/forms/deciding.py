"""The forms of a ticket's decision and its log: they check types and give what the services take (A4, A5, A12)."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketMessage
from afterservice.rules.kinds import EXCHANGES, Problem, TicketKind
from afterservice.rules.requests import Request
from shopdesk.base.forms import LOCAL_TIMES, DeskForm, LocalTimeInput, VersionedForm

_PIECES = re.compile(r"^num-([0-9]{1,5})$")
_MOST_LINES = 200


class AcceptForm(VersionedForm):
    """Accepting; the reason is for the supervisor, where one must be asked."""

    reason = forms.CharField(label=_("Reason for the supervisor"), required=False)


class ReasonForm(VersionedForm):
    """What wants a reason. A missing one is the service's to refuse."""

    reason = forms.CharField(label=_("Why"), required=False)


class WordsForm(VersionedForm):
    """What the buyer said, and how. Missing words are the service's to refuse."""

    text = forms.CharField(label=_("What the buyer said"), required=False)
    channel = forms.ChoiceField(label=_("How it was said"), choices=TicketMessage.Channel.choices)


class StepInForm(VersionedForm):
    """Taobao steps in: until when it wants an answer, and what it says."""

    due_at = forms.DateTimeField(
        label=_("Taobao's due time"), input_formats=LOCAL_TIMES, widget=LocalTimeInput
    )
    text = forms.CharField(label=_("What Taobao says"), required=False)


class RulingForm(VersionedForm):
    """Taobao has ruled."""

    for_buyer = forms.TypedChoiceField(
        label=_("Taobao ruled"),
        choices=[("yes", _("for the buyer")), ("no", _("for us"))],
        coerce=lambda answer: answer == "yes",
    )
    text = forms.CharField(label=_("What Taobao says"), required=False)


class ReceivedForm(VersionedForm):
    """When the buyer got the goods, and where that is from (A4)."""

    received_time = forms.DateTimeField(
        label=_("Received by the buyer"), input_formats=LOCAL_TIMES, widget=LocalTimeInput
    )
    received_source = forms.ChoiceField(label=_("Where that is from"), choices=Ticket.ReceiptSource.choices)


class AmendForm(WordsForm):
    """What the buyer asks for instead: ``num-<position>`` pieces of a line, ``target-<position>`` the SKU wanted."""

    kind = forms.ChoiceField(label=_("Request"), choices=TicketKind.choices)
    problem = forms.ChoiceField(label=_("What is wrong"), choices=Problem.choices)

    def clean(self) -> dict[str, Any]:
        """Gather the goods."""
        data: dict[str, Any] = super().clean() or {}
        goods = []
        for name in list(self.data)[:_MOST_LINES]:
            if found := _PIECES.match(name):
                position = int(found[1])
                num = self._number(self.data.get(name, ""))
                if num:
                    goods.append(
                        (position, num, self._number(self.data.get(f"target-{position}", "")) or None)
                    )
        data["goods"] = tuple(sorted(goods))
        return data

    def request(self) -> Request:
        """What the service takes: only an exchange names other goods. Call it on a valid form."""
        data = self.cleaned_data
        goods = data["goods"]
        if data["kind"] not in EXCHANGES:
            goods = tuple((position, num, None) for position, num, _target in goods)
        return Request(data["kind"], data["problem"], goods)

    def _number(self, text: str) -> int:
        text = text.strip()
        if not text:
            return 0
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise forms.ValidationError(_("Pieces are whole numbers."))
        return int(text)


class SayForm(DeskForm):
    """A line of the log. Missing words are the service's to refuse."""

    side = forms.ChoiceField(label=_("Who speaks to whom"), choices=TicketMessage.Side.choices)
    channel = forms.ChoiceField(
        label=_("How it was said"), choices=[*TicketMessage.Channel.choices], required=False
    )
    text = forms.CharField(label=_("What was said"), required=False)
