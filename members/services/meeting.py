"""Buyers are known from their first order on."""

from collections.abc import Mapping
from datetime import datetime

from shopdesk.base.arrays import text_array
from shopdesk.base.prepared import prepared_cursor

_MEET = """
INSERT INTO members_buyer (nick, first_seen_at)
SELECT nick, seen FROM unnest(%s::text[], %s::timestamptz[]) AS met (nick, seen) ORDER BY nick
ON CONFLICT DO NOTHING
"""


def meet_buyers(first_seen: Mapping[str, datetime]) -> None:
    """Make those buyers known that are not yet, by nick and when each was first seen: one statement.

    Nicks are sorted: who meets the same at once waits, and neither for ever.
    """
    if not first_seen:
        return
    with prepared_cursor() as cursor:
        seen = map(datetime.isoformat, first_seen.values())
        cursor.execute(_MEET, [text_array(first_seen), text_array(seen)])
