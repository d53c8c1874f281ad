"""Django's admin as the desk uses it: managers only, with the desk's own sign-in."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.web import public


class DeskAdminSite(AdminSite):
    """Configuration, for managers."""

    site_title = site_header = _("Staff and settings")
    index_title = _("Staff and settings")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """The role decides, not Django's staff flag."""
        return isinstance(request.user, Staff) and request.user.may(Permission.ADMINISTER)

    @public
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """There is one sign-in page, with its lockout."""
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
            wanted = reverse("admin:index")
        if self.has_permission(request):
            return redirect(wanted)
        return redirect_to_login(wanted)
