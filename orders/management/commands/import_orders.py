"""``manage.py import_orders FILE…``: import order lists, item lists and refund lists, in any order."""

import json
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext

from orders.imports.errors import ExportFileError
from orders.imports.headers import ListKind
from orders.models import ImportFile, ImportRejection, ImportRun
from orders.services.imports.run import Source, run_import
from shopdesk.base import clock

EXIT_NOT_AN_EXPORT = 2


class Command(BaseCommand):
    """Import exports of the platform from the shell."""

    help = "Import order lists, item lists and refund lists of Taobao, in any order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files, dry run, JSON."""
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, change nothing")
        parser.add_argument("--json", action="store_true", help="print the report as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the files and report every row."""
        paths = [Path(name) for name in options["files"]]
        for path in paths:
            if not path.is_file():
                raise CommandError(f"{path}: there is no such file.", returncode=EXIT_NOT_AN_EXPORT)
        run = ImportRun.objects.create(created_at=clock.now())
        with ExitStack() as stack:
            sources = [
                Source(
                    ImportFile.objects.create(run=run, name=path.name, size=path.stat().st_size),
                    stack.enter_context(path.open("rb")),
                )
                for path in paths
            ]
            try:
                run_import(run, sources, dry_run=options["dry_run"])
            except ExportFileError as error:
                refused = "; ".join(
                    f"{file.name}: {file.refusal_text}" for file in run.files.exclude(refusal="")
                )
                raise CommandError(refused or error.message, returncode=EXIT_NOT_AN_EXPORT) from error
        self._report(run, as_json=options["json"])

    def _report(self, run: ImportRun, *, as_json: bool) -> None:
        rejections = ImportRejection.objects.filter(file__run=run).select_related("file")
        rejected = [
            {
                "file": rejection.file.name,
                "row": rejection.row,
                "column": rejection.column,
                "value": rejection.value,
                "reason": gettext(rejection.reason),
                "code": rejection.code,
            }
            for rejection in rejections.order_by("file_id", "row")
        ]
        if as_json:
            answer = {
                "created": run.created,
                "updated": run.updated,
                "unchanged": run.unchanged,
                "waiting": run.waiting,
                "waiting_orders": run.waiting_orders,
                "rejected": rejected,
                "lines": run.lines,
                "refunds": {
                    "created": run.refunds_created,
                    "updated": run.refunds_updated,
                    "unchanged": run.refunds_unchanged,
                    "waiting": run.refunds_waiting,
                },
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write(
            f"{run.created} created, {run.updated} updated, {run.unchanged} unchanged, {run.lines} lines, "
            f"{run.waiting} item rows waiting, {run.waiting_orders} order rows waiting, {run.rejected} rejected"
        )
        if run.files.filter(kind=ListKind.REFUNDS).exists():
            self.stdout.write(
                f"Refund list: {run.refunds_created} created, {run.refunds_updated} updated, "
                f"{run.refunds_unchanged} unchanged, {run.refunds_waiting} waiting"
            )
        for file in run.files.exclude(refusal="").order_by("pk"):
            self.stdout.write(f"  {file.name}: {file.refusal_text}")
        for row in rejected:
            self.stdout.write(
                f"  {row['file']} row {row['row']}, {row['column'] or 'row'} “{row['value']}”: {row['reason']}"
            )
