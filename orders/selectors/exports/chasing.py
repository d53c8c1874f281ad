"""The list of unpaid orders, and the unpaid and the enquiry register, as files (O14)."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from orders.rules.closing import closes_at
from orders.selectors.chasing_list import read_chasing, read_filter
from orders.selectors.enquiry_register import read_enquiries, read_enquiry_filter
from orders.selectors.exports.columns import goods_cell, name_of
from orders.selectors.unpaid_register import read_unpaid, read_unpaid_filter
from shopdesk.base.exports import BATCH, Asked, Column, ExportList, Filters, Rows, parameters, walk
from shopdesk.base.permissions import Permission


def _chasing_filters(address: Mapping[str, str]) -> dict[str, str]:
    wanted = read_filter(address)
    filters = {
        "view": wanted.view,
        "asked": wanted.asked,
        "mine": "1" if wanted.mine else "",
        "q": wanted.q,
    }
    return {name: value for name, value in filters.items() if value}


def _chasing(asked: Asked) -> Iterator[Rows]:
    wanted = read_filter(asked.query)

    def read(cursor: str) -> tuple[str | None, Rows]:
        page, rows = read_chasing(wanted, staff=asked.staff, now=asked.now, cursor=cursor, size=BATCH)
        return page.older, rows

    return walk(read)


CHASING = ExportList(
    "chasing",
    _("Chasing payment"),
    "chasing:list",
    Permission.EXPORT,
    (
        Column(_("Order"), lambda row: row.order.tid),
        Column(_("Buyer"), lambda row: row.order.buyer_id or ""),
        Column(_("Placed"), lambda row: row.order.created),
        Column(_("Closes"), lambda row: closes_at(row.order.created)),
        Column(_("Goods"), lambda row: goods_cell(row.lines)),
        Column(_("Amount"), lambda row: row.order.payment, money=True),
        Column(_("Had asked"), lambda row: _("yes") if row.asked_before else ""),
        Column(_("Reminders"), lambda row: len(row.reminders)),
        Column(_("Last reminder"), lambda row: row.last.at if row.last else None),
        Column(_("By"), lambda row: name_of(row.last.by) if row.last else ""),
        Column(
            _("Last outcome"),
            lambda row: row.last.get_outcome_display() if row.last and row.last.outcome else "",
        ),
        Column(_("Why not now"), lambda row: str(row.refusal.message) if row.refusal else ""),
        Column(_("Owner"), lambda row: name_of(row.order.owner)),
    ),
    _chasing,
    Filters(("view", "asked", "mine", "q"), _chasing_filters),
)


def _unpaid(asked: Asked) -> Iterator[Rows]:
    wanted = read_unpaid_filter(asked.query)

    def read(cursor: str) -> tuple[str | None, Rows]:
        page, rows = read_unpaid(wanted, cursor, BATCH)
        return page.older, rows

    return walk(read)


UNPAID = ExportList(
    "unpaid",
    _("Unpaid register"),
    "chasing:unpaid",
    Permission.EXPORT,
    (
        Column(_("Order"), lambda row: row.order.tid),
        Column(_("Buyer"), lambda row: row.order.buyer_id or ""),
        Column(_("Placed"), lambda row: row.order.created),
        Column(_("Closed"), lambda row: row.order.end_time),
        Column(_("How it closed"), lambda row: row.order.get_close_reason_display()),
        Column(_("Goods"), lambda row: goods_cell(row.lines)),
        Column(_("Amount"), lambda row: row.order.payment, money=True),
        Column(_("Reminders"), lambda row: row.reminded),
        Column(_("Last outcome"), lambda row: row.last_outcome),
        Column(_("Why not paid"), lambda row: row.reason.get_reason_display() if row.reason else ""),
        Column(_("In words"), lambda row: row.reason.words if row.reason else "", spoken=True),
        Column(_("Found out by"), lambda row: name_of(row.reason.found_by) if row.reason else ""),
    ),
    _unpaid,
    parameters("q", "from", "to", "closed", "reason"),
)


def _enquiries(asked: Asked) -> Iterator[Rows]:
    wanted = read_enquiry_filter(asked.query)

    def read(cursor: str) -> tuple[str | None, Rows]:
        page, rows = read_enquiries(wanted, cursor, BATCH)
        return page.older, rows

    return walk(read)


ENQUIRIES = ExportList(
    "enquiries",
    _("Enquiries"),
    "chasing:enquiries",
    Permission.EXPORT,
    (
        Column(_("Nick"), lambda row: row.enquiry.nick),
        Column(_("Asked"), lambda row: row.enquiry.asked_at),
        Column(_("Question"), lambda row: row.enquiry.question, spoken=True),
        Column(
            _("Why not bought"), lambda row: row.enquiry.get_why_not_display() if row.enquiry.why_not else ""
        ),
        Column(_("In words"), lambda row: row.enquiry.words, spoken=True),
        Column(_("Ordered since"), lambda row: row.order.tid if row.order else ""),
        Column(_("Placed"), lambda row: row.order.created if row.order else None),
        Column(_("State"), lambda row: row.order.get_status_display() if row.order else ""),
        Column(_("Amount"), lambda row: row.order.payment if row.order else None, money=True),
        Column(_("Written by"), lambda row: name_of(row.enquiry.written_by)),
    ),
    _enquiries,
    parameters("q", "from", "to", "why_not", "ordered"),
)
LISTS = (CHASING, UNPAID, ENQUIRIES)
