"""The table of tiers: as it is, what another one would change, and entering it (M4)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from members.forms import as_typed, tiers_of, typed_tiers
from members.rules import TierTable, discount_on
from members.selectors import tiers_at
from members.services import change_tiers
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView

# What an order of this amount (CNY) costs at a few spends so far shows what a table does.
EXAMPLE_ORDER = Decimal(500)
EXAMPLE_SPENDS = (Decimal(0), Decimal(800), Decimal(5000), Decimal(12_000), Decimal(25_000))


@dataclass(frozen=True)
class TierEffect:
    """What an order of ``EXAMPLE_ORDER`` costs after a spend so far, before and after a change (CNY)."""

    spend: Decimal
    before: Decimal
    after: Decimal


def tier_effects(before: TierTable, after: TierTable) -> list[TierEffect]:
    """What a new table would change (M2)."""
    return [
        TierEffect(
            spend,
            EXAMPLE_ORDER - discount_on(spend, EXAMPLE_ORDER, before),
            EXAMPLE_ORDER - discount_on(spend, EXAMPLE_ORDER, after),
        )
        for spend in EXAMPLE_SPENDS
    ]


class TiersPage(StaffPageView):
    """The tiers, and a preview of others."""

    permission = Permission.SEE_TARIFFS
    template_name = "desk/tiers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The table; with rows in the address, what they would change."""
        table = tiers_at(clock.now())
        asked = "name" in self.request.GET
        rows = typed_tiers(self.request.GET) if asked else as_typed(table.tiers)
        context = super().get_context_data(table=table, rows=rows, example=EXAMPLE_ORDER, **kwargs)
        if asked:
            try:
                wanted = TierTable(version="", tiers=tuple(tiers_of(rows)))
            except DomainError as refusal:
                context["refusal"] = refusal
            else:
                context["effects"] = tier_effects(table, wanted)
        return context


class ChangeTiers(StaffActionView):
    """Enter a new table, valid from now on (M4)."""

    permission = Permission.CHANGE_TARIFFS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Save, and show it."""
        tiers = tiers_of(typed_tiers(request.POST))
        change_tiers(tiers, actor=self.staff, now=clock.now(), seen=request.POST.get("seen"))
        messages.success(
            request, _("Saved. The tiers are valid from now on; orders placed before keep the old ones.")
        )
        return self.back(request)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The tiers."""
        return reverse("tiers")
