"""Signing in, with a second factor where there is one, and out. All of it is audited (D4)."""

import time
from typing import Any, ClassVar

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import TextInput
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.generic import View

from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.services import second_factor, signing_in
from shopdesk.desk.demo.sign_ins import DEMO_PASSWORD, DEMO_USERNAMES

# Whose password was right, and whose code is still asked for: kept in the session of nobody.
PENDING = "sign_in_pending"
CODE_SECONDS = 5 * 60


class SignInForm(AuthenticationForm):
    """Name and password. A name longer than any account has is refused here: axes could not keep it."""

    username = UsernameField(max_length=150, widget=TextInput(attrs={"autofocus": True}))


class SignInView(LoginView):
    """The sign-in page; while the demo shop's staff exist, it lists them, one click each."""

    is_public = True
    form_class = SignInForm
    template_name = "desk/sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Turn away whoever guessed too often, before anything is compared."""
        username = request.POST.get("username", "")
        if signing_in.is_throttled(username, signing_in.address_of(request)):
            return locked_out(request, {"username": username})
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let them in, or ask for the code first: until then nobody is signed in."""
        staff = form.get_user()
        if not isinstance(staff, Staff) or staff.second_factor_since is None:
            response = super().form_valid(form)
            if isinstance(staff, Staff):
                signing_in.signed_in(staff)
            return response
        self.request.session.cycle_key()
        self.request.session[PENDING] = {
            "staff": staff.pk,
            "backend": getattr(staff, "backend", ""),
            "hash": staff.get_session_auth_hash(),
            "until": time.time() + CODE_SECONDS,
            "next": self.get_success_url(),
        }
        return redirect("sign-in-code")

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Keep that somebody failed; a form with an empty field was no attempt, and axes tells of lockouts."""
        username = form.cleaned_data.get("username")
        if (
            username
            and form.cleaned_data.get("password")
            and not getattr(self.request, "axes_locked_out", False)
        ):
            signing_in.failed(username, "password")
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the demo sign-ins."""
        demo = Staff.objects.filter(username__in=DEMO_USERNAMES, is_active=True).order_by("id")
        return super().get_context_data(demo_staff=demo, demo_password=DEMO_PASSWORD, **kwargs)


@method_decorator(never_cache, name="dispatch")
class SignInCodeView(View):
    """The second step: a code of the authenticator, or a recovery code."""

    is_public = True
    http_method_names: ClassVar[list[str]] = ["get", "post", "head", "options"]  # type: ignore[misc]
    template_name = "desk/sign_in_code.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for it, or begin again where the first step is missing or too old."""
        if _pending_staff(request) is None:
            return redirect("sign-in")
        return render(request, self.template_name)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Let them in. A wrong code counts as a failed sign-in, for this account and this address."""
        staff = _pending_staff(request)
        if staff is None:
            return redirect("sign-in")
        credentials = {"username": staff.username}
        address = signing_in.address_of(request)
        if not AxesProxyHandler.is_allowed(request, credentials) or signing_in.is_throttled(
            staff.username, address
        ):
            return locked_out(request, credentials)
        try:
            factor = second_factor.verify(staff, request.POST.get("code", ""))
        except DomainError as refusal:
            signing_in.failed(staff.username, "code")
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
            return render(request, self.template_name, {"refusal": refusal}, status=refusal.status)
        pending = request.session.pop(PENDING)
        login(request, staff, backend=pending["backend"])
        signing_in.signed_in(staff, factor)
        wanted = pending["next"]
        safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
        # The last recovery code brings them to where new ones are made.
        if factor == "recovery code" and second_factor.recovery_codes_left(staff) == 0:
            return redirect("my-sign-in")
        return redirect(wanted if safe else "home")


class SignOutView(LogoutView):
    """Signing out, by POST."""

    permission = Permission.SIGNED_IN
    with_temporary_password = without_second_factor = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session, and keep that it was ended."""
        if request.user.is_authenticated:
            signing_in.signed_out(request.user)
        return super().post(request, *args, **kwargs)


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """Shown after 5 failed sign-ins within 15 minutes, or many more from one address or for one account."""
    username = (credentials or {}).get("username") or request.POST.get("username", "")
    if not username and (staff := _pending_staff(request)):
        username = staff.username  # the second step asks for no name
    signing_in.locked_out(username, signing_in.address_of(request))
    return render(request, "desk/locked_out.html", status=429)


def _pending_staff(request: HttpRequest) -> Staff | None:
    """Whose password was right less than five minutes ago, unless the account was changed since."""
    pending = request.session.get(PENDING)
    if pending is None or pending["until"] < time.time():
        return None
    staff = Staff.objects.filter(
        pk=pending["staff"], is_active=True, second_factor_since__isnull=False
    ).first()
    if staff is None or not constant_time_compare(pending["hash"], staff.get_session_auth_hash()):
        return None
    return staff
