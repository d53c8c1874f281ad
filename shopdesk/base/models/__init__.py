"""The kernel's tables."""

from shopdesk.base.models.approvals import Approval
from shopdesk.base.models.audit import AuditEntry
from shopdesk.base.models.exemptions import JobExemption, JobForecast
from shopdesk.base.models.exports import Export
from shopdesk.base.models.jobs import JobRun
from shopdesk.base.models.roster import RosterEntry, ShiftHours, ShiftSwap
from shopdesk.base.models.staff import Staff
from shopdesk.base.models.views import SavedView

__all__ = [
    "Approval",
    "AuditEntry",
    "Export",
    "JobExemption",
    "JobForecast",
    "JobRun",
    "RosterEntry",
    "SavedView",
    "ShiftHours",
    "ShiftSwap",
    "Staff",
]
