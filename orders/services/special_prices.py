"""Prices that the rules do not give: asked for on the order page, given by a supervisor (O8, P1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.approval_kinds import FREE_SPLIT, POSTAGE_WAIVER, SPECIAL_PRICE
from orders.models import Order
from orders.quotes import facts_of_order
from orders.rules.quotes import Quote, QuoteFacts, make_quote
from orders.rules.special_prices import with_total, without_postage
from orders.rules.terms import APPROVAL_RULE
from orders.services.ownership import own
from orders.services.pricing import figures, lock_with_siblings, write_price
from orders.services.reasons import require_reason
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Approval, Staff
from shopdesk.base.money import yuan
from shopdesk.base.permissions import Permission
from shopdesk.base.services import approvals

# The rule that each kind goes beyond.
RULES = {SPECIAL_PRICE: "O8", POSTAGE_WAIVER: "S6", FREE_SPLIT: "S8"}


@dataclass(frozen=True)
class PriceWish:
    """What is asked for: the kind of request, why, and for a special price the total (CNY, postage included).

    ``carrier`` is the one that the buyer asked for, the zone's own where there is none (S1); ``shelf_first`` is
    asked for goods in two parcels (S8).
    """

    kind: str
    reason: str
    total: Decimal | None = None
    carrier: str | None = None
    shelf_first: bool = False


@dataclass(frozen=True)
class _Priced:
    """What the rules would charge for what is asked, and what it would cost instead."""

    regular: Quote
    wanted: Quote


@transaction.atomic
def ask_for_price(
    tid: str, wish: PriceWish, *, version: int, actor: Staff, now: datetime | None = None
) -> Approval:
    """Ask a supervisor for a price that the rules do not give; the order keeps its own until then (O8, P1).

    Raises ``Forbidden`` (P1) by role, ``VersionConflict`` (T5), ``Conflict`` (O8, P2), ``DomainError`` (P2)
    without a reason, whatever the quote refuses, and what cannot be given at all (O8, S6, S8).
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("P1", _("Your role does not ask for prices."))
    now = now or clock.now()
    order = lock_with_siblings(tid, version=version)
    reason = require_reason(wish.reason)
    priced = _price(order, wish)
    own(order, actor, now=now)
    wanted = priced.wanted
    return approvals.ask(
        wish.kind,
        subject_kind=events.SUBJECT,
        subject_id=tid,
        subject_version=order.version,
        rule=RULES[wish.kind],
        reason=reason,
        before=figures(order),
        after={
            "goods_payable": str(wanted.goods_payable + wanted.links),
            "post_fee": str(wanted.post_fee),
            "post_fee_credit": str(wanted.post_fee_credit),
            "payment": str(wanted.payment),
            "parcels": wanted.parcels,
            "regular_payment": str(priced.regular.payment),
            "total": str(wish.total) if wish.total is not None else None,
            "carrier": wish.carrier or "",
            "shelf_first": wish.shelf_first,
        },
        amount=abs(priced.regular.payment - wanted.payment),
        requested_by=actor,
        now=now,
    )


def apply_approved(approval: Approval, actor: Staff, now: datetime) -> None:
    """Give the order the price that was approved, after every check again (P2).

    What was shown is what is done: where it would now come to another total, for instance since a joined order
    was paid meanwhile, it raises ``Conflict`` (P2) and the request stays.
    """
    order = lock_with_siblings(approval.subject_id, version=approval.subject_version)
    wish = _wish_of(approval)
    priced = _price(order, wish)
    wanted = priced.wanted
    if str(wanted.payment) != approval.after.get("payment"):
        raise Conflict(
            "P2",
            _(
                "Other orders of the buyer changed since this was asked: it would now come to %(now)s and not to "
                "%(asked)s. Refuse it, and let it be asked for anew."
            )
            % {"now": yuan(wanted.payment), "asked": yuan(Decimal(approval.after.get("payment") or 0))},
        )
    wanted.explain(
        APPROVAL_RULE,
        _SENTENCES[approval.kind],
        wanted.payment - priced.regular.payment,
        approval=approval.pk,
        who=str(actor),
    )
    write_price(
        order,
        wanted,
        asked_carrier=wish.carrier,
        shelf_first=wish.shelf_first or wish.kind == FREE_SPLIT,
        approval=approval.pk,
        actor=actor,
        now=now,
    )


_SENTENCES = {
    SPECIAL_PRICE: _("Special price, given by %(who)s (request %(approval)s)"),
    POSTAGE_WAIVER: _("Postage waived by %(who)s (request %(approval)s)"),
    FREE_SPLIT: _("Two parcels, the second one free of charge, given by %(who)s (request %(approval)s)"),
}


def _wish_of(approval: Approval) -> PriceWish:
    total = approval.after.get("total")
    try:
        amount = Decimal(total) if total is not None else None
    except InvalidOperation:
        amount = None
    after = approval.after
    return PriceWish(
        approval.kind,
        approval.reason,
        amount,
        carrier=after.get("carrier") or None,
        shelf_first=bool(after.get("shelf_first")),
    )


def _price(order: Order, wish: PriceWish) -> _Priced:
    lines = list(order.lines.select_related("product").order_by("position"))
    facts = facts_of_order(order, lines=lines, carrier=wish.carrier, shelf_first=wish.shelf_first)
    priced = _PRICES[wish.kind](facts, wish)
    # A split at no charge may well cost what one parcel does: it is about the parcels.
    same = (priced.wanted.payment, priced.wanted.post_fee) == (order.payment, order.post_fee)
    if same and wish.kind != FREE_SPLIT:
        raise DomainError("O8", _("The order costs just that already."), field="total")
    return priced


def _special(facts: QuoteFacts, wish: PriceWish) -> _Priced:
    regular = make_quote(facts)
    if wish.total is None:
        raise DomainError("O8", _("Say what the buyer shall pay."), field="total")
    if wish.total == regular.payment:
        raise DomainError(
            "O8", _("This is the price that the rules give: apply it, nobody need approve it."), field="total"
        )
    return _Priced(regular, with_total(regular, [line.amount for line in facts.lines], wish.total))


def _waived(facts: QuoteFacts, wish: PriceWish) -> _Priced:
    regular = make_quote(facts)
    return _Priced(regular, without_postage(regular))


def _split(facts: QuoteFacts, wish: PriceWish) -> _Priced:
    regular = make_quote(replace(facts, shelf_goods_first=True))
    if regular.parcels < 2:
        raise DomainError("S8", _("All of it goes in one parcel: there is nothing to split."))
    wanted = make_quote(replace(facts, shelf_goods_first=True, second_parcel_free=True))
    if wanted.payment == regular.payment:
        raise DomainError("S8", _("The second parcel is free already: nobody need approve it."))
    return _Priced(regular, wanted)


_PRICES: Mapping[str, Callable[[QuoteFacts, PriceWish], _Priced]] = {
    SPECIAL_PRICE: _special,
    POSTAGE_WAIVER: _waived,
    FREE_SPLIT: _split,
}
