"""What one shift hands over to the next (T2)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from shopdesk.base.shifts import ShiftCode


class Handover(models.Model):
    """A packet that somebody handed over at the end of a shift. What it says is frozen."""

    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    shift = models.CharField(max_length=8, choices=ShiftCode)
    next_day = models.DateField()
    next_shift = models.CharField(max_length=8, choices=ShiftCode)
    given_at = models.DateTimeField()
    # What nobody has accepted by then goes to the supervisors.
    accept_by = models.DateTimeField()

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        indexes = [models.Index(fields=["-given_at", "-id"], name="handover_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["given_by", "day", "shift"], name="handover_once"),
            models.CheckConstraint(
                condition=Q(accept_by__gt=models.F("given_at")), name="handover_leaves_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.shift}"


class HandoverLine(models.Model):
    """One thing handed over: accepted by one colleague, or with a question back."""

    class Kind(models.TextChoices):
        """What it is about; ``subject`` is the key of that row."""

        PROMISE = "promise", _("promise")
        CLOCK = "clock", _("deadline")
        FLAG = "flag", _("red flag")
        CHANGE = "change", _("open change")
        APPROVAL = "approval", _("approval")
        DRAFT = "draft", _("draft")
        WORDS = "words", _("note")

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    subject = models.BigIntegerField(null=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ticket = models.BigIntegerField(null=True)
    text = models.CharField(max_length=500)
    due_at = models.DateTimeField(null=True)
    # Repeated from the packet, so that what waits too long comes straight from an index.
    accept_by = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    accepted_at = models.DateTimeField(null=True)
    question = models.CharField(max_length=200, blank=True, default="")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("handover line")
        verbose_name_plural = _("handover lines")
        indexes = [
            models.Index(
                fields=["accept_by", "id"], name="handoverline_open", condition=Q(accepted_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["handover", "position"], name="handoverline_once"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="handoverline_accepted_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="handoverline_says_something"),
        ]

    def __str__(self) -> str:
        return self.text
