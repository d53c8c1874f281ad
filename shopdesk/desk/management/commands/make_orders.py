"""``manage.py make_orders N``: bulk orders for benchmarks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shopdesk.base import clock
from shopdesk.desk.demo.bulk import make_orders


class Command(BaseCommand):
    """Made-up orders, added to what there is. Never for a shop in use: they cannot be told from real ones."""

    help = "Add many made-up orders, for benchmarks: a million take a few minutes."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, and the seed."""
        parser.add_argument("count", type=int, metavar="N", help="how many orders")
        parser.add_argument("--seed", type=int, default=1, help="another number, other orders")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, telling how far it is."""
        count = options["count"]
        if count < 1:
            raise CommandError("N is 1 or more.")
        self._done = 0
        make_orders(count, seed=options["seed"], now=clock.now(), report=self._tell)
        self.stdout.write(f"Made {count} orders.")

    def _tell(self, more: int) -> None:
        self._done += more
        if self._done % 100_000 == 0:
            self.stdout.write(f"{self._done} orders …")
