"""The events of tickets that webhooks may ask for, by the names that the audit log has for them."""

from django.utils.translation import gettext_lazy as _

from afterservice.events import SUBJECT
from shopdesk.api import events

_STATES = "case decision goods money"

events.register(
    SUBJECT,
    [
        ("ticket.opened", _("Ticket opened"), "tid kind problem goods_asked verdict rule"),
        ("message.said", _("Message logged"), "message side channel"),
        ("decision.accepted", _("Accepted"), _STATES),
        ("decision.by_condition", _("Accepted by a condition"), _STATES),
        ("decision.by_default", _("Accepted because time ran out"), _STATES),
        ("decision.refused", _("Refused"), _STATES),
        ("decision.asked", _("A supervisor is asked"), _STATES),
        ("decision.undone", _("Decision undone"), _STATES),
        ("goods.address_given", _("Return address given"), ""),
        ("goods.return_noted", _("Return under way"), "return_invoice_no return_carrier"),
        ("goods.received", _("Goods received"), "goods"),
        ("goods.inspected", _("Goods inspected"), "goods found"),
        ("money.due", _("Money to be paid back"), "refund owed"),
        ("money.paid", _("Money paid back"), "money"),
        ("ticket.settled", _("Ticket settled"), "case settlement"),
        ("ticket.followed_up", _("Followed up"), "satisfaction"),
        ("ticket.withdrawn", _("Withdrawn by the buyer"), _STATES),
        ("ticket.reopened", _("Opened again"), _STATES),
        ("ticket.closed", _("Ticket closed"), "case close_reason"),
        ("clock.warned", _("A clock runs out soon"), "clock due_at"),
        ("clock.expired", _("A clock ran out"), "clock due_at at_zero"),
    ],
)
