"""The filters of the order list: read from an address, as conditions on orders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from orders.models import Order
from orders.rules.closing import UNPAID_KEPT
from orders.rules.flags import ADDRESSED_TO, RED
from orders.rules.holds import HELD_IN
from orders.rules.search import Key, Term
from orders.rules.supply import NOT_COMING
from orders.selectors.marks import but_for, put_off_by, starred_by, tagged
from orders.selectors.scope import Clause, Scope
from orders.states import CLOSED, Status
from shipping.provinces import PROVINCES
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.listing import PAGE_SIZE, Position, midnight, read_day
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Role

CLOSING_SOON = timedelta(hours=12)
NOTHING = Term("", "")
# What the address of the order list may name.
PARAMETERS = (
    "view", "q", "by", "status", "seller_flag", "receiver_state", "owner", "tag", "created_from", "created_to",
)  # fmt: skip
_UNSENT = "p.stage IN ('planned', 'printed', 'packed')"
_DESK = frozenset({Role.AGENT, Role.SUPERVISOR, Role.MANAGER})
_AGENTS = frozenset({Role.AGENT, Role.SUPERVISOR})


@dataclass(frozen=True)
class View:
    """A view that everybody has: a name, and what it takes an order to stand in it."""

    code: str
    title: str | Promise
    clauses: Callable[[Staff, datetime], list[Clause]]
    urgent: bool = False
    # Shown only while something stands in it.
    quiet: bool = False
    # None where every role has it.
    roles: frozenset[str] | None = None


def _status(*codes: Status) -> Clause:
    if len(codes) == 1:
        # One state is compared as such: then the index by state gives the list's order.
        return Clause(sql.SQL("o.status = %(view_status)s"), {"view_status": codes[0].value})
    return Clause(
        sql.SQL("o.status = ANY (%(view_status)s)"), {"view_status": [code.value for code in codes]}
    )


def _closing_soon(staff: Staff, now: datetime) -> list[Clause]:
    return [
        Clause(
            sql.SQL(
                "o.status = 'WAIT_BUYER_PAY' AND NOT o.tied "
                "AND o.created > %(closing_after)s AND o.created <= %(closing_until)s"
            ),
            {"closing_after": now - UNPAID_KEPT, "closing_until": now - UNPAID_KEPT + CLOSING_SOON},
        )
    ]


def _red() -> Clause:
    return Clause(sql.SQL("o.seller_flag > 0 AND o.seller_flag = %(view_flag)s"), {"view_flag": RED})


def _flagged(condition: str, **values: Any) -> Clause:
    """Orders with an open flag ``f`` of which the condition holds: few, looked up from the flags' side."""
    return Clause(
        sql.SQL(
            "o.tid = ANY (ARRAY(SELECT f.order_id FROM orders_flag f"  # noqa: S608 (our own words, values are bound)
            f" WHERE f.ended_at IS NULL AND {condition}))"
        ),
        values,
    )


def _red_to(staff: Staff, now: datetime) -> list[Clause]:
    return [
        _red(),
        _flagged("f.addressee = ANY (%(view_addressees)s)", view_addressees=list(ADDRESSED_TO[staff.role])),
    ]


def _to_warehouse(staff: Staff, now: datetime) -> list[Clause]:
    return [_red(), _flagged("f.addressee = 'warehouse' AND f.acknowledged_at IS NULL")]


def _at_the_warehouse(staff: Staff, now: datetime) -> list[Clause]:
    """What waits for the warehouse to acknowledge: a red flag to it, or a change (N3, O9)."""
    return [
        Clause(
            sql.SQL(
                "o.tid = ANY (ARRAY(SELECT f.order_id FROM orders_flag f WHERE f.ended_at IS NULL"
                " AND f.seller_flag = 1 AND f.addressee = 'warehouse' AND f.acknowledged_at IS NULL"
                " UNION ALL SELECT n.order_id FROM orders_changenotice n WHERE n.acknowledged_at IS NULL))"
            )
        )
    ]


def _with_parcel(condition: str, **values: Any) -> Clause:
    """Orders with goods in a parcel ``p`` of which the condition holds; each such set is a small one.

    It is an array, not a join: to plan a statement of many such views in every order of joins takes longer than
    to run it.
    """
    return Clause(
        sql.SQL(
            "o.tid = ANY (ARRAY(SELECT l.order_id FROM orders_parcel p"  # noqa: S608 (our own words, values are bound)
            f" JOIN orders_parcelline l ON l.parcel_id = p.id AND l.live WHERE {condition}))"
        ),
        values,
    )


def _late(staff: Staff, now: datetime) -> list[Clause]:
    return [_paid(), _with_parcel(f"{_UNSENT} AND p.ship_by <= %(late_at)s", late_at=now)]


def _ship_today(staff: Staff, now: datetime) -> list[Clause]:
    day = now.astimezone(SHANGHAI).date()
    return [
        _paid(),
        _with_parcel(
            f"{_UNSENT} AND p.ship_by > %(late_at)s AND p.ship_by < %(tomorrow)s",
            late_at=now,
            tomorrow=midnight(day, days_later=1),
        ),
    ]


def _missed(staff: Staff, now: datetime) -> list[Clause]:
    return [
        _paid(),
        _with_parcel("p.stage = 'planned' AND p.batch_id IS NULL AND p.missed_flagged_at IS NOT NULL"),
    ]


def _to_tell(staff: Staff, now: datetime) -> list[Clause]:
    return [_with_parcel(f"{_UNSENT} AND p.returned_to_desk_at IS NOT NULL AND p.told_at IS NULL")]


def _in_trouble(staff: Staff, now: datetime) -> list[Clause]:
    return [
        _with_parcel(
            "p.stage = 'shipped' AND p.trouble_at IS NOT NULL AND p.signed_at IS NULL"
            " AND p.followed_up_at IS NULL"
        ),
        Clause(sql.SQL("o.signed_time IS NULL")),
    ]


def _paid() -> Clause:
    return _status(Status.WAIT_SELLER_SEND_GOODS)


def _short(staff: Staff, now: datetime) -> list[Clause]:
    """F5: orders that wait for something in the register of what is out of stock."""
    return [
        Clause(
            sql.SQL(
                "o.status = ANY (%(view_status)s) AND o.tid IN (SELECT l.order_id FROM orders_shortage s"
                " JOIN orders_orderline l ON l.sku_id = s.sku_id WHERE s.ended_at IS NULL"
                " AND l.refunded_at IS NULL AND l.supply = ANY (%(view_out)s) AND NOT EXISTS"
                " (SELECT 1 FROM orders_hold h WHERE h.line_id = l.id AND h.released_at IS NULL))"
            ),
            {"view_status": [status.value for status in HELD_IN], "view_out": ["", *NOT_COMING]},
        )
    ]


def _owned(owner: int) -> Clause:
    return Clause(sql.SQL("o.owner_id = %(view_owner)s"), {"view_owner": owner})


VIEWS: Mapping[str, View] = {
    view.code: view
    for view in (
        View("all", _("All"), lambda staff, now: []),
        View("unpaid", _("Waiting for payment"), lambda staff, now: [_status(Status.WAIT_BUYER_PAY)]),
        View("closing", _("Closing soon"), _closing_soon, urgent=True),
        View("red", _("Red flags"), lambda staff, now: [_red()], urgent=True),
        View(
            "red-to-me",
            _("Red flags to me"),
            _red_to,
            urgent=True,
            roles=frozenset(role for role, addressees in ADDRESSED_TO.items() if addressees),
        ),
        View(
            "red-to-warehouse",
            _("Flags to warehouse"),
            _to_warehouse,
            quiet=True,
            roles=_DESK,
        ),
        View("at-warehouse", _("Waiting for the warehouse"), _at_the_warehouse, quiet=True, roles=_DESK),
        View("paid", _("Paid"), lambda staff, now: [_paid()]),
        View("short", _("Out of stock"), _short),
        View("ship-today", _("Ship today"), _ship_today),
        View("late", _("Late"), _late, urgent=True, quiet=True),
        View("missed", _("Missed"), _missed, urgent=True, quiet=True),
        View("tell", _("Tell the buyer"), _to_tell, urgent=True, quiet=True, roles=_DESK),
        View("trouble", _("Delivery trouble"), _in_trouble, urgent=True, quiet=True, roles=_DESK),
        View("shipped", _("Shipped"), lambda staff, now: [_status(Status.WAIT_BUYER_CONFIRM_GOODS)]),
        View(
            "mine",
            _("Mine"),
            lambda staff, now: [_owned(staff.pk)],
            roles=_AGENTS,
        ),
        View("starred", _("Starred"), lambda staff, now: [starred_by(staff)], quiet=True, roles=_AGENTS),
        View("snoozed", _("Snoozed"), lambda staff, now: [put_off_by(staff, now)], quiet=True, roles=_AGENTS),
        View("closed", _("Closed"), lambda staff, now: [_status(*sorted(CLOSED))]),
    )
}


def views_of(staff: Staff) -> list[View]:
    """The views that a person's role has."""
    return [view for view in VIEWS.values() if view.roles is None or staff.role in view.roles]


@dataclass(frozen=True)
class OrderFilter:
    """What an address of the order list asks for. What it does not understand it leaves out."""

    view: str = "all"
    status: str = ""
    seller_flag: int | None = None
    receiver_state: str = ""
    owner: int | None = None
    tag: int | None = None
    created_from: date | None = None
    created_to: date | None = None
    q: Term = NOTHING
    by: Key | None = None
    # The whole nick, as programs ask for it; people search.
    buyer_nick: str = ""
    # To the moment, as programs ask for them; people choose days.
    placed_from: datetime | None = None
    placed_before: datetime | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "OrderFilter":
        """Read the parameters of an address."""
        flag, owner = _number(query.get("seller_flag", "")), _number(query.get("owner", ""))
        status, province, by = query.get("status", ""), query.get("receiver_state", ""), query.get("by", "")
        return cls(
            view=query["view"] if query.get("view") in VIEWS else "all",
            status=status if status in Status.values else "",
            seller_flag=flag if flag in Order.SellerFlag.values else None,
            receiver_state=province if province in PROVINCES else "",
            owner=owner,
            tag=_number(query.get("tag", "")),
            created_from=read_day(query.get("created_from", "")),
            created_to=read_day(query.get("created_to", "")),
            q=Term.read(query.get("q", "")),
            by=Key(by) if by in Key.values else None,
        )

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The parameters of an address that asks for the same; ``read`` gives this filter back."""
        return {
            name: value
            for name, value in {
                "view": "" if self.view == "all" else self.view,
                "q": self.q.text,
                "by": self.by.value if self.by and self.q else "",
                "status": self.status,
                "seller_flag": "" if self.seller_flag is None else str(self.seller_flag),
                "receiver_state": self.receiver_state,
                "owner": "" if self.owner is None else str(self.owner),
                "tag": "" if self.tag is None else str(self.tag),
                "created_from": self.created_from.isoformat() if self.created_from else "",
                "created_to": self.created_to.isoformat() if self.created_to else "",
            }.items()
            if value
        }

    @property
    def narrows(self) -> bool:
        """Whether anything but the view narrows the list."""
        return bool(
            self.status
            or self.seller_flag is not None
            or self.receiver_state
            or self.owner is not None
            or self.tag is not None
            or self.created_from
            or self.created_to
            or self.placed_from
            or self.placed_before
            or self.q
        )

    @property
    def hides_snoozed(self) -> bool:
        """Whether what the person put off stays away (N6). A search finds everything that there is."""
        return not self.q and self.view != "snoozed"

    def scope(
        self,
        staff: Staff,
        now: datetime,
        *,
        without: Sequence[str] = (),
        position: Position | None = None,
        limit: int = PAGE_SIZE + 1,
    ) -> Scope:
        """The orders that these filters leave; without some that were put off, unless one searches (N6)."""
        clauses = list(VIEWS[self.view].clauses(staff, now))
        if self.status:
            clauses.append(Clause(sql.SQL("o.status = %(status)s"), {"status": self.status}))
        if self.seller_flag is not None:
            text = (
                "o.seller_flag > 0 AND o.seller_flag = %(flag)s" if self.seller_flag else "o.seller_flag = 0"
            )
            clauses.append(Clause(sql.SQL(text), {"flag": self.seller_flag}))
        if self.receiver_state:
            clauses.append(
                Clause(sql.SQL("o.receiver_state = %(province)s"), {"province": self.receiver_state})
            )
        if self.owner is not None:
            clauses.append(Clause(sql.SQL("o.owner_id = %(owner)s"), {"owner": self.owner}))
        if self.buyer_nick:
            clauses.append(Clause(sql.SQL("o.buyer_nick = %(nick)s"), {"nick": self.buyer_nick}))
        if self.tag is not None:
            clauses.append(tagged(self.tag))
        if without and self.hides_snoozed:
            clauses.append(but_for(without))
        return Scope(
            conditions=clauses,
            placed_from=midnight(self.created_from) if self.created_from else self.placed_from,
            placed_before=midnight(self.created_to, days_later=1) if self.created_to else self.placed_before,
            position=position,
            limit=limit,
        )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
