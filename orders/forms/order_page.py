"""The forms of the order page: they check types and give what the services take. The rules stand there."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.approval_kinds import FREE_SPLIT, POSTAGE_WAIVER, SPECIAL_PRICE
from orders.models import Consent, Flag, Order
from orders.rules.dropping import DropReason
from orders.rules.flags import COLOURS_IN_USE
from orders.rules.notes import NoteForm as NoteKind
from orders.services.flags import FlagRequest
from orders.services.special_prices import PriceWish
from shipping.carriers import CARRIERS
from shopdesk.base.forms import LOCAL_TIMES, DeskForm, LocalTimeInput, VersionedForm


def line_positions() -> list[tuple[int, int]]:
    """Which lines an order can have. To be called by the field: each form would copy a list that long."""
    return [(number, number) for number in range(1, 1000)]


class FlagForm(DeskForm):
    """Setting, changing or taking off the flag (N1, N3)."""

    seller_flag = forms.TypedChoiceField(
        label=_("Colour"),
        coerce=int,
        choices=[(colour, Order.SellerFlag(colour).label) for colour in COLOURS_IN_USE],
    )
    label = forms.CharField(label=_("Why, in a word or two"), max_length=24, required=False)
    text = forms.CharField(label=_("Note"), required=False)
    addressee = forms.ChoiceField(
        label=_("For whom"), choices=[("", "—"), *Flag.Addressee.choices], required=False
    )
    until = forms.DateTimeField(
        label=_("Until"), input_formats=LOCAL_TIMES, required=False, widget=LocalTimeInput
    )
    form = forms.ChoiceField(choices=NoteKind.choices, required=False)
    # The id of the flag that the page showed; empty for none.
    seen_flag = forms.IntegerField(required=False)

    def request(self) -> FlagRequest:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        return FlagRequest(
            seller_flag=data["seller_flag"],
            label=data["label"].strip(),
            text=data["text"],
            addressee=data["addressee"],
            until=data["until"],
            form=data["form"] or NoteKind.FREE,
        )


@dataclass(frozen=True)
class NoteRequest:
    """A note to be written, and which one-click form it came from (N4)."""

    text: str
    form: str


class NoteForm(DeskForm):
    """Writing a note (N2). An empty or overlong one is for the service to refuse."""

    text = forms.CharField(label=_("Note"), required=False)
    form = forms.ChoiceField(choices=NoteKind.choices, required=False)

    def request(self) -> NoteRequest:
        """What the service takes. Call it on a valid form."""
        return NoteRequest(self.cleaned_data["text"], self.cleaned_data["form"] or NoteKind.FREE)


class PriceForm(VersionedForm):
    """Applying the price by the rules, sent as the buyer asked for: carrier (S1), shelf goods ahead (S8) (O8)."""

    carrier = forms.ChoiceField(
        label=_("Carrier"),
        choices=[("", ""), *((code, carrier.name) for code, carrier in CARRIERS.items())],
        required=False,
    )
    shelf_first = forms.BooleanField(required=False)


class PriceWishForm(PriceForm):
    """Asking for a postage waiver or a split free of charge (P1). A missing reason is the service's to refuse."""

    kind: ClassVar[str]
    reason = forms.CharField(label=_("Reason"), required=False)

    def request(self) -> PriceWish:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        return PriceWish(
            self.kind, data["reason"], data.get("total"), data["carrier"] or None, data["shelf_first"]
        )


class SpecialPriceForm(PriceWishForm):
    """Asking for another total (O8): what the buyer pays in all, in CNY, postage included."""

    kind = SPECIAL_PRICE
    total = forms.DecimalField(
        label=_("The buyer pays in all (CNY)"), min_value=Decimal(0), max_digits=10, decimal_places=2
    )


class PostageWaiverForm(PriceWishForm):
    """Asking that the order travels free (P1)."""

    kind = POSTAGE_WAIVER


class FreeSplitForm(PriceWishForm):
    """Asking for two parcels for the postage of one (S8, P1)."""

    kind = FREE_SPLIT


class DropLinesForm(VersionedForm):
    """Dropping lines of an unpaid order (O7). No line, or all of them, is for the service to refuse."""

    positions = forms.TypedMultipleChoiceField(
        label=_("Lines"), coerce=int, choices=line_positions, required=False
    )
    reason = forms.ChoiceField(label=_("Why"), choices=DropReason.choices)


@dataclass(frozen=True)
class CloseRequest:
    """The buyer's consent to close, and the version of the order that the page showed (O6)."""

    version: int
    channel: str
    agreed_at: datetime
    remark: str


class CloseForm(VersionedForm):
    """Closing an unpaid order with the buyer's consent (O6)."""

    channel = forms.ChoiceField(label=_("How the buyer agreed"), choices=Consent.Channel.choices)
    agreed_at = forms.DateTimeField(
        label=_("When the buyer agreed"), input_formats=LOCAL_TIMES, widget=LocalTimeInput
    )
    remark = forms.CharField(label=_("Remark"), max_length=200, required=False)

    def request(self) -> CloseRequest:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        return CloseRequest(data["version"], data["channel"], data["agreed_at"], data["remark"])


class SnoozeForm(DeskForm):
    """Until when an order is put off."""

    until = forms.DateTimeField(label=_("until"), input_formats=LOCAL_TIMES, widget=LocalTimeInput())
