"""What each box of the ticket page stands on: the page's context, the forms that were refused, the refusals.

A box is an inclusion tag with ``takes_context``: it reads what it shows, and answers ``box(context, …)``.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from shopdesk.base.forms import DeskForm

_Form = TypeVar("_Form", bound=DeskForm)
# What templates use everywhere; an inclusion tag hands on nothing of the page by itself.
_OF_THE_PAGE = ("request", "may", "ticket", "refusals", "told")


def box(context: Mapping[str, Any], **own: Any) -> dict[str, Any]:
    """The context of a box: the page's ticket, abilities and refusals by part, and what the box adds."""
    page = {name: context[name] for name in _OF_THE_PAGE if name in context}
    return {**page, "refusals": page.get("refusals", {}), **own}


def form_of(context: Mapping[str, Any], part: str, fresh: _Form) -> _Form:
    """The form of a part: the one that was sent and refused, so that nothing typed is lost; else a fresh one."""
    sent = (context.get("bound") or {}).get(part)
    return sent if isinstance(sent, type(fresh)) else fresh
