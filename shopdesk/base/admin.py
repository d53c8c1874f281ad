"""Staff in the admin. Django's groups are not used: the role is the whole of what somebody may do (T1)."""

from collections.abc import Sequence
from typing import Any

import django.contrib.auth.admin  # noqa: F401 (registers the groups, which are taken off again below)
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.services import staff as staff_service
from shopdesk.base.web import staff_of

admin.site.unregister(Group)


class StaffForm(forms.ModelForm):
    """An account, and a password where one is to be set."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty to keep the present one. Setting it signs the person out everywhere."),
    )

    # Who fills it in; the page says so.
    actor: Staff

    class Meta:
        model = Staff
        fields = staff_service.FIELDS
        help_texts = {
            "is_active": _("Switch off instead of deleting: notes and the audit name this person."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["new_password"].required = True
            self.fields["new_password"].label = _("Password")
            self.fields["new_password"].help_text = password_validation.password_validators_help_text_html()

    def clean_new_password(self) -> str:
        """Weak passwords are refused."""
        password: str = self.cleaned_data["new_password"]
        if password:
            password_validation.validate_password(password, self.instance)
        return password

    def clean(self) -> dict[str, Any]:
        """There is always a manager."""
        values = super().clean() or self.cleaned_data
        if self.instance.pk and "role" in values:
            try:
                with transaction.atomic():
                    wanted = {"role": values["role"], "is_active": values["is_active"]}
                    present = Staff.objects.get(pk=self.instance.pk)
                    staff_service.check_a_manager_remains(present, **wanted)
                    staff_service.check_not_ones_own(present, self.actor, **wanted)
            except DomainError as refusal:
                raise ValidationError({"role": str(refusal.message)}) from refusal
        return values


@admin.register(Staff)
class StaffAdmin(admin.ModelAdmin):
    """Who works here, in which role."""

    form = StaffForm
    fields = (*staff_service.FIELDS, "new_password")
    list_display = ("username", "signature", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "signature")
    ordering = ("role", "username")
    actions = ("unlock",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Accounts are switched off, never deleted."""
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who fills it in: nobody changes their own role."""
        form = super().get_form(request, obj, change, **kwargs)
        return type("StaffForm", (form,), {"actor": staff_of(request)})

    def save_model(self, request: HttpRequest, obj: Staff, form: Any, change: bool) -> None:
        """Through the service, which audits."""
        actor, password = staff_of(request), form.cleaned_data["new_password"]
        if not change:
            obj.pk = staff_service.create_staff(form.cleaned_data, password, actor=actor).pk
            return
        saved = staff_service.change_staff(obj.pk, form.cleaned_data, password, actor=actor)
        if password and saved.pk == actor.pk:
            update_session_auth_hash(request, saved)

    @admin.action(description=_("Let them sign in again after too many attempts"))
    def unlock(self, request: HttpRequest, queryset: QuerySet[Staff]) -> None:
        """Lift the lockout of the chosen accounts."""
        chosen: Sequence[Staff] = list(queryset)
        for person in chosen:
            staff_service.unlock(person, actor=staff_of(request))
        messages.success(
            request, _("They may try again: %(names)s.") % {"names": ", ".join(map(str, chosen))}
        )
