"""The timeline of a ticket: every action in words, amounts only for those who see prices."""

import pytest

from afterservice.selectors.timeline import sentence
from shopdesk.base.models import AuditEntry


@pytest.mark.parametrize(
    ("action", "before", "after", "words"),
    [
        ("ticket.owner", {"owner": None}, {"owner": 7}, "Taken over by 小雨"),
        ("approval.asked", {}, {"reason": "老客户"}, "A supervisor is asked: 老客户"),
        # No words of its own: what moved is named.
        (
            "anything.new",
            {"case": "opened", "money": "none"},
            {"case": "answered", "money": "none"},
            "case: opened → answered",
        ),
        ("anything.new", {}, {"text": "x"}, "anything.new"),
    ],
)
def test_what_happened_is_said_in_words(action: str, before: dict, after: dict, words: str) -> None:
    entry = AuditEntry(action=action, before=before, after=after)

    assert sentence(entry, {7: "小雨"}, see_prices=True) == words
