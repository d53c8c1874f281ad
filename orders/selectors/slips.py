"""Why a slip is void: what changed and by whom (F3)."""

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import ChangeNotice, Order, ParcelLine, Slip
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import AuditEntry


def why_void(slip: Slip) -> str | Promise:
    """In a sentence what became of a void slip, for whoever holds the paper in their hands."""
    assert slip.voided_at is not None  # noqa: S101 (the caller looked)
    newest = slip.parcel.slip_version
    values = {
        "slip": slip.barcode,
        "newest": f"P{slip.parcel_id}-{newest}",
        "when": f"{slip.voided_at.astimezone(SHANGHAI):%m-%d %H:%M}",
    }
    notice = slip.notice
    if notice is not None:
        return _(
            "STOP. Slip %(slip)s is void: order %(tid)s was changed by %(who)s at %(when)s. "
            "What changed: %(what)s. Take the parcel out, and acknowledge the change."
        ) % {**values, "tid": notice.order_id, "who": notice.made_by or "—", "what": change_words(notice)}
    values["who"] = _who_voided(slip)
    if slip.void_reason == Slip.Void.REPRINTED:
        return (
            _(
                "STOP. Slip %(slip)s is old: %(who)s printed a newer one at %(when)s. "
                "Use %(newest)s and throw this one away."
            )
            % values
        )
    if slip.void_reason == Slip.Void.PULLED:
        return (
            _("STOP. Slip %(slip)s is void: %(who)s pulled the parcel at %(when)s. Do not pack it.") % values
        )
    return _("STOP. Slip %(slip)s is void since %(when)s: %(why)s.") % {
        **values,
        "why": slip.get_void_reason_display(),
    }


def change_words(notice: ChangeNotice) -> str:
    """What a notice is about: ``colour or size: 白色 / 37 → 白色 / 38``; an address stands on the order."""
    kind = str(notice.get_kind_display())
    if not notice.before and not notice.after:
        return kind
    return f"{kind}: {notice.before or '—'} → {notice.after or '—'}"


def _who_voided(slip: Slip) -> str:
    """Whoever pulled or reprinted the parcel at that moment, by the audit of an order in it."""
    inside = ParcelLine.objects.filter(parcel=slip.parcel_id)
    tids = Order.objects.filter(Q(parcel_lines__in=inside) | Q(pk=slip.parcel.order_id)).values("tid")
    entry = (
        AuditEntry.objects.filter(
            subject_kind="order",
            subject_id__in=tids,
            action__in=("parcel.pulled", "slip.voided"),
            after__parcel=slip.parcel_id,
            at=slip.voided_at,
        )
        .select_related("actor")
        .first()
    )
    return str(entry.actor) if entry is not None and entry.actor is not None else "—"
