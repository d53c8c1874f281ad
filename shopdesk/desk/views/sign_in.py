"""Signing in and out."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import TextInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.desk.demo.sign_ins import DEMO_PASSWORD, DEMO_USERNAMES


class SignInForm(AuthenticationForm):
    """Name and password. A name longer than any account has is refused here: axes could not keep it."""

    username = UsernameField(max_length=150, widget=TextInput(attrs={"autofocus": True}))


class SignInView(LoginView):
    """The sign-in page; while the demo shop's staff exist, it lists them, one click each."""

    is_public = True
    form_class = SignInForm
    template_name = "desk/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the demo sign-ins."""
        demo = Staff.objects.filter(username__in=DEMO_USERNAMES, is_active=True).order_by("id")
        return super().get_context_data(demo_staff=demo, demo_password=DEMO_PASSWORD, **kwargs)


class SignOutView(LogoutView):
    """Signing out, by POST."""

    permission = Permission.SIGNED_IN
    with_temporary_password = True


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """Shown after 5 failed sign-ins within 15 minutes."""
    return render(request, "desk/locked_out.html", status=429)
