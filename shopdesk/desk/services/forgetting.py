"""Old orders forget who received them: a setting says after how many days, and the audit says that it happened."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from afterservice.models import Ticket, TicketMessage
from afterservice.states import OPEN_CASES
from orders.events import SUBJECT
from orders.models import ImportRejection, Note, Order
from orders.states import Status
from shopdesk.base import audit
from shopdesk.base.audit import Fact
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Approval
from shopdesk.desk.models import SentReply

JOB = "forget_personal_values"
FORGOTTEN = "***"
BATCH = 500
# The order's own columns that say who and where; the province stays, for reports.
PERSONAL = (
    "receiver_name",
    "receiver_address",
    "receiver_zip",
    "receiver_mobile",
    "receiver_phone",
    "buyer_message",
    "seller_memo",
)
# What requests keep of an address (O10), by the names under which they keep it.
_KEPT_BY_APPROVALS = ("address", "name", "mobile")
_OVER = (Status.TRADE_FINISHED, Status.TRADE_CLOSED, Status.TRADE_CLOSED_BY_TAOBAO)


def forget_personal_values(now: datetime, dry_run: bool) -> JobResult:
    """Empty what says who received orders that ended ``PERSONAL_DAYS`` days ago, and what was written about them.

    Orders with an open ticket or request wait. Runs in batches, each one transaction; without the setting it does
    nothing. The buyer's nick stays: tiers and spend hang on it (M1, M2).
    """
    result = JobResult()
    if settings.PERSONAL_DAYS <= 0:
        return result
    before = now - timedelta(days=settings.PERSONAL_DAYS)
    if dry_run:
        result.add_rows(_due(before).order_by("created", "tid").values_list("tid", flat=True))
        return result
    while tids := _forget_batch(before, now):
        result.add(tids)
    # Rows of files that were refused hold receivers too; nobody mends them any more.
    old = ImportRejection.objects.filter(file__run__created_at__lt=before).exclude(cells=[])
    old.update(cells=[], value="")
    return result


def _due(before: datetime) -> QuerySet[Order]:
    known = Q()
    for column in PERSONAL:
        known |= ~Q(**{column: ""})
    tickets = Ticket.objects.filter(order=OuterRef("pk"), case__in=OPEN_CASES)
    asked = Approval.objects.filter(
        subject_kind=SUBJECT, subject_id=OuterRef("pk"), status=Approval.Status.PENDING
    )
    # `created` has an index, and no order ends before it is placed.
    ended = Order.objects.filter(
        Q(end_time__lt=before) | Q(end_time__isnull=True), created__lt=before, status__in=_OVER
    )
    return ended.filter(known).exclude(Exists(tickets)).exclude(Exists(asked))


@transaction.atomic
def _forget_batch(before: datetime, now: datetime) -> list[str]:
    due = _due(before).select_for_update(skip_locked=True, of=("self",)).order_by("created", "tid")
    tids = list(due.values_list("tid", flat=True)[:BATCH])
    if not tids:
        return []
    Order.objects.filter(pk__in=tids).update(version=F("version") + 1, **dict.fromkeys(PERSONAL, ""))
    with connection.cursor() as cursor:
        # Until this transaction ends, the triggers that keep words as they were let them be blanked.
        cursor.execute("SET LOCAL shopdesk.forgetting = 'on'")
        Note.objects.filter(order__in=tids).exclude(text=FORGOTTEN).update(text=FORGOTTEN)
        TicketMessage.objects.filter(ticket__order__in=tids).exclude(text=FORGOTTEN).update(text=FORGOTTEN)
        SentReply.objects.filter(order__in=tids).exclude(text=FORGOTTEN).update(text=FORGOTTEN)
        cursor.execute("SET LOCAL shopdesk.forgetting = 'off'")
        for side in ("before", "after"):
            for key in _KEPT_BY_APPROVALS:
                cursor.execute(
                    # Names of columns and keys are this module's own; values are bound.
                    f"UPDATE base_approval SET {side} = jsonb_set({side}, ARRAY[%s], '\"***\"') "  # noqa: S608
                    f"WHERE subject_kind = %s AND subject_id = ANY(%s) AND {side} ? %s",
                    [key, SUBJECT, tids, key],
                )
    audit.record_many(
        (Fact("order.personal_forgotten", SUBJECT, tid, {}, {}) for tid in tids), at=now, actor=None
    )
    return tids
