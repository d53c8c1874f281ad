"""What follows an accepted request in the made-up shop: goods kept, sent back, received; by the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from afterservice.models import Ticket
from afterservice.services import addresses, buyer_pays, exchanging, returning, settling
from orders.services import hand_holds
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Role
from shopdesk.desk.demo.ticket_steps import Step

RETURN_ADDRESS = "上海市 松江区 样板路88号3号库 退货组（收） 021-00000000"


def keep_return_address(at: datetime) -> None:
    """The manager enters where goods are sent back to."""
    manager = Staff.objects.filter(role=Role.MANAGER).order_by("pk").first()
    if manager is not None:
        addresses.change_return_address(RETURN_ADDRESS, seen=None, actor=manager, now=at)


class ComingBack:
    """Steps of a ticket at so many hours ago, by its owner and by the warehouse."""

    def __init__(self, owner: Callable[[int], Staff], warehouse: Staff, ago: Callable[[float], datetime]):
        self._owner, self._warehouse, self._ago = owner, warehouse, ago

    def asked_for_resale(self, hours: float) -> Step:
        """Asked: unworn, fit for resale."""
        return lambda number: _done(
            exchanging.ask_resale(number, actor=self._owner(number), now=self._ago(hours))
        )

    def kept(self, hours: float, postage: str) -> Step:
        """Kept from the shelf, signed by the warehouse half an hour later; the buyer pays so much (CNY)."""

        def keep(number: int) -> None:
            agent, now = self._owner(number), self._ago(hours)
            exchanging.hold_targets(number, actor=agent, now=now)
            buyer_pays.set_postage(number, Decimal(postage), actor=agent, now=now)
            for line in Ticket.objects.get(pk=number).lines.filter(hold__isnull=False).order_by("pk"):
                hand_holds.sign(line.hold_id or 0, actor=self._warehouse, now=self._ago(hours - 0.5))

        return keep

    def told_where(self, hours: float) -> Step:
        """Told the return address."""
        return lambda number: _done(
            returning.give_address(number, actor=self._owner(number), now=self._ago(hours))
        )

    def on_its_way(self, hours: float, invoice_no: str) -> Step:
        """The buyer told the number."""
        return lambda number: _done(
            returning.note_return(
                number, "zhongtong", invoice_no, actor=self._owner(number), now=self._ago(hours)
            )
        )

    def received(self, hours: float) -> Step:
        """Scanned at the door."""
        return lambda number: _done(
            returning.receive(f"T{number}", actor=self._warehouse, now=self._ago(hours))
        )

    def resent(self, hours: float) -> Step:
        """What is missing is handed to the warehouse."""
        return lambda number: _done(
            settling.send(number, "resent", actor=self._owner(number), now=self._ago(hours))
        )

    def settled(self, hours: float, remark: str) -> Step:
        """Settled without goods or money, and the buyer is content."""

        def settle(number: int) -> None:
            agent = self._owner(number)
            settling.settle_as_done(number, remark=remark, actor=agent, now=self._ago(hours))
            settling.follow_up(number, 5, "谢谢，处理得很快", actor=agent, now=self._ago(hours - 1))

        return settle


def _done(_answer: object) -> None:
    """A step tells nothing: what the service answers is for pages."""
