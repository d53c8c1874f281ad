"""Taking the unpaid and the enquiry register out as files (O14, D3)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.events.chasing import exported
from orders.selectors import enquiry_register, unpaid_register
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.spreadsheets import Cell

# A workbook is written whole, then sent; a CSV file has no bound.
MAX_XLSX_ROWS = 50_000
KINDS = ("csv", "xlsx")


@dataclass(frozen=True)
class Register:
    """A register that is taken out: how its filters are read, its rows and its columns."""

    code: str
    read_filter: Callable[[Mapping[str, str]], Any]
    rows: Callable[[Any], QuerySet[Any]]
    header: Sequence[str | Promise]
    cells: Callable[[Any], Iterator[list[Cell]]]


UNPAID = Register(
    "unpaid",
    unpaid_register.read_unpaid_filter,
    unpaid_register.unpaid_orders,
    unpaid_register.HEADER,
    unpaid_register.unpaid_cells,
)
ENQUIRIES = Register(
    "enquiries",
    enquiry_register.read_enquiry_filter,
    enquiry_register.enquiries_in,
    enquiry_register.HEADER,
    enquiry_register.enquiry_cells,
)


@dataclass(frozen=True)
class Export:
    """A header and its rows, read while they are sent."""

    header: list[str]
    rows: Iterator[list[Cell]]


def export(
    register: Register, address: Mapping[str, str], *, kind: str, actor: Staff, now: datetime | None = None
) -> Export:
    """A register as filtered by an address, as CSV or XLSX; who took what is audited.

    Raises ``Forbidden`` (D3) by role, ``DomainError`` (D3) for another kind of file, and for a workbook of more than
    ``MAX_XLSX_ROWS`` rows.
    """
    if not actor.may(Permission.EXPORT):
        raise Forbidden("D3", _("Your role does not export this list."))
    if kind not in KINDS:
        raise DomainError("D3", _("Choose CSV or XLSX."), field="kind")
    wanted = register.read_filter(address)
    if kind == "xlsx" and register.rows(wanted)[MAX_XLSX_ROWS : MAX_XLSX_ROWS + 1].exists():
        raise DomainError(
            "D3",
            _("A workbook holds %(most)s rows. Choose fewer days, or take CSV.") % {"most": MAX_XLSX_ROWS},
            field="kind",
        )
    audit.record(exported(register.code, kind, wanted.as_facts()), at=now or clock.now(), actor=actor)
    return Export([str(title) for title in register.header], register.cells(wanted))
