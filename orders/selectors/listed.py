"""The orders of a page of the list, with all that its columns show: one written-out statement for however many.

What fifty rows need hangs on nine tables. Asked of one table after the other, to build the statements and the
objects would take longer than to answer them.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from orders.rules.closing import closing_moment
from orders.rules.notes import signed
from orders.selectors.discretion import amounts_hidden
from orders.selectors.scope import Place
from shopdesk.base.arrays import text_array
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.prepared import prepared_cursor
from shopdesk.base.replica import report_connection


class ListedLine(NamedTuple):
    """A line as the list names it."""

    product: int
    title: str
    sku_properties_name: str
    num: int

    @property
    def in_full(self) -> str:
        """For the hover."""
        return " ".join(part for part in (self.title, self.sku_properties_name, f"×{self.num}") if part)


class ListedOrder(NamedTuple):
    """One order as the list shows it: equal rows are drawn alike. ``lines`` and ``tags`` are JSON."""

    tid: str
    created: datetime
    buyer: str
    spend: Decimal
    status: str
    close_reason: str
    partly_shipped: bool
    tied: bool
    payment: Decimal
    payment_pending: bool
    paid_fee: Decimal
    seller_flag: int
    flag_label: str
    flag_addressee: str
    flag_until: datetime | None
    buyer_message: str
    seller_memo: str
    note: str
    note_signature: str
    note_at: datetime | None
    # Whether the desk wrote the note, not a person.
    note_by_desk: bool
    province: str
    owner: str
    # O13: by when its next parcel is to be shipped.
    ship_by: datetime | None
    starred: bool
    # What makes a ``ListedLine`` of each, in their order.
    lines: str
    # Colour, meaning and name of each, in the order that they were put on.
    tags: str

    def __hash__(self) -> int:
        # Rows are looked for as keys, fifty for each page: the number tells nearly all of them apart.
        return hash(self.tid)

    @property
    def goods(self) -> list[ListedLine]:
        """Its lines, in their order."""
        return [ListedLine(*line) for line in json.loads(self.lines)]

    @property
    def closes_at(self) -> datetime | None:
        """When it is closed if nobody pays (O4)."""
        return closing_moment(self)

    def said(self, *, see_prices: bool) -> str:
        """What staff last said about the order: its latest note, else the memo on Taobao."""
        if self.note_at is None:
            return self.seller_memo
        text = amounts_hidden(self.note) if self.note_by_desk and not see_prices else self.note
        return signed(text, self.note_signature, self.note_at)


class TakenOrder(NamedTuple):
    """One order as a file holds it: what the list shows of it, and more."""

    listed: ListedOrder
    said: str
    pay_time: datetime | None
    num: int
    post_fee: Decimal
    receiver_mobile: str
    receiver_phone: str
    invoice_no: str


_LISTED = """
    SELECT o.tid, o.created, coalesce(o.buyer_nick, ''), coalesce(b.spend, 0), o.status, o.close_reason,
        o.partly_shipped, o.tied, o.payment, o.payment_pending, o.paid_fee, o.seller_flag,
        coalesce(f.label, ''), coalesce(f.addressee, ''), f.until,
        o.buyer_message, o.seller_memo,
        coalesce(n.text, ''), coalesce(n.signature, ''), n.at, n.author_id IS NULL,
        o.receiver_state, coalesce(nullif(s.signature, ''), s.username, ''),
        CASE WHEN o.status = 'WAIT_SELLER_SEND_GOODS' THEN (
            SELECT min(p.ship_by) FROM orders_parcelline i JOIN orders_parcel p ON p.id = i.parcel_id
            WHERE i.order_id = o.tid AND i.live AND p.stage IN ('planned', 'printed', 'packed')
        ) END,
        EXISTS (SELECT FROM orders_star a WHERE a.order_id = o.tid AND a.staff_id = %(staff)s),
        array_to_json(ARRAY(
            SELECT json_build_array(l.product_id, g.title, l.sku_properties_name, l.num)
            FROM orders_orderline l JOIN orders_product g ON g.id = l.product_id
            WHERE l.order_id = o.tid ORDER BY l.position
        ))::text,
        array_to_json(ARRAY(
            SELECT json_build_array(t.colour, t.meaning, t.name)
            FROM members_taggedbuyer m JOIN members_buyertag t ON t.id = m.tag_id
            WHERE m.buyer_id = o.buyer_nick ORDER BY m.put_at, m.id
        ))::text
"""
_FURTHER = ", o.pay_time, o.num, o.post_fee, o.receiver_mobile, o.receiver_phone, o.invoice_no"
_FROM = """
    FROM unnest(%(tids)s::text[]) WITH ORDINALITY AS wanted (tid, place)
    JOIN orders_order o ON o.tid = wanted.tid
    LEFT JOIN members_buyer b ON b.nick = o.buyer_nick
    LEFT JOIN base_staff s ON s.id = o.owner_id
    LEFT JOIN orders_flag f ON f.order_id = o.tid AND f.ended_at IS NULL
    LEFT JOIN LATERAL (
        SELECT n.text, n.signature, n.at, n.author_id FROM orders_note n
        WHERE n.order_id = o.tid AND n.cleared_at IS NULL ORDER BY n.at DESC, n.id DESC LIMIT 1
    ) n ON TRUE
    ORDER BY wanted.place
"""
_ROWS, _TAKEN = _LISTED + _FROM, _LISTED + _FURTHER + _FROM


def listed_orders(places: Sequence[Place], staff: Staff) -> list[ListedOrder]:
    """The rows of some orders for a person, in the order given."""
    return [ListedOrder(*row) for row in _read(_ROWS, places, staff)]


def taken_orders(places: Sequence[Place], staff: Staff) -> list[TakenOrder]:
    """The same for a file: of the replica, where there is one."""
    width, see_prices = len(ListedOrder._fields), staff.may(Permission.SEE_PRICES)
    taken = []
    for row in _read(_TAKEN, places, staff):
        listed = ListedOrder(*row[:width])
        taken.append(TakenOrder(listed, listed.said(see_prices=see_prices), *row[width:]))
    return taken


def _read(statement: str, places: Sequence[Place], staff: Staff) -> list[tuple[Any, ...]]:
    if not places:
        return []
    with prepared_cursor(report_connection(), binary=True) as cursor:
        cursor.execute(statement, {"tids": text_array(place.tid for place in places), "staff": staff.pk})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
