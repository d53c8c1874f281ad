"""Changing colour or size of a line of a paid order (O9)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.approval_kinds import BEGUN_CHANGE
from orders.change_quotes import ChangeQuote, quote_sku_change
from orders.events import changes as facts
from orders.models import ChangeNotice, Order, OrderLine, ParcelLine, PlatformTask, RefundTask, Sku
from orders.rules.changes import SKU_LABEL, SKU_NOTE, Terms, require_changeable
from orders.rules.products import ProductKind, property_words
from orders.rules.supply import BEGUN, HERE
from orders.selectors.stages import stages_of_lines
from orders.services import buying
from orders.services.changes import goods
from orders.services.changes.locking import lock_for_change, require_role
from orders.services.changes.settling import keep_terms, settle
from orders.services.changes.telling import Telling, tell_warehouse, void_slips
from orders.services.ownership import own
from orders.services.platform import open_task
from orders.services.reasons import require_reason
from orders.services.spend import tell_spend
from orders.states import ParcelStage
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Approval, Staff
from shopdesk.base.money import ZERO
from shopdesk.base.services import approvals


@dataclass(frozen=True)
class SkuChange:
    """What is asked for: which line, which SKU of the same product, by which terms, paid by which links.

    ``accept_short``: the buyer waits where the shelf has too few. ``reason`` is for the supervisor, where one
    is asked.
    """

    position: int
    sku_id: int
    terms: str = Terms.KEEP
    links: tuple[str, ...] = ()
    accept_short: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Decided:
    """A change that may be made: its line, its SKU, its money, the stage of its parcel."""

    order: Order
    line: OrderLine
    sku: Sku
    quote: ChangeQuote
    stage: str


@transaction.atomic
def change_sku(
    tid: str, change: SkuChange, *, version: int, actor: Staff, now: datetime | None = None
) -> ChangeNotice | Approval:
    """Change colour or size of a line (O9): note, red flag, notice; a printed slip becomes void (F2).

    Where its goods are bought or in making a supervisor is asked instead (P1). Raises ``Forbidden`` (O9) by role,
    ``VersionConflict`` (T5), ``Conflict`` (O9, F2) by state and stage, ``DomainError`` (O9) for another product
    or an unsettled difference, (F5) where the shelf has too few, (P2) without a reason for the supervisor.
    """
    require_role("O9", actor)
    now = now or clock.now()
    order = lock_for_change(tid, version=version)
    decided = decide(order, change, now)
    own(order, actor, now=now)
    if decided.line.supply in BEGUN:
        return _ask(decided, change, actor=actor, now=now)
    return _apply(decided, change, actor=actor, now=now)


def apply_approved(approval: Approval, actor: Staff, now: datetime) -> None:
    """Make the change that was approved, after every check again (P2); it is the change of who asked."""
    order = lock_for_change(approval.subject_id, version=approval.subject_version)
    said = approval.after
    change = SkuChange(
        said["position"], said["sku"], said["terms"], tuple(said["links"]), said["accept_short"]
    )
    decided = decide(order, change, now)
    if str(decided.quote.difference) != said["difference"]:
        raise Conflict(
            "P2", _("The difference is another one than when this was asked. Refuse it, and ask anew.")
        )
    _apply(decided, change, actor=approval.requested_by or actor, now=now, approval=approval.pk)


def decide(order: Order, change: SkuChange, now: datetime) -> Decided:
    """Run every check of a change but the settling of its difference; nothing is written. Raises as the change."""
    lines = list(order.lines.select_related("product").order_by("position"))
    line = next((line for line in lines if line.position == change.position), None)
    if line is None:
        raise DomainError("O9", _("Choose the line that is to be changed."), field="position")
    stage = stages_of_lines([line.pk]).get(line.pk, ParcelStage.PLANNED.value)
    require_changeable("O9", order.status, stage)
    if line.product.kind == ProductKind.POSTAGE_LINK:
        raise DomainError("O9", _("A postage link has no colour or size."), field="position")
    if line.refunded_at is not None:
        raise Conflict("O9", _("This line is being refunded: it does not travel."))
    sku = Sku.objects.filter(pk=change.sku_id).first()
    if sku is None or sku.product_id != line.product_id:
        raise DomainError("O9", _("Choose a colour and size of the same product."), field="sku")
    if sku.sku_properties_name == line.sku_properties_name:
        raise DomainError("O9", _("The line has this colour and size already."), field="sku")
    quote = quote_sku_change(order, lines, line, sku, terms=change.terms, at=now)
    return Decided(order, line, sku, quote, stage)


def _ask(decided: Decided, change: SkuChange, *, actor: Staff, now: datetime) -> Approval:
    line, sku = decided.line, decided.sku
    return approvals.ask(
        BEGUN_CHANGE,
        subject_kind=events.SUBJECT,
        subject_id=decided.order.pk,
        subject_version=decided.order.version,
        rule="O16",
        reason=require_reason(change.reason),
        before={"title": line.product.title, "properties": line.sku_properties_name, "supply": line.supply},
        after={
            "position": change.position,
            "sku": sku.pk,
            "properties": sku.sku_properties_name,
            "terms": change.terms,
            "links": list(change.links),
            "accept_short": change.accept_short,
            "difference": str(decided.quote.difference),
        },
        amount=line.payment,
        requested_by=actor,
        now=now,
    )


def _apply(
    decided: Decided, change: SkuChange, *, actor: Staff, now: datetime, approval: int | None = None
) -> ChangeNotice:
    order, line, sku, quote = decided.order, decided.line, decided.sku, decided.quote
    before, telling = line.sku_properties_name, sku_telling(line, sku)
    owed = settle(
        order, quote, change.links, rule="O9", reason=RefundTask.Reason.LOWER_PRICE, actor=actor, now=now
    )
    was_here = line.supply in HERE
    ordered = line.ordered_properties_name or before
    line.ordered_properties_name = "" if ordered == sku.sku_properties_name else ordered
    line.sku_properties_name, line.outer_sku_id = sku.sku_properties_name, sku.outer_sku_id
    line.price = line.price if sku.price is None else sku.price
    goods_back = _goods_back(line, owed, -quote.goods)
    line.refund_fee += goods_back
    notice = tell_warehouse(order, telling, stage=decided.stage, actor=actor, now=now)
    if decided.stage == ParcelStage.PRINTED:
        parcels = ParcelLine.objects.filter(line=line, live=True).values_list("parcel_id", flat=True)
        void_slips(list(parcels), notice, now=now)
    buying.drop_lines([line.pk], actor=actor, now=now)
    if was_here:
        goods.put_on_shelf(line, actor=actor, now=now)  # by the SKU that it had
    goods.move_hold(line, sku, accept_short=change.accept_short, actor=actor, now=now)
    line.sku, line.supply = sku, ""
    line.save(
        update_fields=[
            "sku", "sku_properties_name", "ordered_properties_name", "outer_sku_id", "price", "refund_fee",
            "supply",
        ]
    )  # fmt: skip
    buying.settle_unavailable(order, now=now)
    order.refund_fee += goods_back
    order.version += 1
    order.save(update_fields=["refund_fee", "version"])
    keep_terms(order, quote, actor=actor, now=now)
    open_task(order, PlatformTask.Kind.SKU, now=now)
    audit.record(
        facts.sku_changed(
            order, line, before, difference=quote.difference, terms=change.terms, approval=approval
        ),
        at=now,
        actor=actor,
    )
    tell_spend([order.pk])
    return notice


def _goods_back(line: OrderLine, owed: Decimal, cheaper: Decimal) -> Decimal:
    """M1: what is owed back for goods counts as refunded of the line, from the change on (CNY)."""
    if owed < 0:
        return -min(-owed, line.refund_fee)
    return min(owed, max(cheaper, ZERO), line.payment - line.refund_fee)


def sku_telling(line: OrderLine, sku: Sku) -> Telling:
    """What the warehouse reads: with the product's name where the order has several lines."""
    name = "" if line.order.lines.count() == 1 else f"{line.product.title} "
    ordered, new = line.ordered_properties_name or line.sku_properties_name, sku.sku_properties_name
    old = line.sku_properties_name if ordered == new else ordered  # the way back names what it is now
    old, new = property_words(old) or "—", property_words(new) or "—"
    return Telling(
        ChangeNotice.Kind.SKU,
        SKU_LABEL,
        SKU_NOTE.format(old=f"{name}{old}", new=new),
        before=property_words(line.sku_properties_name),
        after=new,
        line=line,
    )
