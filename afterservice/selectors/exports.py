"""Tickets, the registers and the warehouse's returns as files (A11, D3)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from afterservice.models import UnmatchedReturn
from afterservice.selectors.filters import PARAMETERS, TicketFilter
from afterservice.selectors.registers import (
    REGISTERS,
    RETURNED,
    Register,
    all_unmatched,
    read_register,
    read_wanted,
    rows_of,
)
from afterservice.selectors.registers import Column as RegisterColumn
from afterservice.selectors.registers import Row as RegisterRow
from afterservice.selectors.returns import ReturnTab, read_returns
from afterservice.selectors.ticket_list import read_tickets
from orders.rules.products import property_words
from shopdesk.base.exports import BATCH, Asked, Column, ExportList, Filters, Rows, Value, parameters, walk
from shopdesk.base.permissions import Permission


def _tickets(asked: Asked) -> Iterator[Rows]:
    wanted = TicketFilter.read(asked.query)

    def read(cursor: str) -> tuple[str | None, Rows]:
        nonlocal wanted
        page = read_tickets(wanted, staff=asked.staff, cursor=cursor, size=BATCH)
        # Further pages go by the key that the first one found something with.
        wanted = replace(wanted, by=page.key) if wanted.q else wanted
        return page.older, page.rows

    return walk(read)


def _goods(row: Any) -> str:
    return row.goods_in_full.replace("\n", "；")  # type: ignore[no-any-return]


TICKETS = ExportList(
    "tickets",
    _("After-sales"),
    "tickets:list",
    Permission.EXPORT,
    (
        Column(_("Ticket"), lambda row: row.ticket.number),
        Column(_("Opened"), lambda row: row.ticket.opened_at),
        Column(_("Priority"), lambda row: row.ticket.get_priority_display()),
        Column(_("Request"), lambda row: row.ticket.get_kind_display()),
        Column(_("Problem"), lambda row: row.ticket.get_problem_display()),
        Column(_("Case"), lambda row: row.ticket.get_case_display()),
        Column(_("Decision"), lambda row: row.ticket.get_decision_display()),
        Column(_("Goods' state"), lambda row: row.ticket.get_goods_display()),
        Column(_("Due next"), lambda row: row.ticket.next_due_at),
        Column(_("Order"), lambda row: row.ticket.order_id),
        Column(_("Buyer"), lambda row: row.ticket.buyer_id or ""),
        Column(_("Goods"), _goods),
        Column(_("Return tracking number"), lambda row: row.ticket.return_invoice_no),
        Column(_("Owner"), lambda row: str(row.ticket.owner or "")),
    ),
    _tickets,
    Filters(PARAMETERS, lambda address: TicketFilter.read(address).parameters),
)


def _of_register(column: RegisterColumn) -> Column:
    """The register's own column; of what came back without a ticket, only a few say something."""

    def value(row: RegisterRow | UnmatchedReturn) -> Value:
        if isinstance(row, RegisterRow):
            return column.value(row)
        known: dict[str, Value] = {"moment": row.found_at, "invoice": row.invoice_no, "note": row.note}
        return known.get(column.role, "")

    return Column(column.title, value, money=column.money, spoken=column.role == "note")


def _register_list(register: Register) -> ExportList:
    def batches(asked: Asked) -> Iterator[Rows]:
        wanted = read_wanted(register, asked.query)

        def read(cursor: str) -> tuple[str | None, Rows]:
            page = read_register(register, wanted, cursor, BATCH)
            return page.older, rows_of(page.rows)

        yield from walk(read)
        if register is RETURNED and not wanted.narrows:
            yield all_unmatched().iterator(chunk_size=BATCH)

    return ExportList(
        register.code,
        register.title,
        f"tickets:register-{register.code}",
        # The warehouse takes out its own list (contract).
        Permission.EXPORT_WAREHOUSE if register is RETURNED else Permission.EXPORT,
        [_of_register(column) for column in register.columns],
        batches,
        parameters("q", "from", "to", "state", *register.filters),
    )


def _returns(asked: Asked) -> Iterator[Rows]:
    tab = asked.query.get("tab", "")
    chosen = ReturnTab(tab) if tab in ReturnTab.values else ReturnTab.TO_INSPECT

    def read(cursor: str) -> tuple[str | None, Rows]:
        found = read_returns(chosen, cursor=cursor, size=BATCH)
        return found["page"].older, found["cards"]

    return walk(read)


UNMATCHED_COLUMNS = (
    Column(_("Return tracking number"), lambda row: row.invoice_no),
    Column(_("Note"), lambda row: row.note, spoken=True),
    Column(_("Found"), lambda row: row.found_at),
    Column(_("By"), lambda row: str(row.found_by or "")),
)
RETURN_COLUMNS = (
    Column(_("Ticket"), lambda card: card.ticket.number),
    Column(_("Buyer"), lambda card: card.ticket.buyer_id or ""),
    Column(_("Request"), lambda card: card.ticket.get_kind_display()),
    Column(_("Problem"), lambda card: card.ticket.get_problem_display()),
    Column(
        _("Goods"),
        lambda card: "；".join(
            f"{part.num} × {part.line.product.title} {property_words(part.line.sku_properties_name)}".strip()
            for part in card.lines
        ),
    ),
    Column(_("Return tracking number"), lambda card: card.ticket.return_invoice_no),
    Column(_("Address given"), lambda card: card.ticket.address_given_at),
    Column(_("Received"), lambda card: card.ticket.received_at),
)
RETURNS = ExportList(
    "returns",
    _("Returns"),
    "returns:returns",
    Permission.EXPORT_WAREHOUSE,
    lambda asked: UNMATCHED_COLUMNS if asked.query.get("tab") == ReturnTab.UNMATCHED else RETURN_COLUMNS,
    _returns,
    parameters("tab"),
)
LISTS = (TICKETS, *map(_register_list, REGISTERS), RETURNS)
