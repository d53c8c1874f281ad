"""Change notices: the warehouse acknowledges a change before anything goes out (O9, O10, F2, F4)."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import ChangeNotice, Note, Order, OrderLine
from shopdesk.base import audit
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Staff


def open_notice(
    order: Order,
    kind: str,
    *,
    stage: str,
    now: datetime,
    actor: Staff | None,
    line: OrderLine | None = None,
    before: str = "",
    after: str = "",
    note: Note | None = None,
) -> ChangeNotice:
    """Tell the warehouse of a change. The order is locked by the caller."""
    notice = ChangeNotice.objects.create(
        order=order,
        line=line,
        kind=kind,
        before=before,
        after=after,
        note=note,
        stage=stage,
        made_by=actor,
        made_at=now,
    )
    audit.record(events.notice_opened(notice), at=now, actor=actor)
    return notice


def require_acknowledged(tids: Collection[str]) -> None:
    """Raise ``Conflict`` (O9) while a change of one of these orders is not acknowledged.

    Call it with the orders locked: a change made at the same moment waits for the lock.
    """
    notice = (
        ChangeNotice.objects.filter(order__in=tids, acknowledged_at__isnull=True)
        .select_related("made_by")
        .order_by("made_at", "pk")
        .first()
    )
    if notice is not None:
        raise Conflict(
            "O9",
            _(
                "Order %(tid)s was changed by %(who)s at %(when)s (%(kind)s: %(before)s → %(after)s). "
                "Acknowledge the change first."
            )
            % {
                "tid": notice.order_id,
                "who": notice.made_by or "—",
                "when": f"{notice.made_at.astimezone(SHANGHAI):%m-%d %H:%M}",
                "kind": notice.get_kind_display(),
                "before": notice.before or "—",
                "after": notice.after or "—",
            },
        )
