"""The forms of the warehouse's returns, and of the shop's return address."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shopdesk.base.forms import DeskForm, VersionedForm

LONGEST_SCAN = 200
MOST_PHOTOS = 9


class ReturnScanForm(DeskForm):
    """What the scan box was told."""

    text = forms.CharField(label=_("Scan"), required=False, max_length=LONGEST_SCAN)


class ListForm(DeskForm):
    """Goods that no ticket told of (A11)."""

    text = forms.CharField(label=_("Return tracking number"), required=False, max_length=LONGEST_SCAN)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)


class MatchForm(DeskForm):
    """Whose the goods are (A11): a ticket's number, with or without its T."""

    ticket = forms.RegexField(label=_("Ticket"), regex=r"^\s*[Tt]?[0-9]{1,12}\s*$")

    def number(self) -> int:
        """The ticket's number. Call it on a valid form."""
        return int(self.cleaned_data["ticket"].strip().lstrip("Tt"))


class Photos(forms.FileInput):
    """Several photos, from a phone's camera where there is one."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All of them."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PhotosField(forms.FileField):
    """Up to nine photos; what they are is looked at where they are kept (A12)."""

    def clean(self, data: Any, initial: Any = None) -> Sequence[Any]:
        """Each of them, none where none was taken."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if len(given) > MOST_PHOTOS:
            raise forms.ValidationError(_("Nine photos at most."))
        return [super(PhotosField, self).clean(one, initial) for one in given]


class InspectForm(VersionedForm):
    """What the inspection found (A5, A10)."""

    result = forms.ChoiceField(
        label=_("Result"), choices=[("pass", _("passed")), ("fail", _("failed"))], widget=forms.RadioSelect
    )
    found = forms.CharField(
        label=_("What was found"), required=False, max_length=500, widget=forms.Textarea({"rows": 2})
    )
    photos = PhotosField(
        label=_("Photos"),
        required=False,
        widget=Photos({"multiple": True, "accept": "image/*,video/*", "capture": "environment"}),
    )


class AddressForm(DeskForm):
    """The address that goods are sent back to (A7)."""

    text = forms.CharField(label=_("Return address"), required=False, widget=forms.Textarea({"rows": 3}))
    # The row that the page showed; empty for none.
    seen = forms.IntegerField(required=False)
