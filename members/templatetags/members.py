"""How buyers are written on every page: the tier, a rate in per cent."""

from decimal import Decimal
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from members.rules import Tier, TierTable
from shopdesk.base.money import yuan

register = template.Library()


@register.filter
def percent(rate: Decimal) -> str:
    """A rate of 0.95 as ``95 %``."""
    return f"{(rate * 100).normalize():f} %"


@register.filter
def plain(amount: Decimal) -> str:
    """An amount (CNY) as a number for a machine; what was refunded past zero shows as nothing."""
    return f"{max(amount, Decimal(0)):.2f}"


def tier_badge_in(language: str | None, spend: Decimal, table: TierTable) -> SafeString | str:
    """The tier that a spend (CNY) reaches (M4), with the spend in the hover; nothing without a tier."""
    tier = table.tier_of(spend)
    return _tier_badge(language, spend, tier) if tier else ""


@lru_cache(maxsize=4096)
def _tier_badge(language: str | None, spend: Decimal, tier: Tier) -> SafeString:
    title = _("spent %(spend)s, the part above %(threshold)s at %(rate)s") % {
        "spend": yuan(spend),
        "threshold": yuan(tier.threshold),
        "rate": percent(tier.rate),
    }
    return format_html('<span class="tag purple" title="{}">{}</span>', title, tier.name)
