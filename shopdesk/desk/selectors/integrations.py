"""What the pages of integrations show: tokens, webhooks with their deliveries, senders of payments."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from orders.models import WaitingPayment
from shopdesk.api.models import ApiToken, Delivery, Sender, Webhook
from shopdesk.base.listing import Keyset, Page, read_page

_NEWEST = Keyset("created_at", "pk", numeric=True)
LONGEST_LIST = 200
WAITING_SHOWN = 50


@dataclass(frozen=True)
class Deliveries:
    """Which deliveries are shown."""

    state: str = ""
    webhook: int | None = None

    @classmethod
    def of(cls, state: str, webhook: str) -> "Deliveries":
        """What an address asks for; what is none of ours asks for nothing."""
        number = int(webhook) if webhook.isascii() and webhook.isdigit() and len(webhook) < 18 else None
        return cls(state if state in Delivery.State.values else "", number)

    def rows(self) -> QuerySet[Delivery]:
        """Those that fit."""
        rows = Delivery.objects.all()
        if self.state:
            rows = rows.filter(state=self.state)
        return rows if self.webhook is None else rows.filter(webhook=self.webhook)

    def read(self, cursor: str) -> Page[Delivery]:
        """One page of them, newest first."""
        return read_page(self.rows().select_related("event", "webhook"), _NEWEST, cursor)


def read_tokens() -> QuerySet[ApiToken]:
    """The tokens: those that work first, then by age."""
    tokens = ApiToken.objects.select_related("account", "created_by", "revoked_by")
    return tokens.order_by("revoked_at", "-created_at", "-pk")[:LONGEST_LIST]


def read_webhooks() -> QuerySet[Webhook]:
    """The webhooks, each with how many deliveries wait and were given up."""
    counted = {
        state: Count("deliveries", filter=Q(deliveries__state=state))
        for state in (Delivery.State.WAITING.value, Delivery.State.DEAD.value)
    }
    return Webhook.objects.annotate(**counted).order_by("-active", "name", "pk")[:LONGEST_LIST]


def read_senders() -> QuerySet[Sender]:
    """Who may tell us of payments, those that may first."""
    return Sender.objects.select_related("created_by").order_by("revoked_at", "-created_at", "-pk")[
        :LONGEST_LIST
    ]


def read_waiting() -> QuerySet[WaitingPayment]:
    """The payments that wait longest for their orders."""
    return WaitingPayment.objects.order_by("since", "pk")[:WAITING_SHOWN]
