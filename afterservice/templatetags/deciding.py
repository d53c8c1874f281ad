"""The boxes of a ticket's page about its decision and its log."""

from collections.abc import Mapping
from typing import Any

from django import template

from afterservice.forms.boxes import box, form_of
from afterservice.forms.deciding import (
    AcceptForm,
    AmendForm,
    ReasonForm,
    ReceivedForm,
    RulingForm,
    SayForm,
    StepInForm,
    WordsForm,
)
from afterservice.models import TicketMessage
from afterservice.rules.verdicts import Outcome
from afterservice.selectors.decision_box import read_decision_box, read_log
from shopdesk.base import clock

register = template.Library()
_OUTCOME = {
    Outcome.ALLOWED: "teal",
    Outcome.NEEDS_RECEIPT: "orange",
    Outcome.NEEDS_EVIDENCE: "orange",
    Outcome.SUPERVISOR: "purple",
    Outcome.OUTSIDE: "red",
    Outcome.NOT_NOW: "red",
}
_SIDE = {
    TicketMessage.Side.TO_BUYER: "ours",
    TicketMessage.Side.FROM_BUYER: "theirs",
    TicketMessage.Side.STAFF: "staff",
    TicketMessage.Side.PLATFORM: "taobao",
}
register.filter("outcome_tag", lambda outcome: _OUTCOME[Outcome(outcome)])
register.filter("side_class", lambda side: _SIDE[TicketMessage.Side(side)])


@register.inclusion_tag("tickets/_decision_box.html", takes_context=True)
def decision_box(context: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules say and why, what was decided, and a form for each thing that may be done now (A3, A5)."""
    ticket, may = context["ticket"], context["may"]
    version = {"version": ticket.version}
    shown = read_decision_box(ticket, now=clock.now(), with_forms=may["work_tickets"])
    amend_form = form_of(
        context, "amend", AmendForm(initial={"kind": ticket.kind, "problem": ticket.problem})
    )
    return box(
        context,
        decision=shown,
        amend_rows=[
            {
                "row": row,
                "num": amend_form.data.get(f"num-{row.line.position}", row.num),
                "target": amend_form.data.get(f"target-{row.line.position}", str(row.target or "")),
            }
            for row in shown.amend_lines
        ],
        accept_form=form_of(context, "accept", AcceptForm(initial=version)),
        refuse_form=form_of(context, "refuse", ReasonForm(initial=version)),
        ask_form=form_of(context, "ask", ReasonForm(initial=version)),
        amend_form=amend_form,
        withdraw_form=form_of(context, "withdraw", WordsForm(initial=version)),
        undo_form=form_of(context, "undo", ReasonForm(initial=version)),
        step_in_form=form_of(context, "step-in", StepInForm(initial=version)),
        ruling_form=form_of(context, "ruling", RulingForm(initial=version)),
        reopen_form=form_of(context, "reopen", WordsForm(initial=version)),
        received_form=form_of(
            context,
            "received",
            ReceivedForm(
                initial={
                    "received_time": ticket.received_time,
                    "received_source": ticket.received_source or "chat",
                }
            ),
        ),
        refused_parts={name.replace("-", "_"): said for name, said in context.get("refusals", {}).items()},
    )


@register.inclusion_tag("tickets/_log_box.html", takes_context=True)
def log_box(context: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that was said, and the form that logs more (A12)."""
    said, older = read_log(context["ticket"])
    return box(
        context,
        said=said,
        older=older,
        say_form=form_of(
            context, "say", SayForm(initial={"side": "to_buyer", "channel": TicketMessage.Channel.WANGWANG})
        ),
    )
