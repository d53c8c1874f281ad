"""O12: what kind of product a title names."""

import re
from functools import lru_cache

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProductKind(models.TextChoices):
    """The kinds of O12."""

    PROXY_PREORDER = "proxy_preorder", _("bought in Korea after the order")
    PROXY_STOCK = "proxy_stock", _("bought in Korea, on our shelf")
    CUSTOM = "custom", _("made to order")
    POSTAGE_LINK = "postage_link", _("postage link")
    STANDARD = "standard", _("standard")


SHELF_KINDS = frozenset({ProductKind.PROXY_STOCK, ProductKind.STANDARD})
_MADE_HERE = re.compile(r"【\s*momonaco\s+made\s*】", re.IGNORECASE)
_FREE_POSTAGE = re.compile(r"免邮费|包邮费")


def kind_of_title(title: str) -> ProductKind:
    """The kind that a title names; the first of O12's marks wins, in O12's order."""
    if "【韩国直送】" in title:
        return ProductKind.PROXY_PREORDER
    if "【韩国现货】" in title:
        return ProductKind.PROXY_STOCK
    if _MADE_HERE.search(title):
        return ProductKind.CUSTOM
    if "补差价" in title or "邮费" in _FREE_POSTAGE.sub("", title):
        return ProductKind.POSTAGE_LINK
    return ProductKind.STANDARD


def is_special_price(title: str) -> bool:
    """Whether a title says 特价: special price unless the product is set otherwise (O12)."""
    return "特价" in title


@lru_cache(maxsize=4096)  # a page of a list asks for the same few again and again
def property_words(name: str) -> str:
    """Colour and size as ``白色 / 37``, without the names that Taobao puts in front of each."""
    values = [part.replace("：", ":").rpartition(":")[2] for part in name.replace("；", ";").split(";")]
    return " / ".join(value for value in values if value)
