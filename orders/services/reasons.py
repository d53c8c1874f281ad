"""Reasons that supervisors decide by (P2)."""

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

LONGEST_REASON = 500


def require_reason(text: str) -> str:
    """The reason without blanks round it. Raises ``DomainError`` (P2) for none, or one that is too long."""
    reason = text.strip()
    if not reason:
        raise DomainError("P2", _("Say why: the supervisor decides by the reason."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError("P2", _("A reason holds 500 characters."), field="reason")
    return reason
