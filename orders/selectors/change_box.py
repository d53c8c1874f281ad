"""Reading what can be changed of a paid order, for its page (O9, O10, O6, S2, S5, S8)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import ChangeNotice, Order, OrderLine, Refund, Sku
from orders.rules.changes import furthest, require_changeable, require_refundable
from orders.rules.products import SHELF_KINDS, ProductKind, property_words
from orders.selectors.changes import PaidLink, open_links
from orders.selectors.notices import notices_of
from orders.selectors.refunding import OPEN
from orders.selectors.stages import stages_of_lines
from orders.states import ParcelStage, Status
from shipping.provinces import PROVINCES
from shopdesk.base.composed import Composed, Given
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.money import yuan
from shopdesk.base.permissions import Permission

ROUTED = frozenset({Status.WAIT_BUYER_PAY, Status.WAIT_SELLER_SEND_GOODS})


@dataclass(frozen=True)
class SkuChoice:
    """A line with the other colours and sizes of its product that are known."""

    line: OrderLine
    others: Sequence[Sku]

    @property
    def options(self) -> list[tuple[str, str]]:
        """What the form sends for each, the line's position and the SKU, and how it is named."""
        return [(f"{self.line.position}-{sku.pk}", self._name(sku)) for sku in self.others]

    def _name(self, sku: Sku) -> str:
        price = "" if sku.price in (None, self.line.price) else yuan(sku.price)
        return " · ".join(filter(None, (property_words(sku.sku_properties_name), sku.outer_sku_id, price)))


@dataclass(frozen=True)
class ChangeBox:
    """What may be done before the order is shipped; each refusal says why not."""

    notices: Sequence[ChangeNotice]
    refunds: Sequence[Refund]
    sku_choices: Sequence[SkuChoice]
    refundable: Sequence[OrderLine]
    sku_refusal: str | Promise | None
    address_refusal: str | Promise | None
    refund_refusal: str | Promise | None
    route_refusal: str | Promise | None
    paid: bool
    asks_province: bool
    # S8: there is something on the shelf, and something that is not.
    mixed: bool
    links: Sequence[PaidLink] = ()
    provinces: Sequence[str] = PROVINCES

    @property
    def shows(self) -> bool:
        """Whether there is anything to show: a paid order always says what is possible, and why not."""
        return self.paid or bool(self.notices or self.refunds)


def read_change_box(order: Order, lines: Sequence[OrderLine], *, staff: Staff) -> ChangeBox:
    """The box of an order, with five statements at most; none for an unpaid one."""
    notices, open_refunds = _told(order)
    works = staff.may(Permission.WORK_ORDERS)
    paid = works and order.status == Status.WAIT_SELLER_SEND_GOODS
    stages = stages_of_lines([line.pk for line in lines]) if paid else {}
    stage = furthest([*stages.values(), *([ParcelStage.SHIPPED.value] if order.partly_shipped else [])])
    role = None if works else _("Your role does not change orders.")
    goods = [line for line in lines if line.product.kind != ProductKind.POSTAGE_LINK and not line.refunded_at]
    choices = _sku_choices([line for line in goods if _is_open(stages.get(line.pk))]) if paid else []
    refundable = [
        line for line in lines if not line.refunded_at and stages.get(line.pk) != ParcelStage.SHIPPED
    ]
    mixed = {line.product.kind in SHELF_KINDS for line in goods} == {True, False}
    line_stages = [stages.get(line.pk, ParcelStage.PLANNED.value) for line in goods]
    nearest = ParcelStage.SHIPPED.value if line_stages else ParcelStage.PLANNED.value
    for known in (ParcelStage.PACKED.value, ParcelStage.PRINTED.value, ParcelStage.PLANNED.value):
        nearest = known if known in line_stages else nearest
    return ChangeBox(
        notices=notices,
        refunds=open_refunds if staff.may(Permission.SEE_PRICES) else [],
        sku_choices=choices,
        refundable=refundable,
        sku_refusal=role or _refusal(lambda: require_changeable("O9", order.status, nearest)),
        address_refusal=role or _refusal(lambda: require_changeable("O10", order.status, stage)),
        refund_refusal=role
        or _refusal(lambda: require_refundable(order.status, nearest))
        or _nothing(lines, refundable),
        route_refusal=role or _route_refusal(order, stage),
        paid=paid,
        mixed=mixed,
        links=open_links(order) if paid and mixed else (),
        asks_province=order.receiver_state not in PROVINCES and order.status in ROUTED,
    )


_REFUNDS = Composed(
    lambda: (
        Refund.objects.filter(order=Given("tid"), status__in=OPEN).select_related("asked_by").order_by("pk")
    )
)
_SKUS = Composed(lambda: Sku.objects.filter(product__among=Given("products")).order_by("sku_properties_name"))


def _told(order: Order) -> tuple[list[ChangeNotice], list[Refund]]:
    """The notices of an order and its refunds that are not paid out; an unpaid one has neither."""
    if order.status == Status.WAIT_BUYER_PAY:
        return [], []
    return notices_of(order.pk), _REFUNDS(tid=order.pk)


def _is_open(stage: str | None) -> bool:
    return stage in (None, ParcelStage.PLANNED, ParcelStage.PRINTED)


def _sku_choices(lines: Sequence[OrderLine]) -> list[SkuChoice]:
    others: dict[int, list[Sku]] = defaultdict(list)
    for sku in _SKUS(products=list({line.product_id for line in lines})):
        others[sku.product_id].append(sku)
    return [
        SkuChoice(line, wanted)
        for line in lines
        if (
            wanted := [
                sku
                for sku in others[line.product_id]
                if sku.sku_properties_name not in ("", line.sku_properties_name)
            ]
        )
    ]


def _refusal(check: Callable[[], None]) -> str | Promise | None:
    try:
        check()
    except DomainError as refusal:
        return refusal.message
    return None


def _nothing(lines: Sequence[OrderLine], refundable: Sequence[OrderLine]) -> str | Promise | None:
    if not lines:
        return _("item list not imported yet")
    return None if refundable else _("Every line is refunded already.")


def _route_refusal(order: Order, stage: str) -> str | Promise | None:
    if order.status not in ROUTED:
        return _("This order is shipped or closed: it travels no more.")
    if stage != ParcelStage.PLANNED:
        return _("A parcel of it is printed already: ask the warehouse to pull it first.")
    return None
