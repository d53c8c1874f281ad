"""D2: the words of Taobao's refund list, table by table."""

from itertools import product
from pathlib import Path

import pytest

from afterservice.rules.kinds import Problem as P
from afterservice.rules.kinds import TicketKind as K
from afterservice.rules.platform_refunds import (
    OVER,
    RANK,
    RefundStatus,
    is_newer,
    is_older,
    is_stepped_in,
    kind_of,
    problem_of,
    status_of,
)

S = RefundStatus
ENUMS = Path(__file__).parent.parent / "data" / "platform-enums.txt"


def test_every_code_of_the_platform_is_known() -> None:
    text = ENUMS.read_text(encoding="utf-8").split("# refund status\n")[1].split("#")[0]

    assert set(text.split()) - {"NO_REFUND"} == set(RefundStatus.values) == set(RANK)
    assert {status_of(code) for code in RefundStatus.values} == set(RefundStatus)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("买家已经申请退款，等待卖家同意", S.AGREE),
        ("买家已经申请退款,等待卖家同意", S.AGREE),
        (" 买家已经申请退款， 等待卖家同意 ", S.AGREE),
        ("卖家已经同意退款，等待买家退货", S.RETURN),
        ("买家已经退货，等待卖家确认收货", S.CONFIRM),
        ("卖家拒绝退款", S.REFUSED),
        ("退款关闭", S.CLOSED),
        ("退款成功", S.SUCCESS),
        ("换货关闭,转退货退款", S.TRANSFORMED),
        ("等待卖家发货", S.CONSIGN),
        ("NO_REFUND", None),
        ("无退款申请", None),
        ("交易成功", None),
        ("=1+1", None),
        ("退款成功了吗", None),
    ],
)
def test_states(words: str, status: S | None) -> None:
    assert status_of(words) == status


@pytest.mark.parametrize(
    ("words", "goods", "number", "kind"),
    [
        ("退货退款", "买家已收到货", False, K.RETURN),
        ("我要退货退款", "", False, K.RETURN),
        ("仅退款", "买家已退货", True, K.REFUND_ONLY),
        ("我要退款(无需退货)", "", False, K.REFUND_ONLY),
        ("极速退款", "", False, K.REFUND_ONLY),
        ("换货", "", False, K.EXCHANGE_SKU),
        ("维修", "", False, K.REPAIR),
        ("补寄", "", False, K.RESEND),
        ("退运费", "", False, K.POSTAGE_REFUND),
        ("价保退款", "", False, K.PRICE_PROTECTION),
        ("赔付", "", False, K.COMPENSATION),
        ("", "买家已退货", False, K.RETURN),
        ("", "", True, K.RETURN),
        ("", "买家未收到货", False, K.REFUND_ONLY),
        ("", "买家已收到货", False, K.REFUND_ONLY),
        ("", "", False, None),
        ("预约上门", "买家已收到货", False, None),
    ],
)
def test_kinds(words: str, goods: str, number: bool, kind: K | None) -> None:
    assert kind_of(words, goods, has_return_no=number) == kind


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("7天无理由退换货", P.CHANGED_MIND),
        ("不喜欢/不想要", P.CHANGED_MIND),
        ("多拍/拍错/不想要", P.CHANGED_MIND),
        ("大小不合适", P.CHANGED_MIND),
        ("尺码拍错/不喜欢/效果差", P.CHANGED_MIND),
        ("其他", P.CHANGED_MIND),
        ("", P.CHANGED_MIND),
        ("质量问题", P.FLAWED),
        ("做工粗糙/有瑕疵", P.FLAWED),
        ("掉色/缩水/起球", P.FLAWED),
        ("收到商品破损", P.DAMAGED),
        ("包装/商品破损/污渍", P.DAMAGED),
        ("少件/漏发", P.LOST),
        ("收到商品少件/破损", P.LOST),
        ("空包裹", P.LOST),
        ("快递一直未送到", P.LOST),
        ("快递/物流无跟踪记录", P.LOST),
        ("未按约定时间发货", P.DELAYED),
        ("发货慢/缺货", P.DELAYED),
        ("卖家发错货", P.WRONG_ITEM),
        ("大小/尺寸与商品描述不符", P.SIZE),
        ("尺码与描述不一致", P.SIZE),
        ("颜色/款式/图案与描述不符", P.COLOUR),
        ("有色差", P.COLOUR),
        ("材质/面料与商品描述不符", P.MATERIAL),
        ("商品与描述不符", P.MATERIAL),
        ("不会使用", P.HOW_TO),
        ("洗涤方法", P.HOW_TO),
    ],
)
def test_problems(reason: str, problem: P) -> None:
    assert problem_of(reason) == problem


def test_the_tag_tells_where_the_reason_does_not() -> None:
    assert problem_of("其他", "质量问题") == P.FLAWED
    assert problem_of("少件", "质量问题") == P.LOST


@pytest.mark.parametrize(
    ("words", "stepped_in"),
    [
        ("客服已介入", True),
        ("客服介入中", True),
        ("客服未介入", False),
        ("无需客服介入", False),
        ("客服介入完成", False),
        ("", False),
    ],
)
def test_whether_taobao_is_in_it(words: str, stepped_in: bool) -> None:
    assert is_stepped_in(words) is stepped_in


@pytest.mark.parametrize(("known", "told", "dues"), list(product(S, S, (-1, 0, 1))))
def test_a_lower_rank_never_replaces_a_higher_one(known: S, told: S, dues: int) -> None:
    newer, older = is_newer(known, told, dues=dues), is_older(known, told, dues=dues)

    assert not (newer and older)
    assert (known == told) == (not newer and not older)
    if RANK[told] < RANK[known] or (known in OVER and told != known):
        assert older
    if RANK[told] > RANK[known]:
        assert newer


@pytest.mark.parametrize(
    ("known", "told", "dues", "newer"),
    [
        (S.AGREE, S.REFUSED, 0, True),
        (S.AGREE, S.REFUSED, 1, True),
        (S.AGREE, S.REFUSED, -1, False),
        (S.REFUSED, S.AGREE, 1, True),
        (S.REFUSED, S.AGREE, 0, False),
        (S.REFUSED, S.AGREE, -1, False),
    ],
)
def test_of_a_refusal_and_a_new_request_the_later_one_counts(
    known: S, told: S, dues: int, newer: bool
) -> None:
    assert is_newer(known, told, dues=dues) is newer


def test_a_ticket_without_a_state_takes_any() -> None:
    assert all(is_newer("", told, dues=0) and not is_older("", told, dues=0) for told in S)
