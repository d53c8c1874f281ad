"""What happens to stock and to the goods of lines, as audit facts (D4, F5, O16)."""

from typing import Any

from orders.events import SUBJECT
from orders.models import BuyingRun, OrderLine, Shortage, StockMovement
from shopdesk.base.audit import Fact


def stock_moved(movement: StockMovement) -> Fact:
    """Pieces came onto the shelf, or a count found another stock."""
    return _of_sku(
        f"stock.{movement.kind}",
        movement.sku_id,
        {"stock": movement.stock - movement.num},
        {"stock": movement.stock, "reason": movement.reason},
    )


def stock_confirmed(sku: int, stock: int, reason: str) -> Fact:
    """A count found the stock as it was."""
    return _of_sku("stock.counted", sku, {"stock": stock}, {"stock": stock, "reason": reason})


def shortage_reported(shortage: Shortage, before: dict[str, Any]) -> Fact:
    """A SKU was registered as out of stock, or what is known of it changed."""
    return _of_sku("shortage.reported", shortage.sku_id, before, shortage_facts(shortage))


def shortage_ended(shortage: Shortage) -> Fact:
    """There are pieces again."""
    return _of_sku("shortage.ended", shortage.sku_id, shortage_facts(shortage), {})


def shortage_facts(shortage: Shortage) -> dict[str, Any]:
    """What is known of a shortage."""
    expected = shortage.expected_on.isoformat() if shortage.expected_on else None
    return {"remark": shortage.remark, "expected_on": expected}


def run_opened(run: BuyingRun, lines: int) -> Fact:
    """A buying run was opened with that many lines."""
    return Fact("buying_run.opened", "buying_run", str(run.pk), {}, {"lines": lines})


def run_closed(run: BuyingRun) -> Fact:
    """Every line of a buying run has its outcome."""
    return Fact("buying_run.closed", "buying_run", str(run.pk), {}, {})


def run_exported(run: BuyingRun) -> Fact:
    """Somebody took the sheet of a buying run as a file (D3)."""
    return Fact("buying_run.exported", "buying_run", str(run.pk), {}, {})


def supply_moved(line: OrderLine, before: str, after: str) -> Fact:
    """The goods of a line got further, or turned out not to be had."""
    return Fact(
        "supply.moved",
        SUBJECT,
        line.order_id,
        {"supply": before},
        {"supply": after, "position": line.position, "goods": line.product.title},
    )


def _of_sku(action: str, sku: int, before: dict[str, Any], after: dict[str, Any]) -> Fact:
    return Fact(action, "sku", str(sku), before, after)
