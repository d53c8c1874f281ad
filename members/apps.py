"""Members: the buyers of the shop."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    """Buyers, their spend and tiers."""

    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        """Register the jobs and the kinds of approval of this app."""
        from members import registry  # noqa: F401
