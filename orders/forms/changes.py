"""The forms that change paid orders: they check types and give what the services take (O9, O10, O6, S2, S5, S8)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.forms.order_page import line_positions
from orders.rules.changes import Terms
from orders.services.changes.address import AddressChange
from orders.services.changes.sku import SkuChange
from shipping.provinces import PROVINCES
from shopdesk.base.forms import VersionedForm

MOST_LINKS = 20


class LinksField(forms.CharField):
    """Numbers of postage link orders: one box is ticked for each, the service looks at what they are."""

    widget = forms.SelectMultiple

    def clean(self, value: object) -> tuple[str, ...]:
        """The numbers, each once."""
        given = value if isinstance(value, list | tuple) else []
        if len(given) > MOST_LINKS or any(not isinstance(tid, str) or len(tid) > 32 for tid in given):
            raise forms.ValidationError(_("Choose the postage links from the list."))
        return tuple(dict.fromkeys(given))


class SettledForm(VersionedForm):
    """What changes with a difference have in common: by which terms, paid by which links, why (P1)."""

    terms = forms.ChoiceField(label=_("Terms"), choices=Terms.choices, required=False)
    links = LinksField(label=_("Postage links"), required=False)
    reason = forms.CharField(label=_("Reason for the supervisor"), required=False)


class SkuForm(SettledForm):
    """Another colour or size (O9). ``choice`` is the line's position and the SKU: ``2-417``."""

    choice = forms.RegexField(label=_("Colour / size"), regex=r"^[0-9]{1,4}-[0-9]{1,18}$")
    accept_short = forms.BooleanField(required=False)

    def request(self) -> SkuChange:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        position, _dash, sku = data["choice"].partition("-")
        return SkuChange(
            int(position),
            int(sku),
            terms=data["terms"] or Terms.KEEP,
            links=data["links"],
            accept_short=data["accept_short"],
            reason=data["reason"],
        )


class AddressForm(SettledForm):
    """Another address (O10). An empty name or mobile stays as it is."""

    receiver_address = forms.CharField(label=_("New address"), required=False)
    receiver_name = forms.CharField(label=_("Receiver"), max_length=64, required=False)
    receiver_mobile = forms.CharField(label=_("Mobile"), max_length=32, required=False)
    receiver_state = forms.ChoiceField(
        label=_("Province, where the address does not say it"),
        choices=[("", "—"), *((name, name) for name in PROVINCES)],
        required=False,
    )
    waive = forms.BooleanField(required=False)

    def request(self) -> AddressChange:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        return AddressChange(
            receiver_address=data["receiver_address"],
            receiver_name=data["receiver_name"],
            receiver_mobile=data["receiver_mobile"],
            receiver_state=data["receiver_state"],
            terms=data["terms"] or Terms.KEEP,
            links=data["links"],
            waive=data["waive"],
            reason=data["reason"],
        )


class RefundForm(VersionedForm):
    """Refunding lines before they are shipped (F4). No line is for the service to refuse."""

    positions = forms.TypedMultipleChoiceField(
        label=_("Lines"), coerce=int, choices=line_positions, required=False
    )
    reason = forms.CharField(label=_("Why the buyer wants the money back"), required=False)


class WithdrawForm(VersionedForm):
    """Taking a refund back."""

    refund = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class SentForm(VersionedForm):
    """Which lines the platform sent, by which carrier and number (O1, F6)."""

    positions = forms.TypedMultipleChoiceField(coerce=int, choices=line_positions, required=False)
    carrier = forms.CharField(label=_("Carrier"), max_length=24, required=False)
    invoice_no = forms.CharField(label=_("Tracking number"), max_length=200, required=False)


class ProvinceForm(VersionedForm):
    """Choosing the province of an address that does not say it (S2)."""

    receiver_state = forms.CharField(label=_("Province"), max_length=8, required=False)


class RouteForm(VersionedForm):
    """Switching the forwarder (S5), or shelf goods first (S8), on or off."""

    wanted = forms.BooleanField(required=False)
    links = LinksField(label=_("Postage links"), required=False)
