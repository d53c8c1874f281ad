"""The palette's part that the server knows: orders, buyers, tickets, products."""

from typing import Any

from shopdesk.base import clock
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffPageView
from shopdesk.desk.selectors.palette import read_hits


class PalettePart(StaffPageView):
    """What a text may mean, as options of the palette's list."""

    permission = Permission.SEE_ORDERS
    template_name = "desk/_palette.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Few statements, the same however many there are."""
        text = self.request.GET.get("q", "")
        return super().get_context_data(hits=read_hits(text, staff=self.staff, now=clock.now()), **kwargs)
