"""Buying runs in Korea (O16): opening one, what was bought and what not, and what arrived."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders.events import stock as events
from orders.models import BuyingRun, BuyingRunLine, Flag, Order, OrderLine
from orders.rules.holds import Wanted, allocate
from orders.rules.supply import supply_of
from orders.selectors.buying import bought, to_buy
from orders.services import supply
from orders.services.flags import FlagRequest, lower_flag, raise_flag
from orders.services.locks import lock_order, lock_orders
from orders.services.ownership import own
from orders.states import Status, Supply
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

UNAVAILABLE_LABEL = "买不到"
FLAG_HOURS = 24
GOODS_NAMED = 3
_OPENING_LOCK = 7_201_002
Outcome = BuyingRunLine.Outcome


@transaction.atomic
def open_run(*, actor: Staff, now: datetime | None = None) -> BuyingRun:
    """Open a run with every line that is to be bought (O16). Two at once do not take the same line.

    Raises ``Forbidden`` (O16) by role, ``DomainError`` (O16) where nothing is to be bought.
    """
    _require(actor, Permission.BUYING_RUN)
    now = now or clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_OPENING_LOCK])
    orders = lock_orders(to_buy(now).values_list("order_id", flat=True))
    lines = list(to_buy(now).filter(order__in=orders))
    if not lines:
        raise DomainError(
            "O16", _("Nothing is to be bought: every paid line is in a run, bought or here already.")
        )
    run = BuyingRun.objects.create(opened_by=actor, opened_at=now)
    BuyingRunLine.objects.bulk_create(
        BuyingRunLine(run=run, line=line, sku_id=line.sku_id, num=line.num)
        for line in lines
        if line.sku_id is not None
    )
    audit.record(events.run_opened(run, len(lines)), at=now, actor=actor)
    return run


@transaction.atomic
def decide(
    run_id: int, row_ids: Collection[int], outcome: str, *, actor: Staff, now: datetime | None = None
) -> list[BuyingRunLine]:
    """Say of lines of a run that they were bought, or cannot be had (O16); the run closes with its last line.

    A line that was changed or refunded meanwhile is dropped from the run instead. What cannot be had flags its
    order red to its agent. Raises ``Forbidden`` (O16) by role, ``Conflict`` (O16) where one of them was decided
    before.
    """
    _require(actor, Permission.BUYING_RUN)
    if outcome not in (Outcome.BOUGHT, Outcome.UNAVAILABLE):
        raise DomainError("O16", _("Say whether it was bought or cannot be had."))
    now = now or clock.now()
    wanted = BuyingRunLine.objects.filter(run=run_id, pk__in=row_ids)
    orders = lock_orders(wanted.values_list("line__order_id", flat=True))
    rows = _lock_rows(wanted)
    if not rows or len(rows) < len(set(row_ids)) or any(row.outcome for row in rows):
        raise Conflict(
            "O16", _("Somebody decided on some of these lines already. Look at the run as it is now.")
        )
    alive = [row for row in rows if _still_to_buy(row, orders)]
    gone = [row for row in rows if row not in alive]
    supply.move(
        [row.line for row in alive], "buy" if outcome == Outcome.BOUGHT else "miss", actor=actor, now=now
    )
    _set_outcome(alive, outcome, actor=actor, now=now)
    _set_outcome(gone, Outcome.DROPPED, actor=actor, now=now)
    if outcome == Outcome.UNAVAILABLE:
        _tell_agents([row.line for row in alive], now=now)
    _close_decided([run_id], actor=actor, now=now)
    return rows


@transaction.atomic
def miss_bought(line_ids: Collection[int], *, actor: Staff, now: datetime | None = None) -> list[OrderLine]:
    """What was bought does not come after all (O16): as unavailable as what could not be bought.

    Raises ``Forbidden`` (O16) by role, ``Conflict`` (O16) where a line is not on its way.
    """
    _require(actor, Permission.BUYING_RUN)
    now = now or clock.now()
    lines = _lock_bought(line_ids)
    supply.move(lines, "miss", actor=actor, now=now)
    BuyingRunLine.objects.filter(line__in=line_ids, outcome=Outcome.BOUGHT).update(
        outcome=Outcome.UNAVAILABLE, decided_at=now, decided_by=actor
    )
    _tell_agents(lines, now=now)
    return lines


@transaction.atomic
def arrive(sku_id: int, num: int, *, actor: Staff, now: datetime | None = None) -> list[OrderLine]:
    """Check in pieces from Korea (O16): whole lines, the oldest payment first; answers the lines that are here.

    Raises ``Forbidden`` (O16) by role, ``DomainError`` (O16) for more pieces than are on their way, and for a
    number that would leave a line in pieces.
    """
    _require(actor, Permission.WORK_WAREHOUSE)
    now = now or clock.now()
    orders = lock_orders(bought().filter(sku=sku_id).values_list("order_id", flat=True))
    lines = list(bought().filter(sku=sku_id, order__in=orders).select_related("product"))
    awaited = sum(line.num for line in lines)
    if not 1 <= num <= awaited:
        raise DomainError(
            "O16",
            _("%(awaited)s pieces of this are on their way, %(num)s were checked in. Count again.")
            % {"awaited": awaited, "num": num},
            field="num",
        )
    given = {
        want.line for want in allocate({sku_id: num}, (Wanted(line.pk, sku_id, line.num) for line in lines))
    }
    here = [line for line in lines if line.pk in given]
    whole = sum(line.num for line in here)
    if whole < num:
        raise DomainError(
            "O16",
            _(
                "%(num)s pieces do not make whole lines: check in %(whole)s, and the rest with the next delivery."
            )
            % {"num": num, "whole": whole},
            field="num",
        )
    supply.move(here, "arrive", actor=actor, now=now)
    return here


@transaction.atomic
def wait(
    tid: str, line_id: int, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> OrderLine:
    """The buyer of something unavailable waits (O16): it is to be bought again with the next run.

    Raises ``Forbidden`` (O16) by role, ``VersionConflict`` (T5), ``Conflict`` (O16) where it is not unavailable.
    """
    _require(actor, Permission.WORK_ORDERS)
    now = now or clock.now()
    order = lock_order(tid, version=version)
    line = OrderLine.objects.select_related("product").filter(order=order, pk=line_id).first()
    if line is None or line.refunded_at is not None or order.status != Status.WAIT_SELLER_SEND_GOODS:
        raise Conflict("O16", _("This line is not to be bought any more."))
    own(order, actor, now=now)
    supply.move([line], "wait", actor=actor, now=now)
    settle_unavailable(order, now=now)
    return line


def settle_unavailable(order: Order, *, now: datetime) -> None:
    """Take the desk's red flag off once no line of the order is unavailable any more. The order is locked.

    For whoever changes or refunds such a line.
    """
    missing = OrderLine.objects.filter(order=order, supply=Supply.UNAVAILABLE, refunded_at__isnull=True)
    if not missing.exists():
        lower_flag(order, UNAVAILABLE_LABEL, now=now)


def drop_lines(line_ids: Collection[int], *, actor: Staff | None, now: datetime) -> None:
    """Lines that are changed or refunded leave the run that has not decided on them (O16).

    The caller holds the orders' locks.
    """
    rows = _lock_rows(BuyingRunLine.objects.filter(line__in=line_ids, outcome=""))
    _set_outcome(rows, Outcome.DROPPED, actor=actor, now=now)
    _close_decided({row.run_id for row in rows}, actor=actor, now=now)


@transaction.atomic
def record_export(run: BuyingRun, *, actor: Staff) -> None:
    """Somebody takes the sheet of a run as a file (D3). Raises ``Forbidden`` (O16) by role."""
    _require(actor, Permission.BUYING_RUN)
    audit.record(events.run_exported(run), at=clock.now(), actor=actor)


def _require(actor: Staff, permission: Permission) -> None:
    if not actor.may(permission):
        raise Forbidden("O16", _("Your role does not do this part of buying."))


def _lock_rows(rows: QuerySet[BuyingRunLine]) -> list[BuyingRunLine]:
    return list(rows.select_for_update(of=("self",)).select_related("line__product").order_by("pk"))


def _lock_bought(line_ids: Collection[int]) -> list[OrderLine]:
    orders = lock_orders(OrderLine.objects.filter(pk__in=line_ids).values_list("order_id", flat=True))
    lines = list(bought().filter(pk__in=line_ids, order__in=orders).select_related("product"))
    if not lines or len(lines) < len(set(line_ids)):
        raise Conflict(
            "O16", _("Some of these are not on their way any more. Look at the list as it is now.")
        )
    return lines


def _still_to_buy(row: BuyingRunLine, orders: dict[str, Order]) -> bool:
    line = row.line
    return (
        orders[line.order_id].status == Status.WAIT_SELLER_SEND_GOODS
        and line.refunded_at is None
        and line.sku_id == row.sku_id
        and supply_of(line.product.kind, line.supply) == Supply.TO_BUY
    )


def _set_outcome(rows: Sequence[BuyingRunLine], outcome: str, *, actor: Staff | None, now: datetime) -> None:
    for row in rows:
        row.outcome, row.decided_at, row.decided_by = outcome, now, actor
    BuyingRunLine.objects.filter(pk__in=[row.pk for row in rows]).update(
        outcome=outcome, decided_at=now, decided_by=actor
    )


def _close_decided(runs: Collection[int], *, actor: Staff | None, now: datetime) -> None:
    undecided = BuyingRunLine.objects.filter(run__in=runs, outcome="").values("run")
    done = BuyingRun.objects.select_for_update().filter(pk__in=runs, closed_at__isnull=True)
    for run in done.exclude(pk__in=undecided).order_by("pk"):
        run.closed_at = now
        run.save(update_fields=["closed_at"])
        audit.record(events.run_closed(run), at=now, actor=actor)


def _tell_agents(lines: Sequence[OrderLine], *, now: datetime) -> None:
    """One red flag for each order, which names what cannot be had and the three ways on (O16, N3)."""
    missing: dict[str, list[OrderLine]] = defaultdict(list)
    for line in lines:
        missing[line.order_id].append(line)
    for order in Order.objects.filter(pk__in=missing).order_by("tid"):
        goods = [_words(line) for line in missing[order.tid]]
        named = "、".join(goods[:GOODS_NAMED]) + (f"等{len(goods)}种" if len(goods) > GOODS_NAMED else "")
        request = FlagRequest(
            Order.SellerFlag.RED,
            label=UNAVAILABLE_LABEL,
            text=f"{named}韩国买不到，请联系客户：换颜色尺码、退这件，或继续等",
            addressee=Flag.Addressee.AGENT,
            until=now + clock.hours(FLAG_HOURS),
        )
        raise_flag(order, request, actor=None, now=now)


def _words(line: OrderLine) -> str:
    said = " ".join(part for part in (line.product.title[:80], line.sku_properties_name[:60]) if part)
    return f"{said} ×{line.num}"
