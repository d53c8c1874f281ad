"""The app behind ``/admin/``. Apart from ``admin_site``, which needs the models that are not loaded yet here."""

from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    """Puts the desk's admin in the place of Django's."""

    default_site = "shopdesk.base.admin_site.DeskAdminSite"

    def ready(self) -> None:
        """Take off again what packages register: no page shows the keys of a second factor."""
        super().ready()
        from django.contrib import admin
        from django_otp.plugins.otp_static.models import StaticDevice
        from django_otp.plugins.otp_totp.models import TOTPDevice

        for model in (StaticDevice, TOTPDevice):
            if admin.site.is_registered(model):
                admin.site.unregister(model)
