"""One's own sign-in: the second factor, the sessions, and what the desk noted of signing in (T1, D4)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.services import second_factor
from shopdesk.base.services import staff as staff_service
from shopdesk.base.web import StaffActionView, StaffPageView
from shopdesk.desk.selectors.people import sign_ins_of

PAGE = "team/my_sign_in.html"


def page_context(staff: Staff, **more: Any) -> dict[str, Any]:
    """What the page shows: the state of the second factor, with the key while one is being set up."""
    context: dict[str, Any] = {"sign_ins": sign_ins_of(staff), **more}
    if staff.second_factor_since is not None:
        return context | {"codes_left": second_factor.recovery_codes_left(staff)}
    if device := second_factor.pending(staff):
        drawn, key = second_factor.qr_code(device), second_factor.typed_key(device)
        context |= {"device": device, "qr_code": drawn, "key": key}
    return context


@method_decorator(never_cache, name="dispatch")
class MySignInPage(StaffPageView):
    """How I sign in."""

    permission = Permission.SIGNED_IN
    without_second_factor = True
    template_name = PAGE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The state, the key to scan, the last sign-ins."""
        return super().get_context_data(**page_context(self.staff), **kwargs)


class MySignInAction(StaffActionView):
    """What the actions of the page have in common."""

    permission = Permission.SIGNED_IN
    without_second_factor = True

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page."""
        return reverse("my-sign-in")

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page with the refusal beside its form; codes are typed anew."""
        context = page_context(self.staff, refusal=refusal, refused=type(self).__name__)
        return render(request, PAGE, context, status=refusal.status)

    def show_codes(self, request: HttpRequest, codes: list[str]) -> HttpResponse:
        """The recovery codes, this once."""
        response = render(request, PAGE, page_context(Staff.objects.get(pk=self.staff.pk), codes=codes))
        add_never_cache_headers(response)
        return response


class BeginSecondFactor(MySignInAction):
    """Make a key to scan."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Make it; the page shows it."""
        second_factor.begin(self.staff)
        return self.back(request)


class ConfirmSecondFactor(MySignInAction):
    """Turn it on with the first code."""

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Every other session ends; this one goes on."""
        staff, codes = second_factor.confirm(self.staff, request.POST.get("code", ""))
        update_session_auth_hash(request, staff)
        request.user = staff
        return self.show_codes(request, codes)


class RenewRecoveryCodes(MySignInAction):
    """New recovery codes; the old ones end."""

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Show them once."""
        return self.show_codes(request, second_factor.renew_codes(self.staff, request.POST.get("code", "")))


class TurnOffSecondFactor(MySignInAction):
    """Do without."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Only where the role may."""
        second_factor.turn_off(self.staff, request.POST.get("code", ""))
        update_session_auth_hash(request, Staff.objects.get(pk=self.staff.pk))
        messages.success(request, _("Your second factor is off."))
        return self.back(request)


class EndMySessions(MySignInAction):
    """Sign out everywhere but here."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """End them; this one goes on."""
        update_session_auth_hash(request, staff_service.end_sessions(self.staff.pk, actor=self.staff))
        messages.success(request, _("Everywhere else you are signed out."))
        return self.back(request)
