"""The tariff that a new shop starts with, valid since ever (S3)."""

from decimal import Decimal

# carrier, provinces, first kg, fee for it, further step in kg, fee per step (CNY)
_ROWS = (
    ("zhongtong", "江苏 浙江 上海 安徽", "1", "6.00", "1", "2.00"),
    ("zhongtong", "广东 福建 江西 山东 湖北 湖南 河南 河北 天津 北京", "1", "8.00", "1", "4.00"),
    ("zhongtong", "山西 陕西 四川 重庆 广西 辽宁 吉林 黑龙江 云南 海南 内蒙古", "1", "10.00", "1", "4.00"),
    ("zhongtong", "甘肃 青海 宁夏 贵州", "1", "12.00", "1", "8.00"),
    ("zhongtong", "新疆 西藏", "1", "20.00", "1", "18.00"),
    ("shunfeng", "江苏 浙江 上海 安徽", "1", "14.00", "1", "2.00"),
    ("shunfeng", "山东", "1", "18.00", "1", "5.00"),
    ("shunfeng", "河北 河南 北京 天津 山西 湖北 湖南 江西 福建", "1", "20.00", "1", "8.00"),
    (
        "shunfeng",
        "陕西 辽宁 吉林 黑龙江 广东 广西 海南 四川 重庆 贵州 云南 甘肃 内蒙古 宁夏",
        "1",
        "22.00",
        "1",
        "10.00",
    ),
    ("shunfeng", "新疆 西藏 青海", "1", "26.00", "1", "18.00"),
    ("shunfeng", "香港 澳门 台湾", "1", "30.00", "1", "16.00"),
    ("ems", "海外", "0.5", "120.00", "0.5", "40.00"),
)

STARTING_TARIFFS = tuple(
    (carrier, province, Decimal(first_kg), Decimal(first_fee), Decimal(step_kg), Decimal(extra_fee))
    for carrier, provinces, first_kg, first_fee, step_kg, extra_fee in _ROWS
    for province in provinces.split()
)
