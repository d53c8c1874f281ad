"""Reading a person's own marks on orders, and the tags of buyers (N6)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from members.models import BuyerTag
from members.selectors import tags_of
from orders.models import Order, Snooze, Star
from orders.selectors.scope import Clause, Place
from shopdesk.base.models import Staff


@dataclass(frozen=True)
class Marks:
    """What one person sees marked on an order."""

    starred: bool = False
    # When it comes back, or came back, to this person.
    until: datetime | None = None
    due: bool = False
    tags: Sequence[BuyerTag] = ()


def marks_of(
    orders: Collection[Order], staff: Staff, now: datetime, *, with_tags: bool = True
) -> dict[str, Marks]:
    """The marks on some orders, by number: three statements for however many, two without the tags."""
    tids = [order.tid for order in orders]
    stars = set(Star.objects.filter(staff=staff, order__in=tids).values_list("order_id", flat=True))
    snoozes = dict(Snooze.objects.filter(staff=staff, order__in=tids).values_list("order_id", "until"))
    tags = tags_of({order.buyer_id for order in orders if order.buyer_id}) if with_tags else {}
    return {
        order.tid: Marks(
            order.tid in stars,
            snoozes.get(order.tid),
            order.tid in snoozes and snoozes[order.tid] <= now,
            tags.get(order.buyer_id or "", ()),
        )
        for order in orders
    }


def awake(staff: Staff, now: datetime) -> Clause:
    """Orders that a person has not put off. As a sub-plan of its own it leaves the list's index as it is."""
    return Clause(
        sql.SQL(
            "o.tid NOT IN (SELECT z.order_id FROM orders_snooze z"
            " WHERE z.staff_id = %(sleeper)s AND z.until > %(awake_at)s)"
        ),
        {"sleeper": staff.pk, "awake_at": now},
    )


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


def came_back(staff: Staff, now: datetime) -> list[str]:
    """The orders whose time has come for a person, the longest due first: one statement."""
    due = Snooze.objects.filter(staff=staff, until__lte=now).order_by("until", "pk")
    return list(due.values_list("order_id", flat=True))


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
