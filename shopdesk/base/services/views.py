"""Saving a list's filters under a name."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.models import SavedView, Staff

MOST_VIEWS = 12
NAME_LENGTH = 40
QUERY_LENGTH = 500


@transaction.atomic
def save_view(staff: Staff, *, page: str, name: str, query: str) -> SavedView:
    """Keep a query string under a name; the same name again replaces it.

    Raises ``DomainError`` for a name or query that is empty or too long, or past ``MOST_VIEWS`` of one person.
    """
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise DomainError("view", _("Give the view a name."), field="name")
    if len(name) > NAME_LENGTH:
        raise DomainError("view", _("A shorter name, please: 40 characters at most."), field="name")
    if not query:
        raise DomainError("view", _("This view shows everything: set a filter first."), field="query")
    if len(query) > QUERY_LENGTH:
        raise DomainError("view", _("These filters are too long to be kept."), field="query")
    # The row of the person is the lock under which their views are counted.
    Staff.objects.select_for_update().get(pk=staff.pk)
    others = SavedView.objects.filter(page=page, owner=staff).exclude(name=name)
    if others.count() >= MOST_VIEWS:
        raise DomainError("view", _("You have 12 views here already: delete one first."))
    view, _created = SavedView.objects.update_or_create(
        page=page, owner=staff, name=name, defaults={"query": query}
    )
    return view


def delete_view(staff: Staff, view_id: int) -> None:
    """Drop one of a person's own views; one that is gone already is no error."""
    SavedView.objects.filter(pk=view_id, owner=staff).delete()
