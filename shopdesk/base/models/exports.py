"""Lists that were taken out as files (D3)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """A list that somebody took out: which, as filtered, how many rows, and where its file is.

    A short one was sent at once and has no file. The file of a long one is removed at ``expires_at``, and with it
    what was looked for; the audit log keeps who took what.
    """

    class Kind(models.TextChoices):
        """What is made."""

        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    class Status(models.TextChoices):
        """How far it is."""

        RUNNING = "running", _("being written")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    code = models.CharField(max_length=40)
    # The parameters of the list's address, as the list understood them.
    query = models.JSONField(default=dict)
    kind = models.CharField(max_length=4, choices=Kind)
    # The words in the file are in the language of who asked for it.
    language = models.CharField(max_length=16)
    status = models.CharField(max_length=8, choices=Status, default=Status.RUNNING)
    rows = models.PositiveIntegerField(null=True)
    file = models.FileField(upload_to="exports/%Y/%m", blank=True, max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    # In English; translated when it is shown.
    error = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [models.Index(fields=["created_by", "-created_at", "-id"], name="export_newest_of")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="done") | Q(rows__isnull=False, ended_at__isnull=False),
                name="export_done_is_counted",
            ),
            models.CheckConstraint(
                condition=Q(file="") | Q(expires_at__isnull=False), name="export_file_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.created_at:%Y-%m-%d %H:%M}"
