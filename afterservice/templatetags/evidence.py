"""The evidence box of the ticket page (A12)."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import get_language

from afterservice.forms.boxes import box, form_of
from afterservice.forms.evidence import BundleForm, EvidenceForm
from afterservice.rules.file_types import TAKEN
from afterservice.selectors.evidence import read_evidence
from afterservice.services.evidence import MAX_BYTES, MAX_FILES
from afterservice.states import OPEN_CASES
from shopdesk.base.web import staff_of

register = template.Library()


@register.inclusion_tag("tickets/_evidence.html", takes_context=True)
def evidence_box(context: Mapping[str, Any]) -> dict[str, Any]:
    """Photos and videos of the ticket, and the form that adds to them: one statement."""
    ticket = context["ticket"]
    files = read_evidence(ticket.pk, staff=staff_of(context["request"]))
    return box(
        context,
        files=files,
        form=form_of(context, "evidence", EvidenceForm()),
        bundle_form=BundleForm(initial={"language": get_language()}),
        may_add=ticket.case in OPEN_CASES and len(files) < MAX_FILES,
        is_full=len(files) >= MAX_FILES,
        most=MAX_FILES,
        most_mb=MAX_BYTES >> 20,
        accepted=",".join(kind.content_type for kind in TAKEN),
    )
