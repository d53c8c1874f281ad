"""What staff do with a ticket's decision and its log: one action, one view, one service (A4, A5, A12, A14)."""

from typing import Any

from django.utils.translation import gettext as _

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
from afterservice.services import deciding, messages
from afterservice.views.actions import TicketAction
from shopdesk.base.models import Approval
from shopdesk.base.permissions import Permission


class Accept(TicketAction):
    """Accept at once what A3 allows, else ask a supervisor (A5)."""

    permission = Permission.WORK_TICKETS
    part = "accept"
    form_class = AcceptForm

    def perform(self, number: int, form: AcceptForm) -> str:
        """Accept it, or ask."""
        data = form.cleaned_data
        done = deciding.accept(number, reason=data["reason"], version=data["version"], actor=self.staff)
        if isinstance(done, Approval):
            return _("A supervisor is asked.")
        return _("The request is accepted.")


class Refuse(TicketAction):
    """Refuse, with the talk on record (A5)."""

    permission = Permission.WORK_TICKETS
    part = "refuse"
    form_class = ReasonForm

    def perform(self, number: int, form: ReasonForm) -> str:
        """Refuse it."""
        data = form.cleaned_data
        deciding.refuse(number, reason=data["reason"], version=data["version"], actor=self.staff)
        return _("The request is refused. The buyer may amend it, withdraw it, or call Taobao in.")


class AskException(TicketAction):
    """Ask a supervisor for an exception, or for an exchange of style (A8, P1)."""

    permission = Permission.WORK_TICKETS
    part = "ask"
    form_class = ReasonForm

    def perform(self, number: int, form: ReasonForm) -> str:
        """Ask."""
        data = form.cleaned_data
        deciding.ask_exception(number, reason=data["reason"], version=data["version"], actor=self.staff)
        return _("A supervisor is asked.")


class TakeBack(TicketAction):
    """Take one's own request back (P3)."""

    permission = Permission.WORK_TICKETS
    part = "take-back"
    form_class = AcceptForm

    def perform(self, number: int, form: AcceptForm) -> str:
        """Take it back."""
        deciding.take_back(number, version=form.cleaned_data["version"], actor=self.staff)
        return _("The request to the supervisor is taken back.")


class Amend(TicketAction):
    """The buyer asks for something else after a refusal (A5)."""

    permission = Permission.WORK_TICKETS
    part = "amend"
    form_class = AmendForm

    def perform(self, number: int, form: AmendForm) -> str:
        """Amend it."""
        data = form.cleaned_data
        ticket = deciding.amend(
            number,
            form.request(),
            text=data["text"],
            channel=data["channel"],
            version=data["version"],
            actor=self.staff,
        )
        if ticket.condition is not None:
            return _("Amended, and accepted at once by the condition “%(condition)s”.") % {
                "condition": ticket.condition
            }
        return _("The request is amended: it is decided anew within 48 hours.")


class Withdraw(TicketAction):
    """The buyer withdraws the request (A5)."""

    permission = Permission.WORK_TICKETS
    part = "withdraw"
    form_class = WordsForm

    def perform(self, number: int, form: WordsForm) -> str:
        """Withdraw it."""
        data = form.cleaned_data
        deciding.withdraw(
            number, text=data["text"], channel=data["channel"], version=data["version"], actor=self.staff
        )
        return _("The buyer withdrew the request. What was kept for it is free again.")


class Undo(TicketAction):
    """Undo a decision by a condition (A14)."""

    permission = Permission.WORK_TICKETS
    part = "undo"
    form_class = ReasonForm

    def perform(self, number: int, form: ReasonForm) -> str:
        """Undo it."""
        data = form.cleaned_data
        deciding.undo(number, reason=data["reason"], version=data["version"], actor=self.staff)
        return _("The decision is undone: somebody decides it now.")


class StepIn(TicketAction):
    """Taobao steps in (A5)."""

    permission = Permission.WORK_TICKETS
    part = "step-in"
    form_class = StepInForm

    def perform(self, number: int, form: StepInForm) -> str:
        """Note it."""
        data = form.cleaned_data
        deciding.step_in(
            number, due_at=data["due_at"], text=data["text"], version=data["version"], actor=self.staff
        )
        return _("Taobao is in it: its own due time runs.")


class Ruling(TicketAction):
    """Taobao has ruled (A5)."""

    permission = Permission.WORK_TICKETS
    part = "ruling"
    form_class = RulingForm

    def perform(self, number: int, form: RulingForm) -> str:
        """Note it."""
        data = form.cleaned_data
        ticket = deciding.rule(
            number,
            for_buyer=data["for_buyer"],
            text=data["text"],
            version=data["version"],
            actor=self.staff,
        )
        return _("Taobao ruled: %(decision)s.") % {"decision": ticket.get_decision_display()}


class Reopen(TicketAction):
    """The buyer opens the ticket again (A6)."""

    permission = Permission.WORK_TICKETS
    part = "reopen"
    form_class = WordsForm

    def perform(self, number: int, form: WordsForm) -> str:
        """Open it."""
        data = form.cleaned_data
        deciding.reopen(
            number, text=data["text"], channel=data["channel"], version=data["version"], actor=self.staff
        )
        return _("The ticket is open again.")


class SetReceived(TicketAction):
    """Enter when the buyer got the goods (A4)."""

    permission = Permission.WORK_TICKETS
    part = "received"
    form_class = ReceivedForm

    def perform(self, number: int, form: ReceivedForm) -> str:
        """Enter it."""
        data = form.cleaned_data
        deciding.set_received_time(
            number,
            at=data["received_time"],
            source=data["received_source"],
            version=data["version"],
            actor=self.staff,
        )
        return _("The receipt time is kept with its source.")


class Say(TicketAction):
    """Log what was said (A12)."""

    permission = Permission.WORK_TICKETS
    part = "say"
    form_class = SayForm

    def perform(self, number: int, form: Any) -> str:
        """Log it."""
        data = form.cleaned_data
        messages.say(number, side=data["side"], text=data["text"], channel=data["channel"], actor=self.staff)
        return _("It stands in the log.")
