"""What the audit keeps of signing in and out (D4), and the limit on guesses that it makes possible.

``django-axes`` locks one account at one address after five failures. Somebody who tries many names from one
address, or one name from many addresses, meets the wider limits here.
"""

from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count, Q
from django.http import HttpRequest

from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.models import AuditEntry, Staff

SIGNED_IN = "staff.signed_in"
SIGNED_OUT = "staff.signed_out"
FAILED = "staff.sign_in_failed"
LOCKED_OUT = "staff.locked_out"
ACTIONS = (SIGNED_IN, SIGNED_OUT, FAILED, LOCKED_OUT)

WINDOW = timedelta(minutes=15)
FAILURES_OF_ADDRESS = 50  # an office behind one address has many people who mistype
FAILURES_OF_ACCOUNT = 25  # from anywhere
# What was typed as a name may be a password in the wrong field: names that are no account's are not kept.
UNKNOWN = "unknown"


def is_throttled(username: str, address: str | None, *, now: datetime | None = None) -> bool:
    """Whether too many sign-ins failed within 15 minutes from this address, or for this account: one statement."""
    recent = AuditEntry.objects.filter(action=FAILED, at__gt=(now or clock.now()) - WINDOW)
    subject = _subject(username)
    counted = recent.aggregate(
        of_address=Count("pk", filter=Q(address=address)),
        of_account=Count("pk", filter=Q(subject_id=subject)),
    )
    if address is not None and counted["of_address"] >= FAILURES_OF_ADDRESS:
        return True
    return subject != UNKNOWN and counted["of_account"] >= FAILURES_OF_ACCOUNT


def signed_in(staff: Staff, factor: str = "", *, now: datetime | None = None) -> None:
    """Somebody is in: with their password, and with the second ``factor`` where they have one."""
    after = {"second factor": factor} if factor else {}
    audit.record(Fact(SIGNED_IN, "staff", str(staff.pk), {}, after), at=now or clock.now(), actor=staff)


def signed_out(staff: AbstractBaseUser, *, now: datetime | None = None) -> None:
    """Somebody left."""
    if isinstance(staff, Staff):
        audit.record(Fact(SIGNED_OUT, "staff", str(staff.pk), {}, {}), at=now or clock.now(), actor=staff)


def failed(username: str, step: str, *, now: datetime | None = None) -> None:
    """A password (``step`` "password") or a code ("code") did not fit. Who it was nobody knows."""
    fact = Fact(FAILED, "staff", _subject(username), {}, {"step": step})
    audit.record(fact, at=now or clock.now(), actor=None)


def locked_out(username: str, address: str | None, *, now: datetime | None = None) -> None:
    """Somebody was turned away; kept once in 15 minutes for an account and address, however often they try."""
    moment, subject = now or clock.now(), _subject(username)
    known = AuditEntry.objects.filter(
        action=LOCKED_OUT, at__gt=moment - WINDOW, subject_kind="staff", subject_id=subject, address=address
    )
    if not known.exists():
        audit.record(Fact(LOCKED_OUT, "staff", subject, {}, {}), at=moment, actor=None)


def address_of(request: HttpRequest) -> str | None:
    """The address that the audit writes down for this request."""
    return request.META.get("REMOTE_ADDR") or None


def _subject(username: str) -> str:
    # What people type may hold a NUL, which PostgreSQL takes in no text and so in no name.
    name = username[:150].replace("\0", "")
    found = Staff.objects.filter(username=name).values_list("pk", flat=True).first()
    return UNKNOWN if found is None else str(found)
