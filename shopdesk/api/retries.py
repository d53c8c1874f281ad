"""When a delivery that failed is tried again, and when it is given up."""

from datetime import datetime, timedelta

FIRST = timedelta(seconds=10)
LONGEST = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=24)


def next_attempt(attempts: int, *, since: datetime, now: datetime, chance: float) -> datetime | None:
    """When to try again after ``attempts`` that failed; ``None``: it is given up.

    The wait doubles from 10 seconds to an hour; ``chance`` (0 to 1) takes up to half of it off, so that receivers
    which were down are not met by everything at once. The last attempt is made when the 24 hours are over.
    """
    end = since + GIVEN_UP_AFTER
    if now >= end:
        return None
    wait = min(FIRST * (1 << min(attempts - 1, 20)), LONGEST)
    return min(now + wait * (1 - chance / 2), end)
