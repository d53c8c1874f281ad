"""Made-up addresses in every province, as buyers write them."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from shipping.provinces import province_of


class Address(NamedTuple):
    """An address and its province, one of ``shipping.provinces.PROVINCES``."""

    state: str
    text: str


# How many of a hundred or so orders go there, and towns of it. Long, short and traditional forms on purpose.
_TOWNS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (7, ("北京 北京市 朝阳区", "北京市 海淀区", "北京 北京市 通州区")),
    (2, ("天津 天津市 河北区", "天津市 南开区")),
    (12, ("上海 上海市 浦东新区", "上海市 徐汇区", "上海 上海市 静安区", "上海 上海市 闵行区")),
    (2, ("重庆 重庆市 渝中区", "重庆市 江北区")),
    (3, ("河北省 石家庄市 长安区", "河北省 唐山市 路北区")),
    (2, ("山西省 太原市 小店区", "山西省 大同市 平城区")),
    (1, ("内蒙古自治区 包头市 九原区", "内蒙古 呼和浩特市 新城区")),
    (3, ("辽宁省 沈阳市 和平区", "辽宁省 大连市 中山区")),
    (2, ("吉林省 长春市 朝阳区", "吉林省 延边朝鲜族自治州 延吉市")),
    (2, ("黑龙江省 哈尔滨市 南岗区", "黑龙江省 大庆市 让胡路区")),
    (12, ("江苏省 南京市 鼓楼区", "江苏省 苏州市 姑苏区", "江苏省 无锡市 滨湖区", "江苏省 镇江市 京口区")),
    (12, ("浙江省 杭州市 西湖区", "浙江省 宁波市 鄞州区", "浙江省 温州市 鹿城区", "浙江省 金华市 义乌市")),
    (4, ("安徽省 合肥市 蜀山区", "安徽省 芜湖市 镜湖区")),
    (4, ("福建省 厦门市 思明区", "福建省 福州市 台江区")),
    (2, ("江西省 南昌市 东湖区", "江西省 赣州市 章贡区")),
    (5, ("山东省 青岛市 市南区", "山东省 济南市 历下区")),
    (4, ("河南省 郑州市 金水区", "河南省 洛阳市 涧西区")),
    (4, ("湖北省 武汉市 武昌区", "湖北省 宜昌市 西陵区")),
    (4, ("湖南省 长沙市 岳麓区", "湖南省 永州市 道县")),
    (14, ("广东省 广州市 天河区", "广东省 深圳市 南山区", "广东省 佛山市 禅城区", "广东省 东莞市 南城街道")),
    (2, ("广西壮族自治区 南宁市 青秀区", "广西 桂林市 象山区")),
    (1, ("海南省 海口市 龙华区", "海南省 三亚市 吉阳区")),
    (5, ("四川省 成都市 武侯区", "四川省 绵阳市 涪城区")),
    (2, ("贵州省 贵阳市 云岩区", "贵州省 遵义市 红花岗区")),
    (2, ("云南省 昆明市 五华区", "云南省 大理白族自治州 大理市")),
    (1, ("西藏自治区 拉萨市 城关区",)),
    (3, ("陕西省 西安市 雁塔区", "陕西省 咸阳市 秦都区")),
    (2, ("甘肃省 兰州市 城关区", "甘肃省 天水市 秦州区")),
    (1, ("青海省 西宁市 城中区", "青海省 海南藏族自治州 共和县")),
    (1, ("宁夏回族自治区 银川市 兴庆区",)),
    (1, ("新疆维吾尔自治区 乌鲁木齐市 天山区", "新疆 喀什地区 喀什市")),
    (1, ("台湾省 台北市 大安区", "臺灣 高雄市 左營區")),
    (1, ("香港特别行政区 香港岛 中西区", "香港 九龙 油尖旺区")),
    (1, ("澳门特别行政区 澳门半岛 花地玛堂区",)),
    (1, ("海外 韩国 首尔特别市 麻浦区", "海外 美国 加利福尼亚州 尔湾市", "海外 日本 东京都 新宿区")),
)
_STREETS = ("示例路", "示例大道", "示例街", "样板路", "样板新村", "示例花园", "样板小区")


def _town_lists() -> tuple[list[str], list[tuple[str, ...]], list[int]]:
    states, towns, weights = [], [], []
    for weight, names in _TOWNS:
        state = province_of(names[0])
        if state is None:
            raise LookupError(f"No province can be read from {names[0]}")
        states.append(state)
        towns.append(names)
        weights.append(weight)
    return states, towns, weights


_STATES, _TOWNS_OF_STATE, _WEIGHTS = _town_lists()
_CUMULATIVE = [sum(_WEIGHTS[: end + 1]) for end in range(len(_WEIGHTS))]
_PLACES = range(len(_STATES))


def make_address(random: Random, state: str | None = None) -> Address:
    """An address anywhere, or in one of ``PROVINCES``."""
    place = _STATES.index(state) if state else random.choices(_PLACES, cum_weights=_CUMULATIVE)[0]
    town = random.choice(_TOWNS_OF_STATE[place])
    number, building, room = random.randint(1, 399), random.randint(1, 30), random.randint(101, 2902)
    return Address(_STATES[place], f"{town} {random.choice(_STREETS)}{number}号{building}栋{room}室")
