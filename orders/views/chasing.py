"""Chasing payment: the list of unpaid orders, and logging reminders and what came of them (O14)."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.forms.chasing import CHOICES, OutcomeForm, ReasonForm, ReminderForm
from orders.selectors.chasing import read_brought_in
from orders.selectors.chasing_list import VIEWS, count_views, read_chasing, read_filter, read_row, tid_of
from orders.services.chasing import find_reason, note_outcome, remind
from orders.views.actions import OrderActionView
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission, Role
from shopdesk.base.web import StaffActionView, StaffPageView, next_address, staff_of

STRIP_DAYS = 7


class ChasingPage(StaffPageView):
    """Unpaid orders, soonest to close first, and what chasing brought in."""

    permission = Permission.CHASE
    template_name = "team/chasing.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page: a constant number of statements."""
        return super().get_context_data(**chasing_context(self.request), **kwargs)


def chasing_context(request: HttpRequest, **extra: Any) -> dict[str, Any]:
    """What the list shows."""
    now, staff = clock.now(), staff_of(request)
    wanted = read_filter(request.GET)
    page, rows = read_chasing(wanted, staff=staff, now=now, cursor=request.GET.get("cursor", ""))
    counts = count_views(now)
    return {
        "tab_on": "chasing",
        "wanted": wanted,
        "page": page,
        "rows": rows,
        "views": [(view, title, counts[view], view == wanted.view) for view, title in VIEWS.items()],
        "strip": _strip(staff, now),
        **CHOICES,
        **extra,
    }


def _strip(staff: Staff, now: datetime) -> dict[str, Any]:
    """What chasing brought in lately; agents see their own figures, supervisors each agent's (contract)."""
    today = now.astimezone(clock.SHANGHAI).date()
    since = datetime.combine(today - timedelta(days=STRIP_DAYS - 1), time(), clock.SHANGHAI)
    brought = read_brought_in(since, datetime.combine(today + timedelta(days=1), time(), clock.SHANGHAI))
    shares = brought.by_agent()
    mine = brought.of(staff.pk)
    agents = []
    if staff.role == Role.SUPERVISOR:
        names = {person.pk: str(person) for person in Staff.objects.filter(pk__in=shares)}
        agents = sorted(
            ((names[key], share) for key, share in shares.items()), key=lambda pair: -pair[1].money
        )
    else:
        brought = mine
    by_day = dict(brought.by_day())
    days = [today - timedelta(days=back) for back in range(STRIP_DAYS)]
    return {
        "of_all": staff.role == Role.SUPERVISOR,
        "sum": brought,
        "days": [(day, by_day.get(day)) for day in days],
        "agents": agents,
        "number_of_days": STRIP_DAYS,
    }


class RowActionView(StaffActionView):
    """An action on a row: with htmx the row is drawn anew, a refusal stands in it; without, the page is."""

    permission = Permission.CHASE
    _form: DeskForm

    def perform(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Call the service; answers the order and what to tell."""
        raise NotImplementedError

    def read(self, form: DeskForm) -> None:
        """Check a form's types, and keep it for a refusal."""
        self._form = form
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)

    def draw(self, request: HttpRequest, tid: str, told: str) -> HttpResponseBase:
        """The row as it is now."""
        row = read_row(tid, clock.now())
        if row is None:
            raise Http404
        return render(request, "team/_chasing_row.html", {"row": row, "told": told, **CHOICES})

    def draw_page(self, request: HttpRequest, refusal: DomainError, **refused: Any) -> HttpResponseBase:
        """The whole page with a refusal in its row, what was typed still in it."""
        context = chasing_context(request, refusal=refusal, refused=refused, typed=self._form.data)
        # The order may stand on another page or in no view by now: its row comes first.
        tid = refused.get("tid") or tid_of(refused["pk"])
        row = read_row(tid, clock.now()) if tid else None
        if row is not None:
            context["rows"] = [row, *(other for other in context["rows"] if other.order.pk != tid)]
        return render(request, "team/chasing.html", context, status=refusal.status)

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Do it, and draw the row or go back."""
        tid, told = self.perform(request, **kwargs)
        if getattr(request, "htmx", False):
            return self.draw(request, tid, told)
        messages.success(request, told)
        return next_address(request, self.back(request))

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the refusal in the row."""
        if getattr(request, "htmx", False):
            response = render(request, self.refusal_template, {"refusal": refusal}, status=refusal.status)
            response["HX-Retarget"] = f"#refusal-{self.refusal_place(**kwargs)}"
            response["HX-Reswap"] = "innerHTML"
            return response
        return self.draw_page(request, refusal, **kwargs)

    def refusal_place(self, **kwargs: Any) -> str:
        """Which place of the page the refusal stands in."""
        return str(kwargs["tid"])

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("chasing:list")


class Sent(RowActionView):
    """Log a reminder from the list (O14)."""

    def perform(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Log it."""
        form = ReminderForm(request.POST)
        self.read(form)
        reminder = remind(kwargs["tid"], form.request(), actor=self.staff)
        return reminder.order_id, _("The reminder is logged.")


class NoteOutcome(RowActionView):
    """Note what came of a reminder, from the list."""

    def perform(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Note it."""
        form = OutcomeForm(request.POST)
        self.read(form)
        reminder = note_outcome(kwargs["pk"], form.result(), seen=form.cleaned_data["seen"], actor=self.staff)
        return reminder.order_id, _("The outcome is noted.")

    def refusal_place(self, **kwargs: Any) -> str:
        """Under the reminder."""
        return f"reminder-{kwargs['pk']}"


class RemindFromOrder(OrderActionView):
    """Log a reminder from the order page (O14)."""

    permission = Permission.CHASE
    part = "reminder"
    form_class = ReminderForm

    def perform(self, tid: str, form: ReminderForm) -> str:
        """Log it."""
        remind(tid, form.request(), actor=self.staff)
        return _("The reminder is logged.")


class NoteOutcomeFromOrder(OrderActionView):
    """Note what came of the last reminder, from the order page."""

    permission = Permission.CHASE
    part = "outcome"
    form_class = OutcomeForm

    def perform(self, tid: str, form: OutcomeForm) -> str:
        """Note it."""
        reminder = self.request.POST.get("reminder", "")
        if not (reminder.isascii() and reminder.isdigit() and len(reminder) <= 18):
            raise DomainError("O14", _("There is no such reminder."))
        note_outcome(int(reminder), form.result(), seen=form.cleaned_data["seen"], actor=self.staff)
        return _("The outcome is noted.")


class FindReasonFromOrder(OrderActionView):
    """Say why the order closed unpaid, from its page."""

    permission = Permission.CHASE
    part = "unpaid_reason"
    form_class = ReasonForm

    def perform(self, tid: str, form: ReasonForm) -> str:
        """Keep the reason."""
        find_reason(tid, form.request(), seen=form.cleaned_data["seen"], actor=self.staff)
        return _("The reason is kept.")
