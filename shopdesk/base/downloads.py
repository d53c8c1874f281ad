"""Exports as files to be saved, alike for pages and programs."""

from django.http import FileResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from shopdesk.base import clock
from shopdesk.base.models import Export
from shopdesk.base.spreadsheets import CSV_TYPE, XLSX_TYPE

TYPES = {Export.Kind.CSV: CSV_TYPE, Export.Kind.XLSX: XLSX_TYPE}


def file_name(export: Export) -> str:
    """``orders-2026-11-22-0912.csv``: the list and when it was taken."""
    at = export.created_at.astimezone(clock.SHANGHAI)
    return f"{export.code}-{at:%Y-%m-%d-%H%M}.{export.kind}"


def as_file(response: HttpResponseBase, export: Export) -> HttpResponseBase:
    """The response as a file to be saved, which nothing on the way keeps."""
    response["Content-Disposition"] = content_disposition_header(True, file_name(export)) or ""
    response["Cache-Control"] = "no-store"
    return response


def kept_file(export: Export) -> HttpResponseBase:
    """The file that is kept of an export, in pieces."""
    content_type = TYPES[Export.Kind(export.kind)]
    return as_file(FileResponse(export.file.open("rb"), content_type=content_type), export)
