"""Reading what is to be bought and made, and the runs (O16): each page by a fixed number of statements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from orders.models import BuyingRun, BuyingRunLine, OrderLine, Product, Sku
from orders.rules.products import ProductKind
from orders.selectors.waiting import not_sent
from orders.states import Status, Supply
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

RUNS_KEYSET = Keyset("opened_at", "id", numeric=True)
LINES_SHOWN = 1000
_OLDEST_PAYMENT_FIRST = ("order__pay_time", "order", "position")


def paid_lines(kind: ProductKind) -> QuerySet[OrderLine]:
    """Lines of paid orders with goods of a kind that must be bought or made, none of them sent or refunded."""
    return not_sent(
        OrderLine.objects.filter(
            order__status=Status.WAIT_SELLER_SEND_GOODS,
            order__tied=False,
            product__kind=kind,
            product__virtual=False,
            refunded_at__isnull=True,
            sku__isnull=False,
        )
    ).order_by(*_OLDEST_PAYMENT_FIRST)


def to_buy(now: datetime) -> QuerySet[OrderLine]:
    """Lines that were paid by ``now``, are to be bought and in no undecided run, the oldest payment first."""
    in_run = BuyingRunLine.objects.filter(line=OuterRef("pk"), outcome="")
    lines = paid_lines(ProductKind.PROXY_PREORDER).filter(supply__in=("", Supply.TO_BUY))
    return lines.filter(~Exists(in_run), order__pay_time__lte=now)


def bought() -> QuerySet[OrderLine]:
    """Lines whose goods are on their way from Korea, the oldest payment first."""
    return paid_lines(ProductKind.PROXY_PREORDER).filter(supply=Supply.BOUGHT)


def to_make() -> QuerySet[OrderLine]:
    """Lines whose goods are to be made or in making, the oldest payment first."""
    return paid_lines(ProductKind.CUSTOM).filter(supply__in=("", Supply.TO_MAKE, Supply.MAKING))


def made() -> QuerySet[OrderLine]:
    """Lines whose goods are made and not sent yet."""
    return paid_lines(ProductKind.CUSTOM).filter(supply=Supply.MADE)


@dataclass
class SkuLines:
    """The lines of one SKU on a sheet: order lines, or those of a run."""

    product: Product
    sku: Sku
    lines: list[OrderLine] = field(default_factory=list)
    run_lines: list[BuyingRunLine] = field(default_factory=list)

    @property
    def num(self) -> int:
        """How many pieces."""
        return sum(row.num for row in self.run_lines or self.lines)

    @property
    def undecided(self) -> list[BuyingRunLine]:
        """The run's lines without an outcome."""
        return [row for row in self.run_lines if not row.outcome]

    @property
    def undecided_num(self) -> int:
        """How many pieces are still to be decided on."""
        return sum(row.num for row in self.undecided)

    @property
    def begun(self) -> list[OrderLine]:
        """The lines in making."""
        return [line for line in self.lines if line.supply == Supply.MAKING]

    @property
    def not_begun(self) -> list[OrderLine]:
        """The lines that nobody makes yet."""
        return [line for line in self.lines if line.supply != Supply.MAKING]


def by_sku(lines: Iterable[OrderLine]) -> list[SkuLines]:
    """Lines grouped by SKU, product by product; call it on lines with their SKU, product and order."""
    groups: dict[int, SkuLines] = {}
    for line in lines:
        assert line.sku is not None  # noqa: S101 (the lists above leave lines without one out)
        groups.setdefault(line.sku.pk, SkuLines(line.product, line.sku)).lines.append(line)
    return _sorted(groups)


def read_lines(lines: QuerySet[OrderLine], most: int = LINES_SHOWN) -> list[SkuLines]:
    """The first lines of a list by SKU: one statement."""
    return by_sku(lines.select_related("sku", "product", "order")[:most])


@dataclass(frozen=True)
class RunSheet:
    """A run with its lines by product and SKU."""

    run: BuyingRun
    groups: Sequence[SkuLines]

    @property
    def undecided(self) -> int:
        """How many lines wait for their outcome."""
        return sum(len(group.undecided) for group in self.groups)

    @property
    def num(self) -> int:
        """How many pieces the run is to buy."""
        return sum(group.num for group in self.groups)


def read_run(run_id: int) -> RunSheet | None:
    """A run's sheet by two statements; ``None`` for no such run."""
    run = BuyingRun.objects.select_related("opened_by").filter(pk=run_id).first()
    if run is None:
        return None
    rows = (
        BuyingRunLine.objects.filter(run=run)
        .select_related("sku", "line__product", "line__order", "decided_by")
        .order_by("line__order__pay_time", "line__order", "line__position")
    )
    groups: dict[int, SkuLines] = {}
    for row in rows:
        groups.setdefault(row.sku_id, SkuLines(row.line.product, row.sku)).run_lines.append(row)
    return RunSheet(run, _sorted(groups))


def read_runs(cursor: str = "", size: int = PAGE_SIZE) -> Page[BuyingRun]:
    """One page of the runs, newest first, each with its figures: one statement."""
    of = BuyingRunLine.Outcome
    runs = BuyingRun.objects.select_related("opened_by").annotate(
        pieces=Sum("lines__num"),
        line_count=Count("lines"),
        undecided_count=Count("lines", filter=Q(lines__outcome="")),
        bought_count=Count("lines", filter=Q(lines__outcome=of.BOUGHT)),
        unavailable_count=Count("lines", filter=Q(lines__outcome=of.UNAVAILABLE)),
    )
    return read_page(runs, RUNS_KEYSET, cursor, size)


def waiting_for_run(now: datetime) -> dict[str, int]:
    """How many lines and pieces a run opened now would take, of how many orders."""
    return (
        to_buy(now)
        .order_by()
        .aggregate(lines=Count("pk"), pieces=Sum("num", default=0), orders=Count("order", distinct=True))
    )


def _sorted(groups: dict[int, SkuLines]) -> list[SkuLines]:
    return sorted(
        groups.values(), key=lambda group: (group.product.title, group.sku.sku_properties_name, group.sku.pk)
    )


def sheet_rows(sheet: RunSheet) -> Iterator[Sequence[str | int]]:
    """The sheet as rows of a table: one for each line, with the order behind it and no price."""
    for group in sheet.groups:
        for row in group.run_lines:
            order = row.line.order
            paid = order.pay_time.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if order.pay_time else ""
            yield (
                group.product.title,
                group.sku.sku_properties_name,
                group.sku.outer_sku_id,
                row.num,
                order.tid,
                order.buyer_id or "",
                paid,
                str(row.get_outcome_display()) if row.outcome else "",
            )
