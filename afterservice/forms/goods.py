"""The forms of a ticket's goods box: they check types and give what the services take. The rules stand there."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketPayment
from afterservice.services.settling import FailedChoice
from orders.forms.changes import LinksField
from orders.forms.warehouse import carrier_choices
from shopdesk.base.forms import LOCAL_TIMES, LocalTimeInput, VersionedForm


class TargetForm(VersionedForm):
    """Another colour or size for a line (A7). ``choice`` is the line and the SKU: ``2-417``."""

    choice = forms.RegexField(label=_("Wanted instead"), regex=r"^[0-9]{1,18}-[0-9]{1,18}$")

    def chosen(self) -> tuple[int, int]:
        """The line and the SKU. Call it on a valid form."""
        line, _dash, sku = self.cleaned_data["choice"].partition("-")
        return int(line), int(sku)


class TieForm(VersionedForm):
    """The unpaid order for the new style (A8)."""

    tid = forms.CharField(label=_("Unpaid order for the new style"), max_length=32)


class PostageForm(VersionedForm):
    """What postage the buyer pays for the exchange (A7)."""

    postage = forms.DecimalField(
        label=_("Postage to pay (CNY)"), min_value=Decimal(0), max_digits=8, decimal_places=2
    )


class LinksForm(VersionedForm):
    """Postage links that pay what is due (A7, A8)."""

    purpose = forms.ChoiceField(choices=TicketPayment.Purpose.choices)
    links = LinksField(label=_("Postage links"))


class ReturnNumberForm(VersionedForm):
    """The number under which the goods come back (A7)."""

    carrier = forms.ChoiceField(
        label=_("Carrier"), choices=lambda: [("", "—"), *carrier_choices()], required=False
    )
    invoice_no = forms.CharField(label=_("Return tracking number"), max_length=64)


class FailedForm(VersionedForm):
    """What becomes of goods that failed (A10)."""

    choice = forms.ChoiceField(
        label=_("What becomes of the goods"),
        choices=[
            (FailedChoice.ACCEPT, _("taken back all the same")),
            (FailedChoice.SEND_BACK, _("sent back to the buyer")),
        ],
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)


class SendForm(VersionedForm):
    """A parcel to the buyer: an exchange, a resend, what was repaired."""

    way = forms.ChoiceField(choices=Ticket.Settlement.choices)


class PlaceForm(VersionedForm):
    """Who repairs where (A6)."""

    place = forms.ChoiceField(label=_("Who repairs it"), choices=Ticket.RepairPlace.choices)


class VisitForm(VersionedForm):
    """When somebody comes to repair it (A6)."""

    at = forms.DateTimeField(label=_("Visit agreed for"), input_formats=LOCAL_TIMES, widget=LocalTimeInput)


class DoneForm(VersionedForm):
    """How a case without goods or money was settled (A5)."""

    remark = forms.CharField(label=_("How it was settled"), required=False, max_length=500)


class FollowUpForm(VersionedForm):
    """How satisfied the buyer is (A13)."""

    satisfaction = forms.TypedChoiceField(
        label=_("Satisfaction"), coerce=int, choices=[(number, str(number)) for number in range(5, 0, -1)]
    )
    remark = forms.CharField(label=_("Remark"), required=False, max_length=500)
