"""The forms of the warehouse's pages: they check types and give what the services take. The rules stand there."""

import re

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from orders.services.parcels.packing import Chosen
from orders.services.parcels.scanning import Scan
from shipping.carriers import CARRIERS
from shopdesk.base.forms import DeskForm

LONGEST_SCAN = 200


def carrier_choices() -> list[tuple[str, str]]:
    """The carriers by name."""
    return [(code, carrier.name) for code, carrier in CARRIERS.items()]


class ScanForm(DeskForm):
    """The scan box: what was scanned, and the parcel that waits for its tracking number."""

    text = forms.CharField(label=_("Scan"), required=False, max_length=LONGEST_SCAN)
    parcel = forms.IntegerField(required=False, min_value=1, max_value=10**12)
    carrier = forms.ChoiceField(choices=lambda: [("", "—"), *carrier_choices()], required=False)

    def request(self) -> Scan:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        return Scan(data["text"], data["parcel"], data["carrier"])


class PrintForm(DeskForm):
    """Which parcels to print; ``all`` stands for all that are ready."""

    all = forms.BooleanField(required=False)

    def parcels(self) -> list[int]:
        """The parcels that were ticked; the service says what is none of ours."""
        asked = self.data.getlist("parcel") if isinstance(self.data, QueryDict) else []
        return [int(text) for text in asked if text.isascii() and text.isdigit() and len(text) <= 12]


def chosen_parcels(data: QueryDict) -> list[Chosen]:
    """The parcels that were ticked, as ``number`` or ``number-version``; anything else is left out."""
    found = (
        re.fullmatch(r"([0-9]{1,12})(?:-([0-9]{1,9}))?", text, re.ASCII) for text in data.getlist("parcel")
    )
    return [Chosen(int(one[1]), int(one[2]) if one[2] else None) for one in found if one]


class ParcelForm(DeskForm):
    """An action on a parcel as the page showed it (T5)."""

    version = forms.IntegerField(required=False)


class ShipForm(ParcelForm):
    """Shipping by hand (F6). A number that cannot be is for the service to refuse."""

    carrier = forms.ChoiceField(label=_("Carrier"), choices=carrier_choices)
    invoice_no = forms.CharField(label=_("Tracking number"), required=False, max_length=LONGEST_SCAN)


class PullForm(ParcelForm):
    """Pulling a parcel (F2, F4)."""

    reason = forms.CharField(label=_("Why"), required=False, max_length=200)


class NumbersForm(DeskForm):
    """A file of tracking numbers."""

    file = forms.FileField(label=_("File"))

    def request(self) -> UploadedFile:
        """The file. Call it on a valid form."""
        file: UploadedFile = self.cleaned_data["file"]
        return file
