"""Tickets at any stage of their decision, and what tests look at afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import transaction

from afterservice.models import Clock, Ticket, TicketMessage
from afterservice.services import messages
from afterservice.states import Case, Decision
from shopdesk.base.models import Staff
from tests.afterservice.requests import add_evidence
from tests.afterservice.scenes import make_ticket
from tests.factories import NOW, make_staff

STATES = [(case, decision) for case in Case for decision in Decision]


def make_at(case: str, decision: str, **fields: Any) -> Ticket:
    """A ticket in this state, as a row; what the database asks for with it is filled in."""
    if case == Case.CLOSED:
        fields = {"closed_at": NOW, "close_reason": Ticket.Close.NOT_SENT_BACK} | fields
    if decision == Decision.REFUSED:
        fields = {"refusal": "超过七天"} | fields
    return make_ticket(case=case, decision=decision, **fields)


def talk(ticket: Ticket, actor: Staff | None = None) -> None:
    """What a refusal needs on record: what was said on both sides, and a picture of it (A5)."""
    agent = actor or make_staff("agent")
    for side in (TicketMessage.Side.FROM_BUYER, TicketMessage.Side.TO_BUYER):
        messages.say(ticket.pk, side=side, text="聊过", channel="wangwang", actor=agent, now=NOW)
    add_evidence(ticket, "talk")


def running(ticket: Ticket) -> set[str]:
    """The clocks that run on a ticket."""
    return set(Clock.objects.filter(ticket=ticket, stopped_at__isnull=True).values_list("kind", flat=True))


def snapshot() -> dict[str, list[Any]]:
    """Every row of after-sales and its audit, approvals, orders and holds."""
    models = [*apps.get_app_config("afterservice").get_models()]
    models += [
        apps.get_model(name) for name in ("base.AuditEntry", "base.Approval", "orders.Order", "orders.Hold")
    ]
    return {model._meta.label: sorted(map(str, model._default_manager.values_list())) for model in models}


@contextmanager
def undone_after() -> Iterator[None]:
    """Whatever the block writes is gone after it, so that one test can try many states."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)
