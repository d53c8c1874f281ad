"""Requests and problems in the shop's own language, for what is written down in the desk's name (A1, A2)."""

from collections.abc import Mapping

from afterservice.rules.kinds import Problem, TicketKind

KIND_WORDS: Mapping[str, str] = {
    TicketKind.RETURN: "退货",
    TicketKind.REFUND_ONLY: "仅退款",
    TicketKind.EXCHANGE_SKU: "换码",
    TicketKind.EXCHANGE_STYLE: "换款",
    TicketKind.REPAIR: "维修",
    TicketKind.RESEND: "补发",
    TicketKind.POSTAGE_REFUND: "退邮费",
    TicketKind.BAD_REVIEW: "处理差评",
    TicketKind.DISPUTE: "投诉仲裁",
    TicketKind.COMPENSATION: "赔付",
    TicketKind.PRICE_PROTECTION: "保价",
}
PROBLEM_WORDS: Mapping[str, str] = {
    Problem.CHANGED_MIND: "不合适或不想要了",
    Problem.DAMAGED: "损坏",
    Problem.FLAWED: "瑕疵",
    Problem.DELAYED: "延误",
    Problem.LOST: "丢失或少件",
    Problem.WRONG_ITEM: "错发",
    Problem.SIZE: "尺寸不符",
    Problem.COLOUR: "颜色不符",
    Problem.MATERIAL: "材质不符",
    Problem.HOW_TO: "使用、安装、维护",
}


def plain_words(kind: str, problem: str) -> str:
    """What is asked for and why, where the buyer's own words are not at hand."""
    return f"买家要求{KIND_WORDS[kind]}：{PROBLEM_WORDS[problem]}"
