"""The kinds of view: a page that shows, an action that changes, and an action on what a page shows."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import TemplateView, View

from shopdesk.base import clashes, presence
from shopdesk.base.errors import DomainError, VersionConflict
from shopdesk.base.forms import DeskForm
from shopdesk.base.kept_counts import forget_counts
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


def staff_of(request: HttpRequest) -> Staff:
    """The signed-in staff member, as their own type."""
    assert isinstance(request.user, Staff)  # noqa: S101 (the permission middleware let nobody else pass)
    return request.user


def plainly(words: object, status: int) -> HttpResponse:
    """What failed on our side, for htmx: swapped into no page, its words are shown above it."""
    return HttpResponse(str(words), status=status, content_type="text/plain; charset=utf-8")


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
    # The form as it was sent, once ``act`` has read it.
    _form: DeskForm | None = None

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
        if (again := clashes.resent(request)) is not None:
            request.POST = again  # type: ignore[assignment]  # Django's own property can be set
        try:
            answer = self.act(request, **kwargs)
        except DomainError as refusal:
            if isinstance(refusal, VersionConflict):
                self.show_both(request, refusal, **kwargs)
            return self.refuse(request, refusal, **kwargs)
        forget_counts(self.staff)
        if not isinstance(answer, str):
            return answer
        if getattr(request, "htmx", False):
            return HttpResponse(status=204, headers={"HX-Redirect": answer})
        return redirect(answer)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show why the service refused."""
        if getattr(request, "htmx", False):
            if refusal.status >= 500:
                return plainly(refusal.message, refusal.status)
            return render(request, self.refusal_template, {"refusal": refusal}, status=refusal.status)
        if isinstance(refusal, VersionConflict):
            return render(request, "clash.html", {"refusal": refusal}, status=refusal.status)
        messages.error(request, str(refusal.message), extra_tags=refusal.code)
        return redirect(next_address(request, self.back(request, **kwargs)))

    def standing(self, request: HttpRequest, **kwargs: Any) -> Mapping[str, Any]:
        """What stands now for the fields of the form, by their names; shown beside what was typed (T5)."""
        return {}

    def draft_name(self, **kwargs: Any) -> str:
        """The name of the draft that the form keeps in the browser, if it keeps one."""
        return ""

    def show_both(self, request: HttpRequest, refusal: VersionConflict, **kwargs: Any) -> None:
        """Let a refusal carry both versions (T5); every way to show a refusal shows them."""
        refusal.clash = clashes.read_clash(
            refusal,
            request,
            self.staff,
            form=self._form,
            standing=self.standing(request, **kwargs),
            page=next_address(request, self.back(request, **kwargs)),
            draft=self.draft_name(**kwargs),
        )


class PageActionView(StaffActionView):
    """An action on the subject of a page, such as one order: a form of the page, one service.

    With htmx it answers the page's content as it is now, else it goes back to the page. A refusal is shown next to
    the form named ``part`` (in ``#<part>-refusal``), which keeps what was typed; the draft named
    ``draft-<part>-<subject>`` is forgotten once it is taken in.
    """

    part: ClassVar[str]
    form_class: ClassVar[type[DeskForm] | None] = None
    # The name of the subject in the address, its page, and the part of it that htmx swaps as a whole.
    subject: ClassVar[str]
    page: ClassVar[str]
    page_template: ClassVar[str]
    content_template: ClassVar[str]

    def perform(self, subject: Any, form: Any) -> str:
        """Call the service; answers what to tell the person."""
        raise NotImplementedError

    def page_context(self, request: HttpRequest, subject: Any, **shown: Any) -> dict[str, Any]:
        """What the page shows now, with ``told`` and ``draft_taken``, or ``bound`` forms and ``refusals``."""
        raise NotImplementedError

    def read_form(self, request: HttpRequest, subject: Any) -> DeskForm | None:
        """The form as it was sent; override where it is built by the subject."""
        return self.form_class(request.POST, request.FILES) if self.form_class is not None else None

    def draft_of(self, subject: Any) -> str:
        """The name of the draft that the form keeps in the browser."""
        return f"draft-{self.part}-{subject}"

    def draft_name(self, **kwargs: Any) -> str:
        """The draft of this form."""
        return self.draft_of(kwargs[self.subject])

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Read the form, perform, answer."""
        subject = kwargs[self.subject]
        self._form = self.read_form(request, subject)
        if self._form is not None and not self._form.is_valid():
            field, complaint = self._form.complaint()
            raise DomainError("", complaint, field=field)
        told = self.perform(subject, self._form)
        draft = self.draft_of(subject)
        if getattr(request, "htmx", False):
            context = self.page_context(request, subject, told=told, draft_taken=draft)
            return render(request, self.content_template, context)
        messages.success(request, told, extra_tags=draft)
        return self.back(request, **{self.subject: subject})

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The subject's page."""
        return reverse(self.page, args=[kwargs[self.subject]])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the refusal beside the form, everything typed still in it."""
        if getattr(request, "htmx", False):
            if refusal.status >= 500:
                return plainly(refusal.message, refusal.status)
            response = render(request, self.refusal_template, {"refusal": refusal}, status=refusal.status)
            response["HX-Retarget"] = f"#{self.part}-refusal"
            response["HX-Reswap"] = "innerHTML"
            return response
        bound = {self.part: self._form} if self._form else {}
        context = self.page_context(request, kwargs[self.subject], bound=bound, refusals={self.part: refusal})
        return render(request, self.page_template, context, status=refusal.status)


class HereView(StaffActionView):
    """The heartbeat of an open page: it answers who else has the same subject open (T5)."""

    subject_kind: ClassVar[str]
    # The name of the subject in the address.
    subject: ClassVar[str]

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Say that the page is open, and show who else is there."""
        writing = request.POST.get("writing") == "1"
        others = presence.beat(self.subject_kind, str(kwargs[self.subject]), self.staff, writing=writing)
        return render(request, "components/_here.html", {"others": others})


def public(view: Any) -> Any:
    """Mark a view as open to everybody, signed in or not."""
    view.is_public = True
    return view
