"""Made-up exports of the platform, as large as asked for: an order list and an item list as of 2022 and later."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from orders.models import Order, OrderLine
from orders.states import CloseReason, Status
from shopdesk.base.clock import SHANGHAI
from shopdesk.desk.demo.catalogue import make_catalogue
from shopdesk.desk.demo.drafts import Basket, Draft, Drafter
from shopdesk.desk.demo.people import make_people

DAYS, PRODUCTS, ORDERS_PER_BUYER = 365, 300, 3
TID_PREFIX = "4500"


def _columns(header: str) -> list[str]:
    return header.split(",")


ORDER_HEADER = _columns(
    "订单编号,买家会员名,买家会员昵称,支付单号,支付详情,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,"
    "买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址,运送方式,联系电话,联系手机,虚拟号过期时间,订单创建时间,订单付款时间,"
    "宝贝标题,宝贝种类,物流单号,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,"
    "是否手机订单,分阶段订单信息,特权订金订单id,是否上传合同照片,是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,"
    "异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,新零售交易类型,新零售导购门店名称,新零售导购门店id,新零售发货门店名称,"
    "新零售发货门店id,退款金额,预约门店,确认收货时间,打款商家金额,含应开票给个人的个人红包,是否信用购,体验期结束时间,前N有礼,"
    "配送类型,直播返现状态,返现金额,延迟发货自动赔付金额,新零售成交门店昵称,新零售成交门店id,新零售成交经销商id,预售订单,发货时间,"
    "商家备忘,主订单编号"
)
ITEM_HEADER = _columns(
    "子订单编号,主订单编号,商品标题,商品价格,购买数量,外部系统编号,商品属性,套餐信息,联系方式备注,订单状态,商家编码,支付单号,"
    "买家应付货款,买家实付金额,退款状态,退款金额,订单创建时间,订单付款时间,淘鲜达渠道,商品ID,分阶段信息,备注标签,商家备注,"
    "主订单买家留言,是否主动赔付,主动赔付金额,主动赔付出账时间"
)
STATUS_WORDS = {
    Status.WAIT_BUYER_PAY: "等待买家付款",
    Status.WAIT_SELLER_SEND_GOODS: "买家已付款，等待卖家发货",
    Status.WAIT_BUYER_CONFIRM_GOODS: "卖家已发货,等待买家确认",
    Status.TRADE_FINISHED: "交易成功",
    Status.TRADE_CLOSED: "交易关闭",
    Status.TRADE_CLOSED_BY_TAOBAO: "交易关闭",
}


def write_exports(folder: Path, orders: int, now: datetime) -> tuple[Path, Path, int]:
    """Write an order list and an item list with half as many rows again; answers both and the items' number."""
    order_list, item_list = folder / f"orders-{orders}.csv", folder / f"items-{orders}.csv"
    items = 0
    with (
        order_list.open("w", encoding="utf-8-sig", newline="") as order_file,
        item_list.open("w", encoding="utf-8-sig", newline="") as item_file,
    ):
        order_rows = csv.DictWriter(order_file, ORDER_HEADER, restval="")
        item_rows = csv.DictWriter(item_file, ITEM_HEADER, restval="")
        order_rows.writeheader()
        item_rows.writeheader()
        for draft in _drafts(orders, now):
            order_rows.writerow(_order_row(draft))
            for line, (item, _num) in zip(draft.lines, draft.basket, strict=True):
                item_rows.writerow(_item_row(draft.order, line, item.product.title))
                items += 1
    return order_list, item_list, items


def _drafts(orders: int, now: datetime) -> Iterator[Draft]:
    """Every second order has two lines. Nothing here asks a database: products and buyers are not saved."""
    random = Random(orders)  # noqa: S311 (made-up data that must come out the same again)
    catalogue = make_catalogue(random, PRODUCTS)
    people = make_people(random, orders // ORDERS_PER_BUYER + 1)
    drafter = Drafter(random, catalogue, now.replace(microsecond=0), TID_PREFIX)
    for number in range(orders):
        created = (now - timedelta(days=DAYS * (1 - number / orders))).replace(microsecond=0)
        basket: Basket = [(item, 1) for item in catalogue.pick(random, 1 + number % 2)]
        yield drafter.draft(random.choice(people), created, basket=basket)


def _order_row(draft: Draft) -> dict[str, Any]:
    order = draft.order
    reason = "订单未关闭"
    if order.close_reason:
        reason = "买家申请退款" if order.close_reason == CloseReason.REFUND else "买家未付款"
    return {
        "订单编号": _exact(order.tid),
        "买家会员名": order.buyer_id,
        "买家会员昵称": order.buyer_id,
        "支付单号": draft.payments[0].payment_no if draft.payments else "",
        "买家应付货款": order.goods_payable,
        "买家应付邮费": order.post_fee,
        "买家支付积分": 0,
        "总金额": order.payment,
        "返点积分": 0,
        "买家实际支付金额": order.paid_fee,
        "买家实际支付积分": 0,
        "订单状态": STATUS_WORDS[Status(order.status)],
        "买家留言": order.buyer_message,
        "收货人姓名": order.receiver_name,
        "收货地址": f"{order.receiver_address}(000000)",
        "运送方式": "快递",
        "联系手机": f"'{order.receiver_mobile}",
        "订单创建时间": _moment(order.created),
        "订单付款时间": _moment(order.pay_time),
        "宝贝标题": ",".join(item.product.title for item, _num in draft.basket),
        "宝贝种类": len(draft.lines),
        "物流单号": order.invoice_no,
        "物流公司": order.logistics_company,
        "宝贝总数量": order.num,
        "店铺Id": 0,
        "店铺名称": "示例店铺",
        "订单关闭原因": reason,
        "卖家服务费": 0,
        "买家服务费": "0元",
        "是否手机订单": "手机订单",
        "特权订金订单id": '=""',
        "修改后的收货地址": "null",
        "退款金额": order.refund_fee,
        "确认收货时间": _moment(order.end_time if order.status == Status.TRADE_FINISHED else None),
        "发货时间": _moment(order.consign_time),
        "商家备忘": "'周末送货(娜娜9.9)" if order.buyer_message else "",
        "主订单编号": _exact(order.tid),
    }


def _item_row(order: Order, line: OrderLine, title: str) -> dict[str, Any]:
    return {
        "子订单编号": _exact(line.oid),
        "主订单编号": _exact(order.tid),
        "商品标题": title,
        "商品价格": line.price,
        "购买数量": line.num,
        "商品属性": line.sku_properties_name,
        "订单状态": STATUS_WORDS[Status(order.status)],
        "商家编码": line.outer_sku_id,
        "买家应付货款": line.payment,
        "退款状态": line.refund_status or "没有申请退款",
        "退款金额": line.refund_fee if line.refund_status else "无退款申请",
        "订单创建时间": _moment(order.created),
    }


def _exact(number: str) -> str:
    """As the platform keeps spreadsheets from rounding long numbers."""
    return f'="{number}"'


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
