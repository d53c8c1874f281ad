"""The form of a ticket's money box: what is paid back (A9). It checks types; the rules stand in ``rules.refunds``."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from afterservice.rules.refunds import Ask
from shopdesk.base.forms import VersionedForm
from shopdesk.base.money import ZERO

_AMOUNT = re.compile(r"^amount-([0-9]{1,18})$")
MOST_LINES = 200


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal(0), max_digits=10, decimal_places=2, required=False
    )


class PayBackForm(VersionedForm):
    """What is asked for; an empty amount of a line stands for what its pieces were charged.

    The amounts of lines are ``amount-<line>``. ``seen`` is the sum that the preview showed.
    """

    goods = forms.BooleanField(label=_("The goods are paid back"), required=False)
    post_fee = _amount(_("Postage"))
    return_postage = _amount(_("Return postage"))
    invoice = _amount(_("Invoice of the repair"))
    compensation = _amount(_("Compensation"))
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)
    seen = _amount(_("Sum that was shown"))

    def clean(self) -> dict[str, Any]:
        """Read the amounts of the lines."""
        data = super().clean() or self.cleaned_data
        one = _amount(_("Amount"))
        amounts: dict[int, Decimal] = {}
        for name, text in list(self.typed.items())[:MOST_LINES]:
            try:
                value = one.clean(text)
            except forms.ValidationError as error:
                self.add_error(None, error)
                break
            if value is not None:
                amounts[name] = value
        data["amounts"] = amounts
        return data

    @property
    def typed(self) -> dict[int, str]:
        """What was typed for each line."""
        found = {}
        for name in self.data:
            match = _AMOUNT.match(name)
            if match:
                found[int(match[1])] = str(self.data[name]).strip()
        return found

    def ask(self) -> Ask:
        """What the service takes. Call it on a valid form."""
        data = self.cleaned_data
        return Ask(
            amounts=data["amounts"],
            goods=data["goods"],
            post_fee=data["post_fee"],
            return_postage=data["return_postage"] or ZERO,
            invoice=data["invoice"] or ZERO,
            compensation=data["compensation"] or ZERO,
        )
