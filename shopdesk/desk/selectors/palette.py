"""What the palette finds: orders, buyers, tickets and products of one text, a few of each, by few statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse

from afterservice.selectors.finding import ticket_of
from orders.models import Order
from orders.selectors.filters import OrderFilter
from orders.selectors.lists import searchable_keys
from orders.selectors.products import products
from orders.selectors.search import find
from orders.templatetags.orders import state_words
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.desk.selectors.members import buyers

MOST_ORDERS, MOST_OTHERS = 6, 4
LONGEST = 100
# A single character is in too many nicks and titles to be meant.
LEAST = 2


@dataclass(frozen=True)
class Hit:
    """Something that was found: what it is called, more of it, and where it is."""

    label: str
    address: str
    more: str = ""


@dataclass(frozen=True)
class Hits:
    """What a text may mean."""

    orders: Sequence[Hit] = field(default_factory=list)
    buyers: Sequence[Hit] = field(default_factory=list)
    tickets: Sequence[Hit] = field(default_factory=list)
    products: Sequence[Hit] = field(default_factory=list)


def read_hits(typed: str, *, staff: Staff, now: datetime) -> Hits:
    """What a person may find by a text: a statement for each way to search, and one for each kind of thing."""
    text = typed.replace("\x00", "").strip()[:LONGEST]
    if len(text) < LEAST:
        return Hits()
    ticket = ticket_of(text) if staff.may(Permission.SEE_TICKETS) else None
    return Hits(
        orders=_orders(text, staff, now),
        buyers=_buyers(text) if staff.may(Permission.SEE_MEMBERS) else [],
        tickets=[Hit(f"T{ticket}", reverse("tickets:detail", args=[ticket]))] if ticket else [],
        products=[
            Hit(product.title, reverse("products:detail", args=[product.pk]), str(product.get_kind_display()))
            for product in products(text).order_by("title")[:MOST_OTHERS]
        ],
    )


def _orders(text: str, staff: Staff, now: datetime) -> list[Hit]:
    wanted = OrderFilter.read({"q": text})
    if not wanted.q:
        return []
    found = find(wanted.q, wanted.scope(staff, now, limit=MOST_ORDERS), allowed=searchable_keys(staff))
    known = Order.objects.in_bulk([place.tid for place in found.places[:MOST_ORDERS]])
    return [
        Hit(
            order.tid,
            reverse("orders:detail", args=[order.tid]),
            " · ".join(part for part in (order.buyer_id, state_words(order), str(found.key.label)) if part),
        )
        for place in found.places[:MOST_ORDERS]
        if (order := known.get(place.tid)) is not None
    ]


def _buyers(text: str) -> list[Hit]:
    return [
        Hit(nick, reverse("member", args=[nick]))
        for nick in buyers(text).order_by("-spend", "nick").values_list("nick", flat=True)[:MOST_OTHERS]
    ]
