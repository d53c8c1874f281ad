"""Evidence of a ticket: added, shown, and taken out as one file for the platform (A12)."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, ClassVar, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import View

from afterservice.forms.evidence import BundleForm, EvidenceForm
from afterservice.rules.file_types import PREVIEW, of_content_type
from afterservice.selectors.evidence import find_evidence
from afterservice.services.bundles import take_bundle
from afterservice.services.evidence import add, preview_name
from afterservice.views.actions import TicketAction
from afterservice.views.files import kept_file
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, staff_of


class AddEvidence(TicketAction):
    """Add photos and videos. What can be kept is kept; the answer names what is not, and why."""

    part = "evidence"
    form_class = EvidenceForm

    def read_form(self, request: HttpRequest, number: int) -> EvidenceForm:
        """The form, with the files of all its fields: those chosen and those just taken."""
        chosen = [file for name in ("files", "camera") for file in request.FILES.getlist(name)]
        return EvidenceForm(request.POST, {"chosen": chosen})  # type: ignore[arg-type]

    def perform(self, number: int, form: EvidenceForm) -> str:
        """Add them one by one."""
        kept, refused = self._add_each(number, form.uploads(), form.cleaned_data["stage"])
        if not kept:
            raise refused[0]
        told = ngettext("%(count)s file is kept.", "%(count)s files are kept.", kept) % {"count": kept}
        return " ".join([told, *(str(refusal.message) for refusal in refused)])

    def _add_each(
        self, number: int, uploads: Sequence[UploadedFile], stage: str
    ) -> tuple[int, list[DomainError]]:
        refused = []
        for file in uploads:
            try:
                add(number, file, stage=stage, actor=self.staff)
            except DomainError as refusal:
                if len(uploads) > 1:
                    words = _("%(name)s is not kept. %(reason)s")
                    message = words % {"name": file.name, "reason": refusal.message}
                    refusal = type(refusal)(refusal.code, message, field=refusal.field)
                refused.append(refusal)
        return len(uploads) - len(refused), refused


class ShowEvidence(View):
    """One file, to staff who may look at it; ``small`` answers the picture for lists."""

    permission = Permission.SEE_TICKETS
    http_method_names = ["get", "head", "options"]
    small: ClassVar[bool] = False

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        """The file."""
        record = find_evidence(pk, staff=staff_of(request))
        if record is None or (self.small and record.is_video):
            raise Http404
        kind = PREVIEW if self.small else of_content_type(record.content_type)
        path = preview_name(record) if self.small else str(record.file.name)
        try:
            content = default_storage.open(path)
        except FileNotFoundError as error:
            raise Http404 from error
        return kept_file(
            request,
            cast(Any, content),
            size=content.size,
            content_type=kind.content_type,
            name=f"{PurePath(record.name).stem}.{kind.suffix}",
        )


class TakeBundle(StaffActionView):
    """A zip of log, order facts and evidence, for a dispute on the platform. Taking it is logged."""

    permission = Permission.WORK_TICKETS

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The file, sent while it is packed."""
        form = BundleForm(request.POST)
        if not form.is_valid():
            raise DomainError("", form.complaint()[1], field="language")
        bundle = take_bundle(kwargs["number"], language=form.cleaned_data["language"], actor=self.staff)
        response = StreamingHttpResponse(bundle.packed(), content_type="application/zip")
        response["Content-Disposition"] = content_disposition_header(True, bundle.name) or ""
        response["Cache-Control"] = "no-store"
        return response

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The ticket."""
        return reverse("tickets:detail", args=[kwargs["number"]])
