"""The boxes of a ticket's page about its goods and its money, and what waits at the warehouse's door."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from afterservice.forms.boxes import box, form_of
from afterservice.forms.goods import (
    DoneForm,
    FailedForm,
    FollowUpForm,
    PostageForm,
    ReturnNumberForm,
    VisitForm,
)
from afterservice.forms.money import PayBackForm
from afterservice.rules.exchanges import StepState
from afterservice.selectors.goods_box import read_goods_box
from afterservice.selectors.money_box import read_money_box
from afterservice.selectors.returns import returns_to_work
from orders.forms.warehouse import carrier_choices
from shopdesk.base.listing import count_label

register = template.Library()
_STEP_CLASS = {StepState.DONE: "done", StepState.NEXT: "next", StepState.OPEN: "later"}


@register.inclusion_tag("tickets/_goods_box.html", takes_context=True)
def goods_box(context: Mapping[str, Any]) -> dict[str, Any]:
    """The steps of a ticket's goods with what is next, and a form for each that may be done now (A5–A8)."""
    ticket = context["ticket"]
    fresh = {"version": ticket.version}
    return box(
        context,
        goods=read_goods_box(ticket),
        postage_form=form_of(context, "postage", PostageForm(initial=fresh)),
        return_form=form_of(
            context,
            "return",
            ReturnNumberForm(
                initial={"carrier": ticket.return_carrier, "invoice_no": ticket.return_invoice_no}
            ),
        ),
        failed_form=form_of(context, "failed", FailedForm(initial=fresh)),
        visit_form=form_of(context, "visit", VisitForm(initial={"at": ticket.visit_at})),
        done_form=form_of(context, "done", DoneForm(initial=fresh)),
        follow_form=form_of(context, "followup", FollowUpForm(initial=fresh)),
        carriers=carrier_choices(),
    )


@register.inclusion_tag("tickets/_money_box.html", takes_context=True)
def money_box(context: Mapping[str, Any]) -> dict[str, Any]:
    """What a ticket pays back (A9); nothing for those who see no prices (T1)."""
    if not context["may"]["see_prices"]:
        return box(context, money=None)
    ticket = context["ticket"]
    form = form_of(context, "payback", PayBackForm())
    return box(context, money=read_money_box(ticket), form=form, typed=form.typed if form.is_bound else {})


@register.simple_tag
def step_class(state: str) -> str:
    """How a step is drawn."""
    return _STEP_CLASS[StepState(state)]


@register.filter
def typed_for(typed: Mapping[int, str], line_id: int) -> str:
    """What was typed for a line."""
    return typed.get(line_id, "")


@register.simple_tag
def returns_waiting() -> SafeString:
    """How many returns wait to be inspected, capped: one statement."""
    return format_html("<b>{}</b>", count_label(returns_to_work()))
