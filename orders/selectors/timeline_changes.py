"""The timeline's sentences about changes, notices and refunds of paid orders (D4)."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.utils.translation import gettext as _

from orders.models import ChangeNotice
from orders.rules.products import property_words
from shopdesk.base.models import AuditEntry


class Telling(Protocol):
    """What a sentence may need besides its entry: amounts, for those who see prices."""

    def money(self, amount: Any) -> str:
        """An amount with a blank before it, or nothing."""


def _kind(entry: AuditEntry) -> str:
    kind = entry.after.get("kind", "")
    return str(dict(ChangeNotice.Kind.choices).get(kind, kind))


def _sku(entry: AuditEntry, telling: Telling) -> str:
    return _("Colour or size: %(before)s → %(after)s") % {
        "before": property_words(entry.before.get("properties", "")) or "—",
        "after": property_words(entry.after.get("properties", "")) or "—",
    }


def _address(entry: AuditEntry, telling: Telling) -> str:
    return _("Another address: %(before)s → %(after)s") % {
        "before": entry.before.get("province") or "—",
        "after": entry.after.get("province") or "—",
    }


def _province(entry: AuditEntry, telling: Telling) -> str:
    return _("Province chosen: %(province)s") % {"province": entry.after.get("province", "")}


def _routed(entry: AuditEntry, telling: Telling) -> str:
    if entry.before.get("forwarder") != entry.after.get("forwarder"):
        return _("To a forwarder") if entry.after.get("forwarder") else _("To no forwarder any more")
    return (
        _("Shelf goods go first") if entry.after.get("shelf_goods_first") else _("Everything goes together")
    )


def _settled(entry: AuditEntry, telling: Telling) -> str:
    return _("Difference%(amount)s paid by postage link %(tid)s") % {
        "amount": telling.money(entry.after.get("amount")),
        "tid": entry.after.get("paid_by", ""),
    }


def _owed(entry: AuditEntry, telling: Telling) -> str:
    return _("Difference%(amount)s owed back") % {"amount": telling.money(entry.after.get("amount"))}


def _opened(entry: AuditEntry, telling: Telling) -> str:
    return _("The warehouse is told: %(kind)s") % {"kind": _kind(entry)}


def _acknowledged(entry: AuditEntry, telling: Telling) -> str:
    said = _("The warehouse acknowledged: %(kind)s") % {"kind": _kind(entry)}
    found = ", ".join(entry.after.get("found") or [])
    return f"{said} · " + _("slip %(slips)s found") % {"slips": found} if found else said


def _refund(pattern: Callable[[], str]) -> Callable[[AuditEntry, Telling], str]:
    def tell(entry: AuditEntry, telling: Telling) -> str:
        said = pattern() + telling.money(entry.after.get("amount"))
        reason = entry.after.get("reason") if entry.action in _WITH_REASON else ""
        return f"{said} · {reason}" if reason else said

    return tell


_WITH_REASON = ("refund.asked", "refund.after_sale")

CHANGE_SENTENCES: Mapping[str, Callable[[AuditEntry, Any], str]] = {
    "order.sku_changed": _sku,
    "order.address_changed": _address,
    "order.province": _province,
    "order.routed": _routed,
    "difference.settled": _settled,
    "difference.owed": _owed,
    "notice.opened": _opened,
    "notice.acknowledged": _acknowledged,
    "refund.asked": _refund(lambda: _("Refund before shipping")),
    "refund.due": _refund(lambda: _("Refund to be paid out")),
    "refund.after_sale": _refund(lambda: _("Refund after the sale to be paid out")),
    "debt.after_sale": _refund(lambda: _("Owed to the buyer after the sale")),
    "refund.withdrawn": _refund(lambda: _("Refund taken back")),
    "refund.paid_out": _refund(lambda: _("Refunded")),
}
