"""What each run of a job did."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """One run of a job: when, how it was started, what it counted, how it failed."""

    class Trigger(models.TextChoices):
        """What started the run."""

        CLOCK = "clock", _("clock")
        PAGE = "page", _("page")
        SHELL = "shell", _("command line")

    name = models.CharField(_("job"), max_length=48)
    trigger = models.CharField(max_length=8, choices=Trigger)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    moment = models.DateTimeField(help_text=_("The “now” that the job was given."))
    dry_run = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    subjects = models.JSONField(default=list)
    skip_reasons = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        indexes = [
            models.Index(fields=["name", "-started_at"], name="jobrun_by_name"),
            models.Index(fields=["-started_at", "-id"], name="jobrun_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
                name="jobrun_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M:%S}"
