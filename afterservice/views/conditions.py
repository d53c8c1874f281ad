"""The page of conditions under which a request is accepted at once (A14)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from afterservice.forms.conditions import ChangeConditionForm, ConditionForm
from afterservice.models import AcceptCondition
from afterservice.selectors.conditions import conditions_with_trial
from afterservice.services import conditions
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm, VersionedForm
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView

_MOST_ID = 2**63 - 1


def page_context(
    trial: str = "",
    *,
    bound: Mapping[str, DeskForm] | None = None,
    refusals: Mapping[str, DomainError] | None = None,
) -> dict[str, Any]:
    """Everything that the page shows; ``trial`` is the number of the condition whose dry run is looked at."""
    wanted = int(trial) if trial.isascii() and trial.isdigit() and len(trial) < 19 else 0
    rows, shown, result = conditions_with_trial(min(wanted, _MOST_ID), now=clock.now())
    bound, refusals = bound or {}, refusals or {}
    return {
        "rows": [
            {
                "condition": row,
                "form": bound.get(f"change-{row.pk}") or ChangeConditionForm(initial=_initial(row)),
                "refusal": refusals.get(f"change-{row.pk}"),
            }
            for row in rows
        ],
        "make_form": bound.get("make") or ConditionForm(),
        "make_refusal": refusals.get("make"),
        "tried": shown,
        "trial": result,
    }


def _initial(row: AcceptCondition) -> dict[str, Any]:
    fields = (
        "name",
        "kind",
        "product_kind",
        "stage",
        "amount_up_to",
        "tier_from",
        "needs_evidence",
        "version",
    )
    return {name: getattr(row, name) for name in fields}


class ConditionsPage(StaffPageView):
    """All conditions, and what one of them would have accepted last month."""

    permission = Permission.SEE_POLICIES
    template_name = "tickets/conditions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The conditions, and the dry run that is asked for."""
        return super().get_context_data(**page_context(self.request.GET.get("trial", "")), **kwargs)


class ConditionAction(StaffActionView):
    """What a manager does with a condition. Refused, the page comes back with everything typed in it."""

    permission = Permission.CHANGE_POLICIES
    form_class: ClassVar[type[DeskForm]] = VersionedForm

    def perform(self, pk: int, form: Any) -> tuple[str, int | None]:
        """Call the service; answers what to tell, and whose dry run to show."""
        raise NotImplementedError

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Read the form, perform, go back to the page."""
        self._form = self.form_class(request.POST)
        if not self._form.is_valid():
            field, complaint = self._form.complaint()
            raise DomainError("", complaint, field=field)
        told, shown = self.perform(kwargs.get("pk", 0), self._form)
        messages.success(request, told)
        page = reverse("tickets:conditions")
        return f"{page}?trial={shown}#trial" if shown else page

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The conditions."""
        return reverse("tickets:conditions")

    def standing(self, request: HttpRequest, **kwargs: Any) -> Mapping[str, Any]:
        """The condition as it is now."""
        row = AcceptCondition.objects.filter(pk=kwargs.get("pk", 0)).first()
        return _initial(row) if row else {}

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Beside the form that was sent."""
        part = f"change-{kwargs['pk']}" if "pk" in kwargs else "make"
        typed = self._form if isinstance(self._form, ConditionForm) else None
        context = page_context(bound={part: typed} if typed else {}, refusals={part: refusal})
        return render(request, "tickets/conditions.html", context, status=refusal.status)


class MakeCondition(ConditionAction):
    """Lay down a condition."""

    permission = Permission.CHANGE_POLICIES
    form_class = ConditionForm

    def perform(self, pk: int, form: ConditionForm) -> tuple[str, int | None]:
        """Make it."""
        row = conditions.make(form.request(), actor=self.staff)
        return _("“%(name)s” is laid down. Try it before it is switched on.") % {"name": row.name}, None


class ChangeCondition(ConditionAction):
    """Change a condition: a new version, switched off until it is tried."""

    permission = Permission.CHANGE_POLICIES
    form_class = ChangeConditionForm

    def perform(self, pk: int, form: ChangeConditionForm) -> tuple[str, int | None]:
        """Change it."""
        row = conditions.change(pk, form.request(), version=form.cleaned_data["version"], actor=self.staff)
        told = _("“%(name)s” is changed and switched off: try it before it is switched on again.")
        return told % {"name": row.name}, None


class TryCondition(ConditionAction):
    """Try a condition on last month's tickets."""

    permission = Permission.CHANGE_POLICIES

    def perform(self, pk: int, form: VersionedForm) -> tuple[str, int | None]:
        """Try it."""
        trial = conditions.try_out(pk, version=form.cleaned_data["version"], actor=self.staff)
        told = _("Tried: it would have accepted %(accepted)s of %(asked)s requests.")
        return told % {"accepted": len(trial.accepted), "asked": trial.asked}, pk


class SwitchOn(ConditionAction):
    """Let a condition decide from now on."""

    permission = Permission.CHANGE_POLICIES

    def perform(self, pk: int, form: VersionedForm) -> tuple[str, int | None]:
        """Switch it on."""
        row = conditions.switch_on(pk, version=form.cleaned_data["version"], actor=self.staff)
        return _("“%(name)s” decides from now on.") % {"name": row.name}, None


class SwitchOff(ConditionAction):
    """Let a condition decide nothing any more."""

    permission = Permission.CHANGE_POLICIES

    def perform(self, pk: int, form: VersionedForm) -> tuple[str, int | None]:
        """Switch it off."""
        row = conditions.switch_off(pk, version=form.cleaned_data["version"], actor=self.staff)
        return _("“%(name)s” decides nothing any more; what it decided stands.") % {"name": row.name}, None
