"""The jobs and kinds of approval that this app brings."""

from django.utils.translation import gettext_lazy as _

from afterservice.services.evidence import remove_orphans
from shopdesk.base import jobs

jobs.register(
    jobs.Job(
        name="remove_orphan_files",
        title=_("Remove orphaned files"),
        purpose=_("Removes photos and videos that belong to no ticket because adding them broke off (A12)."),
        service=remove_orphans,
        minute="40",
        hour="3",
    )
)
