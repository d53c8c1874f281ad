"""What is shown when a request cannot be answered: what is wrong, and what to do next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    return render(request, "error.html", {"status": status, "title": title, "advice": advice}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(
        request,
        400,
        _("This request could not be read"),
        _("Go back, reload the page and try again."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the role does not allow it."""
    return _page(
        request,
        403,
        _("Your role does not allow this"),
        _("Nothing was changed. Ask a supervisor, or sign in as somebody who may."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(
        request,
        404,
        _("There is nothing here"),
        _("The order or page may be named differently. Try the search box: press / and type."),
    )


def failed(request: HttpRequest) -> HttpResponse:
    """500."""
    return _page(
        request,
        500,
        _("Something went wrong on our side"),
        _("Nothing was half done. Try again; if it happens again, tell whoever runs the desk."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was older than the session, or came from elsewhere."""
    if getattr(request, "htmx", False):
        # Loaded anew, the page has a form that can be sent, and the drafts in it.
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    return _page(
        request,
        403,
        _("This form is too old"),
        _("Go back, reload the page and send it again. What you typed in a note is still there."),
    )
