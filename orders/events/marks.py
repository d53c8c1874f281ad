"""What people mark for themselves, as audit facts: told of the person, since no order changes by it (N6)."""

from datetime import datetime

from shopdesk.base.audit import Fact
from shopdesk.base.models import Staff

SUBJECT = "staff"


def starred(staff: Staff, tid: str) -> Fact:
    """An order is on the person's own list."""
    return Fact("order.starred", SUBJECT, str(staff.pk), {}, {"tid": tid})


def unstarred(staff: Staff, tid: str) -> Fact:
    """It is off that list."""
    return Fact("order.unstarred", SUBJECT, str(staff.pk), {"tid": tid}, {})


def snoozed(staff: Staff, tid: str, before: datetime | None, until: datetime) -> Fact:
    """The person does not want to see an order before a time."""
    was = {"until": before.isoformat()} if before else {}
    return Fact("order.snoozed", SUBJECT, str(staff.pk), was, {"tid": tid, "until": until.isoformat()})


def woken(staff: Staff, tid: str, until: datetime) -> Fact:
    """The person took the order up again."""
    return Fact("order.woken", SUBJECT, str(staff.pk), {"tid": tid, "until": until.isoformat()}, {})
