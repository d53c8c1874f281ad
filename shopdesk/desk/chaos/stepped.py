"""Runs a module by a clock that can be moved while it runs: ``python -m shopdesk.desk.chaos.stepped MODULE …``.

The file that ``CHAOS_CLOCK`` names holds how many seconds it is ahead. Moved are what the desk and its libraries ask:
``time.time``, Django's now and Celery's. PostgreSQL keeps its own time.
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

VARIABLE = "CHAOS_CLOCK"
_time = time.time


def ahead() -> float:
    """How many seconds the clock is ahead just now."""
    try:
        return float(Path(os.environ[VARIABLE]).read_text() or 0)
    except (OSError, ValueError):
        return 0.0


class SteppedTime(datetime):
    """A class of times whose now is the moved one."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        """A plain datetime, since what is compared with it is one."""
        return datetime.now(tz) + timedelta(seconds=ahead())


def install() -> None:
    """Move the clock of this process, and of those that it forks."""
    import celery.app.base
    import celery.worker.request
    import django.utils.timezone

    time.time = lambda: _time() + ahead()
    django.utils.timezone.now = lambda: datetime.now(UTC) + timedelta(seconds=ahead())
    celery.app.base.datetime = SteppedTime  # type: ignore[assignment, attr-defined]
    celery.worker.request.datetime = SteppedTime  # type: ignore[assignment, attr-defined]


if __name__ == "__main__":
    install()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
