"""O12: the kind of a product is read from its title."""

import pytest

from orders.rules.products import ProductKind, is_special_price, kind_of_title


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("【韩国直送】A字半身裙", ProductKind.PROXY_PREORDER),
        ("【韩国现货】小白鞋", ProductKind.PROXY_STOCK),
        ("【momonaco made】高腰西装裤", ProductKind.CUSTOM),
        ("【Momonaco Made】衬衫连衣裙", ProductKind.CUSTOM),
        ("【MOMONACO MADE】大衣", ProductKind.CUSTOM),
        ("momonaco made 大衣", ProductKind.STANDARD),
        ("邮费补差价专拍", ProductKind.POSTAGE_LINK),
        ("补差价", ProductKind.POSTAGE_LINK),
        ("邮费", ProductKind.POSTAGE_LINK),
        ("纯银耳钉 免邮费", ProductKind.STANDARD),
        ("纯银耳钉 包邮费", ProductKind.STANDARD),
        ("纯银耳钉 免邮费 邮费另拍", ProductKind.POSTAGE_LINK),
        ("【韩国现货】小白鞋 免邮费", ProductKind.PROXY_STOCK),
        ("【韩国直送】邮费", ProductKind.PROXY_PREORDER),
        ("纯银耳钉", ProductKind.STANDARD),
        ("", ProductKind.STANDARD),
    ],
)
def test_the_kind(title: str, kind: ProductKind) -> None:
    assert kind_of_title(title) == kind


@pytest.mark.parametrize(("title", "special"), [("双眼皮贴 特价", True), ("特价背心", True), ("背心", False)])
def test_special_price(title: str, special: bool) -> None:
    assert is_special_price(title) is special
