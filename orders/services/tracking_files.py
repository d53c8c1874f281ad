"""Taking in lists of carriers' news (F7): every row is accounted for, one bad row never stops the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from orders.imports.errors import ExportFileError, RowRejected
from orders.imports.tracking_files import read_tracking_file
from orders.models import TrackingNews
from orders.rules.deliveries import News
from orders.services.tracking import record_news
from shopdesk.base import clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

BATCH = 500
MAX_BYTES = 10 << 20  # some hundred thousand rows
REJECTIONS_KEPT, UNKNOWN_SHOWN = 200, 20


@dataclass
class NewsReport:
    """What became of a file's rows."""

    rows: int = 0
    new: int = 0
    rejected: int = 0
    # The first ones, with row, column, value and reason.
    rejections: list[RowRejected] = field(default_factory=list)
    # Tracking numbers that no parcel of ours has: kept for when one is shipped.
    unknown: set[str] = field(default_factory=set)

    @property
    def known_already(self) -> int:
        """How many rows said nothing new."""
        return self.rows - self.new - self.rejected

    @property
    def unknown_shown(self) -> list[str]:
        """The first of the numbers that no parcel has."""
        return sorted(self.unknown)[:UNKNOWN_SHOWN]


def import_news(content: BinaryIO, *, actor: Staff, now: datetime | None = None) -> NewsReport:
    """Read a list of news and record it, each batch of rows in one transaction.

    Raises ``Forbidden`` (F7) by role, ``DomainError`` (D2) for a file that is too large or no such list.
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("F7", _("Your role does not work orders."))
    now = now or clock.now()
    if content.seek(0, 2) > MAX_BYTES:
        raise DomainError(
            "D2", _("The file is larger than %(most)s MB: export fewer days.") % {"most": MAX_BYTES >> 20}
        )
    report = NewsReport()
    batch: list[News] = []
    try:
        for row in read_tracking_file(content):
            report.rows += 1
            if isinstance(row, RowRejected):
                _reject(report, row)
                continue
            batch.append(row)
            if len(batch) == BATCH:
                _record(batch, report, actor, now)
                batch = []
    except ExportFileError as refusal:
        raise DomainError("D2", refusal.message) from refusal
    _record(batch, report, actor, now)
    return report


def _reject(report: NewsReport, rejection: RowRejected) -> None:
    report.rejected += 1
    if len(report.rejections) < REJECTIONS_KEPT:
        report.rejections.append(rejection)


def _record(batch: Sequence[News], report: NewsReport, actor: Staff, now: datetime) -> None:
    if batch:
        heard = record_news(batch, source=TrackingNews.Source.FILE, actor=actor, now=now)
        report.new += heard.new
        report.unknown |= heard.unknown
