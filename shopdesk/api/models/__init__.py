"""The tables of the API."""

from shopdesk.api.models.answers import KeptAnswer
from shopdesk.api.models.tokens import ApiToken

__all__ = ["ApiToken", "KeptAnswer"]
