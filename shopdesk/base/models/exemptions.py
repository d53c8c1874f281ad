"""What a job leaves alone, and what was foreseen of a night."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class JobExemption(models.Model):
    """A subject that a job leaves alone until a time, for a reason.

    ``subject`` is written as the job's reports write it: ``4326…``, ``T17``, ``P34``.
    """

    job = models.CharField(_("job"), max_length=48)
    subject = models.CharField(max_length=64, db_collation="C")
    reason = models.CharField(_("reason"), max_length=200)
    until = models.DateTimeField(_("until"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("exemption from a job")
        verbose_name_plural = _("exemptions from jobs")
        indexes = [
            models.Index(fields=["subject"], name="exemption_subject", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["job", "until"], name="exemption_by_job"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "subject"], condition=Q(ended_at__isnull=True), name="exemption_once"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("made_at")), name="exemption_until_later"),
            models.CheckConstraint(condition=~Q(reason=""), name="exemption_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.subject}"


class JobForecast(models.Model):
    """What a job was foreseen to do in one night, as it stood when it was kept."""

    job = models.CharField(_("job"), max_length=48)
    made_at = models.DateTimeField()
    until = models.DateTimeField(help_text=_("The end of the night."))
    at = models.DateTimeField(help_text=_("The last start before the end of the night."))
    done = models.PositiveIntegerField(default=0)
    subjects = models.JSONField(default=list)
    skip_reasons = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("forecast of a job")
        verbose_name_plural = _("forecasts of jobs")
        constraints = [
            models.UniqueConstraint(fields=["until", "made_at", "job"], name="forecast_once"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.at:%Y-%m-%d %H:%M}"
