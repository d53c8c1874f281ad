"""Finding the one ticket that a text names."""

from afterservice.models import Ticket
from afterservice.rules.search import Key, Wanted, is_ticket_number, keys_of
from orders.models import Order


def ticket_of(typed: str) -> int | None:
    """The ticket ``T123``, or the newest that comes back under this tracking number, unless an order went out by it.

    A bare number is no ticket here: it may be the end of an order's, or a phone. Two statements at most.
    """
    number = is_ticket_number(typed)
    if number is not None:
        return Ticket.objects.filter(pk=number).values_list("pk", flat=True).first()
    wanted = Wanted.read(typed)
    if Key.TRACKING not in keys_of(wanted):
        return None
    by_return = Ticket.objects.filter(return_invoice_no__in=[wanted.compact, wanted.compact.upper()])
    found = by_return.order_by("-opened_at", "-pk").values_list("pk", flat=True).first()
    if found is not None and Order.objects.filter(invoice_no=wanted.compact).exists():
        return None
    return found
