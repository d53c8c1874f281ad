"""How a job works off thousands of rows: in batches, and one by one where a batch fails, so that one bad row
never stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import structlog
from django.db import transaction
from django.db.models import Model, QuerySet

from shopdesk.base.exemptions import hold_exemptions
from shopdesk.base.jobs import JobResult
from shopdesk.base.outages import is_connection_lost

BATCH = 500
Row = TypeVar("Row", bound=Model)
logger = structlog.get_logger(__name__)


def work_off(
    rows: QuerySet[Row],
    work: Callable[[QuerySet[Row]], list[str]],
    result: JobResult,
    *,
    job: str | None = None,
) -> None:
    """Work off what ``rows`` finds, by rising keys, each batch in a transaction of its own.

    What is exempted from ``job`` while it runs is left alone from the next batch on; without a job nothing is.
    ``work`` is given rows that it still has to lock, and answers the subjects that it did something for. Where the
    database goes away, what it raises is raised: what was done before stays done.
    """
    # All keys at once and in no order: a LIMIT with ORDER BY would lead the planner through the whole table.
    keys = sorted(rows.order_by().values_list("pk", flat=True))
    for first in range(0, len(keys), BATCH):
        batch = keys[first : first + BATCH]
        try:
            result.add(_in_transaction(rows, work, batch, job))
        except Exception as error:
            if is_connection_lost(error):
                raise  # no row is to blame, and none would fare better: the next run does the rest
            logger.exception("a batch failed, its rows are worked off one by one", rows=len(batch))
            _singly(rows, work, batch, result, job)


def _singly(
    rows: QuerySet[Row],
    work: Callable[[QuerySet[Row]], list[str]],
    keys: Sequence[Any],
    result: JobResult,
    job: str | None,
) -> None:
    for key in keys:
        try:
            result.add(_in_transaction(rows, work, [key], job))
        except Exception as error:
            if is_connection_lost(error):
                raise
            logger.exception("a row failed", key=key)
            result.failed += 1


@transaction.atomic
def _in_transaction(
    rows: QuerySet[Row], work: Callable[[QuerySet[Row]], list[str]], keys: Sequence[Any], job: str | None
) -> list[str]:
    if job is not None:
        hold_exemptions(job)
    return work(rows.filter(pk__in=keys))
