"""S2: the province that an address lies in, and its shipping zone. A table, no parser of addresses."""

from __future__ import annotations

import re
from enum import StrEnum

OVERSEAS = "海外"


class Zone(StrEnum):
    """The shipping zones of S2."""

    CORE = "core"
    REMOTE = "remote"
    HMT = "hmt"
    OVERSEAS = "overseas"
    MAINLAND = "mainland"


_ZONES: dict[str, Zone] = {
    "北京": Zone.MAINLAND,
    "天津": Zone.MAINLAND,
    "上海": Zone.CORE,
    "重庆": Zone.MAINLAND,
    "河北": Zone.MAINLAND,
    "山西": Zone.MAINLAND,
    "内蒙古": Zone.MAINLAND,
    "辽宁": Zone.MAINLAND,
    "吉林": Zone.MAINLAND,
    "黑龙江": Zone.MAINLAND,
    "江苏": Zone.CORE,
    "浙江": Zone.CORE,
    "安徽": Zone.CORE,
    "福建": Zone.MAINLAND,
    "江西": Zone.MAINLAND,
    "山东": Zone.MAINLAND,
    "河南": Zone.MAINLAND,
    "湖北": Zone.MAINLAND,
    "湖南": Zone.MAINLAND,
    "广东": Zone.MAINLAND,
    "广西": Zone.MAINLAND,
    "海南": Zone.MAINLAND,
    "四川": Zone.MAINLAND,
    "贵州": Zone.REMOTE,
    "云南": Zone.MAINLAND,
    "西藏": Zone.REMOTE,
    "陕西": Zone.MAINLAND,
    "甘肃": Zone.REMOTE,
    "青海": Zone.REMOTE,
    "宁夏": Zone.REMOTE,
    "新疆": Zone.REMOTE,
    "台湾": Zone.HMT,
    "香港": Zone.HMT,
    "澳门": Zone.HMT,
    OVERSEAS: Zone.OVERSEAS,
}
PROVINCES: tuple[str, ...] = tuple(_ZONES)

# How an address may begin, besides the short names themselves. The longest wins, so that places which
# begin like a province they do not lie in come before it.
_BEGINNINGS: dict[str, str] = {name: name for name in PROVINCES} | {
    "内蒙": "内蒙古",
    "海南藏族": "青海",  # 海南藏族自治州
    "海南州": "青海",
    "河南蒙古族": "青海",  # 河南蒙古族自治县
    "河南县": "青海",
    "海南区": "内蒙古",  # a district of 乌海
    "河北区": "天津",
    # Countries that buyers write where the platform writes 海外.
    **dict.fromkeys(
        ("美国", "加拿大", "英国", "法国", "德国", "意大利", "俄罗斯", "澳大利亚", "新西兰"), OVERSEAS
    ),
    **dict.fromkeys(("日本", "韩国", "新加坡", "马来西亚", "泰国", "越南"), OVERSEAS),
}

_SIMPLIFIED = str.maketrans(
    "國內灣臺廣東陝陜蘇龍遼寧貴雲慶門肅區縣維爾壯蒙藏別滬瓊閩粵贛鄂黃陽鎮鄉莊",
    "国内湾台广东陕陕苏龙辽宁贵云庆门肃区县维尔壮蒙藏别沪琼闽粤赣鄂黄阳镇乡庄",
)

# 姓名，86-手机，省 市 区 …: a name, a phone, then the address.
_NAME_AND_PHONE = re.compile(r"[^，,]{1,64}[，,]\s*\+?[0-9*][0-9*-]{4,30}[，,]")
_BEFORE = re.compile(
    r"[\s'\"0-9,，、:：;；()（）\[\]【】-]*(?:(?:中华人民共和国|中国|China)[\s,，、·-]*)?", re.I
)
# 北京路, 上海大厦, 河北镇 are named after a province and lie anywhere; but 镇江, 道县, 乡宁 follow one.
_NAMESAKE = (
    r"(?:[东西南北中一二三四五六七八九十环湖]?(?:路|街|大街|大道|巷|胡同|弄|里)"
    r"|道(?![县滘真孚外里])|镇(?![江海安巴坪雄康沅宁远原赉平])|乡(?![城宁])|村|新村|花园|小区|家园"
    r"|公寓|公馆|大厦|广场|大学|学院|医院|酒店|饭店|宾馆)"
)
# An atomic group: 内蒙古路 must not be tried again as 内蒙.
_BEGINNING = re.compile("((?>" + "|".join(sorted(_BEGINNINGS, key=len, reverse=True)) + f"))(?!{_NAMESAKE})")


def province_of(address: str) -> str | None:
    """The province of an address as one of `PROVINCES`, None where the address does not say it (S2).

    Reads short, full and traditional forms, municipalities without 省, a leading 中国, and
    `姓名，86-手机，省 市 区 …`. A city or district alone says no province: it is asked for, never guessed.
    """
    text = address.strip().lstrip("'").translate(_SIMPLIFIED)
    if named := _NAME_AND_PHONE.match(text):
        text = text[named.end() :]
    before = _BEFORE.match(text)
    found = _BEGINNING.match(text, before.end() if before else 0)
    return _BEGINNINGS[found[1]] if found else None


def zone_of(province: str) -> Zone:
    """The shipping zone of one of `PROVINCES` (S2). Raises `KeyError` for anything else: never a default."""
    return _ZONES[province]
