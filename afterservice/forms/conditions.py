"""The forms of conditions (A14)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from afterservice.models import AcceptCondition
from afterservice.rules.conditions import ConditionTerms
from afterservice.rules.kinds import TicketKind
from afterservice.services.conditions import ConditionRequest
from orders.rules.products import ProductKind
from shopdesk.base.forms import DeskForm, VersionedForm

_ANY = ("", _("any"))


class ConditionForm(DeskForm):
    """A condition. A missing name is the service's to refuse."""

    name = forms.CharField(label=_("Name of the condition"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("Request"), choices=TicketKind.choices)
    product_kind = forms.ChoiceField(
        label=_("Kind of product"), choices=[_ANY, *ProductKind.choices], required=False
    )
    stage = forms.ChoiceField(
        label=_("Stage"), choices=[_ANY, *AcceptCondition.Stage.choices], required=False
    )
    amount_up_to = forms.DecimalField(
        label=_("Goods up to (¥)"), max_digits=10, decimal_places=2, required=False
    )
    tier_from = forms.DecimalField(
        label=_("Buyer's spend from (¥)"), max_digits=10, decimal_places=2, required=False
    )
    needs_evidence = forms.BooleanField(label=_("Only with evidence"), required=False)

    def request(self) -> ConditionRequest:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        return ConditionRequest(
            data["name"],
            ConditionTerms(
                kind=data["kind"],
                product_kind=data["product_kind"],
                stage=data["stage"],
                amount_up_to=data["amount_up_to"],
                tier_from=data["tier_from"],
                needs_evidence=data["needs_evidence"],
            ),
        )


class ChangeConditionForm(ConditionForm, VersionedForm):
    """A condition that is changed, by the version that the page showed (T5)."""
