"""Taking registers out as files (A11, D3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from afterservice.events.registers import exported
from afterservice.selectors.registers import RETURNED, Register, Wanted, export_rows, tickets_in
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.spreadsheets import Cell

# A workbook is written whole, then sent; a CSV file has no bound.
MAX_XLSX_TICKETS = 50_000
KINDS = ("csv", "xlsx")


@dataclass(frozen=True)
class Export:
    """A header and its rows, read while they are sent."""

    header: list[str]
    rows: Iterator[list[Cell]]


def permission_for(register: Register) -> Permission:
    """Who may: the warehouse takes out its own list (contract)."""
    return Permission.EXPORT_RETURNS if register is RETURNED else Permission.EXPORT


def export(
    register: Register, wanted: Wanted, *, kind: str, actor: Staff, now: datetime | None = None
) -> Export:
    """A register as filtered, as CSV or XLSX; who took what is audited, amounts only for who sees prices (T1).

    Raises ``Forbidden`` (D3) by role, ``DomainError`` (D3) for another kind of file, and for a workbook of more than
    ``MAX_XLSX_TICKETS`` tickets.
    """
    if not actor.may(permission_for(register)):
        raise Forbidden("D3", _("Your role does not export this list."))
    if kind not in KINDS:
        raise DomainError("D3", _("Choose CSV or XLSX."), field="kind")
    if kind == "xlsx" and tickets_in(register, wanted)[MAX_XLSX_TICKETS : MAX_XLSX_TICKETS + 1].exists():
        raise DomainError(
            "D3",
            _("A workbook holds %(most)s tickets. Choose fewer days, or take CSV.")
            % {"most": MAX_XLSX_TICKETS},
            field="kind",
        )
    columns = register.columns_for(see_prices=actor.may(Permission.SEE_PRICES))
    audit.record(exported(register.code, kind, wanted.as_facts()), at=now or clock.now(), actor=actor)
    header = [str(column.title) for column in columns]
    return Export(header, export_rows(register, wanted, columns))
