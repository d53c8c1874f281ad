"""Requests that a supervisor decides (P1–P3)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base.fields import MoneyField


class Approval(models.Model):
    """A request to do what the rules do not give, bound to the version of what it would change (P2).

    ``kind`` names what happens when it is decided (``shopdesk.base.approvals``). A request without
    ``requested_by`` was made by the desk itself.
    """

    class Status(models.TextChoices):
        """Where the request stands."""

        PENDING = "pending", _("pending")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        LAPSED = "lapsed", _("lapsed")

    kind = models.CharField(max_length=32)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.CharField(max_length=64, db_collation="C")
    subject_version = models.PositiveIntegerField()
    rule = models.CharField(max_length=8)
    amount = MoneyField(_("money at stake (CNY)"), default=0)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="approvals_requested"
    )
    requested_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="approvals_decided"
    )
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        indexes = [
            models.Index(fields=["status", "-requested_at", "-id"], name="approval_by_status"),
            models.Index(fields=["subject_kind", "subject_id", "-requested_at"], name="approval_by_subject"),
            models.Index(fields=["kind", "-decided_at"], name="approval_similar"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_id"],
                condition=Q(status="pending"),
                name="approval_one_pending",
            ),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=True)
                | Q(decided_by__isnull=True)
                | Q(status="withdrawn")
                | ~Q(decided_by=F("requested_by")),
                name="approval_not_ones_own",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at__isnull=True)
                | (~Q(status="pending") & Q(decided_at__isnull=False)),
                name="approval_decided_when_not_pending",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "refused"]) | Q(decided_by__isnull=False),
                name="approval_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(decision_reason=""), name="approval_refusal_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_kind} {self.subject_id}"
