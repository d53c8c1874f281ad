"""When the clock starts a job, in words and as the next moment."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.jobs import Job

MINUTE = timedelta(minutes=1)
MINUTES_A_DAY = 24 * 60
DAYS_LOOKED_AT = 366


def in_words(job: Job) -> str:
    """The schedule as a person says it, in the present language; times are Shanghai's."""
    minute, hour = job.minute, job.hour
    if hour == "*":
        if minute == "*" or minute.startswith("*/"):
            step = int(minute[2:] or 1)
            return ngettext("every minute", "every %(step)s minutes", step) % {"step": step}
        if minute.isdigit():
            return _("every hour at %(minute)s past") % {"minute": minute}
    if minute.isdigit() and hour.isdigit():
        time = f"{int(hour):02}:{int(minute):02}"
        if job.day.isdigit() and job.month.isdigit():
            day = f"{int(job.month):02}-{int(job.day):02}"
            return _("every year on %(day)s at %(time)s") % {"day": day, "time": time}
        return _("every day at %(time)s") % {"time": time}
    return _("at minute %(minute)s of hour %(hour)s") % {"minute": minute, "hour": hour}


def next_start(job: Job, now: datetime) -> datetime:
    """The next moment at which the clock starts the job, after ``now``."""
    return _nearest(job, now, MINUTE)


def last_start(job: Job, now: datetime) -> datetime:
    """The last moment at which the clock should have started the job, at or before ``now``."""
    return _nearest(job, now + MINUTE, -MINUTE)


def _nearest(job: Job, moment: datetime, step: timedelta) -> datetime:
    schedule: Any = job.schedule  # its sets of minutes, hours, days and months have no types
    at = moment.astimezone(SHANGHAI).replace(second=0, microsecond=0) + step
    forwards = step > timedelta(0)
    for _day in range(DAYS_LOOKED_AT):
        if at.day in schedule.day_of_month and at.month in schedule.month_of_year:
            day = at.date()
            while at.date() == day:
                if at.hour in schedule.hour and at.minute in schedule.minute:
                    return at
                at += step
        else:
            # A day on which the job never runs is passed over whole.
            at = at.replace(hour=0, minute=0) if forwards else at.replace(hour=23, minute=59)
            at += timedelta(days=1) if forwards else -timedelta(days=1)
    return at
