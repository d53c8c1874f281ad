"""How notes that are one click away are offered (N4): the same on every order, so drawn once in each language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from orders.rules.notes import NOTE_TEXTS
from orders.rules.notes import NoteForm as NoteKind

register = template.Library()
_FIELD = re.compile(r"\{(\w+)\}")

FIELD_LABELS: Mapping[str, str | Promise] = {
    "carrier": _("carrier"),
    "goods": _("goods"),
    "invoice_no": _("tracking number"),
    "address": _("address"),
    "delivery_time": _("when"),
    "title": _("title"),
    "tax_number": _("tax number"),
    "text": _("text"),
    "gift": _("gift"),
}


@dataclass(frozen=True)
class OneClick:
    """A note that is one click away (N4): its text with gaps, and the fields that fill them."""

    code: str
    label: str
    text: str
    fields: list[tuple[str, str | Promise]]


def one_click_notes() -> list[OneClick]:
    """All one-click notes."""
    return [
        OneClick(
            code,
            str(NoteKind(code).label),
            text,
            [(name, FIELD_LABELS.get(name, name)) for name in _FIELD.findall(text)],
        )
        for code, text in NOTE_TEXTS.items()
    ]


@register.simple_tag
def note_kinds(chosen: str) -> SafeString:
    """The buttons of all one-click notes with their fields, ``chosen`` being the pressed one."""
    kind = chosen if chosen in NoteKind.values else NoteKind.FREE
    return _note_kinds(get_language(), str(kind))


@lru_cache(maxsize=64)
def _note_kinds(language: str | None, chosen: str) -> SafeString:
    shown = {"one_click_notes": one_click_notes(), "chosen": chosen}
    return render_to_string("orders/_note_kinds.html", shown)
