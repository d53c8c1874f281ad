"""The jobs and kinds of approval that this app brings."""

from django.utils.translation import gettext_lazy as _

from afterservice.approval_kinds import (
    AFTER_SALE_EXCEPTION,
    COMPENSATION,
    REFUND_ABOVE_LIMIT,
    STYLE_EXCHANGE,
)
from afterservice.approval_words import exception_words
from afterservice.money_words import money_words
from afterservice.selectors import exempt
from afterservice.selectors import timeline as ticket_timeline
from afterservice.selectors.due_clocks import run_out
from afterservice.selectors.exports import LISTS
from afterservice.selectors.order_timeline import CLOCK_SENTENCES
from afterservice.services import paying_back
from afterservice.services.deadlines import flag_return_deadlines
from afterservice.services.deciding import exceptions
from afterservice.services.evidence import remove_orphans
from afterservice.services.locks import version_of, versions_of
from afterservice.services.refund_lists import take_refunds
from orders.imports import takers
from orders.imports.headers import ListKind
from orders.selectors import timeline
from shopdesk.base import approvals, clashes, exports, jobs, metrics

clashes.register("ticket", ticket_timeline.in_words)
metrics.register_due("tickets", lambda now: run_out(now).count())
jobs.register(
    jobs.Job(
        name="flag_return_deadlines",
        title=_("Watch the clocks of after-sales"),
        purpose=_(
            "Warns of tickets that are due soon, does what is laid down for those that ran out, and takes over what "
            "carriers, the warehouse and payers wrote down (A6, A13)."
        ),
        service=flag_return_deadlines,
        exempts="ticket",
        acts_on=exempt.is_open,
        minute="*/5",
    )
)
jobs.register(
    jobs.Job(
        name="remove_orphan_files",
        title=_("Remove orphaned files"),
        purpose=_("Removes photos and videos that belong to no ticket because adding them broke off (A12)."),
        service=remove_orphans,
        minute="40",
        hour="3",
    )
)

for code, title, approve_label in (
    (AFTER_SALE_EXCEPTION, _("After-sales outside the rules"), _("Make an exception")),
    (STYLE_EXCHANGE, _("Exchange of style"), _("Let it be exchanged")),
):
    approvals.register(
        approvals.ApprovalKind(
            code=code,
            title=title,
            approve_label=approve_label,
            refuse_label=_("Refuse"),
            version_of=version_of,
            versions_of=versions_of,
            words=exception_words,
            approve=exceptions.apply_approved,
            refuse=exceptions.not_given,
            dropped=exceptions.dropped,
        )
    )
for action, tell in CLOCK_SENTENCES.items():
    timeline.register(action, tell)

exports.register(*LISTS)
takers.register(ListKind.REFUNDS, take_refunds)

for code, title in (
    (REFUND_ABOVE_LIMIT, _("Refund above the limit")),
    (COMPENSATION, _("Compensation")),
):
    approvals.register(
        approvals.ApprovalKind(
            code=code,
            title=title,
            approve_label=_("Let it be paid back"),
            refuse_label=_("Refuse"),
            version_of=version_of,
            versions_of=versions_of,
            words=money_words,
            approve=paying_back.apply_approved,
            refuse=paying_back.not_given,
            dropped=paying_back.not_given,
        )
    )
