"""``manage.py ensure_configuration``: the rows that the desk needs before its first page."""

from typing import Any

from django.core.management.base import BaseCommand

from shopdesk.base import clock
from shopdesk.base.services.upkeep import keep_up


class Command(BaseCommand):
    """Idempotent: run after every migration."""

    help = (
        "Prepare what the desk needs beside its tables; run it after every migration. "
        "In this version that is the audit log's partitions of the coming months."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the upkeep that the clock does every night, so that it is done before the first one."""
        keep_up(clock.now(), dry_run=False)
        self.stdout.write("The configuration is complete.")
