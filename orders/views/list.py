"""The order list: views, search, filters, one page of rows; and the views that people save."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.models import BuyerTag
from members.selectors import legend, tiers_at
from orders.models import Order
from orders.rules.search import Key, fits
from orders.selectors.filters import OrderFilter
from orders.selectors.lists import SAVED_VIEWS_PAGE, OrderPage, list_orders, searchable_keys, tabs
from orders.selectors.marks import put_off
from orders.states import Status
from shipping.provinces import PROVINCES
from shopdesk.base import clock
from shopdesk.base.composed import ask_ahead
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.services.views import delete_view, save_view
from shopdesk.base.web import StaffActionView, StaffPageView


@dataclass(frozen=True)
class Chip:
    """One filter that is on, and the address without it."""

    label: str
    without: str


@dataclass(frozen=True)
class KeyChoice:
    """One key that the search could go by, and the address that does so."""

    label: str
    address: str
    current: bool


class OrderList(StaffPageView):
    """Orders, newest first, as the address asks for them."""

    permission = Permission.SEE_ORDERS
    template_name = "orders/order_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rows and all that stands around them: ten statements at most, a search some more."""
        now = clock.now()
        with ask_ahead("orders", staff=self.staff.pk, at=now):
            return super().get_context_data(**self._shown(now), **kwargs)

    def _shown(self, now: datetime) -> dict[str, Any]:
        wanted = OrderFilter.read(self.request.GET.dict())
        cursor = self.request.GET.get("cursor", "")
        off = put_off(self.staff, now)
        page = list_orders(wanted, staff=self.staff, now=now, off=off, cursor=cursor)
        # Read only where the menu of filters is drawn anew, or one of them is named.
        people = SimpleLazyObject(owners)
        tags = SimpleLazyObject(legend)
        query = urlencode(wanted.parameters)
        return {
            "wanted": wanted,
            "page": page,
            "off": off,
            "tabs": tabs(self.staff, current=wanted, query=query, now=now, off=off),
            "query": query,
            "cursor": cursor,
            "chips": _chips(wanted, people, tags),
            "key_choices": _key_choices(wanted, page, searchable_keys(self.staff)),
            "newer": _page_address(wanted, page, page.newer),
            "older": _page_address(wanted, page, page.older),
            "everywhere": "?" + urlencode({"q": wanted.q.text}),
            "search_text": wanted.q.text,
            "people": people,
            "buyer_tags": tags,
            "statuses": _statuses(get_language()),
            "flags": Order.SellerFlag.choices,
            "provinces": PROVINCES,
            "tiers": tiers_at(now) if page.rows and self.staff.may(Permission.SEE_PRICES) else None,
        }


def owners() -> list[Staff]:
    """Who may own orders and tickets: one statement."""
    return list(Staff.objects.filter(role__in=("agent", "supervisor")).order_by("signature", "pk"))


@lru_cache(maxsize=8)
def _statuses(language: str | None) -> tuple[tuple[str, str], ...]:
    # The two closings share one word on screen; as a filter each needs its own.
    names = {
        Status.TRADE_CLOSED: _("Closed after a refund"),
        Status.TRADE_CLOSED_BY_TAOBAO: _("Closed, never paid"),
    }
    return tuple((status.value, names.get(status, str(status.label))) for status in Status)


def _chips(wanted: OrderFilter, people: Iterable[Staff], tags: Iterable[BuyerTag]) -> list[Chip]:
    labels: dict[str, str] = {}
    if wanted.q:
        labels["q"] = _("“%(text)s”") % {"text": wanted.q.text}
    if wanted.status:
        labels["status"] = dict(_statuses(get_language()))[wanted.status]
    if wanted.seller_flag is not None:
        labels["seller_flag"] = _("%(colour)s flag") % {
            "colour": Order.SellerFlag(wanted.seller_flag).label,
        }
    if wanted.receiver_state:
        labels["receiver_state"] = wanted.receiver_state
    if wanted.owner is not None:
        owner = next((str(person) for person in people if person.pk == wanted.owner), f"#{wanted.owner}")
        labels["owner"] = _("owner: %(name)s") % {"name": owner}
    if wanted.tag is not None:
        tag = next((tag.name for tag in tags if tag.pk == wanted.tag), f"#{wanted.tag}")
        labels["tag"] = _("tag: %(name)s") % {"name": tag}
    if wanted.created_from:
        labels["created_from"] = _("from %(day)s") % {"day": wanted.created_from.isoformat()}
    if wanted.created_to:
        labels["created_to"] = _("to %(day)s") % {"day": wanted.created_to.isoformat()}
    return [Chip(label, _address_without(wanted, name)) for name, label in labels.items()]


def _address_without(wanted: OrderFilter, name: str) -> str:
    dropped = {name, "by"} if name == "q" else {name}
    return "?" + urlencode({key: value for key, value in wanted.parameters.items() if key not in dropped})


def _key_choices(wanted: OrderFilter, page: OrderPage[Any], allowed: frozenset[Key]) -> list[KeyChoice]:
    if not wanted.q:
        return []
    return [
        KeyChoice(str(key.label), "?" + urlencode({**wanted.parameters, "by": key.value}), key == page.key)
        for key in Key
        if key in allowed and fits(key, wanted.q)
    ]


def _page_address(wanted: OrderFilter, page: OrderPage[Any], cursor: str | None) -> str | None:
    if cursor is None:
        return None
    # Further pages go by the key that the first one found something with.
    return "?" + urlencode({**replace(wanted, by=page.key).parameters, "cursor": cursor})


class SaveView(StaffActionView):
    """Keep the filters of the list under a name."""

    permission = Permission.SEE_ORDERS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Save, and go to the view."""
        asked = OrderFilter.read({key: str(value) for key, value in request.POST.items() if key != "next"})
        query = urlencode(asked.parameters)
        view = save_view(
            self.staff, page=SAVED_VIEWS_PAGE, name=request.POST.get("view_name", ""), query=query
        )
        return f"{reverse('orders:list')}?{view.query}"

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("orders:list")


class DeleteView(StaffActionView):
    """Drop one of one's own views."""

    permission = Permission.SEE_ORDERS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Delete, and go to the list."""
        delete_view(self.staff, kwargs["view_id"])
        return reverse("orders:list")
