"""Reading imports: the list of runs, and one run with what became of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from orders.models import ImportFile, ImportRejection, ImportRun
from shopdesk.base.listing import Keyset, Page, read_page

REJECTIONS_SHOWN = 100
# Rejected rows are called for this long; after it nobody will mend them.
TO_MEND = timedelta(days=7)
RUNS_KEYSET = Keyset("created_at", "id", numeric=True)
# A worker takes a run within seconds; one that waits longer than this may have no worker.
WAIT_IS_LONG = timedelta(seconds=20)


@dataclass(frozen=True)
class Report:
    """One run as its page shows it."""

    run: ImportRun
    files: Sequence[ImportFile]
    rejections: Sequence[ImportRejection]
    waits_long: bool

    @property
    def in_progress(self) -> bool:
        """Whether there is more to come."""
        return self.run.status in (ImportRun.Status.QUEUED, ImportRun.Status.RUNNING)

    @property
    def refused(self) -> bool:
        """Whether nothing was imported because a file is no export."""
        return any(file.refusal for file in self.files)

    @property
    def rejections_left_out(self) -> int:
        """How many rejected rows only the file to be mended shows."""
        return max(0, self.run.rejected - len(self.rejections))

    @property
    def has_refunds(self) -> bool:
        """Whether a refund list was among the files, or rows of one were taken up (D2)."""
        run = self.run
        counts = (run.refunds_created, run.refunds_updated, run.refunds_unchanged, run.refunds_waiting)
        return any(counts) or any(file.kind == "refunds" for file in self.files)

    @property
    def orders_taken(self) -> int:
        """The orders that the files had and that are here now."""
        return self.run.created + self.run.updated + self.run.unchanged


def read_runs(cursor: str = "", *, to_mend_at: datetime | None = None) -> Page[ImportRun]:
    """One page of the imports, newest first, or of those to mend as of a moment: two statements."""
    runs = ImportRun.objects.select_related("created_by").prefetch_related("files")
    if to_mend_at is not None:
        runs = runs.filter(to_mend(to_mend_at))
    return read_page(runs, RUNS_KEYSET, cursor, size=20)


def read_report(run_id: int, *, now: datetime) -> Report:
    """One run: three statements. Raises ``ImportRun.DoesNotExist``."""
    run = ImportRun.objects.select_related("created_by").get(pk=run_id)
    files = list(run.files.annotate(rejected=Count("rejections")).order_by("pk"))
    rejections: list[ImportRejection] = []
    if run.rejected:
        rejections = list(
            ImportRejection.objects.filter(file__run=run)
            .select_related("file")
            .defer("cells")
            .order_by("file_id", "row", "pk")[:REJECTIONS_SHOWN]
        )
    waits_long = run.status == ImportRun.Status.QUEUED and now - run.created_at > WAIT_IS_LONG
    return Report(run, files, rejections, waits_long)


def to_mend(now: datetime) -> Q:
    """Imports of the last days that rejected rows."""
    return Q(created_at__gte=now - TO_MEND, rejected__gt=0)
