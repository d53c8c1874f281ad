"""What buyers ask for in tests, and evidence rows: made directly, without their files."""

from typing import Any

from afterservice.models import AcceptCondition, Evidence, Ticket
from afterservice.rules.requests import NewTicket
from orders.models import Order
from tests.factories import NOW, make_staff

WORDS = "穿着有点小，想换一下"


def ask(order: Order, **fields: Any) -> NewTicket:
    """A return of the first line by choice, said in the chat, unless said otherwise."""
    defaults: dict[str, Any] = {
        "tid": order.tid,
        "kind": "return",
        "problem": "changed_mind",
        "goods": ((1, 1, None),),
        "text": WORDS,
        "channel": "wangwang",
    }
    return NewTicket(**(defaults | fields))


def add_evidence(ticket: Ticket, stage: str = Evidence.Stage.REQUEST) -> Evidence:
    """A photo, as a row."""
    return Evidence.objects.create(
        ticket=ticket,
        stage=stage,
        file="evidence/x",
        name="a.jpg",
        content_type="image/jpeg",
        size=9,
        added_at=NOW,
    )


def make_condition(name: str = "七天无理由", *, active: bool = False, **fields: Any) -> AcceptCondition:
    """A condition that accepts every return, as a row; an active one was tried before."""
    defaults: dict[str, Any] = {"kind": "return", "made_by": make_staff("manager"), "made_at": NOW}
    if active:
        defaults |= {"active": True, "tried_at": NOW, "tried_version": 1}
    return AcceptCondition.objects.create(name=name, **(defaults | fields))
