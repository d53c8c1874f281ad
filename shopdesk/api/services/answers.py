"""Doing a write once however often it is sent (``Idempotency-Key``)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable

from shopdesk.api.models import KeptAnswer
from shopdesk.base import clock
from shopdesk.base.errors import Conflict
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff
from shopdesk.base.prepared import prepared_cursor

KEPT = timedelta(hours=24)
PATIENCE_MS = 10_000
IDEMPOTENCY = "idempotency"
BATCH = 5000

_LOCK = 7_201_012
_BE_PATIENT = "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)"
# Whoever works for a key has a lock of its name until the end: one statement where nobody else has.
_TAKE = """
INSERT INTO api_keptanswer (caller_id, key, asked, status, body, at)
SELECT %(caller)s, %(key)s, %(asked)s, 0, '', %(now)s
WHERE pg_try_advisory_xact_lock(hashtextextended(%(name)s, %(lock)s))
ON CONFLICT (caller_id, key) DO UPDATE SET asked = excluded.asked, status = 0, body = '', at = excluded.at
    WHERE api_keptanswer.at <= %(kept_since)s
RETURNING id
"""
_KEEP = "UPDATE api_keptanswer SET status = %(status)s, body = %(body)s WHERE id = %(id)s"


@transaction.atomic
def once(
    caller: Staff, key: str, asked: str, work: Callable[[], tuple[int, str]], *, now: datetime | None = None
) -> tuple[int, str, bool]:
    """Do ``work`` for a key, or answer what it answered the first time; the last item says which (True: again).

    The key is taken in the transaction of the work. Whoever comes meanwhile waits for its end, ten seconds at most.
    Raises ``Conflict`` (idempotency) for a key that came with another body, or whose first call is still running.
    """
    now = now or clock.now()
    row = _take(caller, key, asked, now)
    if row is None:
        kept = KeptAnswer.objects.get(caller=caller, key=key)
        if kept.asked != asked:
            raise Conflict(
                IDEMPOTENCY,
                _("This Idempotency-Key came with another request before. Use a new one for each."),
            )
        return kept.status, kept.body, True
    status, body = work()
    with prepared_cursor() as cursor:
        cursor.execute(_KEEP, {"id": row, "status": status, "body": body})
    return status, body, False


def _take(caller: Staff, key: str, asked: str, now: datetime) -> int | None:
    """The row of the key, where it is ours; ``None`` where somebody had it before."""
    values: dict[str, Any] = {
        "caller": caller.pk,
        "key": key,
        "asked": asked,
        "now": now,
        "kept_since": now - KEPT,
        "name": f"{caller.pk} {key}",
        "lock": _LOCK,
    }
    with prepared_cursor() as cursor:
        cursor.execute(_TAKE, values)
        found = cursor.fetchone()
        if found is None:
            # The key came before, or is being worked for: then its end is waited for.
            _wait(cursor, values)
            cursor.execute(_TAKE, values)
            found = cursor.fetchone()
    return found[0] if found else None


def _wait(cursor: Any, values: dict[str, Any]) -> None:
    cursor.execute(_BE_PATIENT, [f"{PATIENCE_MS}ms"])
    before, _patience = cursor.fetchone()
    try:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, %(lock)s))", values)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise  # the database itself went away: nobody can say what runs
        raise Conflict(
            IDEMPOTENCY,
            _("The first call with this Idempotency-Key is still running. Ask again in a moment."),
        ) from error
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def forget_answers(now: datetime, dry_run: bool) -> JobResult:
    """Remove answers that are older than 24 hours, in batches."""
    result = JobResult()
    old = KeptAnswer.objects.filter(at__lte=now - KEPT)
    if dry_run:
        result.done = old.count()
        return result
    while numbers := list(old.values_list("pk", flat=True)[:BATCH]):
        result.done += old.filter(pk__in=numbers).delete()[0]
    return result
