"""After-sales: tickets, policy, clocks, inspection, refunds, exchanges, registers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AfterserviceConfig(AppConfig):
    """Stands on orders, and acts on them only through ``orders.services``."""

    name = "afterservice"
    verbose_name = _("After-sales")

    def ready(self) -> None:
        """Register the jobs and the kinds of approval of this app."""
        from afterservice import registry, webhook_events  # noqa: F401
