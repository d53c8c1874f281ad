"""Starring an order and putting it off, each for oneself (N6): one action, one view, one service."""

from django.utils.translation import gettext as _

from orders.forms.order_page import SnoozeForm
from orders.services import marks
from orders.views.actions import OrderActionView
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.permissions import Permission


class StarOrder(OrderActionView):
    """Put the order on one's own list."""

    permission = Permission.WORK_ORDERS
    part = "mark"

    def perform(self, tid: str, form: None) -> str:
        """Star it."""
        marks.star(tid, actor=self.staff)
        return _("It stands on your list “Starred”.")


class UnstarOrder(OrderActionView):
    """Take the order off one's own list."""

    permission = Permission.WORK_ORDERS
    part = "mark"

    def perform(self, tid: str, form: None) -> str:
        """Take the star off."""
        marks.unstar(tid, actor=self.staff)
        return _("It is off your list “Starred”.")


class SnoozeOrder(OrderActionView):
    """Put the order off until a time."""

    permission = Permission.WORK_ORDERS
    part = "mark"
    form_class = SnoozeForm

    def perform(self, tid: str, form: SnoozeForm) -> str:
        """Put it off."""
        mark = marks.snooze(tid, form.cleaned_data["until"], actor=self.staff)
        until = mark.until.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
        closes_at = mark.order.closes_at
        if closes_at is not None and closes_at <= mark.until:
            return _(
                "Put off until %(time)s, for you alone. It is closed unpaid before that: %(closing)s."
            ) % {
                "time": until,
                "closing": closes_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M"),
            }
        return _("Put off until %(time)s, for you alone. Then it stands at the top of your lists.") % {
            "time": until
        }


class WakeOrder(OrderActionView):
    """Take the order up again."""

    permission = Permission.WORK_ORDERS
    part = "mark"

    def perform(self, tid: str, form: None) -> str:
        """End the snooze."""
        marks.wake(tid, actor=self.staff)
        return _("It stands in your lists again, at its place.")
