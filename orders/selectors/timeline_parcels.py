"""The timeline's sentences about parcels, their slips and their delivery (F1, F2, D4)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Parcel, Slip
from orders.rules.deliveries import TROUBLE, TrackingState
from orders.selectors.timeline_labels import label_of
from orders.selectors.warehouse import carrier_name
from shopdesk.base.models import AuditEntry

Sentence = Callable[[AuditEntry, Any], str]


def _parcel(pattern: Any) -> Sentence:
    def tell(entry: AuditEntry, telling: Any) -> str:
        after = entry.after
        return str(pattern) % {
            "parcel": f"P{after.get('parcel')}",
            "slip": f"P{after.get('parcel')}-{after.get('slip')}",
            "carrier": carrier_name(str(after.get("carrier") or "")) or "—",
            "number": after.get("invoice_no") or "—",
            "reason": after.get("reason") or "—",
            "purpose": label_of(Parcel.Purpose, after.get("purpose")),
        }

    return tell


def _slip_voided(entry: AuditEntry, telling: Any) -> str:
    return _("Slip %(slip)s is void: %(why)s") % {
        "slip": f"P{entry.after.get('parcel')}-{entry.after.get('slip')}",
        "why": label_of(Slip.Void, entry.after.get("reason")),
    }


def _trouble(entry: AuditEntry, telling: Any) -> str:
    state = entry.after.get("state")
    return _("Delivery of %(parcel)s in trouble: %(state)s") % {
        "parcel": f"P{entry.after.get('parcel', '')}",
        "state": label_of(TrackingState, state) if state in TROUBLE else _("not signed for in time"),
    }


PARCEL_SENTENCES: Mapping[str, Sentence] = {
    "parcel.returned_to_desk": _parcel(
        gettext_lazy("%(parcel)s was printed but not sent today: the buyer is to be told")
    ),
    "parcel.buyer_told": _parcel(gettext_lazy("The buyer was told that %(parcel)s was not sent")),
    "parcel.trouble": _trouble,
    "parcel.followed_up": _parcel(gettext_lazy("Delivery of %(parcel)s followed up")),
    "parcel.planned": _parcel(gettext_lazy("Parcel %(parcel)s planned: %(purpose)s")),
    "parcel.dropped": _parcel(gettext_lazy("Parcel %(parcel)s dropped: %(purpose)s")),
    "parcel.printed": _parcel(gettext_lazy("Slip %(slip)s printed")),
    "parcel.packed": _parcel(gettext_lazy("Parcel %(parcel)s packed")),
    "parcel.shipped": _parcel(gettext_lazy("Parcel %(parcel)s shipped: %(carrier)s %(number)s")),
    "parcel.pulled": _parcel(gettext_lazy("Parcel %(parcel)s pulled out of the pile: %(reason)s")),
    "slip.voided": _slip_voided,
}
