"""``manage.py collect_messages``: bring the Chinese catalogue up to the source strings."""

from typing import Any

from babel.messages.catalog import Message
from django.conf import settings
from django.core.management.base import BaseCommand

from shopdesk.base.catalogue import bring_up_to_date


def _is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    return any(strings)


class Command(BaseCommand):
    """Needs no gettext on the machine."""

    help = "Bring the message catalogue up to the source strings."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the catalogue and say what is still to be translated."""
        path = settings.BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
        catalog = bring_up_to_date(path, settings.BASE_DIR, "zh_Hans")
        missing = [message.id for message in catalog if message.id and not _is_translated(message)]
        self.stdout.write(f"{len(catalog)} strings, {len(missing)} to be translated: {path}")
        for message in missing:
            self.stdout.write(f"  {message}")
