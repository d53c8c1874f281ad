from pathlib import Path

import pytest

from shipping.carriers import CARRIERS, DEFAULT_CARRIERS, carrier_of, carriers_of_number, looks_like
from shipping.provinces import Zone

ENUMS = Path(__file__).resolve().parents[1] / "data" / "platform-enums.txt"


def test_codes_are_those_of_kuaidi100_and_taobao() -> None:
    lines = ENUMS.read_text(encoding="utf-8").splitlines()
    pairs = lines[lines.index("# Kuaidi100 code = Taobao code") + 1].split()

    assert len(pairs) == 9
    for pair in pairs:
        code, taobao_code = pair.split("=")
        assert CARRIERS[code].taobao_code == taobao_code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("中通快递", "zhongtong"),
        ("中通", "zhongtong"),
        (" 中通速递 ", "zhongtong"),
        ("ZTO", "zhongtong"),
        ("zhongtong", "zhongtong"),
        ("中通快递(ZTO)", "zhongtong"),
        ("中通快运", "zhongtongkuaiyun"),
        ("顺丰速运", "shunfeng"),
        ("顺丰标快（陆运）", "shunfeng"),
        ("EMS", "ems"),
        ("EMS经济快递", "ems"),
        ("中国邮政速递物流", "ems"),
        ("邮政快递包裹", "youzhengguonei"),
        ("中国邮政", "youzhengguonei"),
        ("圆通速递", "yuantong"),
        ("申通快递有限公司", "shentong"),
        ("韵达快递", "yunda"),
        ("极兔速递", "jtexpress"),
        ("京东物流", "jd"),
        ("百世快递", "huitongkuaidi"),
        ("德邦快递", "debangkuaidi"),
        ("德邦物流", "debangwuliu"),
        ("", None),
        ("蜗牛快递", None),
        ("JDoe", None),
    ],
)
def test_carrier_of_a_name(name: str, code: str | None) -> None:
    assert carrier_of(name) == code


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS.keys())
def test_every_carrier_is_found_by_its_names(carrier) -> None:  # type: ignore[no-untyped-def]
    assert {carrier_of(name) for name in (carrier.code, carrier.name, *carrier.aliases)} == {carrier.code}


# One number of each pattern: today's carriers first, then those whose old numbers looked so.
NUMBERS = [
    ("SF123456789012", ["shunfeng"]),
    ("YT1234567890123", ["yuantong"]),
    ("881234567890", ["yuantong", "shunfeng"]),
    ("JT1234567890", ["jtexpress"]),
    ("JDVB12345678901", ["jd"]),
    ("JD1234567890", ["jd"]),
    ("YD1234567890", ["yunda"]),
    ("4312345678901", ["yunda"]),
    ("771234567890123", ["shentong"]),
    ("75510000007920", ["zhongtong"]),
    ("78510000007920", ["zhongtong"]),
    ("1012345678901", ["ems", "yunda"]),
    ("9512345678901", ["youzhengguonei", "yunda"]),
    ("123456789012", ["shunfeng"]),
    ("EA123456789CN", ["ems"]),
    ("1234567890123", ["yunda"]),
    (" sf123456789012 ", ["shunfeng"]),
    ("74510000007920", []),
    ("7551000000792", ["yunda"]),
    ("", []),
    ("买家00001", []),
]


@pytest.mark.parametrize(("number", "carriers"), NUMBERS)
def test_carriers_of_a_tracking_number(number: str, carriers: list[str]) -> None:
    assert carriers_of_number(number) == carriers


@pytest.mark.parametrize(("number", "carriers"), NUMBERS)
def test_looks_like_agrees_with_the_carriers_of_a_number(number: str, carriers: list[str]) -> None:
    known = [code for code, carrier in CARRIERS.items() if carrier.tracking]

    assert {code for code in known if looks_like(code, number)} == set(carriers)


def test_carrier_without_known_numbers_is_not_warned_about() -> None:
    assert looks_like("debangkuaidi", "anything")


def test_default_carriers() -> None:
    assert DEFAULT_CARRIERS == {
        Zone.CORE: "zhongtong",
        Zone.MAINLAND: "zhongtong",
        Zone.REMOTE: "zhongtong",
        Zone.HMT: "shunfeng",
        Zone.OVERSEAS: "ems",
    }
