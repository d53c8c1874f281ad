"""The jobs and kinds of approval that this app brings."""

from django.utils.translation import gettext_lazy as _

from members.approval_words import lifetime_address_words, lifetime_words
from members.services import lifetime, lifetime_address, prove_spend
from shopdesk.base import approvals, jobs

jobs.register(
    jobs.Job(
        name="prove_spend",
        title=_("Prove the spend"),
        purpose=_(
            "Compares each buyer's spend with the sum of their ledger, and mends and tells what differs (M1)."
        ),
        service=prove_spend,
        minute="40",
        hour="2",
        foreseen=False,
    )
)

approvals.register(
    approvals.ApprovalKind(
        code=lifetime.KIND,
        title=_("Free shipping for life"),
        approve_label=_("Confirm for life"),
        refuse_label=_("Refuse"),
        version_of=lifetime.version_of,
        words=lifetime_words,
        approve=lifetime.confirm,
        refuse=lifetime.refuse,
        renew=lifetime.ask_again,
        versions_of=lifetime.versions_of,
    )
)
approvals.register(
    approvals.ApprovalKind(
        code=lifetime_address.KIND,
        title=_("Another address free for life"),
        approve_label=_("Move it to the new address"),
        refuse_label=_("Refuse"),
        version_of=lifetime_address.version_of,
        versions_of=lifetime_address.versions_of,
        words=lifetime_address_words,
        approve=lifetime_address.move,
    )
)
