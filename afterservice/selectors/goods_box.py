"""Reading the goods box of a ticket's page: its steps, and what each form has to choose from (A5–A8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from afterservice.models import Evidence, ReturnAddress, Ticket, TicketLine
from afterservice.rules.exchanges import ExchangeFacts, Step, StepCode, address_shown, steps_of
from afterservice.rules.kinds import EXCHANGES, GOODS_COME_BACK, TicketKind
from afterservice.rules.refunds import shop_is_at_fault
from afterservice.rules.settling import DONE, EXCHANGED, REPAIRED, RESENT, WAYS
from afterservice.selectors.goods_facts import (
    ReturnNumber,
    facts_of,
    lines_of,
    paid_by_purpose,
    return_address,
    return_number,
)
from afterservice.states import Case, Decision, Goods, Money
from orders.models import Order, Sku
from orders.rules.products import ProductKind
from orders.selectors.changes import PaidLink, open_links
from orders.states import Status
from shopdesk.base.money import ZERO

ORDERS_SHOWN = 20


@dataclass(frozen=True)
class Choice:
    """What may be wanted instead for a line: the same product's other SKUs, and how many are free."""

    line: TicketLine
    skus: Sequence[Sku]


@dataclass(frozen=True)
class Due:
    """What the buyer still pays by postage links (CNY), for what (A7, A8)."""

    purpose: str
    due: Decimal
    paid: Decimal

    @property
    def left(self) -> Decimal:
        """What is missing."""
        return max(self.due - self.paid, ZERO)


@dataclass(frozen=True)
class GoodsBox:
    """The goods of a ticket, and what may be done with them now."""

    facts: ExchangeFacts
    steps: Sequence[Step]
    lines: Sequence[TicketLine]
    # Unset while nobody may see it (A8), or the shop keeps none.
    address: ReturnAddress | None
    choices: Sequence[Choice]
    unpaid_orders: Sequence[Order]
    dues: Sequence[Due]
    links: Sequence[PaidLink]
    photos: int
    can: frozenset[str]
    ways: Sequence[str]
    at_fault: bool
    coming: ReturnNumber


def read_goods_box(ticket: Ticket) -> GoodsBox:
    """The box of a ticket, by a bounded number of statements; forms that cannot be used read nothing."""
    lines, paid = lines_of(ticket), paid_by_purpose(ticket)
    facts = facts_of(ticket, lines, paid)
    can = _can(ticket, facts)
    dues = _dues(ticket, paid)
    return GoodsBox(
        facts=facts,
        steps=steps_of(facts),
        lines=lines,
        address=return_address() if _shows_address(ticket, facts) else None,
        choices=_choices(lines) if "target" in can else (),
        unpaid_orders=_unpaid(ticket) if "tie" in can else (),
        dues=dues,
        links=open_links(ticket.order) if "links" in can and any(due.left for due in dues) else (),
        photos=Evidence.objects.filter(ticket=ticket, stage=Evidence.Stage.INSPECTION).count()
        if ticket.inspected_at
        else 0,
        can=can,
        ways=_ways(ticket, facts),
        at_fault=shop_is_at_fault(ticket.problem),
        coming=return_number(ticket),
    )


def _can(ticket: Ticket, facts: ExchangeFacts) -> frozenset[str]:
    """The forms that lead somewhere now; the services decide whether they do."""
    if ticket.case == Case.SETTLED:
        return frozenset({"follow-up"})
    if ticket.case == Case.PLATFORM and ticket.goods in (Goods.AWAITED, Goods.SENT):
        return frozenset({"return"})
    if ticket.case != Case.DECIDED:
        return frozenset()
    if ticket.decision == Decision.REFUSED:
        return frozenset({"close-refused"})
    if ticket.decision != Decision.ACCEPTED:
        return frozenset()
    before_address = not facts.address_given
    exchange = ticket.kind in EXCHANGES
    style = ticket.kind == TicketKind.EXCHANGE_STYLE
    on_site = ticket.kind == TicketKind.REPAIR and ticket.repair_place == Ticket.RepairPlace.ON_SITE
    comes = ticket.kind in GOODS_COME_BACK and (
        ticket.kind != TicketKind.REPAIR or ticket.repair_place == Ticket.RepairPlace.SHOP
    )
    when = {
        "resale": ticket.kind in GOODS_COME_BACK
        and ticket.kind != TicketKind.REPAIR
        and not facts.resale_asked,
        "exception": style and not facts.exception_told,
        "target": ticket.kind == TicketKind.EXCHANGE_SKU and before_address,
        "tie": style and before_address,
        "hold": exchange and facts.has_targets and not facts.held and not facts.parcel_planned,
        "postage": exchange and not facts.parcel_planned,
        "links": exchange and not facts.parcel_planned,
        "address": comes and ticket.goods == Goods.NONE and address_shown(facts) and not ticket.settlement,
        "return": ticket.goods in (Goods.AWAITED, Goods.SENT),
        "failed": ticket.goods == Goods.FAILED,
        "confirm": ticket.settlement == EXCHANGED and facts.parcel_sent,
        "repair": ticket.kind == TicketKind.REPAIR
        and ticket.goods == Goods.NONE
        and ticket.visited_at is None
        and not ticket.settlement,
        "visit": on_site and ticket.visited_at is None,
        "repaired": on_site and ticket.visited_at is not None and not ticket.settlement,
        "done": DONE in WAYS[TicketKind(ticket.kind)]
        and ticket.goods == Goods.NONE
        and ticket.money in (Money.NONE, Money.PAID)
        and not ticket.settlement,
    }
    return frozenset(name for name, may in when.items() if may)


def _ways(ticket: Ticket, facts: ExchangeFacts) -> list[str]:
    """How a parcel may go to the buyer now."""
    if (
        ticket.case != Case.DECIDED
        or ticket.decision != Decision.ACCEPTED
        or ticket.settlement
        or ticket.parcel_id is not None
    ):
        return []
    here = (Goods.RECEIVED, Goods.PASSED, Goods.TAKEN)
    ready = {
        EXCHANGED: next((step.code for step in steps_of(facts) if not step.done), None) == StepCode.PARCEL,
        RESENT: True,
        REPAIRED: ticket.goods in here,
    }
    return [way for way, may in ready.items() if may and way in WAYS[TicketKind(ticket.kind)]]


def _shows_address(ticket: Ticket, facts: ExchangeFacts) -> bool:
    waits = ticket.goods in (Goods.NONE, Goods.AWAITED, Goods.SENT) and ticket.case == Case.DECIDED
    return waits and address_shown(facts)


def _choices(lines: Sequence[TicketLine]) -> list[Choice]:
    products = {line.line.product_id for line in lines}
    skus = list(Sku.objects.filter(product__in=products).order_by("sku_properties_name", "pk"))
    return [
        Choice(
            line,
            [sku for sku in skus if sku.product_id == line.line.product_id and sku.pk != line.line.sku_id],
        )
        for line in lines
    ]


def _unpaid(ticket: Ticket) -> list[Order]:
    if ticket.buyer_id is None:
        return []
    found = Order.objects.filter(buyer=ticket.buyer_id, status=Status.WAIT_BUYER_PAY, tied=False, paid_fee=0)
    goods = found.filter(lines__product__kind__in=[kind for kind in ProductKind if kind != "postage_link"])
    return list(goods.distinct().order_by("-created", "-tid")[:ORDERS_SHOWN])


def _dues(ticket: Ticket, paid: Mapping[str, Decimal]) -> list[Due]:
    if ticket.kind not in EXCHANGES:
        return []
    dues = [Due("postage", ticket.postage_due or ZERO, paid.get("postage", ZERO))]
    if ticket.kind == TicketKind.EXCHANGE_STYLE:
        dues.insert(0, Due("difference", ticket.difference_due, paid.get("difference", ZERO)))
    return dues
