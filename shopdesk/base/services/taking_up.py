"""Taking up what was handed to the worker and got lost: with the queue, or with a worker that died."""

from datetime import datetime

import structlog

from shopdesk.base import queueing
from shopdesk.base.jobs import JobResult

logger = structlog.get_logger(__name__)


def take_up_work(now: datetime, dry_run: bool) -> JobResult:
    """Hand over once more what did not move for ``LOST_AFTER``; what cannot be now is tried by the next run."""
    result = JobResult()
    for kind in queueing.registered():
        for number in kind.lost(now - queueing.LOST_AFTER):
            if not dry_run:
                try:
                    kind.begin_again(number, now)
                except Exception:
                    logger.exception("lost work could not be handed over", kind=kind.name, number=number)
                    result.failed += 1
                    continue
            result.add([f"{kind.name} {number}"])
    return result
