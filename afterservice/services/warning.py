"""Warnings of clocks (A6): those of a batch are one statement, as nothing of their tickets or orders changes."""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from afterservice.models import Clock
from afterservice.rules.kinds import ticket_number
from shopdesk.base import audit

# Who stops, pauses or lengthens one of these clocks meanwhile holds its row: it is passed by, and looked at again by
# the next run. The audit rows, of the ticket and of its order, are part of it.
_WARN = """
WITH due (id) AS ({due}), warned AS (
    UPDATE afterservice_clock AS c
    SET warned_at = coalesce(c.warned_at, %s),
        last_warned_at = CASE WHEN c.last_warn_at <= %s THEN %s ELSE c.last_warned_at END
    FROM due WHERE c.id = due.id
    RETURNING c.kind, c.due_at, c.ticket_id
), logged AS (
    INSERT INTO base_auditentry (at, action, subject_kind, subject_id, origin, address, request_id, before, after)
    SELECT now.at, told.action, told.subject_kind, told.subject_id, now.origin, now.address, now.request_id,
           '{{}}'::jsonb, told.after || jsonb_build_object('clock', w.kind, 'due_at', w.due_at)
    FROM warned w JOIN afterservice_ticket t ON t.id = w.ticket_id
    CROSS JOIN (VALUES (%s::timestamptz, %s, %s::inet, %s)) AS now (at, origin, address, request_id)
    CROSS JOIN LATERAL (VALUES
        ('clock.warned', 'ticket', t.id::text, '{{}}'::jsonb),
        ('after_sale.warned', 'order', t.order_id, jsonb_build_object('ticket', t.id))
    ) AS told (action, subject_kind, subject_id, after)
)
SELECT ticket_id FROM warned ORDER BY ticket_id
"""


def warn(clocks: QuerySet[Clock], now: datetime) -> list[str]:
    """Warn of those of ``clocks`` that nobody works on, within the caller's transaction; the tickets' numbers.

    One that was not looked at for so long that both its warnings are due says both at once.
    """
    free = clocks.order_by("pk").select_for_update(skip_locked=True, no_key=True).values("pk")
    due, values = free.query.sql_with_params()
    origin = audit.current_origin()
    with connection.cursor() as cursor:
        cursor.execute(
            _WARN.format(due=due),
            (*values, now, now, now, now, origin.kind, origin.address, origin.request_id),
        )
        return [ticket_number(ticket) for (ticket,) in cursor.fetchall()]
