"""Buyers by what they spent, and one buyer's page (M1–M5)."""

from dataclasses import dataclass
from typing import Any

from django.shortcuts import get_object_or_404

from afterservice.selectors.ticket_list import tickets_of_buyer
from members.models import Buyer
from members.selectors import standing_in, tiers_at
from orders.models import Order
from shopdesk.base import clock
from shopdesk.base.listing import capped_count, capped_counts
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffPageView
from shopdesk.desk.selectors.lifetime import waiting_move
from shopdesk.desk.selectors.members import (
    NO_TIER,
    SEARCH_LENGTH,
    buyers,
    latest_orders,
    lifetime_of,
    read_ledger,
    read_lifetime,
    read_members,
    spend_by_month,
    tier_counts,
)


@dataclass(frozen=True)
class TierTab:
    """A tier to look at, and how many are in it (capped)."""

    code: str
    title: str
    count: int


class MembersPage(StaffPageView):
    """Buyers, the largest spend first; or those with free shipping for life."""

    permission = Permission.SEE_MEMBERS
    template_name = "desk/members.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page and the counts of the tabs: six statements."""
        table = tiers_at(clock.now())
        wanted = tier_counts(table)
        lifetime = self.request.GET.get("view") == "lifetime"
        tier = self.request.GET.get("tier", "")
        tier = tier if tier in wanted and not lifetime else ""
        text = self.request.GET.get("q", "").strip()[:SEARCH_LENGTH]
        cursor = self.request.GET.get("cursor", "")
        counts = capped_counts(wanted)
        titles = {NO_TIER: "", **{str(place): tier.name for place, tier in enumerate(table.tiers, start=1)}}
        context = super().get_context_data(
            lifetime=lifetime,
            tier=tier,
            text=text,
            all_count=counts[""],
            tier_tabs=[TierTab(code, titles[code], counts[code]) for code in wanted if code],
            **kwargs,
        )
        if lifetime:
            return context | {"page": read_lifetime(cursor)}
        page, rows = read_members(buyers(text, tier, table), table, cursor)
        return context | {"page": page, "rows": rows}


class MemberPage(StaffPageView):
    """What one buyer spent, how far it is to the next tier, and the latest orders."""

    permission = Permission.SEE_MEMBERS
    template_name = "desk/member.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The buyer; a constant number of statements."""
        buyer = get_object_or_404(Buyer, pk=self.kwargs["nick"].replace("\x00", ""))
        table = tiers_at(clock.now())
        page, ledger = read_ledger(buyer, self.request.GET.get("cursor", ""))
        months = spend_by_month(buyer)
        lifetime = lifetime_of(buyer)
        confirmed = next((row for row in lifetime if row.status == row.Status.CONFIRMED), None)
        return super().get_context_data(
            buyer=buyer,
            standing=standing_in(buyer.spend, table, confirmed.address if confirmed else ""),
            table=table,
            page=page,
            ledger=ledger,
            months=months,
            chart={
                "months": [month.month for month in months],
                "amounts": [f"{month.amount:.2f}" for month in months],
                "spends": [f"{month.spend:.2f}" for month in months],
                "tiers": [{"name": tier.name, "threshold": f"{tier.threshold:.2f}"} for tier in table.tiers],
            },
            lifetime=lifetime,
            confirmed=confirmed,
            moving=waiting_move(buyer) if confirmed else None,
            orders=latest_orders(buyer),
            tickets=tickets_of_buyer(buyer.nick),
            order_count=capped_count(Order.objects.filter(buyer=buyer)),
            **kwargs,
        )
