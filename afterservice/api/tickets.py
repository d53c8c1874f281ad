"""Reading tickets, and opening them."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from afterservice.api.showing import TicketInFull, TicketShown
from afterservice.models import Clock, Evidence, Ticket, TicketMessage
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.requests import LONGEST_TEXT, NewTicket
from afterservice.rules.search import Key, Wanted
from afterservice.selectors.filters import NOTHING, VIEWS, TicketFilter
from afterservice.selectors.ticket_list import read_tickets, ticket_rows
from afterservice.services.opening import open_ticket
from afterservice.states import Case, Goods
from orders.models import Order
from shopdesk.api.access import Access, Scope
from shopdesk.api.fields import MomentIn, TidIn, list_of
from shopdesk.api.lists import ListQuery, page_of
from shopdesk.api.views import ApiView
from shopdesk.base.permissions import Permission

SEE = Access(Permission.SEE_TICKETS, Scope.TICKETS, Scope.WAREHOUSE)
WORK = Access(Permission.WORK_TICKETS, Scope.TICKETS)


class TicketsQuery(ListQuery):
    """Which tickets."""

    view = serializers.ChoiceField(
        choices=[(code, str(view.title)) for code, view in VIEWS.items()], default="all",
        help_text="As the tabs of the page: what is due next comes first, in “settled” and “all” the newest.",
    )  # fmt: skip
    kind = serializers.ChoiceField(choices=TicketKind.choices, required=False)
    problem = serializers.ChoiceField(choices=Problem.choices, required=False)
    case = serializers.ChoiceField(choices=Case.choices, required=False)
    goods = serializers.ChoiceField(choices=Goods.choices, required=False)
    tid = TidIn(required=False)

    def wanted(self) -> TicketFilter:
        """As the ticket list filters. Call it on valid data."""
        asked = self.validated_data
        tid = asked.get("tid")
        return TicketFilter(
            view=asked["view"],
            kind=asked.get("kind", ""),
            problem=asked.get("problem", ""),
            case=asked.get("case", ""),
            goods=asked.get("goods", ""),
            q=Wanted.read(tid) if tid else NOTHING,
            by=Key.TID if tid else None,
        )


class GoodsIn(serializers.Serializer[Any]):
    """A line that it is about."""

    position = serializers.IntegerField(min_value=0, max_value=32767)
    num = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    target_sku_id = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None,
        help_text="What is wanted instead, of an exchange of size or colour (A7).",
    )  # fmt: skip


class TicketIn(serializers.Serializer[Any]):
    """What a buyer asks for (A1)."""

    tid = TidIn()
    kind = serializers.ChoiceField(choices=TicketKind.choices)
    problem = serializers.ChoiceField(choices=Problem.choices)
    lines = list_of(GoodsIn, required=False, default=list, max_length=200)
    text = serializers.CharField(max_length=LONGEST_TEXT, help_text="In the buyer's words.")
    channel = serializers.ChoiceField(
        choices=TicketMessage.Channel.choices, default=TicketMessage.Channel.WANGWANG
    )
    received_time = MomentIn(
        required=False, allow_null=True, default=None,
        help_text="When the buyer got the goods, where the order does not know it (A4).",
    )  # fmt: skip
    received_source = serializers.ChoiceField(
        choices=Ticket.ReceiptSource.choices, required=False, allow_blank=True, default=""
    )


class TicketsCall(ApiView):
    """All tickets."""

    access: ClassVar[dict[str, Access]] = {"get": SEE, "post": WORK}
    query = TicketsQuery
    told: ClassVar[dict[int, Any]] = {200: page_of(TicketShown, "TicketPage")}
    takes = TicketIn
    answers: ClassVar[dict[int, Any]] = {201: TicketInFull}
    versioned = False

    def get(self, request: Request) -> Response:
        """List tickets."""
        asked = TicketsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        page = read_tickets(
            asked.wanted(), staff=self.staff, cursor=data.get("cursor", ""), size=data["limit"]
        )
        shown = TicketShown(page.rows, many=True, context={"staff": self.staff}).data
        return Response({"results": shown, "next": page.older, "previous": page.newer})

    def post(self, request: Request) -> Response:
        """Open a ticket on an order that was paid (A1, A5). Its clocks start; a condition may accept it (A14)."""
        return self.write(request, lambda: self._open(request))

    def _open(self, request: Request) -> Response:
        data = self.read(TicketIn, request.data)
        if not Order.objects.filter(pk=data["tid"]).exists():
            raise exceptions.ValidationError({"tid": [_("There is no such order.")]})
        wanted = NewTicket(
            tid=data["tid"],
            kind=data["kind"],
            problem=data["problem"],
            goods=tuple((line["position"], line["num"], line["target_sku_id"]) for line in data["lines"]),
            text=data["text"],
            channel=data["channel"],
            received_time=data["received_time"],
            received_source=data["received_source"] if data["received_time"] else "",
        )
        ticket = open_ticket(wanted, actor=self.staff)
        return Response(in_full(ticket.pk, self), status=201)


class TicketCall(ApiView):
    """One ticket."""

    access: ClassVar[dict[str, Access]] = {"get": SEE}
    told: ClassVar[dict[int, Any]] = {200: TicketInFull}

    def get(self, request: Request, number: int) -> Response:
        """Read one ticket with all that was said, its clocks and its evidence; `ETag` is its version."""
        shown = in_full(number, self)
        return Response(shown, headers={"ETag": f'"{shown["version"]}"'})


def in_full(number: int, view: ApiView) -> dict[str, Any]:
    """A ticket as the account of this call may see it. Raises ``NotFound``."""
    ticket = Ticket.objects.select_related("order", "buyer", "owner").filter(pk=number).first()
    if ticket is None:
        raise exceptions.NotFound(_("There is no such ticket."))
    [row] = ticket_rows([ticket])
    messages = TicketMessage.objects.filter(ticket=number).order_by("at", "pk")
    clocks = Clock.objects.filter(ticket=number, stopped_at__isnull=True).order_by("due_at", "pk")
    evidence = Evidence.objects.filter(ticket=number).order_by("added_at", "pk")
    shown: dict[str, Any] = TicketInFull(
        (row, messages, clocks, evidence), context={"staff": view.staff}
    ).data
    return shown
