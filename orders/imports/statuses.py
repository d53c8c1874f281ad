"""O1: the platform's order states as exports write them, and what else the words tell."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

WAIT_BUYER_PAY = "WAIT_BUYER_PAY"
WAIT_SELLER_SEND_GOODS = "WAIT_SELLER_SEND_GOODS"
WAIT_BUYER_CONFIRM_GOODS = "WAIT_BUYER_CONFIRM_GOODS"
TRADE_FINISHED = "TRADE_FINISHED"
TRADE_CLOSED = "TRADE_CLOSED"
TRADE_CLOSED_BY_TAOBAO = "TRADE_CLOSED_BY_TAOBAO"

NEVER_PAID = "买家未付款"
NOT_CLOSED = "订单未关闭"  # what the column of close reasons says of an order that is open


class PlatformStatus(NamedTuple):
    """A state of O1 with what the export's words add to it."""

    status: str
    partly_shipped: bool = False
    signed: bool = False
    payment_pending: bool = False


# Commas are half-width here; exports mix both widths in one file.
STATUSES: dict[str, PlatformStatus] = {
    "等待买家付款": PlatformStatus(WAIT_BUYER_PAY),
    "没有创建外部交易": PlatformStatus(WAIT_BUYER_PAY),
    "外卡支付付款确认中": PlatformStatus(WAIT_BUYER_PAY, payment_pending=True),
    "余额宝0元购合约中": PlatformStatus(WAIT_BUYER_PAY, payment_pending=True),
    "买家已付款,等待卖家发货": PlatformStatus(WAIT_SELLER_SEND_GOODS),
    "等待卖家发货": PlatformStatus(WAIT_SELLER_SEND_GOODS),
    "卖家部分发货": PlatformStatus(WAIT_SELLER_SEND_GOODS, partly_shipped=True),
    "卖家已发货,等待买家确认": PlatformStatus(WAIT_BUYER_CONFIRM_GOODS),
    "等待买家确认收货": PlatformStatus(WAIT_BUYER_CONFIRM_GOODS),
    "买家已签收": PlatformStatus(WAIT_BUYER_CONFIRM_GOODS, signed=True),
    "交易成功": PlatformStatus(TRADE_FINISHED),
    "交易关闭": PlatformStatus(TRADE_CLOSED),
}


@lru_cache(maxsize=256)
def status_of(text: str) -> PlatformStatus | None:
    """The state that a cleaned cell of 订单状态 names; None for a word that is none of the platform's.

    交易关闭 reads as refunded; only the reason or the money tells whether it was ever paid.
    """
    return STATUSES.get(text.replace("，", ",").replace(", ", ","))
