"""The goods of the made-up shop: some by hand, and words to invent more from."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from shopdesk.desk.demo.words import words_of

COLOURS = {
    "白色": "WH", "黑色": "BK", "米白": "OW", "奶茶色": "MT", "驼色": "CM", "藏青": "NV", "灰色": "GY",
    "雾蓝": "BL", "酒红": "WR", "墨绿": "GN", "焦糖色": "CR", "浅粉": "PK", "杏色": "AP", "卡其": "KH",
}  # fmt: skip
SIZES = {
    "shoes": ("35", "36", "37", "38", "39"),
    "clothes": ("S", "M", "L"),
    "trousers": ("25", "26", "27", "28", "29"),
    "one": ("均码",),
    "none": (),
}


class Ware(NamedTuple):
    """One product as it is offered: title, price (CNY), colours and sizes; lead days where it has its own."""

    title: str
    price: Decimal
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    lead_days: int | None = None
    is_virtual: bool = False


def _ware(
    title: str, price: str, colours: str = "", sizes: str = "none", lead_days: int | None = None
) -> Ware:
    return Ware(title, Decimal(price), tuple(colours.split()), SIZES[sizes], lead_days)


WARES = (
    _ware("【韩国直送】A字半身裙", "318.00", "黑色 奶茶色 灰色", "clothes"),
    _ware("【韩国现货】小白鞋", "499.00", "白色 米白", "shoes"),
    _ware("【韩国直送】春款针织开衫", "239.00", "米白 浅粉 雾蓝 黑色", "one"),
    _ware("【momonaco made】高腰西装裤", "279.00", "黑色 藏青 卡其", "trousers"),
    _ware("双眼皮贴 特价", "39.00"),
    _ware("纯银耳钉", "89.00"),
    _ware("【韩国直送】羊毛,羊绒混纺大衣", "1299.00", "驼色 黑色 灰色", "clothes"),
    _ware("【韩国现货】帆布单肩包", "168.00", "米白 黑色 墨绿"),
    _ware("【韩国直送】通勤西装外套", "459.00", "黑色 卡其 灰色", "clothes"),
    _ware("【Momonaco Made】吊带连衣裙", "329.00", "黑色 酒红 杏色", "clothes", 10),
    _ware("发圈三件套", "29.90", "奶茶色 黑色"),
    _ware("【韩国现货】真丝衬衫", "399.00", "白色 杏色", "clothes"),
    _ware("【韩国直送】圆领卫衣", "199.00", "灰色 米白 藏青 墨绿", "one"),
    _ware("【韩国直送】粗跟短靴", "569.00", "黑色 焦糖色", "shoes"),
    _ware("羊绒围巾", "259.00", "驼色 灰色 酒红 雾蓝"),
    _ware("【MOMONACO MADE】改良旗袍", "899.00", "墨绿 酒红", "clothes", 21),
    _ware("【韩国直送】牛仔阔腿裤", "269.00", "雾蓝 黑色", "trousers"),
    _ware("【韩国现货】羊皮腰带", "129.00", "黑色 焦糖色"),
    _ware("【韩国直送】亲子装 妈妈款 T恤", "119.00", "白色 雾蓝", "clothes"),
    _ware("【韩国直送】亲子装 宝宝款 T恤", "89.00", "白色 雾蓝", "clothes"),
    _ware("小样面膜 特价", "9.90"),
    _ware("【韩国直送】双排扣风衣", "789.00", "卡其 黑色", "clothes"),
    _ware("【韩国现货】乐福鞋", "369.00", "黑色 焦糖色 白色", "shoes"),
    _ware("珍珠项链 锁骨链", "149.00"),
    _ware("【momonaco made】手工盘扣小衫", "369.00", "杏色 浅粉", "clothes", 15),
    _ware("【韩国直送】加绒打底裤", "99.00", "黑色 灰色", "one"),
    _ware("【韩国直送】羽绒服 中长款 可脱卸帽 大毛领 显瘦加厚保暖 90白鸭绒 送运费险 免邮费", "1680.00",
          "黑色 米白 墨绿", "clothes"),
    _ware("【韩国现货】马海毛毛衣", "289.00", "浅粉 雾蓝 米白", "one"),
    _ware("防晒帽, 可折叠, 大檐", "79.00", "米白 卡其 黑色"),
    _ware("【韩国直送】百褶长裙", "228.00", "黑色 酒红 藏青", "one"),
    _ware("【momonaco made】亚麻衬衫裙 特价", "199.00", "白色 卡其", "clothes", 12),
    _ware("【韩国直送】皮草马甲", "2199.00", "黑色 驼色", "clothes"),
    _ware("【韩国现货】手机链", "49.00", "白色 雾蓝 浅粉"),
    _ware("【韩国直送】牛津纺衬衫", "219.00", "白色 雾蓝", "clothes"),
    _ware("真丝眼罩", "69.00", "黑色 浅粉 杏色"),
    _ware("【韩国直送】运动套装 两件套", "339.00", "灰色 藏青", "clothes"),
    _ware("【momonaco made】新中式马面裙", "528.00", "酒红 墨绿 黑色", "clothes", 18),
    _ware("【韩国现货】棉麻凉鞋", "229.00", "米白 黑色", "shoes"),
    _ware("【韩国直送】贝雷帽", "109.00", "黑色 酒红 驼色"),
    Ware("会员生日礼品卡（电子）", Decimal("100.00"), is_virtual=True),
)  # fmt: skip
# F5: what is sold out just now, by title and colour and size; its open orders wait.
SOLD_OUT = (
    ("【韩国现货】小白鞋", "颜色分类：白色;尺码：37"),
    ("【韩国现货】真丝衬衫", "颜色分类：杏色;尺码：M"),
    ("羊绒围巾", "颜色分类：酒红"),
    ("发圈三件套", "颜色分类：黑色"),
)
# O12: a way to pay a difference.
LINKS = (
    _ware("补差价专拍 一元链接", "1.00"),
    _ware("邮费链接 拍下联系客服改价", "6.00"),
)

STYLES = words_of(
    "法式 复古 韩版 通勤 港风 学院 小香风 慵懒 极简 甜美 新款 春夏 秋冬 高级感 气质 宽松 修身 文艺"
)
FABRICS = words_of("棉麻 雪纺 针织 羊毛 真丝 牛仔 灯芯绒 提花 蕾丝 醋酸 羊羔毛 华夫格 格纹 条纹 纯棉 天丝")
NOUNS = (
    ("连衣裙", 180, 480, "clothes"), ("衬衫", 120, 320, "clothes"), ("半身裙", 130, 360, "clothes"),
    ("开衫", 150, 420, "one"), ("外套", 260, 880, "clothes"), ("阔腿裤", 150, 390, "trousers"),
    ("马甲", 120, 340, "one"), ("卫衣", 130, 330, "one"), ("背心", 60, 180, "one"),
    ("大衣", 590, 1890, "clothes"), ("短裤", 90, 220, "trousers"),
    ("玛丽珍鞋", 230, 520, "shoes"), ("帆布鞋", 160, 360, "shoes"),
    ("斜挎包", 130, 460, "none"), ("发箍", 20, 90, "none"),
    ("手套", 50, 150, "one"), ("披肩", 90, 260, "none"),
)  # fmt: skip
