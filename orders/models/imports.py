"""Imports of the platform's exports: each run, its files, its rejected rows, and rows that wait (D1, D2)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """One import of one or more files, with what became of every row."""

    class Status(models.TextChoices):
        """How far it is."""

        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    # When a batch was last finished, or the run was handed over: one that stands still is taken up again.
    moved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    waiting_orders = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0)
    # Rows of the refund list (D2): what whoever takes it made of them.
    refunds_created = models.PositiveIntegerField(default=0, db_default=0)
    refunds_updated = models.PositiveIntegerField(default=0, db_default=0)
    refunds_unchanged = models.PositiveIntegerField(default=0, db_default=0)
    refunds_waiting = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["-created_at", "-id"], name="importrun_newest")]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class ImportFile(models.Model):
    """One file of an import, and how far it was read."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    content = models.FileField(upload_to="imports/%Y/%m", blank=True, max_length=255)
    kind = models.CharField(max_length=8, blank=True, default="")
    header = models.JSONField(default=list)
    size = models.PositiveBigIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    # Per cent of the file that was read.
    progress = models.PositiveSmallIntegerField(default=0)
    refusal_code = models.CharField(max_length=24, blank=True, default="")
    # The sentence as the source has it, with its values apart: it is read in another language than it was told.
    refusal = models.TextField(blank=True, default="")
    refusal_values = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")

    def __str__(self) -> str:
        return self.name

    @property
    def refusal_text(self) -> str:
        """Why the file was not imported, in the language of whoever reads it."""
        return gettext(self.refusal) % self.refusal_values if self.refusal else ""


class ImportRejection(models.Model):
    """A row that was not taken: where, which column, what stood there, why; and its cells, to be mended."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="rejections")
    row = models.PositiveIntegerField()
    code = models.CharField(max_length=24)
    column = models.CharField(max_length=120)
    value = models.TextField()
    reason = models.TextField()
    cells = models.JSONField(default=list)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ["file", "row"]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.row}"


class WaitingRow(models.Model):
    """A row that came before what it needs: of an order that is not here yet, or says too little for a new one.

    It is applied when its order comes. ``fields`` holds the typed row as JSON.
    """

    class Kind(models.TextChoices):
        """Of which list the row is."""

        ORDER = "order", _("order list")
        ITEM = "item", _("item list")
        REFUND = "refund", _("refund list")

    kind = models.CharField(max_length=8, choices=Kind)
    tid = models.CharField(max_length=32, db_collation="C")
    # Within the order: the oid, or a digest of what the row says, or nothing for an order row.
    key = models.CharField(max_length=32, blank=True, default="", db_collation="C")
    fields = models.JSONField()
    file_name = models.CharField(max_length=255)
    row = models.PositiveIntegerField()
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("waiting row")
        verbose_name_plural = _("waiting rows")
        constraints = [
            models.UniqueConstraint(fields=["tid", "kind", "key"], name="waitingrow_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tid} {self.kind}"
