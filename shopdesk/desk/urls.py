"""Addresses of the pages that span apps."""

from django.urls import path

from shopdesk.desk.views.preferences import LanguageView, ThemeView, sign_in_language
from shopdesk.desk.views.sign_in import SignInView, SignOutView

urlpatterns = [
    path("sign-in/", SignInView.as_view(), name="sign-in"),
    path("sign-in/language/", sign_in_language, name="sign-in-language"),
    path("sign-out/", SignOutView.as_view(), name="sign-out"),
    path("language/", LanguageView.as_view(), name="language"),
    path("theme/", ThemeView.as_view(), name="theme"),
]
