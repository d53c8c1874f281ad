"""The forms of the stock and buying pages: they check types and give what the services take."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import BuyingRunLine
from shopdesk.base.forms import DeskForm

MOST = 2**31 - 1
MOST_IDS, LONGEST_ID = 2000, 18


class IdsField(forms.Field):
    """Keys of rows that were chosen, as whole numbers."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> tuple[int, ...]:
        """The keys; whatever is none of a row's is refused."""
        texts = [str(text) for text in value or []][:MOST_IDS]
        if not texts or not all(
            text.isascii() and text.isdigit() and len(text) <= LONGEST_ID for text in texts
        ):
            raise forms.ValidationError(_("Choose some lines first."))
        return tuple(int(text) for text in texts)


class PiecesField(forms.IntegerField):
    """A number of pieces. How many are sensible is for the service to say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Pieces"), min_value=-MOST, max_value=MOST, **kwargs)


class ReceiveForm(DeskForm):
    """Pieces that came in (F5)."""

    num = PiecesField()
    reason = forms.CharField(label=_("Where from"), max_length=200, required=False)


class CountForm(DeskForm):
    """What a count found (F5). A missing reason is the service's to refuse."""

    counted = PiecesField()
    seen = forms.IntegerField(min_value=0, max_value=MOST)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class KeepForm(DeskForm):
    """Keeping pieces by hand (F5)."""

    num = PiecesField()
    tid = forms.RegexField(r"^\s*[0-9A-Za-z-]{1,32}\s*$", label=_("For order"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class ShortageForm(DeskForm):
    """Registering a SKU as out of stock (F5)."""

    expected_on = forms.DateField(
        label=_("Expected on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    remark = forms.CharField(label=_("Remark"), max_length=200, required=False)


class DecideForm(DeskForm):
    """What came of lines of a buying run (O16)."""

    rows = IdsField()
    outcome = forms.ChoiceField(
        choices=[
            (code, BuyingRunLine.Outcome(code).label)
            for code in (BuyingRunLine.Outcome.BOUGHT, BuyingRunLine.Outcome.UNAVAILABLE)
        ]
    )


class ArriveForm(DeskForm):
    """Pieces that came from Korea (O16)."""

    num = PiecesField()


class LinesForm(DeskForm):
    """Order lines that were chosen."""

    lines = IdsField()
