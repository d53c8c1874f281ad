"""``manage.py create_manager USERNAME SIGNATURE``: the first account of an empty shop."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from shopdesk.base.models import Staff
from shopdesk.base.permissions import Role
from shopdesk.base.services.staff import create_staff


class Command(BaseCommand):
    """A manager makes all further accounts under “Staff and settings”."""

    help = "Make a manager's account; a manager makes all others in the browser."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and where the password comes from."""
        parser.add_argument("username", metavar="USERNAME", help="the name to sign in with")
        parser.add_argument("signature", metavar="SIGNATURE", help="the short name under notes, e.g. 店长")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from the first line of stdin"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check what was given as the admin pages would, then make the account."""
        values = {
            "username": options["username"],
            "role": Role.MANAGER.value,
            "signature": options["signature"],
            "is_active": True,
        }
        account = Staff(**values)
        try:
            account.full_clean(exclude=["password"])
            password = _password(from_stdin=options["password_stdin"])
            validate_password(password, account)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        create_staff(values, password, actor=None)
        self.stdout.write(f"{account.username} may sign in now, as a manager.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise CommandError("These are two different passwords. Try again.")
    return password
