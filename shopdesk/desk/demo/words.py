"""The words that made-up nicks, names, messages and notes are put together from."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, so that long lists of words can be read as one."""
    return tuple(text.split())


SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
GIVEN_NAMES = words_of(
    "婷婷 丽华 雨欣 思琪 晓燕 佳怡 静雯 梦洁 诗涵 子轩 浩然 欣怡 雪梅 美玲 雅婷 晓彤 若曦 嘉琪 雨桐 "
    "可心 秀英 桂兰 志强 建华 文静 明月 海燕 春花 慧敏 丹丹 倩 颖 娟 敏 静 芳 雪 琳 洁 莉 悦 宁 岚 "
    "薇 蕾 璐 瑶 冰 楠 晨"
)

# The earlier a word stands here, the more nicks hold it: the first in thousands of a million orders' buyers.
NICK_WORDS = words_of(
    "小肥 宝贝 甜甜 可可 糖糖 豆豆 果果 朵朵 乐乐 妞妞 米米 贝贝 小鱼 小猫 兔子 熊猫 柠檬 草莓 西瓜 "
    "蜜桃 奶茶 布丁 饼干 面包 阳光 星星 月亮 彩虹 微笑 幸福 快乐 温柔 安静 自由 浅浅 悠悠 夏天 秋天 "
    "冬雪 春风 海风 山茶 樱花 茉莉 蔷薇 向日葵 蒲公英 丸子 土豆 番茄 洋葱 芝麻 花生 栗子 核桃 年糕 "
    "汤圆 包子 饺子 馒头 油条 锅巴 火锅 串串 米线 凉皮 烧饼 麻花 话梅 冬瓜 南瓜 鲸鱼 海豚 企鹅 松鼠 "
    "刺猬 狐狸 小鹿 白鹭 燕子 喜鹊 蜻蜓 蝴蝶 知了 蜗牛 河马 羊驼 考拉 橘猫 柴犬 仓鼠 锦鲤 画眉 云雀 "
    "天空 云朵 雨滴 雪花 晚风 清晨 黄昏 午后 远方 旅人 船长 厨娘 画师 裁缝 园丁 书虫 猫奴 夜猫 懒虫 "
    "吃货 少女 女侠 仙女 公主"
)
# Each of these stands in the nicks of a few buyers only, however many orders there are.
RARE_NICK_WORDS = ("琥珀", "青黛", "霁月", "鸢尾", "松萝", "砚台", "苍耳", "麒麟")
BUYERS_PER_RARE_WORD = 4
NICK_VERBS = ("爱吃", "想要", "抱着", "遇见", "路过", "等待", "会飞", "卖")
LATIN_NICKS = ("lily", "momo", "coco", "kiki", "sunny", "anna", "yoyo", "mia", "vivian", "bella")

BUYER_MESSAGES = (
    "麻烦尽快发货，谢谢",
    "请发顺丰，运费到时补",
    "送人的，请不要放价格单",
    "要检查好再发，上次那件有线头",
    "周末家里没人，请工作日送",
    "麻烦包装严实一点，谢谢亲",
    "如果没有37码请联系我，不要直接发",
    "两件一起发",
    "衣服有现货的话先发，其他的等到货再一起发",
    "要开发票，抬头私信给你了",
    "生日礼物，请写一张贺卡：生日快乐",
    "放丰巢柜就行",
    "158cm 48kg 穿S可以吗？不行就换M",
    "颜色不要发错，是奶茶色不是驼色！",
    "快递请放门卫，电话打不通发短信",
    "老顾客了，送个小礼物吧",
    "转运地址，请等货齐一次发出",
)

RECIPIENT_COMPANIES = ("示例贸易有限公司", "示例文化传媒有限公司", "示例科技有限公司", "示例幼儿园")
CARD_TEXTS = ("生日快乐，天天开心", "新婚快乐", "妈妈，节日快乐", "谢谢你一直都在", "早日康复")
GIFTS = ("发圈", "小样面膜", "帆布袋", "袜子", "香片")
DELIVERY_TIMES = ("周末", "工作日白天", "晚上7点以后", "11月底之前", "国庆以后")
FREE_NOTES = (
    "已和客户确认尺码，按拍下的发",
    "客户问过洗涤方法，已告知",
    "客户催过一次，已解释直送周期",
    "老客户，说话客气点",
    "客户说颜色可以接受轻微色差",
    "电话没人接，已发短信",
    "客户同意等货齐一起发",
    "已改价，客户说晚上付",
)
TAX_NUMBERS = ("91000000EXAMPLE01X", "91000000EXAMPLE02X", "91000000EXAMPLE03X")
