"""The faults by name. Each breaks something under load and answers what came of it."""

from collections.abc import Callable, Mapping

from shopdesk.desk.chaos.callers import Access
from shopdesk.desk.chaos.faults import clocks, disk, servers, statements, workers
from shopdesk.desk.chaos.own_desk import OwnDesk
from shopdesk.desk.chaos.scene import Outcome

FAULTS: Mapping[str, Callable[[OwnDesk, Access, int], Outcome]] = {
    "database": servers.database_restarted,
    "broker": servers.broker_gone,
    "workers": workers.worker_killed,
    "disk": disk.disk_full,
    "clock": clocks.clock_jump,
    "beats": clocks.two_beats,
    "doubled": clocks.two_of_each,
    "commits": statements.commit_cut,
    "migration": statements.migration,
}
