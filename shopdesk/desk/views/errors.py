"""What is shown when a request cannot be answered: what is wrong, and what to do next."""

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shopdesk.base.outages import UNAVAILABLE, Outage, outage_of
from shopdesk.base.web import plainly

API = "/api/v1/"


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


def failed(request: HttpRequest) -> HttpResponseBase:
    """500; 503 or 507 where something gave way that the desk stands on, which is said."""
    if (outage := outage_of(sys.exception())) is not None:
        response = _told(request, outage)
        response["Retry-After"] = str(outage.retry_after)
        return response
    return _page(
        request,
        500,
        _("Something went wrong on our side"),
        _("Nothing was half done. Try again; if it happens again, tell whoever runs the desk."),
    )


def _told(request: HttpRequest, outage: Outage) -> HttpResponse:
    """As who asks can read it: JSON for a program, plain words for a part of a page, else a page."""
    if request.path.startswith(API):
        words = {"code": UNAVAILABLE, "message": str(outage.told_programs), "field": None}
        return JsonResponse(words, status=outage.status)
    if "HX-Request" in request.headers:
        return plainly(f"{outage.title} · {outage.advice}", outage.status)
    return _page(request, outage.status, str(outage.title), str(outage.advice))


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
