"""A person's own marks on orders: stars, and orders put off until a time (N6)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import marks as events
from orders.models import Order, Snooze, Star
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

# Both lists are a person's short lists: what is beyond is a saved view's work.
MOST_STARS = 500
MOST_SNOOZED = 100
LONGEST_SNOOZE = timedelta(days=60)


@transaction.atomic
def star(tid: str, *, actor: Staff, now: datetime | None = None) -> None:
    """Put an order on one's own list; once is enough. Raises ``Forbidden`` (N6) by role, ``DomainError`` (N6, O1)."""
    _check(tid, actor)
    for refusal in star_all([tid], actor=actor, now=now or clock.now()).values():
        raise refusal


def star_all(tids: Sequence[str], *, actor: Staff, now: datetime) -> dict[str, DomainError]:
    """Put orders on one's own list, by four statements; answers those past ``MOST_STARS`` (N6), by order.

    The caller has locked the person's row.
    """
    starred = set(Star.objects.filter(staff=actor).values_list("order_id", flat=True))
    new = [tid for tid in tids if tid not in starred]
    # One that is starred already needs no room; one that is not needs it even where the list is overfull.
    room = max(0, MOST_STARS - len(starred))
    Star.objects.bulk_create(Star(staff=actor, order_id=tid, at=now) for tid in new[:room])
    audit.record_many([events.starred(actor, tid) for tid in new[:room]], at=now, actor=actor)
    full = DomainError(
        "N6", _("You have %(most)s starred orders: take some stars off first.") % {"most": MOST_STARS}
    )
    return dict.fromkeys(new[room:], full)


@transaction.atomic
def unstar(tid: str, *, actor: Staff, now: datetime | None = None) -> None:
    """Take an order off one's own list; one that is off it is no error. Raises as ``star``."""
    _check(tid, actor)
    gone, _kinds = Star.objects.filter(staff=actor, order=tid).delete()
    if gone:
        audit.record(events.unstarred(actor, tid), at=now or clock.now(), actor=actor)


@transaction.atomic
def snooze(tid: str, until: datetime, *, actor: Staff, now: datetime | None = None) -> Snooze:
    """Let an order leave one's own lists until a time; again sets another time.

    Raises ``Forbidden`` (N6) by role, ``DomainError`` (N6) for a time that is past or too far, and past
    ``MOST_SNOOZED`` of one person, (O1) for no order.
    """
    _check(tid, actor)
    now = now or clock.now()
    check_until(until, now)
    for refusal in snooze_all([tid], until, actor=actor, now=now).values():
        raise refusal
    return Snooze.objects.get(staff=actor, order=tid)


def check_until(until: datetime, now: datetime) -> None:
    """Raises ``DomainError`` (N6) for a time that is past or too far to put an order off until."""
    if until <= now:
        raise DomainError("N6", _("Choose a time that is still to come."), field="until")
    if until - now > LONGEST_SNOOZE:
        raise DomainError("N6", _("An order is put off for 60 days at most."), field="until")


def snooze_all(
    tids: Sequence[str], until: datetime, *, actor: Staff, now: datetime
) -> dict[str, DomainError]:
    """Put orders off until a time, by three statements; answers those past ``MOST_SNOOZED`` (N6), by order.

    The caller has locked the person's row.
    """
    before = dict(Snooze.objects.filter(staff=actor).values_list("order_id", "until"))
    new = [tid for tid in tids if tid not in before]
    room = max(0, MOST_SNOOZED - len(before))
    put_off = [tid for tid in tids if tid in before] + new[:room]
    Snooze.objects.bulk_create(
        (Snooze(staff=actor, order_id=tid, at=now, until=until) for tid in put_off),
        update_conflicts=True,
        unique_fields=["staff", "order"],
        update_fields=["at", "until"],
    )
    facts = [events.snoozed(actor, tid, before.get(tid), until) for tid in put_off]
    audit.record_many(facts, at=now, actor=actor)
    full = DomainError(
        "N6", _("You have put off %(most)s orders: take some up first.") % {"most": MOST_SNOOZED}
    )
    return dict.fromkeys(new[room:], full)


@transaction.atomic
def wake(tid: str, *, actor: Staff, now: datetime | None = None) -> None:
    """Take an order up again, when it came back or before. Raises ``Forbidden`` (N6), ``DomainError`` (O1)."""
    _check(tid, actor)
    mark = Snooze.objects.filter(staff=actor, order=tid).first()
    if mark is not None:
        mark.delete()
        audit.record(events.woken(actor, tid, mark.until), at=now or clock.now(), actor=actor)


def bring_back(tids: Iterable[str], *, actor: Staff | None, now: datetime) -> None:
    """Orders that turned red come back to whoever else put them off, who did not know of that: one statement."""
    put_off = Snooze.objects.filter(order__in=list(tids), until__gt=now, at__lte=now)
    (put_off.exclude(staff=actor) if actor else put_off).update(until=now)


def _check(tid: str, actor: Staff) -> None:
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("N6", _("Your role does not star orders or put them off."))
    lock_marks(actor)
    if not Order.objects.filter(pk=tid).exists():
        raise DomainError("O1", _("There is no order %(tid)s.") % {"tid": tid})


def lock_marks(actor: Staff) -> None:
    """Lock the row of a person: the lock under which their marks are counted."""
    Staff.objects.select_for_update().get(pk=actor.pk)
