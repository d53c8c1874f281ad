"""``manage.py run_job NAME``: run a job once, as the clock would."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shopdesk.base import clock, jobs

# The audit log has its months made a year ahead, and what was done by a later clock cannot be undone.
FARTHEST_AHEAD = timedelta(days=31)


class Command(BaseCommand):
    """Run one job and report what it did."""

    help = "Run a job once, as the clock would."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name, moment, dry run, JSON."""
        parser.add_argument("name", choices=[job.name for job in jobs.registered()], metavar="NAME")
        parser.add_argument("--now", help="run as if it were this time (ISO; Shanghai without an offset)")
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, change nothing")
        parser.add_argument("--json", action="store_true", help="print the report as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        try:
            now = clock.parse(options["now"]) if options["now"] else None
        except ValueError as error:
            raise CommandError(
                f"--now: {options['now']!r} is no ISO time, e.g. 2026-11-22 12:00:00"
            ) from error
        if now is not None and now > clock.now() + FARTHEST_AHEAD and not options["dry_run"]:
            raise CommandError(
                f"--now: {options['now']!r} is more than {FARTHEST_AHEAD.days} days ahead, and what a job does "
                "stays done. Add --dry-run to see what it would do, or choose an earlier time."
            )
        report = jobs.run(options["name"], now=now, dry_run=options["dry_run"])
        if options["json"]:
            answer = {
                "job": report.name,
                "done": report.done,
                "skipped": report.skipped,
                "failed": report.failed,
                "subjects": report.subjects[: jobs.SUBJECTS_SHOWN],
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        verb = "would be done" if report.dry_run else "done"
        self.stdout.write(
            f"{report.name}: {report.done} {verb}, {report.skipped} skipped, {report.failed} failed"
        )
        for reason, count in report.skip_reasons.items():
            self.stdout.write(f"  {count} skipped: {reason}")
        for subject in report.subjects[: jobs.SUBJECTS_SHOWN]:
            self.stdout.write(f"  {subject}")
