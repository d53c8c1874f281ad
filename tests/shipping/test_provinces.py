import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.provinces import PROVINCES, Zone, province_of, zone_of

ADDRESSES = Path(__file__).resolve().parents[1] / "data" / "addresses.csv"


def sample_addresses() -> list[tuple[str, str | None]]:
    with ADDRESSES.open(encoding="utf-8", newline="") as stream:
        return [(row["address"], row["province"] or None) for row in csv.DictReader(stream)]


@pytest.mark.parametrize(("address", "province"), sample_addresses())
def test_sample_address(address: str, province: str | None) -> None:
    assert province_of(address) == province


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize(
    "form", ["{}", "{}省 某市", "{} 某市 某区", "中国{}某市", "中国 {} 某市", "'{}省", " {}"]
)
def test_every_province_in_every_form(province: str, form: str) -> None:
    assert province_of(form.format(province)) == province


@pytest.mark.parametrize(
    ("address", "province"),
    [
        ("北京市朝阳区", "北京"),
        ("重慶市 渝中區", "重庆"),
        ("黑龍江省 哈尔滨市", "黑龙江"),
        ("江蘇省 南京市", "江苏"),
        ("陝西省 西安市", "陕西"),
        ("山西省 太原市", "山西"),
        ("陕西 西安", "陕西"),
        ("遼寧省 大连市", "辽宁"),
        ("貴州省 贵阳市", "贵州"),
        ("雲南省 昆明市", "云南"),
        ("寧夏回族自治區 银川市", "宁夏"),
        ("廣西壯族自治區 南宁市", "广西"),
        ("內蒙古自治區 呼和浩特市", "内蒙古"),
        ("新疆維吾爾自治區 喀什", "新疆"),
        ("甘肅省 兰州市", "甘肃"),
        ("澳門特別行政區 大堂区", "澳门"),
        ("台灣省 台北市", "台湾"),
        ("中國臺灣 台北市", "台湾"),
        ("中华人民共和国浙江省杭州市", "浙江"),
        ("新疆生产建设兵团 石河子市", "新疆"),
        ("海南藏族自治州共和县", "青海"),
        ("海南州共和县", "青海"),
        ("青海省 海南藏族自治州 共和县", "青海"),
        ("海南 三亚市", "海南"),
        ("海南区拉僧庙镇", "内蒙古"),
        ("河南蒙古族自治县优干宁镇", "青海"),
        ("河南县优干宁镇", "青海"),
        ("河南省 郑州市", "河南"),
        ("河北区", "天津"),
        ("河北省 石家庄市", "河北"),
        ("吉林市船营区", "吉林"),
        ("吉林省 吉林市", "吉林"),
        ("上海南京路1号", "上海"),
        ("北京朝阳路12号", "北京"),
        ("江苏镇江市", "江苏"),
        ("陕西镇安县", "陕西"),
        ("湖南道县", "湖南"),
        ("黑龙江道里区", "黑龙江"),
        ("山西乡宁县", "山西"),
        ("310000 浙江省 杭州市", "浙江"),
        ("张**，86-139****0004，广东省 深圳市 ***", "广东"),
        ("张三,13900000004,四川省 成都市", "四川"),
        ("张三，+86-13900000004，西藏自治区 拉萨市", "西藏"),
        ("美国 纽约", "海外"),
        ("韩国 首尔", "海外"),
    ],
)
def test_province_is_read(address: str, province: str) -> None:
    assert province_of(address) == province


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            " ",
            "null",
            "中国",
            "杭州市西湖区",
            "朝阳区",
            "朝阳市",
            "台北市大安区",
            "九龙 观塘区",
            "西安",
            "江北区",
        ),
        *(
            "北京路12号",
            "北京西路12号",
            "上海路",
            "南京路",
            "广东道",
            "四川北路",
            "内蒙古路",
            "河北镇",
            "浙江大学",
        ),
        *(
            "西藏中路",
            "重庆大厦",
            "张三，86-13900000004，杭州市",
            "张三，86-13900000004，北京东路1号",
            "***",
            "1号",
        ),
    ],
)
def test_address_that_says_no_province_is_asked_for(address: str) -> None:
    assert province_of(address) is None


@given(st.text())
def test_any_text_gives_a_province_or_none(address: str) -> None:
    assert province_of(address) in {*PROVINCES, None}


def test_there_are_34_provinces_and_overseas() -> None:
    assert len(PROVINCES) == len(set(PROVINCES)) == 35


def test_zones_of_the_rulebook() -> None:
    zones = {zone: {province for province in PROVINCES if zone_of(province) is zone} for zone in Zone}

    assert zones[Zone.CORE] == {"江苏", "浙江", "上海", "安徽"}
    assert zones[Zone.REMOTE] == {"甘肃", "青海", "宁夏", "贵州", "新疆", "西藏"}
    assert zones[Zone.HMT] == {"香港", "澳门", "台湾"}
    assert zones[Zone.OVERSEAS] == {"海外"}
    assert len(zones[Zone.MAINLAND]) == 21


@pytest.mark.parametrize("province", ["", "浙江省", "火星"])
def test_no_zone_is_made_up(province: str) -> None:
    with pytest.raises(KeyError):
        zone_of(province)
