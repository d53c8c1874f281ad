"""The page of a ticket and its forms, as a browser asks for them."""

from typing import Any

from django.test import Client
from django.urls import reverse

from afterservice.models import Ticket
from tests.afterservice.goods_scenes import now_of


def page(client: Client, ticket: Ticket) -> str:
    """The ticket's page."""
    answer = client.get(reverse("tickets:detail", args=[ticket.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, name: str, ticket: Ticket, *, htmx: bool = False, **data: Any) -> Any:
    """Send one of its forms, of the version that is there now unless said otherwise."""
    data = {"version": now_of(ticket).version} | data
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(reverse(f"tickets:{name}", args=[ticket.pk]), data, headers=headers)
