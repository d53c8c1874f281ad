"""What staff did here and must also do on Taobao (D5)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from shopdesk.base.fields import MoneyField


class PlatformTask(models.Model):
    """One thing to do on Taobao for an order. What to copy there is worked out from the order as it is now."""

    class Kind(models.TextChoices):
        """What is to be done."""

        FLAG = "flag", _("Set the flag")
        MEMO = "memo", _("Copy the memo")
        CLOSE = "close", _("Close the order")
        PRICE = "price", _("Change the price")
        SHIPMENT = "shipment", _("Enter the shipment")
        SKU = "sku", _("Change colour or size")
        ADDRESS = "address", _("Change the address")
        REFUND = "refund", _("Refund")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="platform_tasks", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    amount = MoneyField(null=True)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    # Nobody, where an import showed it done.
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("task on Taobao")
        verbose_name_plural = _("tasks on Taobao")
        indexes = [
            models.Index(
                fields=["-opened_at", "-id"], name="platformtask_open", condition=Q(done_at__isnull=True)
            ),
            models.Index(
                fields=["-done_at", "-id"], name="platformtask_done", condition=Q(done_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"], condition=Q(done_at__isnull=True), name="platformtask_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"
