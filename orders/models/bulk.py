"""Actions on many orders at once: the set as it was fixed at the preview, and what became of each order."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class BulkRun(models.Model):
    """One action on many orders. Its orders are fixed when it is previewed; ``request`` is what was asked for."""

    class Action(models.TextChoices):
        """What is done with each order."""

        FLAG = "flag", _("Flag")
        NOTE = "note", _("Note")
        OWNER = "owner", _("Owner")
        STAR = "star", _("Star")
        SNOOZE = "snooze", _("Put off")

    class Status(models.TextChoices):
        """How far it is."""

        PREVIEW = "preview", _("not started")
        RUNNING = "running", _("running")
        DONE = "done", _("done")

    action = models.CharField(max_length=8, choices=Action)
    status = models.CharField(max_length=8, choices=Status, default=Status.PREVIEW)
    request = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    # When a batch was last finished: a run that stands still is resumed.
    moved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        indexes = [models.Index(fields=["created_at"], name="bulkrun_oldest")]

    def __str__(self) -> str:
        return f"{self.pk} {self.action}"


class BulkRow(models.Model):
    """One order of a bulk action, and what became of it."""

    class State(models.TextChoices):
        """Waiting until its batch; then done, or refused with the rule's number and reason."""

        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        REFUSED = "refused", _("not done")

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    # T5: the flag that stood on the order when it was previewed.
    seen_flag = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    code = models.CharField(max_length=8, blank=True, default="")
    # In English; translated when it is shown.
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("order of a bulk action")
        verbose_name_plural = _("orders of a bulk action")
        indexes = [models.Index(fields=["run", "state", "order"], name="bulkrow_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["run", "order"], name="bulkrow_order_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "done"], code="", reason="")
                | (Q(state="refused") & ~Q(reason="")),
                name="bulkrow_refused_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"
