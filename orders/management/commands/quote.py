"""``manage.py quote --json FILE|-``: price an ask as the API would."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.quotes import quote_ask
from shopdesk.base.errors import DomainError


class Command(BaseCommand):
    """Price an ask and explain it."""

    help = "Price an ask (JSON, from a file or standard input) as the API would."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the ask is."""
        parser.add_argument("--json", required=True, metavar="FILE|-", help="the ask; - reads standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the quote as one line of JSON; a refusal prints its code and message and exits 1."""
        name = options["json"]
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
            ask = json.loads(text)
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}.") from error
        except ValueError as error:
            raise CommandError(f"{name}: this is no JSON: {error}") from error
        try:
            quote = quote_ask(ask)
        except DomainError as refusal:
            answer = {"code": refusal.code, "message": str(refusal.message), "field": refusal.field}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            sys.exit(1)
        self.stdout.write(json.dumps(quote.as_json(), ensure_ascii=False))
