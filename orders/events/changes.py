"""What happens to paid orders before they are shipped, as audit facts (D4). Addresses and phones stay out of it."""

from decimal import Decimal
from typing import Any

from orders.events import SUBJECT
from orders.models import ChangeNotice, LinkSettlement, Order, OrderLine, Refund
from shopdesk.base.audit import Fact


def sku_changed(
    order: Order, line: OrderLine, before: str, *, difference: Decimal, terms: str, approval: int | None
) -> Fact:
    """A line got another colour or size (O9)."""
    after: dict[str, Any] = {
        "line": line.pk,
        "properties": line.sku_properties_name,
        "difference": str(difference),
        "terms": terms,
    }
    return Fact("order.sku_changed", SUBJECT, order.pk, {"properties": before}, after | _approval(approval))


def address_changed(
    order: Order, province: str, *, difference: Decimal, terms: str, approval: int | None
) -> Fact:
    """The order goes elsewhere (O10): the address itself stands in the note."""
    after = {"province": order.receiver_state, "difference": str(difference), "terms": terms}
    return Fact(
        "order.address_changed", SUBJECT, order.pk, {"province": province}, after | _approval(approval)
    )


def province_chosen(order: Order, before: str) -> Fact:
    """Somebody asked the buyer and chose the province (S2)."""
    return Fact("order.province", SUBJECT, order.pk, {"province": before}, {"province": order.receiver_state})


def routed(order: Order, before: dict[str, bool]) -> Fact:
    """The order goes to a forwarder or not (S5), its shelf goods go first or not (S8)."""
    after = {"forwarder": order.forwarder, "shelf_goods_first": order.shelf_goods_first}
    return Fact("order.routed", SUBJECT, order.pk, before, after)


def difference_settled(settlement: LinkSettlement) -> Fact:
    """A postage link paid a difference (O12)."""
    after = {"paid_by": settlement.paid_by_id, "amount": str(settlement.amount), "rule": settlement.rule}
    return Fact("difference.settled", SUBJECT, settlement.order_id, {}, after)


def difference_owed(order: Order, amount: Decimal, *, rule: str) -> Fact:
    """A change made the order cheaper: the difference is owed back."""
    return Fact("difference.owed", SUBJECT, order.pk, {}, {"amount": str(amount), "rule": rule})


def notice_acknowledged(notice: ChangeNotice, *, found: list[str]) -> Fact:
    """The warehouse knows of a change; ``found`` are the void slips that it has in its hands (F2)."""
    after = {"notice": notice.pk, "kind": notice.kind, "found": found}
    return Fact("notice.acknowledged", SUBJECT, notice.order_id, {}, after)


def refund_asked(refund: Refund, *, stage: str, approval: int | None) -> Fact:
    """Goods are refunded before they are shipped (F4)."""
    after = _refund(refund) | {"stage": stage, "reason": refund.reason} | _approval(approval)
    return Fact("refund.asked", SUBJECT, refund.order_id, {}, after)


def refund_due(refund: Refund) -> Fact:
    """Nothing holds the refund up any more: it is to be paid out."""
    return Fact("refund.due", SUBJECT, refund.order_id, {}, _refund(refund))


def refund_withdrawn(refund: Refund) -> Fact:
    """The buyer keeps the goods after all."""
    return Fact("refund.withdrawn", SUBJECT, refund.order_id, {}, _refund(refund))


def refund_after_sale(refund: Refund) -> Fact:
    """Shipped goods, or their postage, are to be refunded (A9)."""
    after = _refund(refund) | {"post_fee": str(refund.post_fee), "reason": refund.reason}
    return Fact("refund.after_sale", SUBJECT, refund.order_id, {}, after)


def owed_after_sale(order: Order, amount: Decimal, owed: Decimal) -> Fact:
    """The shop owes the buyer more after the sale; ``owed`` is all that stands open now (CNY)."""
    return Fact("debt.after_sale", SUBJECT, order.pk, {}, {"amount": str(amount), "owed": str(owed)})


def _refund(refund: Refund) -> dict[str, Any]:
    return {"refund": refund.pk, "amount": str(refund.total), "status": refund.status}


def _approval(approval: int | None) -> dict[str, int]:
    return {} if approval is None else {"approval": approval}
