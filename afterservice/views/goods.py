"""What staff do with the goods of a ticket: one action, one view, one service."""

from typing import Any

from django.utils.translation import gettext as _

from afterservice.forms.goods import (
    DoneForm,
    FailedForm,
    FollowUpForm,
    LinksForm,
    PlaceForm,
    PostageForm,
    ReturnNumberForm,
    SendForm,
    TargetForm,
    TieForm,
    VisitForm,
)
from afterservice.selectors.goods_facts import return_number
from afterservice.services import buyer_pays, exchanging, repairing, returning, settling
from afterservice.states import Goods
from afterservice.views.actions import TicketAction
from shopdesk.base.forms import VersionedForm
from shopdesk.base.permissions import Permission


class GoodsAction(TicketAction):
    """A step with a ticket's goods."""

    permission = Permission.WORK_TICKETS
    part = "goods"
    form_class = VersionedForm

    def known(self, form: Any) -> dict[str, Any]:
        """Who does it, at which version."""
        return {"version": form.cleaned_data["version"], "actor": self.staff}


class AskResale(GoodsAction):
    """The buyer was asked whether the goods are fit for resale (A3, A7)."""

    permission = Permission.WORK_TICKETS

    def perform(self, number: int, form: VersionedForm) -> str:
        """Note it."""
        exchanging.ask_resale(number, **self.known(form))
        return _("Noted: the buyer was asked.")


class TellException(GoodsAction):
    """The buyer was told that it is an exception (A8)."""

    permission = Permission.WORK_TICKETS

    def perform(self, number: int, form: VersionedForm) -> str:
        """Note it."""
        exchanging.tell_exception(number, **self.known(form))
        return _("Noted: the buyer was told that it is an exception.")


class ChooseTarget(GoodsAction):
    """Another colour or size (A7)."""

    permission = Permission.WORK_TICKETS
    part = "target"
    form_class = TargetForm

    def perform(self, number: int, form: TargetForm) -> str:
        """Choose it."""
        line, sku = form.chosen()
        exchanging.choose_target(number, line, sku, **self.known(form))
        return _("Chosen. Keep it from the shelf next.")


class TieOrder(GoodsAction):
    """The unpaid order for the new style (A8)."""

    permission = Permission.WORK_TICKETS
    part = "tie"
    form_class = TieForm

    def perform(self, number: int, form: TieForm) -> str:
        """Tie it."""
        exchanging.tie_order(number, form.cleaned_data["tid"].strip(), **self.known(form))
        return _("Tied: the order is not to be paid, and closes with the exchange.")


class HoldTargets(GoodsAction):
    """Keep what goes out from the shelf (A7)."""

    permission = Permission.WORK_TICKETS

    def perform(self, number: int, form: VersionedForm) -> str:
        """Keep it."""
        exchanging.hold_targets(number, **self.known(form))
        return _("Kept. The warehouse puts it aside and signs.")


class SetPostage(GoodsAction):
    """What postage the buyer pays (A7)."""

    permission = Permission.WORK_TICKETS
    part = "postage"
    form_class = PostageForm

    def perform(self, number: int, form: PostageForm) -> str:
        """Set it."""
        buyer_pays.set_postage(number, form.cleaned_data["postage"], **self.known(form))
        return _("The postage is set.")


class PayByLinks(GoodsAction):
    """Postage links pay what is due (A7, A8)."""

    permission = Permission.WORK_TICKETS
    part = "links"
    form_class = LinksForm

    def perform(self, number: int, form: LinksForm) -> str:
        """Pay it."""
        data = form.cleaned_data
        buyer_pays.pay_by_links(number, data["purpose"], data["links"], **self.known(form))
        return _("Paid by postage link.")


class GiveAddress(GoodsAction):
    """Give the buyer the return address (A7)."""

    permission = Permission.WORK_TICKETS

    def perform(self, number: int, form: VersionedForm) -> str:
        """Give it."""
        returning.give_address(number, **self.known(form))
        return _("The address is given; the buyer has 10 days.")


class NoteReturn(GoodsAction):
    """The number under which the goods come back (A7)."""

    permission = Permission.WORK_TICKETS
    part = "return"
    form_class = ReturnNumberForm

    def perform(self, number: int, form: ReturnNumberForm) -> str:
        """Note it."""
        data = form.cleaned_data
        ticket = returning.note_return(number, data["carrier"], data["invoice_no"], **self.known(form))
        if ticket.goods == Goods.RECEIVED:
            return _("Noted: these goods were at the door already, and are received.")
        return " ".join(filter(None, (_("The number is noted."), return_number(ticket).warning)))


class DecideFailed(GoodsAction):
    """What becomes of goods that failed (A10)."""

    permission = Permission.DECIDE_APPROVAL
    part = "failed"
    form_class = FailedForm

    def perform(self, number: int, form: FailedForm) -> str:
        """Decide it."""
        data = form.cleaned_data
        settling.decide_failed(number, data["choice"], reason=data["reason"], **self.known(form))
        return _("Decided.")


class Send(GoodsAction):
    """Hand a parcel to the warehouse (F1)."""

    permission = Permission.WORK_TICKETS
    part = "send"
    form_class = SendForm

    def perform(self, number: int, form: SendForm) -> str:
        """Plan it."""
        ticket = settling.send(number, form.cleaned_data["way"], **self.known(form))
        return _("Parcel %(parcel)s is with the warehouse.") % {"parcel": f"P{ticket.parcel_id}"}


class Confirm(GoodsAction):
    """The buyer confirms the exchange (A6)."""

    permission = Permission.WORK_TICKETS

    def perform(self, number: int, form: VersionedForm) -> str:
        """Settle it."""
        settling.confirm(number, **self.known(form))
        return _("Settled. Ask how satisfied the buyer is.")


class ChoosePlace(GoodsAction):
    """Who repairs where (A6)."""

    permission = Permission.WORK_TICKETS
    part = "repair"
    form_class = PlaceForm

    def perform(self, number: int, form: PlaceForm) -> str:
        """Choose it."""
        repairing.choose_place(number, form.cleaned_data["place"], **self.known(form))
        return _("Noted who repairs it.")


class AgreeVisit(GoodsAction):
    """The time of a visit (A6)."""

    permission = Permission.WORK_TICKETS
    part = "visit"
    form_class = VisitForm

    def perform(self, number: int, form: VisitForm) -> str:
        """Keep it."""
        repairing.agree_visit(number, form.cleaned_data["at"], **self.known(form))
        return _("The visit is agreed.")


class NoteVisit(GoodsAction):
    """Somebody was there (A6)."""

    permission = Permission.WORK_TICKETS

    def perform(self, number: int, form: VersionedForm) -> str:
        """Note it."""
        repairing.note_visit(number, **self.known(form))
        return _("The visit is noted; the repair is done within 30 days.")


class FinishRepair(GoodsAction):
    """It was repaired on site (A6)."""

    permission = Permission.WORK_TICKETS

    def perform(self, number: int, form: VersionedForm) -> str:
        """Settle it."""
        repairing.finish_on_site(number, **self.known(form))
        return _("Settled. Ask how satisfied the buyer is.")


class SettleAsDone(GoodsAction):
    """A case that took neither goods nor money (A5)."""

    permission = Permission.WORK_TICKETS
    part = "done"
    form_class = DoneForm

    def perform(self, number: int, form: DoneForm) -> str:
        """Settle it."""
        settling.settle_as_done(number, remark=form.cleaned_data["remark"], **self.known(form))
        return _("Settled. Ask how satisfied the buyer is.")


class FollowUp(GoodsAction):
    """How satisfied the buyer is (A13)."""

    permission = Permission.WORK_TICKETS
    part = "followup"
    form_class = FollowUpForm

    def perform(self, number: int, form: FollowUpForm) -> str:
        """Keep it, and close the ticket."""
        data = form.cleaned_data
        settling.follow_up(number, data["satisfaction"], data["remark"], **self.known(form))
        return _("The ticket is closed.")


class CloseRefused(GoodsAction):
    """The buyer left it at the refusal (A5)."""

    permission = Permission.WORK_TICKETS

    def perform(self, number: int, form: VersionedForm) -> str:
        """Close it."""
        settling.close_refused(number, **self.known(form))
        return _("The ticket is closed.")
