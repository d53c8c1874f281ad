"""The first page."""

from typing import Any

from shopdesk.base import clock
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffPageView
from shopdesk.desk.selectors.home import read_tiles


class HomePage(StaffPageView):
    """The role's own work as tiles."""

    permission = Permission.SIGNED_IN
    template_name = "desk/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The tiles."""
        return super().get_context_data(tiles=read_tiles(self.staff, clock.now()), **kwargs)
