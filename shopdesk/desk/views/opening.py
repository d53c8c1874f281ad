"""The starting balance of a shop that moves in (M4a): upload, look at what it would change, apply."""

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.opening_files import COLUMNS, MAX_BYTES, OpeningFile, read_opening
from members.services.opening import preview, take_over
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView

SHOWN = 200


class OpeningPage(StaffPageView):
    """Where the file is chosen."""

    permission = Permission.CHANGE_TARIFFS
    template_name = "desk/opening.html"


class OpeningPreview(StaffActionView):
    """What a file would change. The page carries the file on, so that what was looked at is what is applied."""

    permission = Permission.CHANGE_TARIFFS

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Read the file and show its report; nothing is changed."""
        upload = request.FILES.get("file")
        if upload is None:
            raise DomainError("M4a", _("Choose a file first."))
        # One byte more than is allowed is enough to know that it is too large.
        content = upload.read(MAX_BYTES + 1)
        file = read_opening(content)
        context = {"report": preview(file), "content": _as_text(file), "shown": SHOWN}
        return render(request, "desk/opening.html", context)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page where the file is chosen."""
        return reverse("opening")


class OpeningApply(StaffActionView):
    """Count what the preview showed."""

    permission = Permission.CHANGE_TARIFFS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Check every row again and count it."""
        file = read_opening(request.POST.get("content", "").encode())
        report = take_over(file, actor=self.staff, now=clock.now())
        messages.success(
            request,
            _("Counted: %(changed)s buyers. Unchanged: %(unchanged)s, rejected: %(rejected)s.")
            % {
                "changed": len(report.changes),
                "unchanged": report.unchanged,
                "rejected": len(report.rejected),
            },
        )
        return reverse("members")

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page where the file is chosen."""
        return reverse("opening")


def _as_text(file: OpeningFile) -> str:
    """The readable rows as CSV again."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows((row.nick, row.spend, row.address) for row in file.rows)
    return out.getvalue()
