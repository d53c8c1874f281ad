"""The app behind ``/admin/``. Apart from ``admin_site``, which needs the models that are not loaded yet here."""

from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    """Puts the desk's admin in the place of Django's."""

    default_site = "shopdesk.base.admin_site.DeskAdminSite"
