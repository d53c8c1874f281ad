"""Members: the buyers of the shop."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    """Buyers, their spend and tiers."""

    name = "members"
    verbose_name = _("Members")
