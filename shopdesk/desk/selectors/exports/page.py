"""Reading what a person took out as files (D3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy

from shopdesk.base import exports
from shopdesk.base.exports import SUBJECT, ExportList
from shopdesk.base.models import Export, Staff
from shopdesk.base.services.exports import rows_written, stands_still

SHOWN = 50
# What the parameters of lists are called; one that is missing here is shown by its own name.
FILTER_TITLES = {
    "view": gettext_lazy("View"),
    "tab": gettext_lazy("Tab"),
    "only": gettext_lazy("Only"),
    "q": gettext_lazy("Search"),
    "status": gettext_lazy("State"),
    "state": gettext_lazy("State"),
    "case": gettext_lazy("State"),
    "kind": gettext_lazy("Kind"),
    "problem": gettext_lazy("Problem"),
    "goods": gettext_lazy("Goods"),
    "seller_flag": gettext_lazy("Flag"),
    "receiver_state": gettext_lazy("Province"),
    "owner": gettext_lazy("Owner"),
    "from": gettext_lazy("From"),
    "created_from": gettext_lazy("From"),
    "opened_from": gettext_lazy("From"),
    "to": gettext_lazy("To"),
    "created_to": gettext_lazy("To"),
    "opened_to": gettext_lazy("To"),
    "tier": gettext_lazy("Tier"),
    "verdict": gettext_lazy("Found"),
    "week": gettext_lazy("Week"),
    "job": gettext_lazy("Job"),
}


@dataclass(frozen=True)
class ExportRow:
    """One file: of which list, filtered how, how many rows by now."""

    export: Export
    listed: ExportList | None
    written: int | None
    stands_still: bool

    @property
    def title(self) -> str:
        """The list by its name."""
        return str(self.listed.title) if self.listed else self.export.code

    @property
    def filters(self) -> list[tuple[str, str]]:
        """What the list was filtered by, in words."""
        return [
            (str(FILTER_TITLES.get(name, name)), value)
            for name, value in self.export.query.items()
            if name != SUBJECT
        ]

    @property
    def address(self) -> str:
        """The list with the same filters."""
        if self.listed is None:
            return ""
        query = dict(self.export.query)
        subject = query.pop(SUBJECT, None)
        if self.listed.has_subject and subject is None:
            return ""
        page = reverse(self.listed.page, args=[subject] if self.listed.has_subject else [])
        return f"{page}?{urlencode(query)}" if query else page


@dataclass(frozen=True)
class ExportsPageRows:
    """What a person took out lately, and whether some of it is still being written."""

    rows: Sequence[ExportRow]

    @property
    def waiting(self) -> bool:
        """Whether the page has to ask again."""
        return any(row.export.status == Export.Status.RUNNING for row in self.rows)


def read_exports(staff: Staff, now: datetime) -> ExportsPageRows:
    """A person's own exports, the newest first: one statement."""
    known = {listed.code: listed for listed in exports.registered()}
    found = Export.objects.filter(created_by=staff).order_by("-created_at", "-pk")[:SHOWN]
    rows = []
    for export in found:
        running = export.status == Export.Status.RUNNING
        rows.append(
            ExportRow(
                export,
                known.get(export.code),
                rows_written(export) if running else export.rows,
                stands_still(export, now),
            )
        )
    return ExportsPageRows(rows)


def lists_of(staff: Staff) -> list[ExportList]:
    """The lists that a person may take out as a whole, by their titles."""
    allowed = [
        listed for listed in exports.registered() if staff.may(listed.permission) and not listed.has_subject
    ]
    return sorted(allowed, key=lambda listed: str(listed.title))
