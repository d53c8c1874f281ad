"""``manage.py load_demo``: fill an empty database with a believable made-up shop."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.models import Order
from shopdesk.base import clock
from shopdesk.base.models import Staff
from shopdesk.desk.demo.shop import open_demo_shop
from shopdesk.desk.demo.sign_ins import DEMO_USERNAMES


class Command(BaseCommand):
    """Made-up orders, buyers and staff; the same seed at the same time gives the same shop."""

    help = (
        "Fill an empty database with a made-up shop: about 2000 orders of 90 days, and staff to sign in as."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The seed, and what to do where there is something already."""
        parser.add_argument("--seed", type=int, default=1, help="another number, another shop")
        parser.add_argument(
            "--if-empty", action="store_true", help="where there are orders, leave all as it is and succeed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses to mix made-up orders, and sign-ins with a published password, into a real shop."""
        if Order.objects.exists() or Staff.objects.filter(username__in=DEMO_USERNAMES).exists():
            if not options["if_empty"]:
                raise CommandError(
                    "This shop has orders or demo staff already: the demo needs an empty database."
                )
            self.stdout.write("This shop has orders or demo staff already: nothing was loaded.")
            return
        call_command("ensure_configuration", verbosity=0)
        count = open_demo_shop(clock.now(), options["seed"])
        self.stdout.write(f"Loaded the demo shop: {count} orders. Sign in as {', '.join(DEMO_USERNAMES)}.")
