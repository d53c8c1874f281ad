"""Exempting a subject from a job until a time, for a reason; and ending that."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.base import audit, clock, jobs
from shopdesk.base.audit import Fact
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.exemptions import wait_for_batches
from shopdesk.base.models import JobExemption, Staff
from shopdesk.base.permissions import Permission

LONGEST_REASON = 200
MOST_DAYS = 90


@transaction.atomic
def exempt(
    job_name: str, subject: str, *, reason: str, until: datetime, actor: Staff, now: datetime | None = None
) -> JobExemption:
    """Let a job leave a subject alone until a time. A batch that runs is waited for: what it did stays done.

    Raises ``Forbidden`` (T1) by role, ``DomainError`` for a job that exempts nothing, without a reason, and for a
    time that is over or more than 90 days ahead, ``Conflict`` where there is nothing that the job could do with
    the subject any more, or where it is exempt already.
    """
    _require_role(actor)
    now = now or clock.now()
    try:
        job = jobs.get(job_name)
    except KeyError as error:
        raise DomainError("", _("There is no such job.")) from error
    subject, reason = subject.strip(), reason.strip()
    if not job.exempts:
        raise DomainError("", _("This job keeps the desk itself in order: nothing is exempt from it."))
    if not reason:
        raise DomainError("", _("Say why the job should leave it alone."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError("", _("A reason holds 200 characters."), field="reason")
    if not now < until <= now + clock.hours(MOST_DAYS * 24):
        raise DomainError("", _("Choose a time from now to 90 days ahead."), field="until")
    wait_for_batches(job.name)
    if not job.acts_on(subject):
        raise Conflict(
            "",
            _("%(subject)s is not there, or this job has nothing to do with it any more.")
            % {"subject": subject},
            field="subject",
        )
    open_ones = JobExemption.objects.select_for_update().filter(
        job=job.name, subject=subject, ended_at__isnull=True
    )
    found = open_ones.first()
    if found is not None and found.until > now:
        raise Conflict("", _("It is exempt already. End that exemption first."), field="subject")
    open_ones.update(ended_at=now)
    made = JobExemption.objects.create(
        job=job.name, subject=subject, reason=reason, until=until, made_by=actor, made_at=now
    )
    after = {"job": job.name, "reason": reason, "until": until.isoformat(), "exemption": made.pk}
    audit.record(Fact("job.exempted", *job.logged_as(subject), {}, after), at=now, actor=actor)
    return made


@transaction.atomic
def end_exemption(exemption_id: int, *, actor: Staff, now: datetime | None = None) -> JobExemption:
    """End an exemption before its time: the job's next run does its work again.

    Raises ``Forbidden`` (T1) by role, ``Conflict`` where it has ended already.
    """
    _require_role(actor)
    now = now or clock.now()
    found = JobExemption.objects.select_for_update().filter(pk=exemption_id, ended_at__isnull=True).first()
    if found is None or found.until <= now:
        raise Conflict("", _("This exemption has ended already."))
    found.ended_at, found.ended_by = now, actor
    found.save(update_fields=["ended_at", "ended_by"])
    job = jobs.get(found.job)
    after = {"job": found.job, "exemption": found.pk}
    audit.record(Fact("job.exemption_ended", *job.logged_as(found.subject), {}, after), at=now, actor=actor)
    return found


def _require_role(actor: Staff) -> None:
    if not actor.may(Permission.RUN_JOBS):
        raise Forbidden("T1", _("Your role does not exempt anything from a job. Ask a supervisor."))
