"""The counts beside the views of a list and on the board, kept for a few seconds for each person.

To count all views takes longer than to read the page, and people go from page to page faster than counts change.
What somebody did themselves they see counted at once; what others did, within ``VIEW_COUNTS_SECONDS``.
"""

from collections.abc import Callable, Collection
from typing import Literal, TypeVar, get_args

from django.conf import settings
from django.core.cache import cache

from shopdesk.base.models import Staff

Counted = TypeVar("Counted")
Listed = Literal["orders", "tickets", "home", "board"]


def kept_counts(
    listed: Listed, staff: Staff, views: Collection[str], count: Callable[[], dict[str, int]]
) -> dict[str, int]:
    """The counts of a person's views of a list: as they were a moment ago, else counted."""
    return kept(listed, staff, count, still=lambda counts: counts.keys() == set(views))


def kept(
    listed: Listed,
    staff: Staff,
    count: Callable[[], Counted],
    *,
    still: Callable[[Counted], bool] | None = None,
) -> Counted:
    """What a person's counting found a moment ago, where it is ``still`` what is asked for; else found now."""
    if not settings.VIEW_COUNTS_SECONDS:
        return count()
    found: Counted | None = cache.get(_key(listed, staff))
    if found is None or (still is not None and not still(found)):
        found = count()
        cache.set(_key(listed, staff), found, settings.VIEW_COUNTS_SECONDS)
    return found


def forget_counts(staff: Staff) -> None:
    """Count anew for a person who did something."""
    if settings.VIEW_COUNTS_SECONDS:
        cache.delete_many([_key(listed, staff) for listed in get_args(Listed)])


def _key(listed: Listed, staff: Staff) -> str:
    return f"view-counts:{listed}:{staff.pk}"
