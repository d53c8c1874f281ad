"""Reasons that people decide by, or undo by (P2)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

LONGEST_REASON = 500
ASK = _("Say why: the supervisor decides by the reason.")


def require_reason(text: str, rule: str = "P2", ask: str | Promise = ASK) -> str:
    """The reason without blanks round it.

    Raises ``DomainError`` (by ``rule``) for none, saying ``ask``, and for one that is too long or cannot be kept.
    """
    reason = text.strip()
    if not reason:
        raise DomainError(rule, ask, field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError(rule, _("A reason holds 500 characters."), field="reason")
    if "\x00" in reason:
        raise DomainError(rule, _("The text holds a character that cannot be stored."), field="reason")
    return reason
