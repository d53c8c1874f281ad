"""People: accounts, roles, and what each may do; one's own password (T1)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission, Role
from shopdesk.base.services import second_factor
from shopdesk.base.services import staff as staff_service
from shopdesk.base.web import StaffActionView, StaffPageView, staff_of
from shopdesk.desk.selectors.people import (
    abilities_of,
    changes_of,
    history_of,
    locked_names,
    matrix,
    next_shifts,
    read_people,
    sign_ins_of,
)

PERSON = "team/person.html"


class PersonForm(DeskForm):
    """An account: how they sign in, how they sign, what they are."""

    username = forms.CharField(label=gettext_lazy("sign-in name"), max_length=150)
    signature = forms.CharField(label=gettext_lazy("signature"), max_length=16)
    role = forms.ChoiceField(label=gettext_lazy("role"), choices=Role.choices)
    is_active = forms.BooleanField(label=gettext_lazy("works here"), required=False)


class PeoplePage(StaffPageView):
    """Everybody, or those who were switched off."""

    permission = Permission.ADMINISTER
    template_name = "team/people.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The people; a constant number of statements."""
        active = self.request.GET.get("tab") != "off"
        return super().get_context_data(
            people=read_people(active=active, now=clock.now()),
            active=active,
            form=PersonForm(initial={"role": Role.AGENT}),
            **kwargs,
        )


class RolesPage(StaffPageView):
    """What each role may do."""

    permission = Permission.ADMINISTER
    template_name = "team/roles.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The matrix."""
        return super().get_context_data(roles=Role.choices, rows=matrix(), **kwargs)


def person_context(pk: int, **more: Any) -> dict[str, Any]:
    """What the page of one person shows. Raises ``Http404`` for nobody."""
    person = get_object_or_404(Staff, pk=pk)
    now = clock.now()
    return {
        "person": person,
        "form": PersonForm(initial={name: getattr(person, name) for name in staff_service.FIELDS}),
        "abilities": abilities_of(person),
        "history": changes_of(history_of(person)),
        "sign_ins": sign_ins_of(person),
        "locked": bool(locked_names([person.username], now)),
        "next_shift": next_shifts(now).get(person.pk),
        **more,
    }


class PersonPage(StaffPageView):
    """One person: the account, what they may do, what was changed."""

    permission = Permission.ADMINISTER
    template_name = PERSON

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The person; a constant number of statements."""
        return super().get_context_data(**person_context(kwargs.pop("pk")), **kwargs)


class PersonAction(StaffActionView):
    """What the actions on an account have in common."""

    permission = Permission.ADMINISTER

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The person."""
        return reverse("person", args=[kwargs["pk"]])


def _typed(form: PersonForm) -> dict[str, Any]:
    if not form.is_valid():
        field, complaint = form.complaint()
        raise DomainError("T1", complaint, field=field)
    return form.cleaned_data


def _with_password(request: HttpRequest, pk: int, password: str) -> HttpResponse:
    """The person's page with a password that is shown this once, and kept nowhere."""
    response = render(request, PERSON, person_context(pk, password=password))
    add_never_cache_headers(response)
    return response


class MakePerson(StaffActionView):
    """Make an account, with a temporary password."""

    permission = Permission.ADMINISTER

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Make it, and show the password."""
        typed = _typed(PersonForm(request.POST)) | {"is_active": True}
        person, password = staff_service.open_account(typed, actor=self.staff)
        return _with_password(request, person.pk, password)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page with what was typed."""
        context = {
            "people": read_people(active=True, now=clock.now()),
            "active": True,
            "form": PersonForm(request.POST),
            "refusal": refusal,
        }
        return render(request, "team/people.html", context, status=refusal.status)


class ChangePerson(PersonAction):
    """Change an account."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Save it."""
        get_object_or_404(Staff, pk=kwargs["pk"])
        staff_service.change_staff(kwargs["pk"], _typed(PersonForm(request.POST)), actor=self.staff)
        messages.success(request, _("Saved."))
        return self.back(request, **kwargs)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page with what was typed."""
        context = person_context(kwargs["pk"], form=PersonForm(request.POST), refusal=refusal)
        return render(request, PERSON, context, status=refusal.status)


class ResetPassword(PersonAction):
    """Give somebody a temporary password; their old one and all their sessions end."""

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show it once."""
        get_object_or_404(Staff, pk=kwargs["pk"])
        return _with_password(
            request, kwargs["pk"], staff_service.reset_password(kwargs["pk"], actor=self.staff)
        )


class UnlockPerson(PersonAction):
    """Let somebody try again who is locked out."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Lift the lock."""
        person = get_object_or_404(Staff, pk=kwargs["pk"])
        staff_service.unlock(person, actor=self.staff)
        messages.success(request, _("They may try again: %(names)s.") % {"names": person})
        return self.back(request, **kwargs)


class EndSessions(PersonAction):
    """Sign somebody out everywhere."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """End them; one's own present one goes on."""
        get_object_or_404(Staff, pk=kwargs["pk"])
        person = staff_service.end_sessions(kwargs["pk"], actor=self.staff)
        if person.pk == self.staff.pk:
            update_session_auth_hash(request, person)
        messages.success(request, _("Signed out everywhere: %(name)s.") % {"name": person})
        return self.back(request, **kwargs)


class ResetSecondFactor(PersonAction):
    """Take a lost second factor away."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """They set up a new one when they sign in."""
        get_object_or_404(Staff, pk=kwargs["pk"])
        person = second_factor.reset(kwargs["pk"], actor=self.staff)
        messages.success(
            request, _("The second factor is reset, and all sessions ended: %(name)s.") % {"name": person}
        )
        return self.back(request, **kwargs)


class PasswordPage(StaffPageView):
    """One's own password."""

    permission = Permission.SIGNED_IN
    with_temporary_password = without_second_factor = True
    template_name = "team/password.html"


class ChangePassword(StaffActionView):
    """Choose one's own password."""

    permission = Permission.SIGNED_IN
    with_temporary_password = without_second_factor = True

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Change it; other sessions end, this one goes on."""
        person = staff_service.choose_password(
            staff_of(request), request.POST.get("present", ""), request.POST.get("wanted", "")
        )
        update_session_auth_hash(request, person)
        messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
        return redirect("home")

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page; passwords are typed anew."""
        return render(request, "team/password.html", {"refusal": refusal}, status=refusal.status)
