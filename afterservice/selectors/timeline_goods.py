"""The sentences of a ticket's timeline about its goods and money (D4)."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GOODS_WORDS: Mapping[str, str | Promise] = {
    "goods.resale_asked": _("Asked whether the goods are fit for resale"),
    "goods.address_given": _("Return address given"),
    "goods.return_noted": _("On their way back: %(return_carrier)s %(return_invoice_no)s"),
    "goods.received": _("Goods received"),
    "goods.matched": _("Found on the list of returned goods"),
    "goods.inspected": _("Inspected: %(goods)s. %(found)s"),
    "goods.failed_decided": _("Goods that failed: %(goods)s. %(reason)s"),
    "goods.parcel_planned": _("Parcel P%(parcel)s handed to the warehouse"),
    "goods.repair_placed": _("Repair: %(repair_place)s"),
    "goods.visit_agreed": _("Visit agreed for %(visit_at)s"),
    "goods.visited": _("The visit was made"),
    "exchange.exception_told": _("Told that it is an exception"),
    "exchange.target_chosen": _("Chosen what is wanted instead"),
    "exchange.order_tied": _("Order %(tid)s tied, difference %(difference_due)s"),
    "exchange.held": _("Kept from the shelf"),
    "exchange.freed": _("What was kept went back to the shelf"),
    "exchange.postage_set": _("The buyer pays %(postage_due)s postage"),
    "exchange.links_paid": _("Paid %(amount)s by postage links: %(tids)s"),
    "money.asked": _("A supervisor is asked about %(amount)s"),
    "money.not_given": _("Not paid back"),
    "money.due": _("%(amount)s to be paid back: %(reason)s"),
    "ticket.followed_up": _("Satisfaction %(satisfaction)s of 5"),
}
