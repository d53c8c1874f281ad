"""Forms of actions on many orders: which orders, and what is to be done with them."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from orders.forms.order_page import FlagForm, NoteForm
from orders.models import BulkRun, Flag
from orders.rules.flags import RED
from orders.rules.owners import OWNERS
from orders.services.bulk.actions import Asked
from shopdesk.base import clock
from shopdesk.base.forms import LOCAL_TIMES, DeskForm, LocalTimeInput
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Role

FLAG_STANDS = clock.hours(24)


class OwnerForm(DeskForm):
    """Who is to own the orders: oneself, or for a supervisor anybody who works orders (O17)."""

    owner = forms.ModelChoiceField(label=_("Owner"), queryset=Staff.objects.none(), empty_label=None)

    def __init__(self, *arguments: Any, actor: Staff, **kwargs: Any) -> None:
        super().__init__(*arguments, **kwargs)
        people = Staff.objects.filter(role__in=OWNERS, is_active=True).order_by("signature", "pk")
        if actor.role != Role.SUPERVISOR:
            people = people.filter(pk=actor.pk)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (declared above)
        field.queryset = people
        field.initial = actor.pk


class UntilForm(DeskForm):
    """Until when the orders are put off (N6)."""

    until = forms.DateTimeField(label=_("Until"), input_formats=LOCAL_TIMES, widget=LocalTimeInput)


def form_of(run: BulkRun, actor: Staff, sent: Any = None) -> DeskForm:
    """The form of a run's action: as it was sent, else filled with what was asked for before."""
    initial = dict(run.request)
    if run.action == BulkRun.Action.FLAG:
        until = parse_datetime(initial.get("until") or "") or clock.now() + FLAG_STANDS
        defaults = {"seller_flag": RED, "addressee": Flag.Addressee.AGENT}
        return FlagForm(sent, initial=defaults | initial | {"until": until})
    if run.action == BulkRun.Action.NOTE:
        return NoteForm(sent, initial=initial)
    if run.action == BulkRun.Action.SNOOZE:
        return UntilForm(sent, initial=initial)
    if run.action == BulkRun.Action.STAR:
        return DeskForm({} if sent is None else sent)
    return OwnerForm(sent, actor=actor, initial=initial)


def asked_by(form: DeskForm) -> Asked:
    """What a valid form asks for, as the service takes it."""
    if isinstance(form, FlagForm):
        return form.request()
    if isinstance(form, NoteForm):
        return form.request().text
    asked: Asked = form.cleaned_data.get("owner") or form.cleaned_data.get("until")
    return asked


def tids_of(values: Iterable[str]) -> list[str]:
    """The order numbers among what was ticked."""
    return [value for value in values if value.isascii() and value.replace("-", "").isalnum()][:1000]
