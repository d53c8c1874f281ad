"""The form of a ticket's evidence: it checks that there is something. What a file may be, the service says."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from afterservice.models import Evidence
from shopdesk.base.forms import DeskForm


class FilesInput(forms.ClearableFileInput):
    """A field to choose several files with."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; empty ones and long names are for the service to look at."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """The files."""
        if not data and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return list(data or [])


class EvidenceForm(DeskForm):
    """What is added to a ticket, and what it shows (A12)."""

    stage = forms.ChoiceField(label=_("It shows"), choices=Evidence.Stage.choices)
    chosen = FilesField(
        label=_("Photos and videos"), error_messages={"required": _("Choose at least one file.")}
    )

    def uploads(self) -> list[UploadedFile]:
        """The files, in the order in which they were chosen. Call it on a valid form."""
        return list(self.cleaned_data["chosen"])


class BundleForm(DeskForm):
    """In which language a bundle is written."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
