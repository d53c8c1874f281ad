"""The ticket list: views, search, filters, one page of rows; and the views that people save."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.search import keys_of
from afterservice.selectors.filters import VIEWS, TicketFilter
from afterservice.selectors.ticket_list import SAVED_VIEWS_PAGE, SHOWN, TicketPage, read_tickets, tabs
from afterservice.states import Case, Goods
from members.selectors import tiers_at
from orders.views.list import Chip, KeyChoice, owners
from shopdesk.base import clock
from shopdesk.base.composed import ask_ahead
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.services.views import delete_view, save_view
from shopdesk.base.web import StaffActionView, StaffPageView


class TicketList(StaffPageView):
    """Tickets as the address asks for them: by what is due next, ours unless another view is chosen."""

    permission = Permission.SEE_TICKETS
    template_name = "tickets/ticket_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rows and all that stands around them: eight statements, a search some more."""
        now = clock.now()
        with ask_ahead("tickets", staff=self.staff.pk, at=now):
            return super().get_context_data(**self._shown(now), **kwargs)

    def _shown(self, now: datetime) -> dict[str, Any]:
        wanted = TicketFilter.read(self.request.GET.dict())
        cursor = self.request.GET.get("cursor", "")
        page = read_tickets(wanted, staff=self.staff, cursor=cursor, fields=SHOWN)
        people = SimpleLazyObject(owners)
        query = urlencode(wanted.parameters)
        return {
            "wanted": wanted,
            "page": page,
            "by_due": VIEWS[wanted.view].by_due,
            "tabs": tabs(self.staff, current=wanted, query=query),
            "query": query,
            "cursor": cursor,
            "chips": _chips(wanted, people),
            "key_choices": _key_choices(wanted, page),
            "newer": _page_address(wanted, page, page.newer),
            "older": _page_address(wanted, page, page.older),
            "everywhere": "?" + urlencode({"view": "all", "q": wanted.q.text}),
            "people": people,
            "kinds": TicketKind.choices,
            "problems": Problem.choices,
            "cases": Case.choices,
            "goods": Goods.choices,
            "tiers": tiers_at(now) if page.rows and self.staff.may(Permission.SEE_PRICES) else None,
        }


def _chips(wanted: TicketFilter, people: Iterable[Staff]) -> list[Chip]:
    labels: dict[str, str] = {}
    if wanted.q:
        labels["q"] = _("“%(text)s”") % {"text": wanted.q.text}
    for name, choices in (("kind", TicketKind), ("problem", Problem), ("case", Case), ("goods", Goods)):
        if value := getattr(wanted, name):
            labels[name] = str(dict(choices.choices)[value])
    if wanted.owner is not None:
        owner = next((str(person) for person in people if person.pk == wanted.owner), f"#{wanted.owner}")
        labels["owner"] = _("owner: %(name)s") % {"name": owner}
    if wanted.opened_from:
        labels["opened_from"] = _("from %(day)s") % {"day": wanted.opened_from.isoformat()}
    if wanted.opened_to:
        labels["opened_to"] = _("to %(day)s") % {"day": wanted.opened_to.isoformat()}
    return [Chip(label, _address_without(wanted, name)) for name, label in labels.items()]


def _address_without(wanted: TicketFilter, name: str) -> str:
    dropped = {name, "by"} if name == "q" else {name}
    return "?" + urlencode({key: value for key, value in wanted.parameters.items() if key not in dropped})


def _key_choices(wanted: TicketFilter, page: TicketPage) -> list[KeyChoice]:
    if not wanted.q:
        return []
    return [
        KeyChoice(str(key.label), "?" + urlencode({**wanted.parameters, "by": key.value}), key == page.key)
        for key in keys_of(wanted.q)
    ]


def _page_address(wanted: TicketFilter, page: TicketPage, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    # Further pages go by the key that the first one found something with.
    return "?" + urlencode({**replace(wanted, by=page.key).parameters, "cursor": cursor})


class SaveView(StaffActionView):
    """Keep the filters of the list under a name."""

    permission = Permission.SEE_TICKETS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Save, and go to the view."""
        asked = TicketFilter.read({key: str(value) for key, value in request.POST.items() if key != "next"})
        view = save_view(
            self.staff,
            page=SAVED_VIEWS_PAGE,
            name=request.POST.get("view_name", ""),
            query=urlencode(asked.parameters),
        )
        return f"{reverse('tickets:list')}?{view.query}"

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("tickets:list")


class DeleteView(StaffActionView):
    """Drop one of one's own views."""

    permission = Permission.SEE_TICKETS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Delete, and go to the list."""
        delete_view(self.staff, kwargs["view_id"])
        return reverse("tickets:list")
