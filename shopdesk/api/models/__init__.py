"""The tables of the API."""

from shopdesk.api.models.answers import KeptAnswer
from shopdesk.api.models.tokens import ApiToken
from shopdesk.api.models.webhooks import Delivery, OutboxEvent, Sender, Webhook

__all__ = ["ApiToken", "Delivery", "KeptAnswer", "OutboxEvent", "Sender", "Webhook"]
