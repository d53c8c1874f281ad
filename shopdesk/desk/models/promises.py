"""What somebody promised a buyer (T2)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import Note, Order


class Promise(models.Model):
    """A promise to a buyer as a dated thing: made from a note, then kept, broken or dropped with a word."""

    class Status(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("to be kept")
        KEPT = "kept", _("kept")
        BROKEN = "broken", _("broken")
        DROPPED = "dropped", _("let go")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="promises", db_index=False)
    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="promises", db_index=False)
    text = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    # Who has to keep it now: whoever made it, until the next shift accepted it.
    keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True)
    word = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        indexes = [
            models.Index(fields=["order", "due_at"], name="promise_by_order"),
            models.Index(fields=["due_at", "id"], name="promise_open", condition=Q(status="open")),
            models.Index(
                fields=["keeper", "due_at", "id"], name="promise_to_keep", condition=Q(status="open")
            ),
            models.Index(fields=["-ended_at", "-id"], name="promise_ended", condition=~Q(status="open")),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="promise_says_something"),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True, ended_by__isnull=True)
                | (~Q(status="open") & Q(ended_at__isnull=False, ended_by__isnull=False)),
                name="promise_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["broken", "dropped"]) | ~Q(word=""), name="promise_broken_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.text
