"""Answers kept so that a write that is sent again happens once."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptAnswer(models.Model):
    """What a write with an ``Idempotency-Key`` was answered, kept for 24 hours.

    The row is inserted in the transaction of the write, under a lock of the key: whoever sends it meanwhile waits for
    the end.
    """

    caller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=200, db_collation="C")
    # SHA-256 of method, address and body.
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        indexes = [models.Index(fields=["at"], name="keptanswer_by_time")]
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="keptanswer_once")]

    def __str__(self) -> str:
        return self.key
