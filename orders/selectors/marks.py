"""Reading a person's own marks on orders, and the tags of buyers (N6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Subquery
from psycopg import sql

from orders.models import Order, Snooze, Star
from orders.selectors.scope import Clause, Place
from shopdesk.base.composed import Composed, Given
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


class Marks(NamedTuple):
    """What one person sees marked on an order."""

    starred: bool = False
    # When it comes back, or came back, to this person.
    until: datetime | None = None
    due: bool = False


@dataclass(frozen=True)
class PutOff:
    """What a person has put off (N6), by number: until when, the soonest first."""

    until: Mapping[str, datetime]
    now: datetime

    @property
    def back(self) -> list[str]:
        """The orders whose time has come, the longest due first."""
        return [tid for tid, until in self.until.items() if until <= self.now]

    @property
    def asleep(self) -> list[str]:
        """Those that are still to come back."""
        return [tid for tid, until in self.until.items() if until > self.now]


_PUT_OFF = Composed(
    lambda: (
        Snooze.objects.filter(staff=Given("staff")).order_by("until", "pk").values_list("order_id", "until")
    ),
    pages=["orders"],
)


def put_off(staff: Staff, now: datetime) -> PutOff:
    """What a person has put off: one statement, none for who works no orders."""
    if not staff.may(Permission.WORK_ORDERS):
        return PutOff({}, now)
    return PutOff(dict(_PUT_OFF(staff=staff.pk)), now)


_OWN = Composed(
    lambda: Order.objects.filter(pk=Given("tid")).values_list(
        Exists(Star.objects.filter(staff=Given("staff"), order=OuterRef("pk"))),
        Subquery(Snooze.objects.filter(staff=Given("staff"), order=OuterRef("pk")).values("until")),
    ),
    pages=["order"],
)


def own_marks_of(order: Order, staff: Staff, now: datetime) -> Marks:
    """What a person marked on one order: one statement. Who works no orders puts none off."""
    starred, until = _OWN(tid=order.tid, staff=staff.pk)[0]
    if until is None or not staff.may(Permission.WORK_ORDERS):
        return Marks(starred)
    return Marks(starred, until, until <= now)


def starred_by(staff: Staff) -> Clause:
    """A person's own list."""
    return Clause(
        sql.SQL("o.tid IN (SELECT s.order_id FROM orders_star s WHERE s.staff_id = %(starred_by)s)"),
        {"starred_by": staff.pk},
    )


def put_off_by(staff: Staff, now: datetime) -> Clause:
    """What a person has put off and not got back yet."""
    return Clause(
        sql.SQL(
            "o.tid IN (SELECT z.order_id FROM orders_snooze z"
            " WHERE z.staff_id = %(put_off_by)s AND z.until > %(put_off_at)s)"
        ),
        {"put_off_by": staff.pk, "put_off_at": now},
    )


def tagged(tag: int) -> Clause:
    """Orders of buyers with a tag."""
    return Clause(
        sql.SQL("o.buyer_nick IN (SELECT t.buyer_id FROM members_taggedbuyer t WHERE t.tag_id = %(tag)s)"),
        {"tag": tag},
    )


def among(tids: Sequence[str]) -> Clause:
    """Only these orders."""
    return Clause(sql.SQL("o.tid = ANY (%(only_tids)s)"), {"only_tids": list(tids)})


def but_for(tids: Sequence[str]) -> Clause:
    """All orders but these."""
    return Clause(sql.SQL("o.tid <> ALL (%(but_tids)s)"), {"but_tids": list(tids)})


def in_order_of(tids: Sequence[str], places: Sequence[Place]) -> list[Place]:
    """Places in the order that their numbers are given in."""
    rank = {tid: number for number, tid in enumerate(tids)}
    return sorted(places, key=lambda place: rank[place.tid])
