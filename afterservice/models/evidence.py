"""Photos and videos that stand behind a ticket (A12)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from afterservice.models.tickets import Ticket


def evidence_path(evidence: "Evidence", _name: str) -> str:
    """Where a file is kept: named by chance, never by what the buyer called it."""
    return f"evidence/{evidence.pk.hex[:2]}/{evidence.pk.hex}"


class Evidence(models.Model):
    """One file of a ticket, by a number that nobody guesses. Its type was told by its content."""

    class Stage(models.TextChoices):
        """What it shows."""

        REQUEST = "request", _("the request")
        TALK = "talk", _("the talk with the buyer")
        INSPECTION = "inspection", _("the inspection")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="evidence")
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.REQUEST)
    file = models.FileField(upload_to=evidence_path, max_length=80)
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(_("size (bytes)"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="evidence_has_content"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_video(self) -> bool:
        """Whether it is a video; else it is a photo."""
        return self.content_type.startswith("video/")
