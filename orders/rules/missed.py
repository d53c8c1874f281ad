"""O15: orders that no print batch took, and slips that were printed but not sent by the evening."""

from datetime import datetime, time, timedelta

from shopdesk.base.clock import SHANGHAI

# What the desk's red flag on a missed order says; a printed slip settles it.
MISSED_LABEL = "漏单"
MISSED_ORDER_HOURS = timedelta(hours=24)
RETURN_TO_DESK_TIME = time(17, 30)


def paid_before(now: datetime) -> datetime:
    """What was paid at or before this moment and is in no batch, though ready, is missed at ``now``."""
    return now - MISSED_ORDER_HOURS


def day_to_return(now: datetime) -> tuple[datetime, datetime]:
    """From and until when slips were printed that go to the desk: midnight to 17:30 of the last day so far.

    Before 17:30 that is the day before: a run that was missed in the evening is made up for in the morning.
    """
    local = now.astimezone(SHANGHAI)
    day = local.date() if local.time() >= RETURN_TO_DESK_TIME else local.date() - timedelta(days=1)
    return (
        datetime.combine(day, time.min, tzinfo=SHANGHAI),
        datetime.combine(day, RETURN_TO_DESK_TIME, tzinfo=SHANGHAI),
    )
