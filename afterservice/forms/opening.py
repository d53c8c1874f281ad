"""The form that opens a ticket: what is asked for, about which lines, in the buyer's words (A1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketMessage
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.requests import LONGEST_TEXT, NewTicket
from afterservice.rules.words import plain_words
from orders.models import OrderLine, Sku
from shopdesk.base.forms import LOCAL_TIMES, DeskForm, LocalTimeInput


class OpenForm(DeskForm):
    """A request on an order. Each line brings a tick, its pieces and the colour or size wanted instead."""

    kind = forms.ChoiceField(label=_("Request"), choices=TicketKind.choices)
    problem = forms.ChoiceField(label=_("Problem"), choices=Problem.choices)
    evidence = forms.BooleanField(label=_("The buyer sent photos or a video"), required=False)
    received_time = forms.DateTimeField(
        label=_("Received by the buyer"), input_formats=LOCAL_TIMES, required=False, widget=LocalTimeInput
    )
    received_source = forms.ChoiceField(
        label=_("Who says so"), choices=[("", "—"), *Ticket.ReceiptSource.choices], required=False
    )
    text = forms.CharField(label=_("In the buyer's words"), max_length=LONGEST_TEXT, required=False)
    channel = forms.ChoiceField(label=_("How it was said"), choices=TicketMessage.Channel.choices)

    def __init__(
        self, *args: Any, lines: Sequence[OrderLine], targets: Mapping[int, Sequence[Sku]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            self.fields[f"line_{line.position}"] = forms.BooleanField(
                label=line.product.title, required=False
            )
            self.fields[f"num_{line.position}"] = forms.IntegerField(
                label=_("Pieces"), min_value=1, max_value=line.num, required=False
            )
            self.fields[f"target_{line.position}"] = forms.TypedChoiceField(
                label=_("Wanted instead"),
                coerce=int,
                empty_value=None,
                choices=[("", "—"), *((sku.pk, str(sku)) for sku in targets.get(line.product_id, ()))],
                required=False,
            )

    def request(self, tid: str) -> NewTicket:
        """What the service takes. Call it on a valid form.

        Only an exchange of size or colour names its target here: a style is chosen on the ticket, with its
        price (A8). Without words of the buyer's, what is asked for is written down as such.
        """
        data = self.cleaned_data
        kind = data["kind"]
        goods = tuple(
            (
                line.position,
                data[f"num_{line.position}"] or line.num,
                data[f"target_{line.position}"] if kind == TicketKind.EXCHANGE_SKU else None,
            )
            for line in self.lines
            if data[f"line_{line.position}"]
        )
        return NewTicket(
            tid=tid,
            kind=kind,
            problem=data["problem"],
            goods=goods,
            text=data["text"].strip() or plain_words(kind, data["problem"]),
            channel=data["channel"],
            received_time=data["received_time"],
            received_source=data["received_source"] if data["received_time"] else "",
        )
