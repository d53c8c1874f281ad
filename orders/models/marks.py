"""What a person marks for themselves: stars, and orders put off until a time (N6)."""

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class Star(models.Model):
    """An order on somebody's own list (N6)."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("star")
        verbose_name_plural = _("stars")
        constraints = [models.UniqueConstraint(fields=["staff", "order"], name="star_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.order_id}"


class Snooze(models.Model):
    """An order that a person does not want to see before ``until`` (N6).

    Until then it stands in none of that person's lists; from then on it stands at their top, until they take it up.
    """

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("snoozed order")
        verbose_name_plural = _("snoozed orders")
        constraints = [
            models.UniqueConstraint(fields=["staff", "order"], name="snooze_once"),
            models.CheckConstraint(condition=models.Q(until__gte=F("at")), name="snooze_ends_after_it_began"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.order_id}"
