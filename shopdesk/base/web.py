"""The two kinds of view: a page that shows, and an action that changes."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import TemplateView, View

from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


def staff_of(request: HttpRequest) -> Staff:
    """The signed-in staff member, as their own type."""
    assert isinstance(request.user, Staff)  # noqa: S101 (the permission middleware let nobody else pass)
    return request.user


def next_address(request: HttpRequest, fallback: str) -> str:
    """Where the form asked to go back to, when that is a page of the desk."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return fallback


class StaffPageView(TemplateView):
    """A page. It names its permission; the middleware refuses it to everybody else."""

    permission: ClassVar[Permission | None] = None
    http_method_names = ["get", "head", "options"]

    @property
    def staff(self) -> Staff:
        """Who is looking."""
        return staff_of(self.request)


class StaffActionView(View):
    """One action behind one URL: POST only. It reads a form, calls one service, and answers.

    ``act`` does the work and returns the address to go to, or a finished response. A ``DomainError`` becomes
    a message: with htmx the part at ``refusal_template`` with status 409 or 422, without it a message on the
    page that the form came from, so that nothing typed is lost by a blank error page.
    """

    permission: ClassVar[Permission | None] = None
    http_method_names = ["post", "options"]
    refusal_template = "components/_refusal.html"

    @property
    def staff(self) -> Staff:
        """Who acts."""
        return staff_of(self.request)

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Do it. Return the address to go to, or a response."""
        raise NotImplementedError

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page that the action belongs to."""
        return "/"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Run the action."""
        try:
            answer = self.act(request, **kwargs)
        except DomainError as refusal:
            return self.refuse(request, refusal, **kwargs)
        if not isinstance(answer, str):
            return answer
        if getattr(request, "htmx", False):
            return HttpResponse(status=204, headers={"HX-Redirect": answer})
        return redirect(answer)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show why the service refused."""
        if getattr(request, "htmx", False):
            return render(request, self.refusal_template, {"refusal": refusal}, status=refusal.status)
        messages.error(request, str(refusal.message), extra_tags=refusal.code)
        return redirect(next_address(request, self.back(request, **kwargs)))


def public(view: Any) -> Any:
    """Mark a view as open to everybody, signed in or not."""
    view.is_public = True
    return view
