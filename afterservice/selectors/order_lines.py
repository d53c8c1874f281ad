"""What the order page shows of after-sales: per line, what the rules say and which tickets there are (A1, A3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from afterservice.models import Ticket, TicketLine
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.policy_table import COLUMNS
from afterservice.rules.verdicts import Verdict
from afterservice.selectors.judging import Ask, judge
from afterservice.selectors.requests import Wanted
from orders.models import Order, OrderLine
from orders.rules.products import ProductKind
from orders.states import Status
from shopdesk.base.composed import Composed, Given

AFTER_SALE = frozenset({Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED})


@dataclass(frozen=True)
class LineSales:
    """A line of a shipped order: its tickets, newest first; what a buyer who changed their mind may ask for."""

    tickets: list[Ticket] = field(default_factory=list)
    verdicts: dict[TicketKind, Verdict] = field(default_factory=dict)
    open_address: str = ""

    @property
    def hint(self) -> str:
        """What the rules say to each request of A3, in a line each."""
        return "\n".join(
            _("%(kind)s: %(outcome)s (%(rule)s)")
            % {"kind": kind.label, "outcome": said.outcome.label, "rule": said.rule}
            for kind, said in self.verdicts.items()
        )

    @property
    def likeliest(self) -> TicketKind:
        """The request that the rules are freest about: a form begins with it."""
        outcomes = {
            kind: list(type(said.outcome)).index(said.outcome) for kind, said in self.verdicts.items()
        }
        return min(outcomes, key=lambda kind: outcomes[kind]) if outcomes else TicketKind.RETURN


def is_after_sale(order: Order) -> bool:
    """Whether an order is shipped or finished: what is asked for before that goes by O7, O9 and F4."""
    return order.status in AFTER_SALE and not order.tied


_TOLD = Composed(
    lambda: (
        Ticket.objects.filter(order=Given("tid"), received_time__isnull=False)
        .order_by("-opened_at", "-pk")
        .values_list("received_time", flat=True)[:1]
    )
)
_OF_LINES = Composed(
    lambda: (
        TicketLine.objects.filter(line__among=Given("lines"))
        .select_related("ticket")
        .order_by("-ticket__opened_at", "-ticket")
    )
)


def known_receipt(order: Order) -> datetime | None:
    """When the buyer got the goods, as an earlier ticket of the order has it (A4); the order has its own."""
    return _TOLD.first(tid=order.pk)


def lines_of(order: Order, lines: Sequence[OrderLine], *, now: datetime) -> dict[int, LineSales]:
    """By line, with four statements for however many. Of postage links and what was refunded nothing can be asked."""
    tickets: dict[int, list[Ticket]] = defaultdict(list)
    for row in _OF_LINES(lines=[line.pk for line in lines]):
        tickets[row.line_id].append(row.ticket)
    received = None if order.signed_time else known_receipt(order)
    asked = [
        (line, TicketKind(kind))
        for line in lines
        if line.product.kind != ProductKind.POSTAGE_LINK
        and not line.product.virtual
        and line.refunded_at is None
        for kind in COLUMNS
    ]
    said = judge([_by_choice(order, line, kind, received, now) for line, kind in asked])
    verdicts: dict[int, dict[TicketKind, Verdict]] = defaultdict(dict)
    for (line, kind), judged in zip(asked, said, strict=True):
        verdicts[line.pk][kind] = judged.verdict
    address = reverse("tickets:open", args=[order.tid])
    return {
        line.pk: LineSales(
            tickets.get(line.pk, []),
            verdicts.get(line.pk, {}),
            f"{address}?line={line.position}" if line.pk in verdicts else "",
        )
        for line in lines
    }


def _by_choice(
    order: Order, line: OrderLine, kind: TicketKind, received: datetime | None, now: datetime
) -> Ask:
    return Ask(
        order=order,
        kind=kind,
        problem=Problem.CHANGED_MIND,
        goods=(Wanted(line, 1, None),),
        asked_at=now,
        judged_at=now,
        received_time=received,
        evidence=False,
    )
