"""``manage.py reset_second_factor USERNAME``: for the only manager, who lost phone and recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.services import second_factor


class Command(BaseCommand):
    """Everybody else is helped by a manager, on their page under People."""

    help = "Take a lost second factor away and end all sessions of that account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("username", metavar="USERNAME", help="the name to sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reset it."""
        staff = Staff.objects.filter(username=options["username"]).first()
        if staff is None:
            raise CommandError(f"There is no account {options['username']}.")
        try:
            second_factor.reset(staff.pk, actor=None)
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(
            f"{staff.username} signs in with the password alone and sets up a new second factor."
        )
