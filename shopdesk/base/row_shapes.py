"""Rows of a list: their template is drawn once in a language, with a slot for each cell.

Fifty rows are that text with its slots filled. To walk the template fifty times takes several times as long.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe


class _Slots(Mapping[str, SafeString]):
    """What the template finds in place of a row: the name of each cell, in braces."""

    def __getitem__(self, name: str) -> SafeString:
        return mark_safe(f"{{{name}}}")  # noqa: S308 (a name of ours)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@lru_cache(maxsize=64)
def row_shape(template_name: str, language: str | None, **shown: bool) -> str:
    """A row as text for ``format_map``; its template reads ``cell`` and what is shown. Cells must be escaped."""
    return get_template(template_name).render({"cell": _Slots(), **shown})
