"""D2: the words of Taobao's refund list, and what they mean here. Plain tables; nothing is guessed from elsewhere."""

import re
from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import Problem, TicketKind


class RefundStatus(models.TextChoices):
    """Taobao's states of a refund, by its own codes."""

    AGREE = "WAIT_SELLER_AGREE", _("waits for our answer")
    REFUSED = "SELLER_REFUSE_BUYER", _("refused by us")
    RETURN = "WAIT_BUYER_RETURN_GOODS", _("the buyer is to send the goods back")
    CONFIRM = "WAIT_SELLER_CONFIRM_GOODS", _("the goods are on their way to us")
    CONSIGN = "WAIT_SELLER_CONSIGN_GOODS", _("we are to send the exchange")
    EXCHANGE_SENT = "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS", _("the exchange is on its way")
    TRANSFORMED = "EXCHANGE_TRANSFORM_TO_REFUND", _("the exchange became a refund")
    CLOSED = "CLOSED", _("closed")
    SUCCESS = "SUCCESS", _("refunded")


# D1: a state of lower rank never replaces a higher one. **Our reading:** a refusal and a new request after it stand
# on one rank, and of the two the one with the later due time is the newer: the buyer amends what was refused.
RANK: Mapping[str, int] = {
    RefundStatus.AGREE: 1,
    RefundStatus.REFUSED: 1,
    RefundStatus.RETURN: 2,
    RefundStatus.CONFIRM: 3,
    RefundStatus.CONSIGN: 4,
    RefundStatus.EXCHANGE_SENT: 5,
    RefundStatus.TRANSFORMED: 6,
    RefundStatus.CLOSED: 9,
    RefundStatus.SUCCESS: 9,
}
OVER = frozenset({RefundStatus.CLOSED, RefundStatus.SUCCESS})
# In these Taobao's due time is the buyer's, not ours.
BUYERS_TURN = frozenset({RefundStatus.REFUSED, RefundStatus.RETURN, RefundStatus.EXCHANGE_SENT})
# We agreed there, one way or another.
AGREED = frozenset(
    {RefundStatus.RETURN, RefundStatus.CONFIRM, RefundStatus.CONSIGN, RefundStatus.EXCHANGE_SENT}
)

_STATUS_WORDS: Mapping[str, RefundStatus] = {
    "买家已经申请退款，等待卖家同意": RefundStatus.AGREE,
    "买家已申请退款，等待卖家同意": RefundStatus.AGREE,
    "等待卖家同意": RefundStatus.AGREE,
    "待卖家处理": RefundStatus.AGREE,
    "待商家处理": RefundStatus.AGREE,
    "卖家拒绝退款": RefundStatus.REFUSED,
    "商家拒绝退款": RefundStatus.REFUSED,
    "卖家拒绝": RefundStatus.REFUSED,
    "卖家已经同意退款，等待买家退货": RefundStatus.RETURN,
    "卖家已同意退款，等待买家退货": RefundStatus.RETURN,
    "等待买家退货": RefundStatus.RETURN,
    "待买家退货": RefundStatus.RETURN,
    "买家已经退货，等待卖家确认收货": RefundStatus.CONFIRM,
    "买家已退货，等待卖家确认收货": RefundStatus.CONFIRM,
    "等待卖家确认收货": RefundStatus.CONFIRM,
    "待卖家收货": RefundStatus.CONFIRM,
    "待商家收货": RefundStatus.CONFIRM,
    "等待卖家发货": RefundStatus.CONSIGN,
    "待卖家发货": RefundStatus.CONSIGN,
    "待商家发货": RefundStatus.CONSIGN,
    "卖家已发货，等待买家确认收货": RefundStatus.EXCHANGE_SENT,
    "等待买家确认收货": RefundStatus.EXCHANGE_SENT,
    "待买家收货": RefundStatus.EXCHANGE_SENT,
    "换货转退款": RefundStatus.TRANSFORMED,
    "换货关闭，转退货退款": RefundStatus.TRANSFORMED,
    "退款关闭": RefundStatus.CLOSED,
    "售后关闭": RefundStatus.CLOSED,
    "退款成功": RefundStatus.SUCCESS,
    "售后成功": RefundStatus.SUCCESS,
    "换货成功": RefundStatus.SUCCESS,
}
_KINDS: tuple[tuple[re.Pattern[str], TicketKind], ...] = (
    (re.compile("换货"), TicketKind.EXCHANGE_SKU),
    (re.compile("维修"), TicketKind.REPAIR),
    (re.compile("补寄|补发"), TicketKind.RESEND),
    (re.compile("价保|保价"), TicketKind.PRICE_PROTECTION),
    (re.compile("运费|邮费"), TicketKind.POSTAGE_REFUND),
    (re.compile("赔付|小额"), TicketKind.COMPENSATION),
    (re.compile("仅退款|无需退货|未发货|极速退款|售中退款"), TicketKind.REFUND_ONLY),
    (re.compile("退货"), TicketKind.RETURN),
    (re.compile("退款"), TicketKind.REFUND_ONLY),
)
# The first that matches wins: what is missing before what is broken, what was promised before what is disliked.
_PROBLEMS: tuple[tuple[re.Pattern[str], Problem], ...] = (
    (re.compile("7天无理由|七天无理由|无理由|不喜欢|不想要|拍错|错拍|多拍|协商一致"), Problem.CHANGED_MIND),
    (re.compile("空包|少件|漏发|缺件|缺少|少发|丢失|丢件|无跟踪|未收到货|没收到|一直未送到"), Problem.LOST),
    (re.compile("发错|错发|货不对|不是我买的"), Problem.WRONG_ITEM),
    (re.compile("未按.*时间|延迟|延误|缺货|发货慢|物流慢|快递慢|超时|虚假发货|停滞"), Problem.DELAYED),
    (re.compile("破损|污渍|污损|损坏|变形|碎|包装破"), Problem.DAMAGED),
    (re.compile("(尺寸|尺码|大小|规格).*(不符|不一致|不一样|偏差)"), Problem.SIZE),
    (re.compile("(颜色|色差|款式|图案).*(不符|不一致|不一样)|色差"), Problem.COLOUR),
    (re.compile("(材质|面料|成分|质地|厚度).*(不符|不一致|不一样)|(材质|面料)问题"), Problem.MATERIAL),
    (
        re.compile("质量|瑕疵|做工|开胶|开线|掉色|褪色|起球|缩水|故障|异味|假冒|假货|勾丝|破洞"),
        Problem.FLAWED,
    ),
    (re.compile("使用|安装|洗涤|清洗|保养|维护|不会用"), Problem.HOW_TO),
    (re.compile("描述不符|与.*描述.*不符"), Problem.MATERIAL),
)
_HELP = re.compile("介入")
_NO_HELP = re.compile("未介入|无需|不需|没有|结束|完结|完成|取消|撤销")


def status_of(words: str) -> RefundStatus | None:
    """The state that a cell names, by Taobao's code or in its words; ``None`` for what is no state of a refund."""
    text = re.sub(r"\s", "", words).replace(",", "，")
    if text in RefundStatus.values:
        return RefundStatus(text)
    return _STATUS_WORDS.get(text)


def kind_of(words: str, goods_status: str, *, has_return_no: bool) -> TicketKind | None:
    """The kind that 售后类型 names; where it names none, what becomes of the goods tells; else ``None``."""
    for pattern, kind in _KINDS:
        if pattern.search(words):
            return kind
    if words:
        return None
    if has_return_no or "退货" in goods_status:
        return TicketKind.RETURN
    return TicketKind.REFUND_ONLY if "收到" in goods_status else None


def problem_of(*reasons: str) -> Problem:
    """The problem that the buyer's reason names, the first of several texts that names one.

    **Our reading:** a reason that the table does not know says nothing against the goods; the text itself stands in
    the log, and the agent amends it.
    """
    for words in reasons:
        for pattern, problem in _PROBLEMS:
            if words and pattern.search(words):
                return problem
    return Problem.CHANGED_MIND


def is_stepped_in(words: str) -> bool:
    """Whether 客服介入状态 says that Taobao's staff are in it."""
    return bool(_HELP.search(words)) and not _NO_HELP.search(words)


def is_newer(known: str, told: str, *, dues: int) -> bool:
    """D1: whether a state that the list tells replaces the one that is known.

    ``dues`` is above zero where the told due time is later than the known one, below where it is earlier.
    """
    if not known or known == told:
        return known != told
    if RANK[told] != RANK[known]:
        return RANK[told] > RANK[known]
    if known in OVER:
        return False
    return dues >= 0 if told == RefundStatus.REFUSED else dues > 0


def is_older(known: str, told: str, *, dues: int) -> bool:
    """Whether the list tells an older state than is known: then it only fills what is blank."""
    return bool(known) and known != told and not is_newer(known, told, dues=dues)
