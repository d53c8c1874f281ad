"""The first page: the role's own work, each with a count and the list behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.selectors.ticket_list import in_view
from orders.models import ImportRun
from orders.selectors.chasing import to_chase
from orders.selectors.filters import OrderFilter
from orders.selectors.flags import to_acknowledge
from orders.selectors.imports import to_mend
from orders.selectors.lists import tabs
from orders.selectors.notices import open_notices
from orders.selectors.platform_tasks import open_tasks
from orders.selectors.refunds import open_refund_tasks, payments_due, refunds_due
from orders.selectors.stock import holds_to_sign, open_shortages
from orders.selectors.tracking import in_trouble, to_tell
from shopdesk.base.kept_counts import kept_counts
from shopdesk.base.listing import capped_counts
from shopdesk.base.models import Approval, JobRun, Staff
from shopdesk.base.permissions import Role
from shopdesk.base.selectors.roster import swaps_to_answer
from shopdesk.desk.selectors.approvals import waiting_for
from shopdesk.desk.selectors.handovers import open_promises, to_accept, to_answer, with_supervisors
from shopdesk.desk.selectors.jobs import recent_failures
from shopdesk.desk.selectors.promises import due_today, to_keep


@dataclass(frozen=True)
class Tile:
    """One kind of work: how much of it there is (capped), and where."""

    title: str | Promise
    hint: str | Promise
    icon: str
    address: str
    count: int
    urgent: bool = False


@dataclass(frozen=True)
class _Work:
    """What a tile stands for: a view of the order list, or rows of another page."""

    title: str | Promise
    hint: str | Promise
    icon: str
    urgent: bool = False
    page: str = "orders:list"
    query: str = ""
    rows: Callable[[Staff, datetime], QuerySet[Any]] | None = None


def _waiting(staff: Staff, now: datetime) -> QuerySet[Any]:
    return waiting_for(staff, now)


def _asked_by_me(staff: Staff, now: datetime) -> QuerySet[Any]:
    return Approval.objects.filter(status=Approval.Status.PENDING, requested_by=staff)


def _refunds_owed() -> QuerySet[Any]:
    others = (payments_due().values("pk"), refunds_due().values("pk"))
    return open_refund_tasks().values("pk").union(*others, all=True)


WORK: Mapping[str, _Work] = {
    "closing": _Work(
        _("Closing within 12 hours"),
        _("Unpaid: remind the buyer or let it go"),
        "clock",
        urgent=True,
        query="view=closing",
    ),
    "chase": _Work(
        _("To chase"),
        _("Close within 12 hours, may be reminded now"),
        "chat-bubble-left-right",
        urgent=True,
        page="chasing:list",
        query="view=due",
        rows=lambda staff, now: to_chase(now),
    ),
    "red-to-me": _Work(
        _("Red flags to me"), _("Somebody asked you to look"), "flag", urgent=True, query="view=red-to-me"
    ),
    "red": _Work(_("Red flags"), _("Orders that need attention"), "flag", urgent=True, query="view=red"),
    "unpaid": _Work(
        _("Waiting for payment"), _("Kept for 72 hours from ordering"), "banknotes", query="view=unpaid"
    ),
    "paid": _Work(
        _("Paid, not shipped"), _("Everything that is to go out"), "archive-box", query="view=paid"
    ),
    "ship-today": _Work(
        _("Ship today"), _("Promised for today and not out yet"), "truck", query="view=ship-today"
    ),
    "late": _Work(
        _("Late"), _("Not shipped as promised"), "exclamation-circle", urgent=True, query="view=late"
    ),
    "missed": _Work(
        _("Missed orders"),
        _("Ready, and in no batch a day after payment"),
        "magnifying-glass",
        urgent=True,
        query="view=missed",
    ),
    "tell": _Work(
        _("Tell the buyer"),
        _("Printed, but not sent by the evening"),
        "chat-bubble-left-right",
        urgent=True,
        page="deliveries:tell",
        rows=lambda staff, now: to_tell(),
    ),
    "trouble": _Work(
        _("Delivery trouble"),
        _("Follow up before the buyer asks"),
        "map-pin",
        urgent=True,
        page="deliveries:trouble",
        rows=lambda staff, now: in_trouble(),
    ),
    "tickets": _Work(
        _("After-sales due by us"),
        _("Soonest due first"),
        "arrow-uturn-left",
        page="tickets:list",
        rows=lambda staff, now: in_view("due", staff),
    ),
    "my-tickets": _Work(
        _("My tickets"),
        _("Open, in your name"),
        "arrow-uturn-left",
        page="tickets:list",
        query="view=mine",
        rows=lambda staff, now: in_view("mine", staff),
    ),
    "escalated": _Work(
        _("Tickets with a supervisor"),
        _("Asked for, failed inspection, or run out of time"),
        "arrow-uturn-left",
        urgent=True,
        page="tickets:list",
        query="view=supervisor",
        rows=lambda staff, now: in_view("supervisor", staff),
    ),
    "exchange-holds": _Work(
        _("Exchange holds to sign"),
        _("Goods kept for an exchange: look, then sign"),
        "pencil-square",
        page="stock:holds",
        query="only=exchange",
        rows=lambda staff, now: holds_to_sign().filter(after_sale=True),
    ),
    "at-warehouse": _Work(
        _("Waiting for the warehouse"),
        _("Flags and changes not acknowledged yet"),
        "archive-box",
        query="view=at-warehouse",
    ),
    "flags": _Work(
        _("Red flags to me"),
        _("Somebody asked you to look"),
        "flag",
        urgent=True,
        page="deliveries:flags",
        rows=lambda staff, now: to_acknowledge(),
    ),
    "approvals": _Work(
        _("Approvals waiting"),
        _("Late payments and other exceptions to decide"),
        "check-badge",
        urgent=True,
        page="approvals",
        query="tab=to-me",
        rows=_waiting,
    ),
    "asked": _Work(
        _("My requests"),
        _("Waiting for a supervisor"),
        "check-badge",
        page="approvals",
        query="tab=mine",
        rows=_asked_by_me,
    ),
    "handover": _Work(
        _("Handed over to accept"),
        _("From the shift before, line by line"),
        "inbox-arrow-down",
        page="handover",
        rows=lambda staff, now: to_accept(staff),
    ),
    "handover-late": _Work(
        _("Handover not accepted"),
        _("Nobody took it over in time"),
        "inbox-arrow-down",
        urgent=True,
        page="handover",
        query="tab=supervisor",
        rows=lambda staff, now: with_supervisors(),
    ),
    "questions": _Work(
        _("Questions about my handover"),
        _("A colleague asks back"),
        "chat-bubble-left-right",
        urgent=True,
        page="handover",
        query="tab=questions",
        rows=lambda staff, now: to_answer(staff),
    ),
    "promises": _Work(
        _("Promises due today"),
        _("What buyers were promised by you"),
        "hand-raised",
        urgent=True,
        page="promises",
        rows=lambda staff, now: due_today(to_keep(staff), now),
    ),
    "promises-late": _Work(
        _("Promises overdue"),
        _("Of anybody: call the buyer before they do"),
        "hand-raised",
        urgent=True,
        page="promises",
        query="tab=all",
        rows=lambda staff, now: open_promises().filter(due_at__lte=now),
    ),
    "swaps": _Work(
        _("Swaps to answer"),
        _("A colleague asks you to take a shift"),
        "arrows-right-left",
        page="roster",
        rows=swaps_to_answer,
    ),
    "platform": _Work(
        _("To do on Taobao"),
        _("Flags, memos and closings to copy"),
        "clipboard-document-list",
        page="platform-tasks",
        rows=lambda staff, now: open_tasks(),
    ),
    "refunds": _Work(
        _("Refunds owed"),
        _("Money to be paid back to buyers"),
        "arrow-uturn-left",
        page="refunds",
        rows=lambda staff, now: _refunds_owed(),
    ),
    "notices": _Work(
        _("Change notices"),
        _("Acknowledge before anything goes out"),
        "megaphone",
        urgent=True,
        page="notices:notices",
        rows=lambda staff, now: open_notices(),
    ),
    "holds": _Work(
        _("Holds to sign"),
        _("Put the pieces aside, then sign"),
        "archive-box-arrow-down",
        page="stock:holds",
        rows=lambda staff, now: holds_to_sign(),
    ),
    "shortages": _Work(
        _("Out of stock"),
        _("Goods in the register of shortages"),
        "no-symbol",
        page="stock:shortages",
        rows=lambda staff, now: open_shortages(),
    ),
    "short": _Work(
        _("Orders waiting for goods"),
        _("They want what is out of stock"),
        "pause-circle",
        urgent=True,
        query="view=short",
    ),
    "imports": _Work(
        _("Imports to mend"),
        _("With rejected rows, last 7 days"),
        "arrow-up-tray",
        page="orders:import",
        query="only=rejected",
        rows=lambda staff, now: ImportRun.objects.filter(to_mend(now)),
    ),
    "jobs": _Work(
        _("Failed job runs"),
        _("In the last 24 hours"),
        "exclamation-triangle",
        urgent=True,
        page="jobs",
        query="only=failed-today",
        rows=lambda staff, now: JobRun.objects.filter(recent_failures(now)),
    ),
}

OF_ROLE: Mapping[str, tuple[str, ...]] = {
    Role.AGENT: (
        "closing",
        "chase",
        "red-to-me",
        "handover",
        "promises",
        "tickets",
        "my-tickets",
        "late",
        "ship-today",
        "tell",
        "trouble",
        "at-warehouse",
        "short",
        "unpaid",
        "paid",
        "platform",
        "refunds",
        "asked",
        "questions",
        "swaps",
        "imports",
    ),
    Role.SUPERVISOR: (
        "approvals",
        "notices",
        "red-to-me",
        "handover-late",
        "handover",
        "promises-late",
        "escalated",
        "tickets",
        "late",
        "missed",
        "tell",
        "trouble",
        "at-warehouse",
        "short",
        "shortages",
        "closing",
        "chase",
        "ship-today",
        "unpaid",
        "paid",
        "platform",
        "refunds",
        "imports",
        "jobs",
    ),
    Role.WAREHOUSE: (
        "notices",
        "flags",
        "holds",
        "exchange-holds",
        "missed",
        "late",
        "ship-today",
        "shortages",
        "paid",
        "asked",
    ),
    Role.MANAGER: ("jobs", "red", "escalated", "late", "closing", "unpaid", "paid"),
}


def read_tiles(staff: Staff, now: datetime) -> list[Tile]:
    """The work of a person's role: two statements count it all, unless that was just done; one reads their views."""
    codes = OF_ROLE[staff.role]
    of_views = {tab.query: tab.count or 0 for tab in tabs(staff, current=OrderFilter(), query="", now=now)}
    counted = {code: rows for code in codes if (rows := WORK[code].rows) is not None}

    def count() -> dict[str, int]:
        return capped_counts({code: rows(staff, now) for code, rows in counted.items()})

    of_rows = kept_counts("home", staff, counted, count)
    return [
        _tile(WORK[code], of_rows[code] if code in of_rows else of_views[WORK[code].query]) for code in codes
    ]


def _tile(work: _Work, count: int) -> Tile:
    address = reverse(work.page) + (f"?{work.query}" if work.query else "")
    return Tile(work.title, work.hint, work.icon, address, count, urgent=work.urgent and count > 0)
