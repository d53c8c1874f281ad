"""Promises to buyers: proposing from a note, making, ending, and the list (T2)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Note, Order
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import LOCAL_TIMES, DeskForm, LocalTimeInput
from shopdesk.base.listing import capped_counts
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address
from shopdesk.desk.models import Promise
from shopdesk.desk.rules.promises import propose_due
from shopdesk.desk.selectors.handovers import open_promises
from shopdesk.desk.selectors.promises import TABS, read_promises, to_keep
from shopdesk.desk.services.promises import TEXT_LENGTH, end_promise, make_promise


class PromiseForm(DeskForm):
    """What was promised, and by when."""

    text = forms.CharField(label=gettext_lazy("promised"), max_length=TEXT_LENGTH)
    due_at = forms.DateTimeField(
        label=gettext_lazy("due"),
        input_formats=LOCAL_TIMES,
        widget=LocalTimeInput(attrs={"class": "form-control"}),
    )
    note = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput())


class PromisesPage(StaffPageView):
    """Promises that are open, one's own or everybody's, and those that ended."""

    permission = Permission.HAND_OVER
    template_name = "team/promises.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of promises, and how many are open."""
        tab = self.request.GET.get("tab", "")
        tab = tab if tab in TABS else TABS[0]
        return super().get_context_data(
            tab=tab,
            page=read_promises(tab, staff=self.staff, cursor=self.request.GET.get("cursor", "")),
            counts=capped_counts({"mine": to_keep(self.staff), "all": open_promises()}),
            now=clock.now(),
            **kwargs,
        )


def promise_context(tid: str, form: PromiseForm, **more: Any) -> dict[str, Any]:
    """What the form shows. Raises ``Http404`` for no such order."""
    order = Order.objects.filter(pk=tid).first()
    if order is None:
        raise Http404
    return {"order": order, "form": form, "text_length": TEXT_LENGTH, **more}


class ProposePromise(StaffActionView):
    """The form for a promise, with the time that a note's words say; nothing is changed."""

    permission = Permission.WORK_ORDERS

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Read the time from the note, or from what is in the note box."""
        tid, text, note = kwargs["tid"], request.POST.get("text", ""), request.POST.get("note", "")
        if note.isascii() and note.isdigit() and len(note) < 18:
            text = Note.objects.filter(pk=int(note), order=tid).values_list("text", flat=True).first() or ""
        else:
            note = ""
        text = " ".join(text.replace("\x00", "").split())
        proposal = propose_due(text, clock.now())
        form = PromiseForm(
            initial={
                "text": text[:TEXT_LENGTH],
                "note": note,
                "due_at": proposal.due_at if proposal else None,
            }
        )
        context = promise_context(tid, form, proposal=proposal)
        template = "team/_promise_form.html" if getattr(request, "htmx", False) else "team/promise.html"
        return render(request, template, context)


class MakePromise(StaffActionView):
    """Make a promise."""

    permission = Permission.WORK_ORDERS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Make it, and go back to the order; the note box forgets its draft."""
        self._form = PromiseForm(request.POST)
        if not self._form.is_valid():
            field, complaint = self._form.complaint()
            raise DomainError("T2", complaint, field=field)
        typed = self._form.cleaned_data
        promise = make_promise(
            kwargs["tid"], typed["text"], typed["due_at"], note_id=typed["note"], actor=self.staff
        )
        draft = "" if typed["note"] else f"draft-note-{kwargs['tid']}"
        told = _("Promised, due %(time)s. It stays in your name until it is kept or taken over.")
        due = promise.due_at.astimezone(clock.SHANGHAI)
        messages.success(request, told % {"time": f"{due:%m-%d %H:%M}"}, extra_tags=draft)
        return self.back(request, **kwargs)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The order."""
        return reverse("orders:detail", args=[kwargs["tid"]])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The form as a page, with everything that was typed."""
        context = promise_context(kwargs["tid"], self._form, refusal=refusal)
        return render(request, "team/promise.html", context, status=refusal.status)


class EndPromise(StaffActionView):
    """Say that a promise was kept, broken or dropped."""

    permission = Permission.WORK_ORDERS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Say it."""
        promise = end_promise(
            kwargs["pk"],
            request.POST.get("outcome", ""),
            word=request.POST.get("word", ""),
            actor=self.staff,
        )
        status = Promise.Status(promise.status).label
        messages.success(request, _("“%(text)s”: %(status)s.") % {"text": promise, "status": status})
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("promises")
