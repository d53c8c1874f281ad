"""``manage.py import_opening FILE``: the starting balances of a shop that moves in (M4a)."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.opening_files import read_opening
from members.services.opening import preview, take_over
from shopdesk.base import clock
from shopdesk.base.errors import DomainError


class Command(BaseCommand):
    """Counts each nick once: the same file again changes nothing."""

    help = "Bring in spend so far and free shipping for life from a CSV: nick,opening_spend,lifetime_address."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and what to do with it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="tell what would change")
        parser.add_argument("--json", action="store_true", help="report as one line of JSON")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Read, count, report."""
        try:
            opening = read_opening(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(f"{file}: {error.message}") from error
        dry = options["dry_run"]
        report = preview(opening) if dry else take_over(opening, actor=None, now=clock.now())
        told = {
            "changed": len(report.changes),
            "unchanged": report.unchanged,
            "rejected": [
                {"row": row.number, "nick": row.nick, "reason": str(row.reason)} for row in report.rejected
            ],
        }
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stdout.write(f"{told['changed']} changed, {told['unchanged']} unchanged")
        for row in report.rejected:
            self.stdout.write(f"row {row.number}, {row.nick}: {row.reason}")
