"""``manage.py ensure_configuration``: the rows that the desk needs before its first page."""

from typing import Any

from django.core.management.base import BaseCommand

from afterservice.services.clocks import ensure_starting_terms
from members.services import ensure_starting_tiers
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.services.upkeep import keep_up
from shopdesk.desk.services.replies import ensure_starting_replies


class Command(BaseCommand):
    """Idempotent: run after every migration."""

    help = (
        "Prepare what the desk needs beside its tables; run it after every migration: the audit log's "
        "partitions of the coming months, and the tariffs, tiers, clocks and canned replies that a new shop starts "
        "with."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing; nothing that a manager entered is touched."""
        keep_up(clock.now(), dry_run=False)
        ensure_starting_tariffs()
        ensure_starting_tiers()
        ensure_starting_terms()
        ensure_starting_replies()
        if options["verbosity"]:
            self.stdout.write("The configuration is complete.")
