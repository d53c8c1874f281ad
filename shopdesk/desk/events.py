"""What happens on pages that span apps, as audit facts (D4)."""

from collections.abc import Mapping

from shopdesk.base.audit import Fact


def report_exported(subject: str, filters: Mapping[str, str]) -> Fact:
    """Somebody took a report, or the rows behind a figure, out as a file (D3)."""
    return Fact("report.exported", "report", subject, {}, {"filters": dict(filters)})
