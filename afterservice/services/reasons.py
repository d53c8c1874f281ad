"""Reasons that people give for what they do with a ticket."""

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

LONGEST_REASON = 500


def require_why(rule: str, text: str) -> str:
    """The reason without blanks round it. Raises ``DomainError`` (``rule``) for none, or one that cannot be kept."""
    reason = text.strip()
    if not reason:
        raise DomainError(rule, _("Say why."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError(rule, _("A reason holds 500 characters."), field="reason")
    if "\x00" in reason:
        raise DomainError(rule, _("The text holds a character that cannot be stored."), field="reason")
    return reason
