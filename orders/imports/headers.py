"""Which list a file is and what its columns mean, read from its header row and nothing else (D2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from orders.imports.cells import clean
from orders.imports.errors import ExportFileError

MAX_COLUMNS = 500  # the widest list known has 71


class ListKind(StrEnum):
    """The platform's lists that can be imported."""

    ORDERS = "orders"
    ITEMS = "items"
    REFUNDS = "refunds"


# Fields are named as in the platform's API where it has a name; `paid_fee` is ours, because the API's
# `payment` is what is to be paid. Names in one row of the table mean the same thing.
ORDER_COLUMNS: dict[str, tuple[str, ...]] = {
    "tid": ("订单编号",),
    "buyer_nick": ("买家会员名", "买家会员昵称"),
    "payment_no": ("支付单号", "支付交易号"),
    "payment_details": ("支付详情",),
    "goods_payable": ("买家应付货款",),
    "post_fee": ("买家应付邮费",),
    "payment": ("总金额",),
    "paid_fee": ("买家实际支付金额", "买家实付金额"),
    "status": ("订单状态",),
    "close_reason": ("订单关闭原因",),
    "buyer_message": ("买家留言", "主订单买家留言"),
    "seller_memo": ("订单备注", "商家备忘", "商家备注"),
    "memo_tag": ("备注标签",),
    "receiver_name": ("收货人姓名",),
    "receiver_address": ("收货地址",),
    "changed_receiver_address": ("修改后的收货地址",),
    "receiver_phone": ("联系电话",),
    "receiver_mobile": ("联系手机",),
    "created": ("订单创建时间",),
    "pay_time": ("订单付款时间",),
    "consign_time": ("发货时间",),
    "end_time": ("确认收货时间",),
    "titles": ("宝贝标题", "标题", "商品标题"),
    "num": ("宝贝总数量",),
    "invoice_no": ("物流单号",),
    "logistics_company": ("物流公司",),
    "refund_fee": ("退款金额",),
}

# 外部系统编号 is the code that the shop gave to the SKU, 商家编码 the one it gave to the whole product.
ITEM_COLUMNS: dict[str, tuple[str, ...]] = {
    "tid": ("主订单编号", "订单编号"),
    "oid": ("子订单编号",),
    "title": ("标题", "商品标题", "宝贝标题"),
    "price": ("价格", "商品价格"),
    "num": ("购买数量",),
    "outer_sku_id": ("外部系统编号",),
    "outer_iid": ("商家编码",),
    "sku_properties_name": ("商品属性", "商品属性SKU"),
    "num_iid": ("商品ID",),
    "status": ("订单状态",),
    "goods_payable": ("买家应付货款",),
    "paid_fee": ("买家实付金额", "买家实际支付金额"),
    "refund_status": ("退款状态",),
    "refund_fee": ("退款金额",),
    "created": ("订单创建时间",),
    "pay_time": ("订单付款时间",),
    "consign_time": ("发货时间",),
    "invoice_no": ("物流单号",),
    "logistics_company": ("物流公司",),
    "payment_no": ("支付单号", "支付交易号"),
    "buyer_message": ("主订单买家留言", "买家留言"),
    "seller_memo": ("商家备注", "商家备忘", "订单备注"),
    "memo_tag": ("备注标签",),
}

# What the list says of the seller's own name, address and phones is not read: the desk needs none of it.
REFUND_COLUMNS: dict[str, tuple[str, ...]] = {
    "tid": ("订单编号",),
    "refund_no": ("退款编号",),
    "payment_no": ("支付单号",),
    "pay_time": ("订单付款时间",),
    "num_iid": ("商品id", "商品ID"),
    "code": ("商品编码", "商家编码"),
    "ended_at": ("退款完结时间", "完结时间"),
    "paid_fee": ("买家实际支付金额", "买家实付金额"),
    "title": ("宝贝标题", "商品标题", "标题"),
    "refund_fee": ("买家退款金额", "退款金额"),
    "made_by": ("手工退款/系统退款",),
    "kind": ("售后类型",),
    "applied_at": ("退款的申请时间",),
    "due_at": ("超时时间",),
    "status": ("退款状态",),
    "goods_status": ("货物状态",),
    "return_news": ("退货物流信息",),
    "platform_help": ("客服介入状态",),
    "return_no": ("退货物流单号",),
    "return_carrier": ("退货物流公司",),
    "reason": ("买家退款原因",),
    "words": ("买家退款说明",),
    "returned_at": ("买家退货时间",),
    "liable": ("责任方",),
    "phase": ("售中或售后",),
    "memo_tag": ("备注标签",),
    "seller_memo": ("商家备注",),
    "extent": ("部分退款/全部退款",),
    "reason_tag": ("退款原因标签",),
    "business": ("业务类型",),
}

COLUMNS = {
    ListKind.ORDERS: ORDER_COLUMNS,
    ListKind.ITEMS: ITEM_COLUMNS,
    ListKind.REFUNDS: REFUND_COLUMNS,
}

REFUND_LIST_NAMES = frozenset({"退款编号"})
ITEM_LIST_NAMES = frozenset({"子订单编号", "购买数量", "价格", "商品价格"})
# Enough for an item list only where nothing speaks for an order list, which may carry some of them.
ITEM_LIST_HINTS = frozenset({"外部系统编号", "商家编码", "商品属性", "套餐信息", "商品ID", "退款状态"})
ORDER_LIST_NAMES = frozenset(
    {
        "买家会员名",
        "买家会员昵称",
        "买家应付邮费",
        "总金额",
        "收货人姓名",
        "收货地址",
        "宝贝种类",
        "宝贝总数量",
    }
)


@dataclass(frozen=True, slots=True)
class Header:
    """The header row of one list.

    `names` are the file's own column names, stripped; `columns` maps each field that the file has to the
    positions of its columns, in the file's order. A field that is not in `columns` is unknown, not empty.
    """

    kind: ListKind
    names: tuple[str, ...]
    columns: dict[str, tuple[int, ...]] = field(hash=False)

    @property
    def fields(self) -> frozenset[str]:
        """The fields for which the file has a column."""
        return frozenset(self.columns)


def read_header(cells: Sequence[str]) -> Header:
    """The header that these cells are (D2).

    Raises `ExportFileError`: `too_many_columns`, `no_order_number` (some columns of an export, but not that one) or
    `not_export`.
    """
    if len(cells) > MAX_COLUMNS:
        raise ExportFileError(
            "too_many_columns",
            _("The file has more than %(limit)d columns; an export has 71 at most."),
            limit=MAX_COLUMNS,
        )
    names = tuple(clean(cell) for cell in cells)
    kind = _kind_of(frozenset(names))
    columns = _positions(names, COLUMNS[kind])
    if "tid" not in columns or len(columns) == 1:
        if len(columns) > 2:
            raise ExportFileError(
                "no_order_number",
                _("The file has no column of order numbers: export it again with 订单编号."),
            )
        raise ExportFileError(
            "not_export",
            _("This is no order list, item list or refund list of Taobao: the first row must be its header."),
        )
    return Header(kind, names, columns)


def _kind_of(names: Iterable[str]) -> ListKind:
    known = frozenset(names)
    if known & REFUND_LIST_NAMES:
        return ListKind.REFUNDS
    if known & ITEM_LIST_NAMES or ("主订单编号" in known and "订单编号" not in known):
        return ListKind.ITEMS
    if known & ITEM_LIST_HINTS and not known & ORDER_LIST_NAMES:
        return ListKind.ITEMS
    return ListKind.ORDERS


def _positions(names: Sequence[str], aliases: dict[str, tuple[str, ...]]) -> dict[str, tuple[int, ...]]:
    field_of = {name: field_name for field_name, known in aliases.items() for name in known}
    found: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        if name in field_of:
            found.setdefault(field_of[name], []).append(position)
    return {field_name: tuple(positions) for field_name, positions in found.items()}
