"""The one source of "now", so that tests and ``run_job --now`` can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")
_fixed: list[datetime] = []


def now() -> datetime:
    """The present moment as an aware datetime, or the moment that ``fixed`` set."""
    return _fixed[-1] if _fixed else timezone.now()


@contextmanager
def fixed(moment: datetime) -> Iterator[datetime]:
    """Let ``now()`` answer ``moment`` inside the block, in every thread."""
    _fixed.append(moment)
    try:
        yield moment
    finally:
        _fixed.pop()


def parse(text: str) -> datetime:
    """Read an ISO time; one without an offset is Shanghai's.

    Raises ``ValueError`` when the text is no ISO time.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def hours(count: int) -> timedelta:
    """A span of ``count`` hours."""
    return timedelta(hours=count)
