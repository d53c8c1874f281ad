"""How an address names a ticket: ``T12``, or ``12``."""

from django.urls import register_converter


class TicketConverter:
    """The number of a ticket, with or without its letter."""

    regex = "T?[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value.removeprefix("T"))

    def to_url(self, value: int) -> str:
        """As people call it."""
        return f"T{value}"


register_converter(TicketConverter, "ticket")
