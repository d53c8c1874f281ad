"""Lines of paid orders, and changes of their colour or size."""

from decimal import Decimal
from typing import Any

from orders.models import ChangeNotice, Order, OrderLine, Sku
from orders.services.changes.sku import SkuChange, change_sku
from orders.services.spend import tell_spend
from shopdesk.base.models import Approval, Staff
from tests.factories import NOW, make_line, make_paid_order, make_sku, make_staff
from tests.orders.parcel_makers import hold_line
from tests.orders.postage_links import NICK


def paid(title: str = "小白鞋", **fields: Any) -> OrderLine:
    """The line of a paid order, its pieces held."""
    line = make_line(make_paid_order(NICK, **fields), title)
    hold_line(line)
    tell_spend([line.order_id])
    return line


def other(line: OrderLine, price: str | None = None, stock: int = 3) -> Sku:
    """Another colour and size of the line's product."""
    return make_sku(
        line.product.title, "颜色分类：黑色;尺码：38", price=price and Decimal(price), stock=stock,
        outer_sku_id="MN-BK-38",
    )  # fmt: skip


def change(line: OrderLine, sku: Sku, actor: Staff | None = None, **fields: Any) -> ChangeNotice | Approval:
    """Change the line to this SKU, by an agent unless said otherwise."""
    version = fields.pop("version", Order.objects.get(pk=line.order_id).version)
    asked = SkuChange(line.position, sku.pk, **fields)
    return change_sku(line.order_id, asked, version=version, actor=actor or make_staff("agent"), now=NOW)
