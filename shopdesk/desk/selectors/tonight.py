"""What each job would do in the coming night: its dry run at its last start before nine in the morning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import structlog
from django.db import transaction
from django.urls import reverse

from afterservice.models import Ticket
from orders.models import Order
from orders.selectors.exempt import number_of
from shopdesk.base import jobs
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.exemptions import current
from shopdesk.base.jobs import Job, JobResult
from shopdesk.base.models import JobExemption
from shopdesk.desk.models import HandoverLine
from shopdesk.desk.schedules import MINUTE, last_start, next_start

NIGHT_ENDS = time(9, 0)
# Of each job's subjects this many are listed; the count is the true one.
LISTED = 50
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Subject:
    """One subject of a job: where it is looked at, and what it is."""

    name: str
    address: str = ""
    words: str = ""


@dataclass(frozen=True)
class Foreseen:
    """What one job would do until the end of the night: its starts, and its dry run at the last of them."""

    job: Job
    first: datetime
    last: datetime
    result: JobResult = field(default_factory=JobResult)
    failed: bool = False


def night_end(now: datetime) -> datetime:
    """The next nine o'clock in the morning, Shanghai time."""
    today = datetime.combine(now.astimezone(SHANGHAI), NIGHT_ENDS, tzinfo=SHANGHAI)
    return today if now < today else today + timedelta(days=1)


def foresee(now: datetime) -> list[Foreseen]:
    """Each job that starts before the end of the night and can be foreseen, and what it would do by then.

    What comes due in the night is due at the last start, so one dry run tells of all of them. A job whose dry run
    fails is told of as failed; the others stand.
    """
    until = night_end(now)
    found = []
    for job in filter(lambda job: job.foreseen, jobs.registered()):
        first, last = next_start(job, now), last_start(job, until - MINUTE)
        if first > last:
            continue
        try:
            with transaction.atomic():
                found.append(Foreseen(job, first, last, job.service(last, True)))
        except Exception:
            logger.exception("a dry run failed", job=job.name)
            found.append(Foreseen(job, first, last, failed=True))
    return found


def subjects_named(names: Iterable[str]) -> Mapping[str, Subject]:
    """Subjects as reports write them, with what they are: three statements for however many."""
    wanted = set(names)
    orders = Order.objects.filter(pk__in=wanted).only("tid", "status", "buyer_id").in_bulk()
    numbers = {number for name in wanted if (number := number_of(name, "T")) is not None}
    tickets = Ticket.objects.filter(pk__in=numbers).only("pk", "kind", "case").in_bulk()
    keys = {number for name in wanted if (number := number_of(name, "H")) is not None}
    lines = HandoverLine.objects.filter(pk__in=keys).only("text").in_bulk()
    return {name: _subject(name, orders, tickets, lines) for name in wanted}


def _subject(
    name: str,
    orders: Mapping[str, Order],
    tickets: Mapping[int, Ticket],
    lines: Mapping[int, HandoverLine],
) -> Subject:
    if order := orders.get(name):
        words = f"{order.buyer_id or ''} · {order.get_status_display()}"
        return Subject(name, reverse("orders:detail", args=[name]), words)
    ticket = tickets.get(number_of(name, "T") or 0)
    if ticket is not None:
        words = f"{ticket.get_kind_display()} · {ticket.get_case_display()}"
        return Subject(name, reverse("tickets:detail", args=[ticket.pk]), words)
    line = lines.get(number_of(name, "H") or 0)
    if line is not None:
        return Subject(line.text[:40], reverse("handover") + "?tab=supervisor")
    if (parcel := number_of(name, "P")) is not None:
        return Subject(name, reverse("warehouse:parcel", args=[parcel]))
    return Subject(name)


def exemptions_now(now: datetime) -> Sequence[JobExemption]:
    """What is exempt now, the earliest end first."""
    return list(current(now).select_related("made_by").order_by("until", "pk")[:200])
