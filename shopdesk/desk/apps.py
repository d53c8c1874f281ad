"""Pages that span apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """Home, jobs, approvals, to do on Taobao, sign-in."""

    name = "shopdesk.desk"
    label = "desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        """Give words to what this app writes into the log of an order."""
        from shopdesk.desk import registry  # noqa: F401
