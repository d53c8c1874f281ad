"""Reading orders, and taking them in."""

from dataclasses import asdict, replace
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.api.placing import OrderPlaced, OrderTold
from orders.api.showing import OrderInFull, OrderShown
from orders.models import Note, Order, Payment
from orders.rules.imports import Outcome
from orders.rules.search import LONGEST, Key, Term
from orders.selectors.discretion import without_amounts
from orders.selectors.filters import VIEWS, OrderFilter
from orders.selectors.lists import order_rows, read_orders
from orders.selectors.scope import Place
from orders.services.placing import place_order
from orders.states import Status
from shopdesk.api.access import Access, Scope
from shopdesk.api.fields import BoundIn
from shopdesk.api.lists import ListQuery, page_of
from shopdesk.api.views import ApiView
from shopdesk.base import clock
from shopdesk.base.permissions import Permission

READ = Access(Permission.SEE_ORDERS, Scope.ORDERS_READ)
RED = "red"
ANY = {"1": "Yes: as “red”", "true": "Yes, as JSON says it: as “red”"}
# Stands in a cursor of a search before the key that it went by.
BY = "~"


class OrdersQuery(ListQuery):
    """Which orders."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    seller_flag = serializers.ChoiceField(
        choices=Order.SellerFlag.choices, required=False, help_text="Taobao's flag (N1)."
    )
    buyer_nick = serializers.CharField(required=False, max_length=64, help_text="The whole nick.")
    title = serializers.CharField(
        required=False, max_length=LONGEST, help_text="Words of a product's title (O3)."
    )
    q = serializers.CharField(
        required=False,
        max_length=LONGEST,
        help_text="As the search box: it knows what was typed by its shape (O3).",
    )
    created_from = BoundIn(
        required=False,
        help_text="Placed at this time or later: a day, or a time; without an offset it is Shanghai's.",
    )
    created_to = BoundIn(
        required=False, ends=True, help_text="Placed before this time, or on this day at the latest."
    )
    attention = serializers.ChoiceField(
        required=False,
        choices=[
            *((code, str(view.title)) for code, view in VIEWS.items() if view.urgent or code == "short"),
            *ANY.items(),
        ],
        help_text="Only orders that somebody has to look at, for this reason.",
    )

    def wanted(self) -> OrderFilter:
        """As the order list filters. Call it on valid data. Raises ``ValidationError`` for two searches at once."""
        asked = self.validated_data
        if asked.get("q") and asked.get("title"):
            raise serializers.ValidationError({"title": [_("Search by q or by title, not by both at once.")]})
        view = asked.get("attention", "all")
        flag = asked.get("seller_flag")
        return OrderFilter(
            view=RED if view in ANY else view,
            status=asked.get("status", ""),
            seller_flag=int(flag) if flag is not None else None,
            placed_from=asked.get("created_from"),
            placed_before=asked.get("created_to"),
            q=Term.read(asked.get("q") or asked.get("title") or ""),
            by=Key.TITLE if asked.get("title") else None,
            buyer_nick=asked.get("buyer_nick", ""),
        )


class OrdersCall(ApiView):
    """All orders."""

    access: ClassVar[dict[str, Access]] = {
        "get": READ,
        "post": Access(Permission.IMPORT, Scope.ORDERS_WRITE),
    }
    query = OrdersQuery
    told: ClassVar[dict[int, Any]] = {200: page_of(OrderShown, "OrderPage")}
    takes = OrderTold
    answers = {201: OrderPlaced, 200: OrderPlaced, 202: OrderPlaced}

    def get(self, request: Request) -> Response:
        """List orders, newest first."""
        asked = OrdersQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.wanted()
        data = asked.validated_data
        cursor, _tilde, by = data.get("cursor", "").partition(BY)
        if wanted.q and by in Key.values:
            wanted = replace(wanted, by=Key(by))
        page = read_orders(wanted, staff=self.staff, now=clock.now(), cursor=cursor, size=data["limit"])
        # A search goes on by the key that its first page found something with.
        mark = f"{BY}{page.key.value}" if page.key else ""
        return Response(
            {
                "results": OrderShown(page.rows, many=True, context={"staff": self.staff}).data,
                "next": page.older + mark if page.older else None,
                "previous": page.newer + mark if page.newer else None,
            }
        )

    def post(self, request: Request) -> Response:
        """Create an order with its lines, or bring it forward.

        Idempotent by `tid` and, for lines, by `oid` or else by place (D1). It only goes forward: a state of lower
        rank never replaces a higher one, and what staff did here stays. 201 where it is new, 200 where it was known,
        202 where it says too little for a new order and waits for the rest.
        """
        return self.write(request, lambda: self._place(request))

    def _place(self, request: Request) -> Response:
        told = OrderTold(data=request.data)
        told.is_valid(raise_exception=True)
        row, items = told.rows()
        placed = place_order(row, items, version=self.seen_version({}), actor=self.staff)
        status = {Outcome.CREATED: 201, Outcome.WAITING: 202}.get(Outcome(placed.outcome), 200)
        return Response(asdict(placed), status=status)


class OrderCall(ApiView):
    """One order."""

    access: ClassVar[dict[str, Access]] = {"get": READ}
    told: ClassVar[dict[int, Any]] = {200: OrderInFull}

    def get(self, request: Request, tid: str) -> Response:
        """Read one order with its lines, payments and notes; `ETag` is its version."""
        shown = in_full(tid, self)
        return Response(shown, headers={"ETag": f'"{shown["version"]}"'})


def in_full(tid: str, view: ApiView) -> dict[str, Any]:
    """An order as the account of this call may see it. Raises ``NotFound``."""
    created = Order.objects.filter(pk=tid).values_list("created", flat=True).first()
    if created is None:
        raise exceptions.NotFound(_("There is no such order."))
    sees_prices = view.staff.may(Permission.SEE_PRICES)
    [row] = order_rows([Place(created, tid)], see_prices=sees_prices)
    payments = list(Payment.objects.filter(order=tid).order_by("heard_at", "pk")) if sees_prices else []
    notes = list(Note.objects.filter(order=tid).order_by("at", "pk"))
    if not sees_prices:
        notes = [without_amounts(note) for note in notes]
    shown: dict[str, Any] = OrderInFull((row, payments, notes), context={"staff": view.staff}).data
    return shown
