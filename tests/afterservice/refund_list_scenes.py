"""The order that Taobao's refund lists speak of, their words, and what they made of its ticket."""

from typing import Any

from afterservice.models import Clock, Ticket, TicketMessage
from orders.models import Order, Refund
from shopdesk.base.models import AuditEntry

TID = "4326000000000000001"
AGREE, REFUSED = "买家已经申请退款，等待卖家同意", "卖家拒绝退款"
RETURN, CONFIRM = "卖家已经同意退款，等待买家退货", "买家已经退货，等待卖家确认收货"
CLOSED, SUCCESS = "退款关闭", "退款成功"


def the_ticket() -> Ticket:
    """The ticket of the refund that lists name unless said otherwise."""
    return Ticket.objects.get(platform_no="901")


def states(ticket: Ticket) -> tuple[str, str, str, str]:
    """How far case, decision, goods and money are."""
    return ticket.case, ticket.decision, ticket.goods, ticket.money


def running(ticket: Ticket) -> dict[str, str]:
    """The clocks that run on a ticket, and whom each awaits."""
    return dict(Clock.objects.filter(ticket=ticket, stopped_at__isnull=True).values_list("kind", "awaits"))


def everything() -> list[Any]:
    """All that a file could have touched; that it was read is on record besides."""
    tables = (Ticket, Clock, TicketMessage, Refund, Order)
    facts = AuditEntry.objects.filter(subject_kind__in=["ticket", "order"])
    rows = [facts.values_list(), *(table._default_manager.values_list() for table in tables)]
    return [sorted(map(str, found)) for found in rows]
