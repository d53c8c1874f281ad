"""Orders: what buyers ordered, paid and were told; products, stock and holds; imports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """The largest app. Knows members and shipping; never names a ticket."""

    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """Register the jobs and the kinds of approval of this app."""
        from orders import lifetime_registry, registry, webhook_events  # noqa: F401
