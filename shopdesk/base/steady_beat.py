"""Beat's clock for jobs, which a clock that is set back does not stop."""

from datetime import timedelta
from typing import Any

import structlog
from celery.beat import PersistentScheduler

# A clock is kept in step by less than this; what lies further ahead was noted by one that has been set back since.
TOLERANCE = timedelta(seconds=30)
logger = structlog.get_logger(__name__)


class SteadyScheduler(PersistentScheduler):
    """Celery's own, but for a start in the time to come: it would wait for that time to pass first.

    Where the clock was two hours ahead for a while, no job would start for two hours.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Seconds until the next look."""
        now = self.app.now()
        ahead = [
            entry
            for entry in self.schedule.values()
            if entry.last_run_at is not None and entry.last_run_at > now + TOLERANCE
        ]
        for entry in ahead:
            entry.last_run_at = now
        if ahead:
            logger.warning("the clock was set back", jobs=len(ahead))
            self.populate_heap()
        wait: float = super().tick(*args, **kwargs)
        return wait
