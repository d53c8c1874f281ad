"""The events of orders that webhooks may ask for, by the names that the audit log has for them."""

from django.utils.translation import gettext_lazy as _

from orders.events import SUBJECT
from shopdesk.api import events

events.register(
    SUBJECT,
    [
        ("order.created", _("Order created"), "status payment"),
        ("payment.recorded", _("Payment recorded"), "payment_no amount paid_at outcome"),
        ("order.paid", _("Order paid"), "status payment_no"),
        ("order.priced", _("Price changed"), "payment post_fee discount_fee"),
        ("order.lines_dropped", _("Lines dropped"), "lines"),
        ("order.sku_changed", _("Colour or size changed"), "line properties difference"),
        ("order.address_changed", _("Address changed"), "province difference"),
        ("order.closed", _("Order closed"), "status reason"),
        ("order.reopened", _("Order reopened"), "status payment_no"),
        ("flag.set", _("Flag set"), "seller_flag label addressee until"),
        ("notice.opened", _("Change notice opened"), "notice kind stage"),
        ("notice.acknowledged", _("Change notice acknowledged"), "notice kind"),
        ("parcel.printed", _("Slip printed"), "parcel slip batch purpose"),
        ("parcel.packed", _("Parcel packed"), "parcel slip purpose"),
        ("parcel.shipped", _("Parcel shipped"), "parcel carrier invoice_no purpose"),
        ("parcel.pulled", _("Parcel pulled"), "parcel slip stage purpose"),
        ("order.shipped", _("Order shipped"), "status"),
        ("parcel.trouble", _("Delivery in trouble"), "parcel state"),
        ("order.signed", _("Order signed for"), "signed_time"),
        ("order.finished", _("Order finished"), "status by"),
        ("refund.asked", _("Refund asked"), "refund amount status stage"),
        ("refund.due", _("Refund due"), "refund amount status"),
        ("refund.paid_out", _("Refund paid out"), "amount rule"),
    ],
)
