"""``manage.py quote --json FILE|-``: price an ask as the API would."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.quotes import quote_ask
from orders.rules.quotes import Quote
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
        self.stdout.write(json.dumps(as_json(quote), ensure_ascii=False))


def as_json(quote: Quote) -> dict[str, Any]:
    """A quote in the shape of the API: money as strings."""
    return {
        "goods_total": f"{quote.goods_total:.2f}",
        "discount_fee": f"{quote.discount_fee:.2f}",
        "goods_payable": f"{quote.goods_payable:.2f}",
        "post_fee": f"{quote.post_fee:.2f}",
        "post_fee_credit": f"{quote.post_fee_credit:.2f}",
        "payment": f"{quote.payment:.2f}",
        "parcels": quote.parcels,
        "post_fee_owed": f"{quote.post_fee_owed:.2f}",
        "lines": [
            {"payment": f"{line.payment:.2f}", "discount_fee": f"{line.discount_fee:.2f}", "kind": line.kind}
            for line in quote.lines
        ],
        "steps": [
            {"rule": step.rule, "text": str(step), "amount": f"{step.amount:.2f}"} for step in quote.steps
        ],
        "tariff_version": quote.tariff_version,
        "tier_version": quote.tier_version,
    }
