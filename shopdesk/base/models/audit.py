"""The audit log (D4)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One change: who, when, from where, what before, what after.

    Append-only: a trigger refuses UPDATE and DELETE. The table is partitioned by month of ``at``. Personal
    values stay out; an entry refers to the row that holds them.
    """

    class Origin(models.TextChoices):
        """Through which door the change came."""

        PAGE = "page", _("page")
        API = "api", _("API")
        JOB = "job", _("job")
        IMPORT = "import", _("import")
        SHELL = "shell", _("command line")

    at = models.DateTimeField()
    action = models.CharField(max_length=48)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.CharField(max_length=64, db_collation="C")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    origin = models.CharField(max_length=8, choices=Origin)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True, default="")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-at"], name="audit_subject"),
            models.Index(fields=["action", "-at"], name="audit_action"),
            models.Index(
                fields=["actor", "-at"], name="audit_actor", condition=models.Q(actor__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"
