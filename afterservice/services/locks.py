"""Row locks of tickets: orders by tid first, then tickets by number, then whatever ``orders.services`` locks."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket
from orders.models import Order
from orders.services.locks import lock_orders
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


def require_role(rule: str, actor: Staff, permission: Permission = Permission.WORK_TICKETS) -> None:
    """Raise ``Forbidden`` (by ``rule``) for a role that does not work tickets, or lacks another permission."""
    if not actor.may(permission):
        raise Forbidden(rule, _("Your role does not do this with tickets."))


def lock_ticket(number: int, *, version: int | None = None) -> Ticket:
    """Lock a ticket, after its order and the order tied to it (A8); answer it as it is now.

    ``ticket.order`` and ``ticket.tied_order`` are the locked rows. Raises ``DomainError`` (A1) when there is none,
    ``VersionConflict`` (T5) when ``version`` is given and the ticket has changed since.
    """
    found = Ticket.objects.filter(pk=number).values_list("order_id", "tied_order_id").first()
    if found is None:
        raise DomainError("A1", _("There is no ticket T%(number)s.") % {"number": number})
    orders = lock_orders(tid for tid in found if tid)
    ticket = Ticket.objects.select_for_update().get(pk=number)
    moved = (ticket.order_id, ticket.tied_order_id) != found
    if moved or version not in (None, ticket.version):
        raise VersionConflict(
            "T5",
            _("Somebody changed this ticket since you opened it. Look at it as it is now, then try again."),
            subject=("ticket", str(number)),
            stands={"version": ticket.version},
        )
    ticket.order = orders[ticket.order_id]
    if ticket.tied_order_id:
        ticket.tied_order = orders[ticket.tied_order_id]
    return ticket


def lock_free(numbers: Iterable[int]) -> list[Ticket]:
    """Lock those of many tickets that nobody works on, after their orders: three statements. For jobs.

    The others are left to the next run. ``ticket.order`` and ``ticket.tied_order`` are the locked rows.
    """
    found = Ticket.objects.filter(pk__in=set(numbers)).values_list("pk", "order_id", "tied_order_id")
    seen = {number: tids for number, *tids in found}
    tids = {tid for of_ticket in seen.values() for tid in of_ticket if tid}
    free = Order.objects.filter(pk__in=tids).order_by("tid").select_for_update(skip_locked=True)
    orders: dict[str | None, Order] = {order.pk: order for order in free}
    # Only those whose orders were free: whoever has the order would pass a ticket over that is held without it.
    ours = [
        number for number, of_ticket in seen.items() if all(not tid or tid in orders for tid in of_ticket)
    ]
    locked = []
    for ticket in Ticket.objects.filter(pk__in=ours).order_by("pk").select_for_update(skip_locked=True):
        if seen[ticket.pk] == [ticket.order_id, ticket.tied_order_id]:
            ticket.order, ticket.tied_order = orders[ticket.order_id], orders.get(ticket.tied_order_id)
            locked.append(ticket)
    return locked


def save(ticket: Ticket, fields: Iterable[str]) -> None:
    """Write these fields of a locked ticket; its version grows."""
    ticket.version += 1
    ticket.save(update_fields=[*fields, "version"])


def version_of(subject_id: str) -> int | None:
    """For approvals: lock the ticket and answer its version; ``None`` when there is none."""
    try:
        return lock_ticket(int(subject_id)).version
    except DomainError:
        return None


def versions_of(subject_ids: Iterable[str]) -> dict[str, int]:
    """For approvals: the versions of many tickets, with one statement and without a lock."""
    rows = Ticket.objects.filter(pk__in=[int(number) for number in subject_ids]).values_list("pk", "version")
    return {str(number): version for number, version in rows}
