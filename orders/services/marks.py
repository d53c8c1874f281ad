"""A person's own marks on orders: stars, and orders put off until a time (N6)."""

from collections.abc import Iterable
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
    now = now or clock.now()
    if Star.objects.filter(staff=actor).exclude(order=tid).count() >= MOST_STARS:
        raise DomainError(
            "N6", _("You have %(most)s starred orders: take some stars off first.") % {"most": MOST_STARS}
        )
    _mark, created = Star.objects.get_or_create(staff=actor, order_id=tid, defaults={"at": now})
    if created:
        audit.record(events.starred(actor, tid), at=now, actor=actor)


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
    if until <= now:
        raise DomainError("N6", _("Choose a time that is still to come."), field="until")
    if until - now > LONGEST_SNOOZE:
        raise DomainError("N6", _("An order is put off for 60 days at most."), field="until")
    if Snooze.objects.filter(staff=actor).exclude(order=tid).count() >= MOST_SNOOZED:
        raise DomainError(
            "N6", _("You have put off %(most)s orders: take some up first.") % {"most": MOST_SNOOZED}
        )
    before = Snooze.objects.filter(staff=actor, order=tid).values_list("until", flat=True).first()
    mark, _created = Snooze.objects.update_or_create(
        staff=actor, order_id=tid, defaults={"at": now, "until": until}
    )
    audit.record(events.snoozed(actor, tid, before, until), at=now, actor=actor)
    return mark


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
    # The row of the person is the lock under which their marks are counted.
    Staff.objects.select_for_update().get(pk=actor.pk)
    if not Order.objects.filter(pk=tid).exists():
        raise DomainError("O1", _("There is no order %(tid)s.") % {"tid": tid})
