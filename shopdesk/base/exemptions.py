"""How a job leaves alone what is exempt from it: each job's selection goes through ``spare``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Exists, Model, Q, QuerySet
from django.utils.translation import gettext_noop

from shopdesk.base.composed import Composed
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import JobExemption

EXEMPT = gettext_noop("exempt from this job for now")
# Jobs hold this lock in common while a batch runs; who exempts something waits for them.
EXEMPTING = 74_620_06
Row = TypeVar("Row", bound=Model)
_STANDING = Composed(
    lambda: JobExemption.objects.filter(ended_at__isnull=True).values_list("pk", flat=True)[:1]
)


def current(now: datetime) -> QuerySet[JobExemption]:
    """The exemptions that hold at ``now``."""
    return JobExemption.objects.filter(ended_at__isnull=True, until__gt=now)


def exempt(job: str, now: datetime, subject: Any) -> Exists:
    """Whether a row is exempt: ``subject`` is an expression on the outer row, as reports write the subject."""
    return Exists(current(now).filter(job=job, subject=subject))


def spare(rows: QuerySet[Row], are_exempt: Exists | Q, result: JobResult) -> QuerySet[Row]:
    """Those of ``rows`` that are not exempt; the others are counted as skipped.

    The condition is part of the rows: whoever selects from them again, under the lock of ``hold_exemptions``, sees
    what was exempted meanwhile.
    """
    if (
        _STANDING()
    ):  # mostly there is none, and asking that takes a tenth of writing the statement that counts
        result.skip(EXEMPT, rows.filter(are_exempt).count())
    return rows.filter(~are_exempt)


def hold_exemptions(job: str) -> None:
    """Let nobody exempt anything from the job until this transaction ends. Call it before the batch is selected.

    What is exempt was committed before, so the statements that follow see it; without this one, an exemption
    could be made between the selecting and the doing, and not hold.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, hashtext(%s))", [EXEMPTING, job])


def wait_for_batches(job: str) -> None:
    """Wait until no batch of the job runs, and let none begin until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [EXEMPTING, job])
