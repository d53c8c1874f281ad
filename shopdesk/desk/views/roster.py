"""The roster: who works when, planning it, swapping shifts (T2)."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.services.roster import change_hours, copy_last_week, save_week
from shopdesk.base.services.swaps import accept_swap, ask_swap, refuse_swap, withdraw_swap
from shopdesk.base.shifts import ShiftCode, week_of
from shopdesk.base.web import StaffActionView, StaffPageView
from shopdesk.desk.selectors.roster import (
    asked_week,
    cell_name,
    on_shift_now,
    read_week,
    recent_swaps,
    shifts_to_give,
    takers,
)

TEMPLATE = "team/roster.html"


def roster_context(staff: Staff, monday: date, **more: Any) -> dict[str, Any]:
    """What the page shows: a constant number of statements."""
    now = clock.now()
    week = read_week(monday, staff=staff, now=now, chosen=more.pop("chosen", None))
    return {
        "week": week,
        "on_shift": on_shift_now(now),
        "swaps": recent_swaps(now),
        "to_give": shifts_to_give(staff, now),
        "takers": takers(staff, now),
        "shifts": ShiftCode.choices,
        **more,
    }


class RosterPage(StaffPageView):
    """A week of the roster."""

    permission = Permission.SIGNED_IN
    template_name = TEMPLATE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The week that the address asks for."""
        monday = asked_week(self.request.GET.get("week", ""), clock.now())
        return super().get_context_data(**roster_context(self.staff, monday), **kwargs)


class RosterAction(StaffActionView):
    """What the actions of the page have in common: they go back to the week."""

    permission = Permission.SIGNED_IN

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The week that the form belongs to."""
        monday = asked_week(request.POST.get("week", ""), clock.now())
        return f"{reverse('roster')}?week={monday}"


class SaveWeek(RosterAction):
    """Plan a week."""

    permission = Permission.PLAN_ROSTER

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Save what was chosen."""
        monday = asked_week(request.POST.get("week", ""), clock.now())
        changed = save_week(
            monday, chosen_in(request, monday), seen=request.POST.get("seen", ""), actor=self.staff
        )
        messages.success(
            request,
            ngettext("Saved: %(count)s shift changed.", "Saved: %(count)s shifts changed.", changed)
            % {"count": changed},
        )
        return self.back(request)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The week as it is now, with everything that was chosen still in it."""
        monday = asked_week(request.POST.get("week", ""), clock.now())
        context = roster_context(self.staff, monday, chosen=chosen_in(request, monday), refusal=refusal)
        return render(request, TEMPLATE, context, status=refusal.status)


def chosen_in(request: HttpRequest, monday: date) -> Mapping[tuple[int, date], tuple[str, ...]]:
    """What the form chose, by person and day; days that the form does not hold stay as they are."""
    days = week_of(monday)
    return {
        (person, day): tuple(code for code in ShiftCode.values if code in value.split())
        for person in Staff.objects.values_list("pk", flat=True)
        for day in days
        if (value := request.POST.get(cell_name(person, day))) is not None
    }


class CopyWeek(RosterAction):
    """Plan a week as the one before."""

    permission = Permission.PLAN_ROSTER

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Copy it."""
        added = copy_last_week(asked_week(request.POST.get("week", ""), clock.now()), actor=self.staff)
        messages.success(
            request,
            ngettext("Copied: %(count)s shift added.", "Copied: %(count)s shifts added.", added)
            % {"count": added},
        )
        return self.back(request)


class HoursForm(DeskForm):
    """Other hours of a shift, from a day on."""

    code = forms.ChoiceField(label=gettext_lazy("Shift"), choices=ShiftCode.choices)
    starts = forms.TimeField(label=gettext_lazy("starts"))
    ends = forms.TimeField(label=gettext_lazy("ends"))
    valid_from = forms.DateField(label=gettext_lazy("valid from"))


class ChangeHours(RosterAction):
    """Give a shift other hours from a day on."""

    permission = Permission.ADMINISTER

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Save them."""
        form = HoursForm(request.POST)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("T2", complaint, field=field)
        starts: time = form.cleaned_data["starts"]
        change_hours(
            form.cleaned_data["code"],
            starts,
            form.cleaned_data["ends"],
            form.cleaned_data["valid_from"],
            actor=self.staff,
        )
        messages.success(request, _("Saved. The hours change on that day; past shifts keep theirs."))
        return self.back(request)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page, with what was typed."""
        monday = asked_week(request.POST.get("week", ""), clock.now())
        context = roster_context(self.staff, monday, hours_refusal=refusal, typed=request.POST.dict())
        return render(request, TEMPLATE, context, status=refusal.status)


class AskSwap(RosterAction):
    """Ask a colleague to take a shift."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Ask."""
        day, shift = _shift_in(request.POST.get("give", "").split())
        colleague, *theirs = request.POST.get("taker", "").split() or [""]
        if not (colleague.isascii() and colleague.isdigit() and len(colleague) < 10):
            raise DomainError("T2", _("Choose whom you ask."), field="taker")
        swap = ask_swap(
            day, shift, int(colleague), in_return=_shift_in(theirs) if theirs else None, actor=self.staff
        )
        messages.success(
            request, _("Asked. It stays your shift until %(name)s accepts.") % {"name": swap.colleague}
        )
        return self.back(request)


def _shift_in(words: list[str]) -> tuple[date, str]:
    """A day and a shift as the form names them. Raises ``DomainError`` (T2) for anything else."""
    try:
        text, shift = words
        day = parse_date(text)
    except ValueError:
        day, shift = None, ""
    if day is None or shift not in ShiftCode.values:
        raise DomainError("T2", _("Choose the shift that is to change hands."), field="give")
    return day, shift


class AcceptSwap(RosterAction):
    """Take the shift that a colleague asks one to take."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Accept."""
        swap = accept_swap(kwargs["pk"], actor=self.staff)
        messages.success(
            request, _("Accepted: the roster is changed. %(name)s sees it.") % {"name": swap.asked_by}
        )
        return self.back(request)


class RefuseSwap(RosterAction):
    """Say no to a swap."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Refuse."""
        refuse_swap(kwargs["pk"], actor=self.staff)
        messages.success(request, _("Refused: the roster stays as it is."))
        return self.back(request)


class WithdrawSwap(RosterAction):
    """Ask no more for a swap."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Take it back."""
        withdraw_swap(kwargs["pk"], actor=self.staff)
        messages.success(request, _("Taken back."))
        return self.back(request)
