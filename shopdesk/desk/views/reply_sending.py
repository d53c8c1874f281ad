"""Canned replies for an order or ticket: what the picker offers, and what was sent (T3)."""

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.generic import View

from afterservice.models import Ticket
from afterservice.selectors.ticket_page import WITH_ALL
from afterservice.views.actions import TicketAction
from orders.models import Order
from orders.views.actions import OrderActionView
from shopdesk.base.permissions import Permission
from shopdesk.base.web import staff_of
from shopdesk.desk.forms import SentReplyForm
from shopdesk.desk.rules.reply_fields import ENGLISH
from shopdesk.desk.selectors.replies import Offers, offers_of_order, offers_of_ticket, stop_words
from shopdesk.desk.services.reply_sending import send_to_order, send_to_ticket


def _as_json(found: Offers) -> JsonResponse:
    """What the picker lists: a stopped reply comes with its reasons and without its text."""
    return JsonResponse(
        {
            "replies": [
                {
                    "title": offer.title,
                    "moment": offer.reply.get_moment_display(),
                    "language": language if language == ENGLISH else "",
                    "text": "" if filled.stops else filled.text,
                    "stops": [str(stop_words(stop)) for stop in filled.stops],
                }
                for offer in found.offers
                for language, filled in offer.versions
            ]
        }
    )


class OrderReplies(View):
    """The replies for an order, filled as it is now, for the picker."""

    permission = Permission.SEE_REPLIES
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, tid: str) -> JsonResponse:
        """As JSON. Raises ``Http404`` for no such order."""
        order = Order.objects.filter(pk=tid.replace("\x00", "")).first()
        if order is None:
            raise Http404
        return _as_json(offers_of_order(order, staff=staff_of(request)))


class TicketReplies(View):
    """The replies for a ticket, filled as it is now, for the picker."""

    permission = Permission.SEE_REPLIES
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, number: int) -> JsonResponse:
        """As JSON. Raises ``Http404`` for no such ticket."""
        ticket = Ticket.objects.select_related(*WITH_ALL).filter(pk=number).first()
        if ticket is None:
            raise Http404
        return _as_json(offers_of_ticket(ticket, staff=staff_of(request)))


class ReplySentToOrder(OrderActionView):
    """Log that a reply was sent to the buyer of an order."""

    permission = Permission.WORK_ORDERS
    part = "reply"
    form_class = SentReplyForm

    def perform(self, tid: str, form: SentReplyForm) -> str:
        """Check it by the order as it is now, and log it."""
        typed: dict[str, Any] = dict(form.cleaned_data)
        sent = send_to_order(tid, typed.pop("reply"), **typed, actor=self.staff)
        return _("Logged as sent: %(title)s.") % {"title": sent.reply.title}


class ReplySentToTicket(TicketAction):
    """Log that a reply was sent to the buyer of a ticket."""

    permission = Permission.WORK_TICKETS
    part = "reply"
    form_class = SentReplyForm

    def perform(self, number: int, form: SentReplyForm) -> str:
        """Check it by the ticket as it is now, and log it."""
        typed: dict[str, Any] = dict(form.cleaned_data)
        sent = send_to_ticket(number, typed.pop("reply"), **typed, actor=self.staff)
        return _("Logged as sent: %(title)s.") % {"title": sent.reply.title}
