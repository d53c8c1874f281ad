"""What Taobao's refund list told of a ticket, as audit facts (D2, D4)."""

from collections.abc import Mapping
from typing import Any

from afterservice.events import fact
from afterservice.models import Ticket
from shopdesk.base.audit import Fact


def told(ticket: Ticket, before: Mapping[str, Any], after: Mapping[str, Any], file_name: str) -> Fact:
    """The list told something new."""
    return fact("platform.told", ticket, dict(before), {**after, "file": file_name})


def linked(ticket: Ticket, number: str) -> Fact:
    """A ticket that staff opened is the request that Taobao calls so."""
    return fact("platform.linked", ticket, {"platform_no": ""}, {"platform_no": number})
