"""The jobs and kinds of approval that this app brings."""

from django.utils.translation import gettext_lazy as _

from orders.approval_kinds import FREE_SPLIT, LATE_PAYMENT, PART_PAYMENT, POSTAGE_WAIVER, SPECIAL_PRICE
from orders.approval_words import late_payment_words, part_payment_words, price_words
from orders.services import late_payments, pricing, special_prices
from orders.services.closing import close_unpaid_orders
from orders.services.hand_holds import release_expired_holds
from orders.services.locks import versions_of
from shopdesk.base import approvals, jobs

jobs.register(
    jobs.Job(
        name="close_unpaid_orders",
        title=_("Close unpaid orders"),
        purpose=_("Closes orders that nobody paid within 72 hours and gives their holds back (O4)."),
        service=close_unpaid_orders,
    )
)

jobs.register(
    jobs.Job(
        name="release_expired_holds",
        title=_("Release expired holds"),
        purpose=_(
            "Gives pieces kept by hand back after 72 hours, and free pieces to the orders that wait for them (F5)."
        ),
        service=release_expired_holds,
        minute="*/5",
    )
)

approvals.register(
    approvals.ApprovalKind(
        code=LATE_PAYMENT,
        title=_("Paid after closing"),
        approve_label=_("Reopen the order"),
        refuse_label=_("Refund the money"),
        version_of=late_payments.version_of,
        versions_of=versions_of,
        words=late_payment_words,
        approve=late_payments.reopen,
        refuse=late_payments.refund_late,
        renew=late_payments.ask_again,
    )
)
approvals.register(
    approvals.ApprovalKind(
        code=PART_PAYMENT,
        title=_("Paid in part, 72 hours are over"),
        approve_label=_("Wait another 72 hours"),
        refuse_label=_("Close and refund"),
        version_of=late_payments.version_of,
        versions_of=versions_of,
        words=part_payment_words,
        approve=late_payments.keep_waiting,
        refuse=late_payments.close_and_refund,
    )
)
for code, title, approve_label in (
    (SPECIAL_PRICE, _("Special price"), _("Give this price")),
    (POSTAGE_WAIVER, _("Postage waiver"), _("Waive the postage")),
    (FREE_SPLIT, _("Two parcels, the second one free"), _("Split it free of charge")),
):
    approvals.register(
        approvals.ApprovalKind(
            code=code,
            title=title,
            approve_label=approve_label,
            refuse_label=_("Refuse"),
            version_of=pricing.version_with_siblings,
            versions_of=versions_of,
            words=price_words,
            approve=special_prices.apply_approved,
        )
    )
