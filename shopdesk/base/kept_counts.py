"""The counts beside the views of a list, kept for a few seconds for each person.

To count all views takes longer than to read the page, and people go from page to page faster than counts change.
What somebody did themselves they see counted at once; what others did, within ``VIEW_COUNTS_SECONDS``.
"""

from collections.abc import Callable, Collection
from typing import Literal, get_args

from django.conf import settings
from django.core.cache import cache

from shopdesk.base.models import Staff

Listed = Literal["orders", "tickets", "home"]


def kept_counts(
    listed: Listed, staff: Staff, views: Collection[str], count: Callable[[], dict[str, int]]
) -> dict[str, int]:
    """The counts of a person's views of a list: as they were a moment ago, else counted."""
    if not settings.VIEW_COUNTS_SECONDS:
        return count()
    kept: dict[str, int] | None = cache.get(_key(listed, staff))
    if kept is None or kept.keys() != set(views):
        kept = count()
        cache.set(_key(listed, staff), kept, settings.VIEW_COUNTS_SECONDS)
    return kept


def forget_counts(staff: Staff) -> None:
    """Count anew for a person who did something."""
    if settings.VIEW_COUNTS_SECONDS:
        cache.delete_many([_key(listed, staff) for listed in get_args(Listed)])


def _key(listed: Listed, staff: Staff) -> str:
    return f"view-counts:{listed}:{staff.pk}"
