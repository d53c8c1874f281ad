"""How parcels are written on the warehouse's pages: stage, barcode."""

from typing import Any

from barcode import Code128
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from orders.models import Parcel
from orders.selectors import warehouse
from orders.states import ParcelStage

register = template.Library()
register.filter("carrier_name", warehouse.carrier_name)
BAR_HEIGHT = 40
# Modules of white on either side, without which scanners do not find the bars.
QUIET = 10
_STAGE_CLASS = {
    ParcelStage.PLANNED: "wait",
    ParcelStage.PRINTED: "paid",
    ParcelStage.PACKED: "paid",
    ParcelStage.SHIPPED: "done",
    ParcelStage.VOIDED: "shut",
}


@register.simple_tag
def barcode(text: str) -> SafeString:
    """A text as Code 128, drawn as one path of an SVG: nothing in it that a strict page policy refuses."""
    modules: str = Code128(text).build()[0]
    bars = []
    place = 0
    for run in modules.replace("01", "0 1").replace("10", "1 0").split():
        if run[0] == "1":
            bars.append(f"M{place + QUIET} 0h{len(run)}v{BAR_HEIGHT}h-{len(run)}z")
        place += len(run)
    return format_html(
        '<svg class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="{}"/></svg>',
        place + 2 * QUIET,
        BAR_HEIGHT,
        text,
        mark_safe("".join(bars)),  # noqa: S308 (numbers of ours)
    )


@register.simple_tag
def stage_badge(parcel: Parcel) -> SafeString:
    """How far a parcel is, with its colour."""
    stage = ParcelStage(parcel.stage)
    return format_html('<span class="state {}">{}</span>', _STAGE_CLASS[stage], stage.label)


@register.filter
def pick_parcels(parcels: Any) -> str:
    """The parcels of a pick with their pieces: ``P12 ×2, P14``."""
    return ", ".join(f"P{pk} ×{num}" if num > 1 else f"P{pk}" for pk, num in parcels)
