"""What a person chooses for themselves: the language and the look of the pages."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.i18n import set_language as django_set_language

from shopdesk.base.permissions import Permission
from shopdesk.base.services import preferences
from shopdesk.base.web import StaffActionView, next_address, public
from shopdesk.desk.context import THEME_COOKIE

YEAR = 365 * 24 * 60 * 60


class LanguageView(StaffActionView):
    """Choose the language. The cookie keeps it for the sign-in page of this browser."""

    permission = Permission.SIGNED_IN
    with_temporary_password = without_second_factor = True

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Keep the choice and go back to the page."""
        language = request.POST.get("language", "")
        preferences.choose_language(self.staff, language)
        response = redirect(next_address(request, self.back(request)))
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR,
            samesite="Lax",
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
        return response


class ThemeView(StaffActionView):
    """Choose the look: light, dark, or as the system."""

    permission = Permission.SIGNED_IN
    with_temporary_password = without_second_factor = True

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Keep the choice and go back to the page."""
        theme = request.POST.get("theme", "")
        preferences.choose_theme(self.staff, theme)
        response = redirect(next_address(request, self.back(request)))
        response.set_cookie(
            THEME_COOKIE, theme, max_age=YEAR, samesite="Lax", secure=settings.LANGUAGE_COOKIE_SECURE
        )
        return response


@public
def sign_in_language(request: HttpRequest) -> HttpResponseBase:
    """The language switch of the sign-in page: a cookie, nothing else."""
    return django_set_language(request)
