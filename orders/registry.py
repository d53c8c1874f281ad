"""The jobs and kinds of approval that this app brings."""

from django.utils.translation import gettext_lazy as _

from orders import change_words
from orders.approval_kinds import (
    ADDRESS_WAIVER,
    BEGUN_CHANGE,
    BEGUN_REFUND,
    FREE_SPLIT,
    LATE_PAYMENT,
    PART_PAYMENT,
    POSTAGE_WAIVER,
    SPECIAL_PRICE,
)
from orders.approval_words import late_payment_words, part_payment_words, price_words
from orders.models import ImportFile
from orders.rules.missed import RETURN_TO_DESK_TIME
from orders.selectors import exempt, timeline, timeline_jobs, timeline_payments
from orders.selectors.exports import chasing as chasing_lists
from orders.selectors.exports import money as money_lists
from orders.selectors.exports import orders as order_lists
from orders.selectors.exports import stock as stock_lists
from orders.selectors.exports import warehouse as warehouse_lists
from orders.services import late_payments, pricing, refunding, special_prices
from orders.services.bulk import running
from orders.services.changes import address, sku
from orders.services.changes.locking import version_for_change
from orders.services.closing import close_unpaid_orders, to_close
from orders.services.finishing import auto_confirm_receipts
from orders.services.following_up import flag_late_deliveries
from orders.services.hand_holds import release_expired_holds
from orders.services.imports import uploads
from orders.services.locks import versions_of
from orders.services.missed import MISSED_MINUTE, flag_missed_orders, return_unshipped_to_desk
from orders.services.parcels.printing import print_batch
from orders.services.promises import flag_late_promises
from orders.tasks import import_uploaded, run_bulk
from shopdesk.base import approvals, clashes, exports, jobs, metrics, queueing, storage

for lists in (chasing_lists, money_lists, order_lists, stock_lists, warehouse_lists):
    exports.register(*lists.LISTS)
storage.register_folder("imports", ImportFile.objects.exclude(content="").values_list("content", flat=True))
queueing.register(
    queueing.HandedOver(
        "import",
        uploads.lost,
        lambda number, now: uploads.begin_again(number, import_uploaded.delay, now=now),
    )
)
queueing.register(
    queueing.HandedOver(
        "bulk action", running.lost, lambda number, now: running.begin_again(number, run_bulk.delay, now=now)
    )
)
clashes.register("order", timeline.in_words)
timeline.register("payment.named", timeline_payments.named)
metrics.register_due("unpaid_orders", lambda now: to_close(now).count())
timeline.register("job.exempted", timeline_jobs.exempted)
timeline.register("job.exemption_ended", timeline_jobs.exemption_ended)
jobs.register(
    jobs.Job(
        name="close_unpaid_orders",
        title=_("Close unpaid orders"),
        purpose=_("Closes orders that nobody paid within 72 hours and gives their holds back (O4)."),
        service=close_unpaid_orders,
        exempts="order",
        acts_on=exempt.is_unpaid,
    )
)
jobs.register(
    jobs.Job(
        name="flag_late_promises",
        title=_("Flag late promises"),
        purpose=_(
            "Flags orders that are not shipped by the promise, and owes the postage of proxy orders back that are "
            "15 days late (O13, S10)."
        ),
        service=flag_late_promises,
        exempts="order",
        acts_on=exempt.is_order,
        minute="*/10",
    )
)
jobs.register(
    jobs.Job(
        name="flag_missed_orders",
        title=_("Flag missed orders"),
        purpose=_(
            "Flags orders to the warehouse that are ready and that no print batch took 24 hours after payment "
            "(O15)."
        ),
        service=flag_missed_orders,
        exempts="order",
        acts_on=exempt.is_order,
        minute=str(MISSED_MINUTE),
    )
)
jobs.register(
    jobs.Job(
        name="return_unshipped_to_desk",
        title=_("Return unshipped parcels to the desk"),
        purpose=_("Lists what was printed today and is not packed by the evening: the buyer is told (O15)."),
        service=return_unshipped_to_desk,
        exempts="order",
        acts_on=exempt.is_order,
        minute=str(RETURN_TO_DESK_TIME.minute),
        hour=str(RETURN_TO_DESK_TIME.hour),
    )
)
jobs.register(
    jobs.Job(
        name="auto_confirm_receipts",
        title=_("Confirm receipts"),
        purpose=_("Finishes orders that were shipped 10 days ago (O1)."),
        service=auto_confirm_receipts,
        exempts="order",
        acts_on=exempt.is_order,
        minute="*/10",
    )
)
jobs.register(
    jobs.Job(
        name="flag_late_deliveries",
        title=_("Flag late deliveries"),
        purpose=_("Flags parcels that are not signed for in the days that their zone takes (F7)."),
        service=flag_late_deliveries,
        exempts="order",
        acts_on=exempt.is_order,
        minute="*/10",
    )
)
jobs.register(
    jobs.Job(
        name="print_batch",
        title=_("Print slips"),
        purpose=_("Prints the slips of all parcels that are ready, in one batch (F1)."),
        service=print_batch,
        exempts="parcel",
        acts_on=exempt.is_to_print,
        minute="0",
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
        exempts="order",
        acts_on=exempt.is_held,
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
for code, title, approve_label, words, approve in (
    (
        BEGUN_CHANGE,
        _("Change of what is bought or in making"),
        _("Let it be changed"),
        change_words.sku_words,
        sku.apply_approved,
    ),
    (
        BEGUN_REFUND,
        _("Refund of what is bought or in making"),
        _("Let it be refunded"),
        change_words.refund_words,
        refunding.apply_approved,
    ),
    (
        ADDRESS_WAIVER,
        _("Postage waiver for another address"),
        _("Waive the difference"),
        change_words.address_words,
        address.apply_approved,
    ),
):
    approvals.register(
        approvals.ApprovalKind(
            code=code,
            title=title,
            approve_label=approve_label,
            refuse_label=_("Refuse"),
            version_of=version_for_change,
            versions_of=versions_of,
            words=words,
            approve=approve,
        )
    )
