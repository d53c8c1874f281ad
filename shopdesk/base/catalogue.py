"""Message catalogues without gettext: what the source says, and bringing a catalogue up to it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCES = ("shopdesk", "members", "shipping", "orders", "afterservice", "templates")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_METHODS = [
    ("**/migrations/**.py", "ignore"),
    ("**.py", "python"),
    ("**.html", "shopdesk.base.catalogue:extract_template"),
    ("**.txt", "shopdesk.base.catalogue:extract_template"),
]


def extract_template(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Babel's extraction method for Django templates."""
    # What is left of a template has no indentation that Python's tokenizer would accept.
    source = "\n".join(line.lstrip() for line in templatize(file.read().decode()).splitlines())
    yield from extract_python(BytesIO(source.encode()), keywords, comment_tags, {"encoding": "utf-8"})


def collect(project: Path) -> Catalog:
    """Every translatable string of the source, with the places where it stands."""
    catalog = Catalog(
        project="Shopdesk",
        version="",
        copyright_holder="Shopdesk",
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        revision_date=datetime(2026, 1, 1, tzinfo=UTC),
        header_comment="# The Chinese words of the desk.",
    )
    for folder in SOURCES:
        found = extract_from_dir(
            project / folder, method_map=_METHODS, keywords=KEYWORDS, directory_filter=lambda path: True
        )
        for file_name, _line, message, _comments, context in found:
            catalog.add(message, None, [(f"{folder}/{file_name}", 0)], context=context)
    return catalog


def bring_up_to_date(path: Path, project: Path, locale: str) -> Catalog:
    """Bring a catalogue file up to the source: new strings come in untranslated, unused ones leave."""
    found = collect(project)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=locale)
    else:
        catalog = Catalog(locale=locale)
    catalog.update(found, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.project, catalog.version = "Shopdesk", "1"
    catalog.revision_date = found.revision_date
    catalog.header_comment = found.header_comment
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=100, omit_header=False, sort_output=True, include_lineno=False)
    return catalog
