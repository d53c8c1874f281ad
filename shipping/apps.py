"""Shipping: provinces, zones, carriers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShippingConfig(AppConfig):
    """Where parcels go and who carries them. Knows no order."""

    name = "shipping"
    verbose_name = _("Shipping")
