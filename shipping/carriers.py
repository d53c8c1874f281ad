"""S1: the carriers, their codes at Kuaidi100 and Taobao, and what their tracking numbers look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shipping.provinces import Zone


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier. `code` is Kuaidi100's and ours; `taobao_code` is "" where we know of none.

    `tracking` and `old_tracking` (about 2011) are regular expressions of whole tracking numbers.
    """

    code: str
    name: str
    taobao_code: str = ""
    aliases: tuple[str, ...] = ()
    tracking: tuple[str, ...] = ()
    old_tracking: tuple[str, ...] = ()


_ALL = (
    Carrier("zhongtong", "中通快递", "ZTO", ("中通", "中通速递"), (r"(73|75|78|79)\d{12}",)),
    Carrier(
        "shunfeng", "顺丰速运", "SF", ("顺丰", "顺丰快递", "顺丰标快", "順豐"), (r"SF\d{9,15}",), (r"\d{12}",)
    ),
    Carrier(
        "ems",
        "EMS",
        "EMS",
        ("邮政速递", "中国邮政速递", "邮政特快专递", "邮政EMS", "邮政快递EMS"),
        (r"(10|11|50|56)\d{11}",),
        (r"[A-Z]{2}\d{9}[A-Z]{2}",),
    ),
    Carrier("yuantong", "圆通速递", "YTO", ("圆通", "圆通快递"), (r"YT\d{9,15}", r"88\d{10}")),
    Carrier("shentong", "申通快递", "STO", ("申通", "申通E物流"), (r"77\d{13}",)),
    Carrier(
        "yunda", "韵达快递", "YUNDA", ("韵达", "韵达速递"), (r"YD\d{9,15}", r"(43|46)\d{11}"), (r"\d{13}",)
    ),
    Carrier("jtexpress", "极兔速递", "JITU", ("极兔", "极兔快递", "J&T", "J&T极兔"), (r"JT\d{9,15}",)),
    Carrier("jd", "京东快递", "JD", ("京东", "京东物流", "京东配送"), (r"JD[A-Z]{0,3}\d{9,15}",)),
    Carrier(
        "youzhengguonei",
        "邮政快递包裹",
        "POSTB",
        ("邮政", "中国邮政", "邮政包裹", "邮政国内小包", "邮政小包", "邮政平邮"),
        (r"9[5-9]\d{11}",),
    ),
    Carrier("huitongkuaidi", "百世快递", "HTKY", ("百世", "百世汇通", "汇通快递")),
    Carrier("debangkuaidi", "德邦快递", "DBKD", ("德邦",)),
    Carrier("debangwuliu", "德邦物流"),
    Carrier("tiantian", "天天快递", "TTKDEX", ("天天",)),
    Carrier("zhaijisong", "宅急送", "ZJS"),
    Carrier("youshuwuliu", "优速快递", "UC", ("优速", "优速物流")),
    Carrier("danniao", "丹鸟快递", "", ("丹鸟",)),
    Carrier("kuayue", "跨越速运", "", ("跨越", "跨越物流")),
    # The freight arms are carriers of their own with Kuaidi100.
    Carrier("zhongtongkuaiyun", "中通快运"),
    Carrier("shunfengkuaiyun", "顺丰快运"),
    Carrier("yundakuaiyun", "韵达快运"),
)

CARRIERS: Mapping[str, Carrier] = {carrier.code: carrier for carrier in _ALL}

# S1: hmt by shunfeng, overseas by ems, all else by zhongtong.
DEFAULT_CARRIERS: Mapping[Zone, str] = dict.fromkeys(Zone, "zhongtong") | {
    Zone.HMT: "shunfeng",
    Zone.OVERSEAS: "ems",
}

_NOISE = re.compile(r"[\s()（）·.。_-]+|有限公司|有限责任公司")


def _plain(name: str) -> str:
    return _NOISE.sub("", name).casefold()


_CODE_OF_NAME = {
    _plain(name): carrier.code
    for carrier in _ALL
    for name in (carrier.code, carrier.name, carrier.taobao_code, *carrier.aliases)
    if name
}
# Latin codes are no prefixes: "SFExpress" is, "JDoe" is not.
_CODE_OF_PREFIX = sorted(
    ((name, code) for name, code in _CODE_OF_NAME.items() if not name.isascii() or name == "ems"),
    key=lambda pair: -len(pair[0]),
)
_TRACKING = {
    carrier.code: re.compile("|".join(carrier.tracking), re.ASCII) for carrier in _ALL if carrier.tracking
}
_OLD_TRACKING = {
    carrier.code: re.compile("|".join(carrier.old_tracking), re.ASCII)
    for carrier in _ALL
    if carrier.old_tracking
}


def carrier_of(company_name: str) -> str | None:
    """The code of the carrier that goes by this name (中通快递, ZTO, 圆通速递(YTO)), None if unknown (S1)."""
    name = _plain(company_name)
    if name in _CODE_OF_NAME:
        return _CODE_OF_NAME[name]
    return next((code for known, code in _CODE_OF_PREFIX if name.startswith(known)), None)


def looks_like(carrier: str, number: str) -> bool:
    """Whether a tracking number may be this carrier's (S1); True where no pattern of it is known.

    No is a reason to warn, never to refuse: carriers open new number ranges without telling.
    """
    known = [patterns[carrier] for patterns in (_TRACKING, _OLD_TRACKING) if carrier in patterns]
    number = _normal(number)
    return not known or any(pattern.fullmatch(number) for pattern in known)


def carriers_of_number(number: str) -> list[str]:
    """The carriers whose tracking numbers look like this one, today's before old ones (O3, S1)."""
    number = _normal(number)
    found = [
        code
        for patterns in (_TRACKING, _OLD_TRACKING)
        for code, pattern in patterns.items()
        if pattern.fullmatch(number)
    ]
    return list(dict.fromkeys(found))


def _normal(number: str) -> str:
    return number.strip().upper()
