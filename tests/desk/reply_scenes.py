"""Canned replies for tests, as rows, with sensible values wherever a test does not care."""

from typing import Any

from shopdesk.desk.models import CannedReply
from tests.factories import NOW

SHIPPED = "亲，已经发货啦，{carrier} {tracking}"


def make_reply(text: str = "亲，{nick}，您好", *claims: str, **fields: Any) -> CannedReply:
    """A reply shared by all, unless said otherwise."""
    fields = {"moment": "greeting", "title": text[:40], "changed_at": NOW} | fields
    return CannedReply.objects.create(text=text, claims=list(claims), **fields)


def shipped_reply(**fields: Any) -> CannedReply:
    """One that says “shipped”, with carrier and number."""
    return make_reply(SHIPPED, "shipped", **({"moment": "shipping", "title": "已发货"} | fields))
